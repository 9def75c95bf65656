import Gym

/// Is the rate of events high or low, seen, heard, or both at once?
///
/// After Raposo, Kaufman & Churchland, *Nature Neuroscience* 17 (2014), with the timing, noise and
/// rewards of Song, Yang & Wang, *eLife* 6:e21492 (2017).
///
/// The subject holds fixation for 750 ms. For 1000 ms events are then seen, heard, or both, at a rate of
/// 9 to 16 a second; both senses tell the same. Each sense has a noisy stream that grows with the rate
/// and one that falls with it. When the fixation point goes out the subject has 500 ms to say whether
/// the rate was above or below 12.5 events a second, which it never is. A choice before that ends the
/// trial; so does never choosing.
public struct MultiSensoryIntegration: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel {
    case fixation, visualHigh, visualLow, auditoryHigh, auditoryLow
  }
  public enum Action: Int, DiscreteAction { case fixate, low, high }

  // MARK: Conditions

  public enum Modality: Int, CaseIterable, Sendable { case visual, auditory, both }

  /// Which senses are told, and what.
  public struct Condition: Sendable {
    public let modality: Modality
    /// In events per second.
    public let rate: Float
  }

  /// In events per second.
  public var rates: [Float] = [9, 10, 11, 12, 13, 14, 15, 16]
  /// What is above is high. In events per second.
  public var boundary: Float = 12.5

  /// Every rate, seen, heard or both; modality first.
  public var conditions: [Condition] {
    rates.flatMap { rate in Modality.allCases.map { Condition(modality: $0, rate: rate) } }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, stimulus, decision }
  public var fixation: Milliseconds = 750
  public var stimulus: Milliseconds = 1000
  public var decision: Milliseconds = 500

  public var timeLimit: Milliseconds { fixation + stimulus + decision }

  // MARK: Noise and rewards

  /// Rates from which streams are scaled, in events per second: 2 is none of it, 23 is all of it.
  private static let scale: ClosedRange<Float> = 2...23

  /// σ of each stream, per √ms: √(2 · 100 ms · 0.021).
  public var noise: Float = 2.049_390_2
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
    Trial(
      condition: condition,
      timeline: [.fixation: fixation, .stimulus: stimulus, .decision: decision])
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    switch trial.timeline.epoch(at: time) {
    case .fixation:
      input[.fixation] = 1
    case .stimulus:
      let strength = strength(of: trial.condition.rate)
      input[.fixation] = 1
      if trial.condition.modality != .auditory {
        input[.visualHigh] = (1 + strength) / 2
        input[.visualLow] = (1 - strength) / 2
        input.addNoise(noise, to: .visualHigh, .visualLow)
      }
      if trial.condition.modality != .visual {
        input[.auditoryHigh] = (1 + strength) / 2
        input[.auditoryLow] = (1 - strength) / 2
        input.addNoise(noise, to: .auditoryHigh, .auditoryLow)
      }
    case .decision, nil:
      break  // The fixation point is out: go.
    }
  }

  /// s = (f − 2) / (23 − 2)
  private func strength(of rate: Float) -> Float {
    (rate - Self.scale.lowerBound) / (Self.scale.upperBound - Self.scale.lowerBound)
  }

  private func rightAnswer(for condition: Condition) -> Action {
    condition.rate > boundary ? .high : .low
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    if action == .fixate { return .wait }
    trial.choiceTime = time
    guard trial.timeline.epoch(at: time) == .decision else {
      return .end(.abort, reward: rewardForAbort)
    }
    return action == rightAnswer(for: trial.condition)
      ? .end(.correct, reward: rewardForCorrect) : .end(.error, reward: rewardForError)
  }

  /// Hold fixation, then say what the rate was.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .fixation, .stimulus: .fixate
    case .decision: rightAnswer(for: trial.condition)
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension MultiSensoryIntegration {
  public enum Fact: Int, TrialFact {
    case modality, rate, stimulusStart, stimulusDuration, reactionTime

    public var unit: String {
      switch self {
      case .modality: ""
      case .rate: "1/s"
      case .stimulusStart, .stimulusDuration, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .modality: "What told the rate: 0 vision, 1 hearing, 2 both."
      case .rate: "How many events there were a second."
      case .stimulusStart: "When the events began."
      case .stimulusDuration: "How long they went on."
      case .reactionTime: "From the end of the events to the choice; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .modality: Float(trial.condition.modality.rawValue)
    case .rate: trial.condition.rate
    case .stimulusStart: Float(fixation)
    case .stimulusDuration: Float(stimulus)
    case .reactionTime: trial.choiceTime.map { Float($0 - fixation - stimulus) } ?? .nan
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    // The streams of a sense differ by s, which is known at the boundary; two senses are as one that is
    // seen for twice as long.
    let steps =
      (fixation + stimulus + timeStep - 1) / timeStep - (fixation + timeStep - 1) / timeStep
    let distances = rates.map { 100 * abs(strength(of: $0) - strength(of: boundary)) }
    let one = idealObserver(coherences: distances, durations: [steps * timeStep], noise: noise)
    let both = idealObserver(coherences: distances, durations: [2 * steps * timeStep], noise: noise)
    return Levels(
      chance: 0.5, oracleReward: Double(rewardForCorrect), idealObserver: (2 * one + both) / 3)
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("modality", Double(condition.modality.rawValue)),
      Factor("rate", condition.rate),
    ]
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "rates", "1/s", "Rates of events, each seen, heard and both.", \.rates, in: 2...23),
      .init("boundary", "1/s", "Rates above it are high.", \.boundary, in: 2...23),
      .init(
        "fixation", "ms", "How long fixation is held before the events.", \.fixation,
        in: 0...60_000),
      .init("stimulus", "ms", "How long the events go on.", \.stimulus, in: 1...60_000),
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
