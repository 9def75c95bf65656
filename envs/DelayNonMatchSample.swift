import Gym

/// Two stimuli with a delay between them: were they different?
///
/// After Miconi, *eLife* 6:e20899 (2017), as the program that came with it has it. One of two stimuli, A
/// or B, is shown for 200 ms, and after a delay of about as long again one of them. After another delay
/// the output of the subject, a single rate that it has at any moment, is held against a target for the
/// last 200 ms: a high one if the stimuli were different, a low one if they were the same. Before that
/// it may be whatever it likes. The trial earns minus the mean distance from the target.
///
///     err = ⟨|r − r*|⟩        r* = 0.98 if they differ, −0.98 if not
///
/// What is shown at a step acts on the subject in that step, and the output of the step is judged with
/// it. There is no noise: subjects differ by their own.
public struct DelayNonMatchSample: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case stimulusA, stimulusB }

  public enum Output: Int, ActionAmount {
    case rate
    /// Wide enough for units whose rates are signed, between −1 and 1, and for such as fire at up to 20.
    public static var range: ClosedRange<Float> { -20...20 }
  }
  public typealias Action = Amounts<Output>

  // MARK: Conditions

  public enum Stimulus: Int, Sendable {
    case a = 1
    case b = 2
  }

  public struct Condition: Sendable {
    public let first: Stimulus
    public let second: Stimulus
  }

  /// AA, AB, BA, BB: the order in which the program goes round.
  public var conditions: [Condition] {
    [.a, .b].flatMap { first in
      [.a, .b].map { Condition(first: first, second: $0) }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable {
    case start, firstStimulus, firstDelay, secondStimulus, secondDelay, response
  }
  /// How long nothing is shown at first.
  public var start: Milliseconds = 1
  /// How long each stimulus is shown.
  public var stimulus: Milliseconds = 200
  /// When the second stimulus begins at the earliest.
  public var earliestSecond: Milliseconds = 400
  /// It is not drawn as late as this, but where it is the earliest, too.
  public var latestSecond: Milliseconds = 400
  public var duration: Milliseconds = 1000
  /// How much of the end is scored.
  public var scored: Milliseconds = 200

  public var timeLimit: Milliseconds { duration }

  // MARK: Rewards

  public var targetForSame: Float = -0.98
  public var targetForDifferent: Float = 0.98
  /// A trial is correct if its error is below this.
  public var tolerance: Float = 1

  /// For a trial that is shorter than one time step, in which nothing is judged.
  public var rewardForMiss: Float { 0 }

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let condition: Condition
    public let timeline: Timeline<Epoch>
    var score: TargetError
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let second =
      earliestSecond
      + random.uniform(in: 0..<max(1, latestSecond - earliestSecond), roundedDownTo: timeStep)
    return Trial(
      condition: condition,
      timeline: [
        .start: start, .firstStimulus: stimulus, .firstDelay: second - start - stimulus,
        .secondStimulus: stimulus, .secondDelay: duration - scored - second - stimulus,
        .response: scored,
      ],
      score: TargetError(
        target: condition.first == condition.second ? targetForSame : targetForDifferent,
        duration: duration, scored: scored, timeStep: timeStep))
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    switch trial.timeline.epoch(at: time) {
    case .firstStimulus: show(trial.condition.first, into: &input)
    case .secondStimulus: show(trial.condition.second, into: &input)
    case .start, .firstDelay, .secondDelay, .response, nil: break
    }
  }

  private func show(_ stimulus: Stimulus, into input: inout Observation<Channel>) {
    input[stimulus == .a ? .stimulusA : .stimulusB] = 1
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    trial.score.judge(action[.rate], at: time, tolerance: tolerance)
  }
}

// MARK: For analyses and experimenters

extension DelayNonMatchSample {
  public enum Fact: Int, TrialFact {
    case firstStimulus, secondStimulus, secondStart, target, error

    public var unit: String { self == .secondStart ? "ms" : "" }

    public var meaning: String {
      switch self {
      case .firstStimulus: "The first stimulus: 1 is A, 2 is B."
      case .secondStimulus: "The second stimulus: 1 is A, 2 is B."
      case .secondStart: "When the second stimulus began."
      case .target: "What the output was to be."
      case .error: "The mean distance of the output from it."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .firstStimulus: Float(trial.condition.first.rawValue)
    case .secondStimulus: Float(trial.condition.second.rawValue)
    case .secondStart: Float(trial.timeline.start(of: .secondStimulus) ?? 0)
    case .target: trial.score.target
    case .error: trial.score.error
    }
  }

  public func levels(timeStep _: Milliseconds) -> Levels { Levels(oracleReward: 0) }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("firstStimulus", Double(condition.first.rawValue)),
      Factor("secondStimulus", Double(condition.second.rawValue)),
    ]
  }

  public var contradiction: String? {
    if start + stimulus > earliestSecond {
      return
        "'start' is \(start) ms and 'stimulus' \(stimulus) ms; the first stimulus has to be over "
        + "by 'earliestSecond', \(earliestSecond) ms"
    }
    if earliestSecond > latestSecond {
      return "'earliestSecond' is \(earliestSecond) ms and 'latestSecond' \(latestSecond) ms; "
        + "the second stimulus begins between the two"
    }
    return latestSecond + stimulus <= duration - scored
      ? nil
      : "a second stimulus at 'latestSecond', \(latestSecond) ms, of 'stimulus', \(stimulus) ms, is not "
        + "over when scoring begins: 'duration' is \(duration) ms and 'scored' \(scored) ms"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init("start", "ms", "How long nothing is shown at first.", \.start, in: 0...60_000),
      .init("stimulus", "ms", "How long each stimulus is shown.", \.stimulus, in: 1...60_000),
      .init(
        "earliestSecond", "ms", "When the second stimulus begins at the earliest.",
        \.earliestSecond, in: 0...60_000),
      .init(
        "latestSecond", "ms",
        "No second stimulus begins as late as this, but where it is the earliest, too.",
        \.latestSecond, in: 0...60_000),
      .init("duration", "ms", "How long a trial lasts.", \.duration, in: 1...60_000),
      .init("scored", "ms", "How much of its end is scored.", \.scored, in: 1...60_000),
      .init(
        "targetForSame", "", "What the output is to be after two that are the same.",
        \.targetForSame, in: -20...20),
      .init(
        "targetForDifferent", "", "What the output is to be after two that differ.",
        \.targetForDifferent, in: -20...20),
      .init(
        "tolerance", "", "A trial is correct if its error is below this.", \.tolerance, in: 0...40),
    ]
  }
}
