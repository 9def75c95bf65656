import Gym

/// Random-dot motion discrimination, where the experimenter controls how long motion is seen.
///
/// After Kiani, Hanks & Shadlen, *J. Neurosci.* 28 (2008), with the timing, noise and rewards of
/// Song, Yang & Wang, *eLife* 6:e21492 (2017).
///
/// The subject holds fixation for 750 ms. Two noisy streams of evidence are then shown, one for
/// leftward and one for rightward motion; how far apart they are is the coherence. Viewing times are
/// exponential, between 80 and 1500 ms. When the fixation point goes out the subject has 500 ms to
/// choose a side. A choice at any other time ends the trial: letting go of fixation too early, and
/// answering too late. A subject that never chooses is told so when the longest trial would be over.
public struct PerceptualDecisionMaking: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case fixation, left, right }
  public enum Action: Int, DiscreteAction { case fixate, left, right }

  // MARK: Conditions

  /// A direction of motion, and how strong it is.
  public struct Condition: Sendable {
    public let direction: Action
    /// In percent.
    public let coherence: Float
  }

  /// Motion strengths, in percent.
  public var coherences: [Float] = [0, 6.4, 12.8, 25.6, 51.2]

  /// Either direction at every coherence, direction first.
  public var conditions: [Condition] {
    coherences.flatMap { coherence in
      [Action.left, .right].map { Condition(direction: $0, coherence: coherence) }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, stimulus, decision }
  public var fixation: Milliseconds = 750
  public var meanViewing: Milliseconds = 330
  public var shortestViewing: Milliseconds = 80
  public var longestViewing: Milliseconds = 1500
  public var decision: Milliseconds = 500

  public var timeLimit: Milliseconds { fixation + longestViewing + decision }

  // MARK: Noise and rewards

  /// σ of each stream, per √ms: √(2 · 100 ms · 0.01).
  public var noise: Float = 1.414_213_6
  public var rewardForCorrect: Float = 1
  public var rewardForError: Float = 0
  public var rewardForAbort: Float = -1
  public var rewardForMiss: Float = -1

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let condition: Condition
    public let timeline: Timeline<Epoch>
    /// When the subject chose.
    public var choiceTime: Milliseconds?
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let viewing = random.exponential(
      mean: meanViewing, within: shortestViewing..<max(longestViewing, shortestViewing + 1),
      roundedDownTo: timeStep)
    return Trial(
      condition: condition,
      timeline: [.fixation: fixation, .stimulus: viewing, .decision: decision])
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
    case .decision, nil:
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
    return action == trial.condition.direction
      ? .end(.correct, reward: rewardForCorrect) : .end(.error, reward: rewardForError)
  }

  /// Hold fixation, then choose the side of the motion.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .fixation, .stimulus: .fixate
    case .decision: trial.condition.direction
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension PerceptualDecisionMaking {
  public enum Fact: Int, TrialFact {
    case direction, coherence, stimulusStart, stimulusDuration, reactionTime

    public var unit: String {
      switch self {
      case .direction: ""
      case .coherence: "%"
      case .stimulusStart, .stimulusDuration, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .direction: "Where the motion went: -1 left, 1 right."
      case .coherence: "How strong the motion was."
      case .stimulusStart: "When the motion began."
      case .stimulusDuration: "How long it was seen at most."
      case .reactionTime: "From the end of the motion to the choice; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    let stimulus = trial.timeline.range(of: .stimulus) ?? 0..<0
    return switch fact {
    case .direction: trial.condition.direction == .right ? 1 : -1
    case .coherence: trial.condition.coherence
    case .stimulusStart: Float(stimulus.lowerBound)
    case .stimulusDuration: Float(stimulus.count)
    case .reactionTime: trial.choiceTime.map { Float($0 - stimulus.upperBound) } ?? .nan
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    let viewing = TruncatedExponential(
      mean: meanViewing, range: shortestViewing..<max(longestViewing, shortestViewing + 1))
    return Levels(
      chance: 0.5, oracleReward: Double(rewardForCorrect),
      idealObserver: idealObserver(
        coherences: coherences, durations: viewing.quantiles(256).map { $0 / timeStep * timeStep },
        noise: noise))
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("direction", condition.direction == .right ? 1 : -1),
      Factor("coherence", condition.coherence),
    ]
  }

  public var contradiction: String? {
    shortestViewing <= longestViewing
      ? nil
      : "'shortestViewing' is \(shortestViewing) ms and 'longestViewing' \(longestViewing) ms; "
        + "viewing times lie between the two"
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
      .init("decision", "ms", "How long the subject has to choose.", \.decision, in: 1...60_000),
      .init(
        "noise", "1/√ms", "Standard deviation of each stream of evidence.", \.noise, in: 0...1000),
      .init(
        "rewardForCorrect", "", "What a correct choice earns.", \.rewardForCorrect, in: -1000...1000
      ),
      .init("rewardForError", "", "What a wrong choice earns.", \.rewardForError, in: -1000...1000),
      .init(
        "rewardForAbort", "", "What a choice at the wrong time earns.", \.rewardForAbort,
        in: -1000...1000),
      .init("rewardForMiss", "", "What never choosing earns.", \.rewardForMiss, in: -1000...1000),
    ]
  }
}
