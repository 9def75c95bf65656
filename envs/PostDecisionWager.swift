import Gym

/// Random-dot motion discrimination with a way out: in some trials the subject may decline to judge,
/// for a small but certain reward.
///
/// After Kiani & Shadlen, *Science* 324 (2009), with the timing, noise and rewards of Song, Yang &
/// Wang, *eLife* 6:e21492 (2017).
///
/// The subject holds fixation for 750 ms. Two noisy streams of evidence are then shown, one for
/// leftward and one for rightward motion, for an exponential time between 100 and 900 ms. A delay of
/// 1200 to 1800 ms follows, until the fixation point goes out. In half of the trials, the wagers, a
/// sure target appears 500 to 750 ms into the delay and stays. The subject then chooses a side, which
/// pays if it is right; or the sure target, which pays less, and only where it is shown. A choice
/// before the fixation point is out ends the trial; so does never choosing.
public struct PostDecisionWager: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case fixation, left, right, sure }
  public enum Action: Int, DiscreteAction { case fixate, left, right, sure }

  // MARK: Conditions

  /// Whether declining is possible, a direction of motion, and how strong it is.
  public struct Condition: Sendable {
    public let isWager: Bool
    public let direction: Action
    /// In percent.
    public let coherence: Float
  }

  /// Motion strengths, in percent.
  public var coherences: [Float] = [0, 3.2, 6.4, 12.8, 25.6, 51.2]

  /// With and without a wager, in either direction, at every coherence; wager first, then direction.
  public var conditions: [Condition] {
    coherences.flatMap { coherence in
      [Action.left, .right].flatMap { direction in
        [true, false].map {
          Condition(isWager: $0, direction: direction, coherence: coherence)
        }
      }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, stimulus, delay, decision }
  public var fixation: Milliseconds = 750
  public var meanViewing: Milliseconds = 180
  public var shortestViewing: Milliseconds = 100
  public var longestViewing: Milliseconds = 900
  public var meanDelay: Milliseconds = 1350
  public var shortestDelay: Milliseconds = 1200
  public var longestDelay: Milliseconds = 1800
  /// From the end of the motion to the sure target.
  public var meanSureOnset: Milliseconds = 575
  public var shortestSureOnset: Milliseconds = 500
  public var longestSureOnset: Milliseconds = 750
  /// The shortest time to decide; what a trial leaves of viewing time and delay comes on top.
  public var decision: Milliseconds = 500

  public var timeLimit: Milliseconds { fixation + longestViewing + longestDelay + decision }

  // MARK: Noise and rewards

  /// σ of each stream, per √ms: √(2 · 100 ms · 0.01).
  public var noise: Float = 1.414_213_6
  public var rewardForCorrect: Float = 1
  public var rewardForError: Float = 0
  public var rewardForSure: Float = 0.7
  public var rewardForAbort: Float = -1
  public var rewardForMiss: Float = -1

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let condition: Condition
    public let timeline: Timeline<Epoch>
    /// When the sure target appears; nil if this is no wager.
    public let sureStart: Milliseconds?
    /// When the subject chose.
    public var choiceTime: Milliseconds?
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let viewing = random.exponential(
      mean: meanViewing, within: viewingTimes, roundedDownTo: timeStep)
    let delay = random.exponential(
      mean: meanDelay, within: shortestDelay..<max(longestDelay, shortestDelay + 1),
      roundedDownTo: timeStep)
    let motionEnd = fixation + viewing
    let sureStart =
      condition.isWager
      ? motionEnd
        + random.exponential(
          mean: meanSureOnset,
          within: shortestSureOnset..<max(longestSureOnset, shortestSureOnset + 1),
          roundedDownTo: timeStep) : nil
    return Trial(
      condition: condition,
      timeline: [
        .fixation: fixation, .stimulus: viewing, .delay: delay,
        .decision: timeLimit - motionEnd - delay,
      ],
      sureStart: sureStart)
  }

  private var viewingTimes: Range<Milliseconds> {
    shortestViewing..<max(longestViewing, shortestViewing + 1)
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    switch trial.timeline.epoch(at: time) {
    case .fixation:
      input[.fixation] = 1
    case .stimulus:
      let sign: Float = trial.condition.direction == .right ? 1 : -1
      let rightward = sign * trial.condition.coherence / 100
      input[.fixation] = 1
      input[.left] = (1 - rightward) / 2
      input[.right] = (1 + rightward) / 2
      input.addNoise(noise, to: .left, .right)
    case .delay:
      input[.fixation] = 1
      input[.sure] = sureTarget(of: trial, at: time)
    case .decision:
      // The fixation point is out: go.
      input[.sure] = sureTarget(of: trial, at: time)
    case nil:
      break
    }
  }

  /// 1 once the sure target has appeared, 0 before and without a wager.
  private func sureTarget(of trial: Trial, at time: Milliseconds) -> Float {
    guard let sureStart = trial.sureStart else { return 0 }
    return time < sureStart ? 0 : 1
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    if action == .fixate { return .wait }
    trial.choiceTime = time
    guard trial.timeline.epoch(at: time) == .decision else {
      return .end(.abort, reward: rewardForAbort)
    }
    switch action {
    case .sure where trial.condition.isWager: return .end(.completed, reward: rewardForSure)
    case .sure: return .end(.abort, reward: rewardForAbort)
    case trial.condition.direction: return .end(.correct, reward: rewardForCorrect)
    default: return .end(.error, reward: rewardForError)
    }
  }

  /// Hold fixation, then choose the side of the motion: who knows it has no reason to decline, unless
  /// that pays more.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .fixation, .stimulus, .delay: .fixate
    case .decision:
      trial.condition.isWager && rewardForSure > rewardForCorrect
        ? .sure : trial.condition.direction
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension PostDecisionWager {
  public enum Fact: Int, TrialFact {
    case wager, direction, coherence, stimulusStart, stimulusDuration, delay, sureStart
    case reactionTime

    public var unit: String {
      switch self {
      case .wager, .direction: ""
      case .coherence: "%"
      case .stimulusStart, .stimulusDuration, .delay, .sureStart, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .wager: "Whether the sure target was offered: 1 yes, 0 no."
      case .direction: "Where the motion went: -1 left, 1 right."
      case .coherence: "How strong the motion was."
      case .stimulusStart: "When the motion began."
      case .stimulusDuration: "How long it was seen at most."
      case .delay: "From the end of the motion to the end of fixation."
      case .sureStart: "When the sure target appeared; not a number where none was offered."
      case .reactionTime: "From the end of the delay to the choice; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    let stimulus = trial.timeline.range(of: .stimulus) ?? 0..<0
    let delay = trial.timeline.range(of: .delay) ?? 0..<0
    return switch fact {
    case .wager: trial.condition.isWager ? 1 : 0
    case .direction: trial.condition.direction == .right ? 1 : -1
    case .coherence: trial.condition.coherence
    case .stimulusStart: Float(stimulus.lowerBound)
    case .stimulusDuration: Float(stimulus.count)
    case .delay: Float(delay.count)
    case .sureStart: trial.sureStart.map { Float($0) } ?? .nan
    case .reactionTime: trial.choiceTime.map { Float($0 - delay.upperBound) } ?? .nan
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    let viewing = TruncatedExponential(mean: meanViewing, range: viewingTimes)
    let declined = max(rewardForSure, rewardForCorrect)
    return Levels(
      chance: 0.5, oracleReward: (Double(rewardForCorrect) + Double(declined)) / 2,
      idealObserver: idealWagerer(
        coherences: coherences, durations: viewing.quantiles(256).map { $0 / timeStep * timeStep },
        noise: noise, correct: rewardForCorrect, error: rewardForError, sure: rewardForSure
      )?.accuracy)
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("wager", condition.isWager ? 1 : 0),
      Factor("direction", condition.direction == .right ? 1 : -1),
      Factor("coherence", condition.coherence),
    ]
  }

  public var contradiction: String? {
    for (what, shortestName, shortest, longestName, longest) in [
      ("viewing times", "shortestViewing", shortestViewing, "longestViewing", longestViewing),
      ("delays", "shortestDelay", shortestDelay, "longestDelay", longestDelay),
      (
        "onsets of the sure target", "shortestSureOnset", shortestSureOnset, "longestSureOnset",
        longestSureOnset
      ),
    ] where shortest > longest {
      return "'\(shortestName)' is \(shortest) ms and '\(longestName)' \(longest) ms; "
        + "\(what) lie between the two"
    }
    return longestSureOnset <= shortestDelay
      ? nil
      : "'longestSureOnset' is \(longestSureOnset) ms and 'shortestDelay' \(shortestDelay) ms; "
        + "the sure target appears during the delay"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "coherences", "%", "Motion strengths, each shown to either side.", \.coherences, in: 0...100
      ),
      .init(
        "fixation", "ms", "How long fixation is held before the motion.", \.fixation, in: 0...60_000
      ),
      .init(
        "meanViewing", "ms", "Mean of the exponential from which viewing times are drawn.",
        \.meanViewing, in: 1...60_000),
      .init(
        "shortestViewing", "ms", "The shortest viewing time.", \.shortestViewing, in: 0...60_000),
      .init(
        "longestViewing", "ms", "No viewing time is as long as this.", \.longestViewing,
        in: 1...60_000),
      .init(
        "meanDelay", "ms", "Mean of the exponential from which delays are drawn.", \.meanDelay,
        in: 1...60_000),
      .init("shortestDelay", "ms", "The shortest delay.", \.shortestDelay, in: 0...60_000),
      .init("longestDelay", "ms", "No delay is as long as this.", \.longestDelay, in: 1...60_000),
      .init(
        "meanSureOnset", "ms",
        "Mean of the exponential from which times from the motion to the sure target are drawn.",
        \.meanSureOnset, in: 1...60_000),
      .init(
        "shortestSureOnset", "ms", "The shortest time from the motion to the sure target.",
        \.shortestSureOnset, in: 0...60_000),
      .init(
        "longestSureOnset", "ms", "No time from the motion to the sure target is as long as this.",
        \.longestSureOnset, in: 1...60_000),
      .init(
        "decision", "ms", "How long the subject has to choose at least.", \.decision, in: 1...60_000
      ),
      .init(
        "noise", "1/√ms", "Standard deviation of each stream of evidence.", \.noise, in: 0...1000),
      .init(
        "rewardForCorrect", "", "What a correct choice earns.", \.rewardForCorrect, in: -1000...1000
      ),
      .init("rewardForError", "", "What a wrong choice earns.", \.rewardForError, in: -1000...1000),
      .init(
        "rewardForSure", "", "What the sure target earns where it is offered.", \.rewardForSure,
        in: -1000...1000),
      .init(
        "rewardForAbort", "",
        "What a choice at the wrong time earns, and the sure target where it is not offered.",
        \.rewardForAbort, in: -1000...1000),
      .init("rewardForMiss", "", "What never choosing earns.", \.rewardForMiss, in: -1000...1000),
    ]
  }
}
