import Gym

/// Economic choice: which of two amounts of two juices to drink.
///
/// After Padoa-Schioppa & Assad, *Nature* 441 (2006), with the timing, noise and rewards of Song, Yang
/// & Wang, *eLife* 6:e21492 (2017).
///
/// The subject holds fixation for 750 ms. Then an amount of juice A is offered on one side and an
/// amount of juice B on the other, for 1000 to 2000 ms: which juice is where is certain, the amounts
/// are noisy. When the fixation point goes out the subject chooses a side, and is paid what the juice
/// there is worth to it: of B so much a drop, of A 2.2 times as much. A choice any earlier ends the
/// trial; so does never choosing.
public struct EconomicDecisionMaking: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel {
    case fixation, leftIsA, leftIsB, rightIsA, rightIsB, amountLeft, amountRight
  }
  public enum Action: Int, DiscreteAction { case fixate, left, right }
  public enum Juice: Sendable { case a, b }

  // MARK: Conditions

  /// Where juice A is, and how much of either juice is offered.
  public struct Condition: Sendable {
    public let sideOfA: Action
    public let amountB: Float
    public let amountA: Float
  }

  /// How much of B is offered, in drops, offer by offer.
  public var offersB: [Float] = [0, 1, 1, 1, 2, 3, 4, 6, 2]
  /// How much of A is offered beside it, in the same order.
  public var offersA: [Float] = [1, 3, 2, 1, 1, 1, 1, 1, 0]

  /// A on either side in every offer, side first.
  public var conditions: [Condition] {
    zip(offersB, offersA).flatMap { amountB, amountA in
      [Action.left, .right].map { Condition(sideOfA: $0, amountB: amountB, amountA: amountA) }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, offer, decision }
  public var fixation: Milliseconds = 750
  public var shortestOffer: Milliseconds = 1000
  public var longestOffer: Milliseconds = 2000
  /// The shortest time to decide; what a trial leaves of the longest offer comes on top.
  public var decision: Milliseconds = 750

  public var timeLimit: Milliseconds { fixation + longestOffer + decision }

  // MARK: Noise and rewards

  /// σ of each amount, per √ms: √(2 · 100 ms · 0.001).
  public var noise: Float = 0.447_213_6
  public var rewardPerA: Float = 0.22
  public var rewardPerB: Float = 0.1
  public var rewardForAbort: Float = -1
  public var rewardForMiss: Float = -1

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let condition: Condition
    public let timeline: Timeline<Epoch>
    /// When the subject chose, be it too early.
    public var choiceTime: Milliseconds?
    /// What the subject chose when it was time to.
    public var chosenJuice: Juice?
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let offer = random.uniform(
      in: shortestOffer..<max(longestOffer, shortestOffer + 1), roundedDownTo: timeStep)
    return Trial(
      condition: condition,
      timeline: [.fixation: fixation, .offer: offer, .decision: timeLimit - fixation - offer])
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    switch trial.timeline.epoch(at: time) {
    case .fixation, nil:
      input[.fixation] = 1
    case .offer:
      let condition = trial.condition
      let isLeft = condition.sideOfA == .left
      input[.fixation] = 1
      input[isLeft ? .leftIsA : .leftIsB] = 1
      input[isLeft ? .rightIsB : .rightIsA] = 1
      input[.amountLeft] = (isLeft ? condition.amountA : condition.amountB) / 5
      input[.amountRight] = (isLeft ? condition.amountB : condition.amountA) / 5
      input.addNoise(noise, to: .amountLeft, .amountRight)
    case .decision:
      break  // The fixation point is out: go.
    }
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    if action == .fixate { return .wait }
    trial.choiceTime = time
    guard trial.timeline.epoch(at: time) == .decision else {
      return .end(.abort, reward: rewardForAbort)
    }
    let juice: Juice = action == trial.condition.sideOfA ? .a : .b
    trial.chosenJuice = juice
    let (chosen, other) = (
      reward(for: juice, in: trial.condition),
      reward(for: juice == .a ? .b : .a, in: trial.condition)
    )
    return .end(chosen >= other ? .correct : .error, reward: chosen)
  }

  /// n_A R_A or n_B R_B.
  private func reward(for juice: Juice, in condition: Condition) -> Float {
    switch juice {
    case .a: condition.amountA * rewardPerA
    case .b: condition.amountB * rewardPerB
    }
  }

  /// Hold fixation, then choose the side that pays more.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    let condition = trial.condition
    return switch trial.timeline.epoch(at: time) {
    case .fixation, .offer: .fixate
    case .decision:
      (reward(for: .a, in: condition) >= reward(for: .b, in: condition))
        == (condition.sideOfA == .left) ? .left : .right
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension EconomicDecisionMaking {
  public enum Fact: Int, TrialFact {
    case sideOfA, amountB, amountA, offerStart, decisionStart, choiceTime, choice

    public var unit: String {
      switch self {
      case .sideOfA, .amountB, .amountA, .choice: ""
      case .offerStart, .decisionStart, .choiceTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .sideOfA: "Where juice A was: -1 left, 1 right."
      case .amountB: "How many drops of juice B were offered."
      case .amountA: "How many drops of juice A were offered."
      case .offerStart: "When the offer appeared."
      case .decisionStart: "When the offer disappeared and the choice was free."
      case .choiceTime: "When the subject chose, be it too early; not a number if it never did."
      case .choice: "What it chose: -1 juice A, 1 juice B; not a number if nothing, or too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .sideOfA: trial.condition.sideOfA == .right ? 1 : -1
    case .amountB: trial.condition.amountB
    case .amountA: trial.condition.amountA
    case .offerStart: Float(fixation)
    case .decisionStart: Float(trial.timeline.start(of: .decision) ?? 0)
    case .choiceTime: trial.choiceTime.map { Float($0) } ?? .nan
    case .choice: trial.chosenJuice.map { $0 == .a ? -1 : 1 } ?? .nan
    }
  }

  public func levels(timeStep _: Milliseconds) -> Levels {
    let offers = conditions.map { (reward(for: .a, in: $0), reward(for: .b, in: $0)) }
    let (best, rightBlindly) = (
      offers.reduce(0) { $0 + Double(max($1.0, $1.1)) },
      // Of an offer worth the same on both sides either is right.
      offers.reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0.5) }
    )
    // Rounded, as the amounts paid are floats.
    return Levels(
      chance: rightBlindly / Double(offers.count),
      oracleReward: (best / Double(offers.count) * 1e6).rounded() / 1e6)
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("sideOfA", condition.sideOfA == .right ? 1 : -1),
      Factor("amountB", condition.amountB),
      Factor("amountA", condition.amountA),
    ]
  }

  public var contradiction: String? {
    if offersB.count != offersA.count {
      return "'offersB' has \(offersB.count) amounts and 'offersA' \(offersA.count); "
        + "each offer takes one of both"
    }
    return shortestOffer <= longestOffer
      ? nil
      : "'shortestOffer' is \(shortestOffer) ms and 'longestOffer' \(longestOffer) ms; "
        + "offers last between the two"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "offersB", "", "Drops of juice B, offer by offer; each is shown on either side.", \.offersB,
        in: 0...1000),
      .init("offersA", "", "Drops of juice A, in the same order.", \.offersA, in: 0...1000),
      .init(
        "fixation", "ms", "How long fixation is held before the offer.", \.fixation, in: 0...60_000),
      .init("shortestOffer", "ms", "The shortest offer.", \.shortestOffer, in: 0...60_000),
      .init("longestOffer", "ms", "No offer is as long as this.", \.longestOffer, in: 1...60_000),
      .init(
        "decision", "ms", "How long the subject has to choose at least.", \.decision, in: 1...60_000
      ),
      .init(
        "noise", "1/√ms", "Standard deviation of each amount, of which 1 stands for five drops.",
        \.noise, in: 0...1000),
      .init("rewardPerA", "", "What a drop of juice A earns.", \.rewardPerA, in: -1000...1000),
      .init("rewardPerB", "", "What a drop of juice B earns.", \.rewardPerB, in: -1000...1000),
      .init(
        "rewardForAbort", "", "What a choice before it is time earns.", \.rewardForAbort,
        in: -1000...1000),
      .init("rewardForMiss", "", "What never choosing earns.", \.rewardForMiss, in: -1000...1000),
    ]
  }
}
