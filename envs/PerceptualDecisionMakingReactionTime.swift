import Gym

/// Random-dot motion discrimination, where the subject answers whenever it is ready.
///
/// After Roitman & Shadlen, *J. Neurosci.* 22 (2002), with the timing, noise and rewards of Song, Yang
/// & Wang, *eLife* 6:e21492 (2017).
///
/// The subject holds fixation for 750 ms. The fixation point goes out and motion begins in the same
/// moment: two noisy streams of evidence, one for leftward and one for rightward motion. It goes on
/// until the subject chooses a side, for 2000 ms at most. Choosing before the motion begins ends the
/// trial; so does never choosing.
public struct PerceptualDecisionMakingReactionTime: CognitiveTask {

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
  public var coherences: [Float] = [0, 3.2, 6.4, 12.8, 25.6, 51.2]

  /// Either direction at every coherence, direction first.
  public var conditions: [Condition] {
    coherences.flatMap { coherence in
      [Action.left, .right].map { Condition(direction: $0, coherence: coherence) }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, stimulus }
  public var fixation: Milliseconds = 750
  public var stimulus: Milliseconds = 2000

  public var timeLimit: Milliseconds { fixation + stimulus }

  // MARK: Noise and rewards

  /// σ of each stream, per √ms: √(2 · 100 ms · 0.015).
  public var noise: Float = 1.732_050_8
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
    of condition: Condition, after _: Trial?, timeStep _: Milliseconds, using _: inout Random
  ) -> Trial {
    Trial(condition: condition, timeline: [.fixation: fixation, .stimulus: stimulus])
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    switch trial.timeline.epoch(at: time) {
    case .fixation:
      input[.fixation] = 1
    case .stimulus:
      // The fixation point is out: answer when ready.
      let sign: Float = trial.condition.direction == .right ? 1 : -1
      let rightward = sign * trial.condition.coherence / 100
      input[.left] = (1 - rightward) / 2
      input[.right] = (1 + rightward) / 2
      input.addNoise(noise, to: .left, .right)
    case nil:
      break
    }
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    if action == .fixate { return .wait }
    trial.choiceTime = time
    guard trial.timeline.epoch(at: time) == .stimulus else {
      return .end(.abort, reward: rewardForAbort)
    }
    return action == trial.condition.direction
      ? .end(.correct, reward: rewardForCorrect) : .end(.error, reward: rewardForError)
  }

  /// Hold fixation, then choose the side of the motion at once: who knows it need not look.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .fixation: .fixate
    case .stimulus: trial.condition.direction
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension PerceptualDecisionMakingReactionTime {
  public enum Fact: Int, TrialFact {
    case direction, coherence, stimulusStart, reactionTime

    public var unit: String {
      switch self {
      case .direction: ""
      case .coherence: "%"
      case .stimulusStart, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .direction: "Where the motion went: -1 left, 1 right."
      case .coherence: "How strong the motion was."
      case .stimulusStart: "When the motion began."
      case .reactionTime:
        "From the start of the motion to the choice; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .direction: trial.condition.direction == .right ? 1 : -1
    case .coherence: trial.condition.coherence
    case .stimulusStart: Float(fixation)
    case .reactionTime: trial.choiceTime.map { Float($0 - fixation) } ?? .nan
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    // All of the motion, up to the last step that still takes an answer.
    let steps = max(0, timeLimit / timeStep - (fixation + timeStep - 1) / timeStep)
    return Levels(
      chance: 0.5, oracleReward: Double(rewardForCorrect),
      idealObserver: idealObserver(
        coherences: coherences, durations: [steps * timeStep], noise: noise))
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("direction", condition.direction == .right ? 1 : -1),
      Factor("coherence", condition.coherence),
    ]
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "coherences", "%", "Motion strengths, each shown to either side.", \.coherences, in: 0...100
      ),
      .init(
        "fixation", "ms", "How long fixation is held before the motion.", \.fixation, in: 0...60_000
      ),
      .init("stimulus", "ms", "How long the motion is shown at most.", \.stimulus, in: 1...60_000),
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
