import Gym

/// Two vibrations, some seconds apart: which was the faster one?
///
/// After Romo, Brody, Hernández & Lemus, *Nature* 399 (1999), and Barak, Tsodyks & Romo, *J. Neurosci.*
/// 30 (2010), with the timing, noise and rewards of Song, Yang & Wang, *eLife* 6:e21492 (2017).
///
/// The subject holds fixation for 750 ms and feels a first vibration of 500 ms, f₁. It has to remember
/// it over a delay of 2700 to 3300 ms, until a second one comes, f₂, of 500 ms. When that ends the
/// fixation point goes out, and the subject says whether f₁ was above or below f₂. Each vibration has a
/// noisy stream that grows with the frequency and one that falls with it. A choice before the fixation
/// point is out ends the trial; so does never choosing.
public struct DelayComparison: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case fixation, high, low }
  /// What is said of f₁: that it was above f₂, or below.
  public enum Action: Int, DiscreteAction { case fixate, above, below }

  // MARK: Conditions

  /// Two frequencies, in Hz.
  public struct Condition: Sendable {
    public let first: Float
    public let second: Float
  }

  /// The higher and the lower frequency of each pair, in Hz.
  public var highFrequencies: [Float] = [18, 22, 26, 30, 34]
  public var lowFrequencies: [Float] = [10, 14, 18, 22, 26]

  /// Every pair in either order; order first, and the higher one first.
  public var conditions: [Condition] {
    zip(highFrequencies, lowFrequencies).flatMap { high, low in
      [Condition(first: high, second: low), Condition(first: low, second: high)]
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, first, delay, second, decision }
  public var fixation: Milliseconds = 750
  public var vibration: Milliseconds = 500
  public var shortestDelay: Milliseconds = 2700
  public var longestDelay: Milliseconds = 3300
  /// The shortest time to decide; what a trial leaves of its delay comes on top.
  public var decision: Milliseconds = 500

  public var timeLimit: Milliseconds { fixation + 2 * vibration + longestDelay + decision }

  // MARK: Noise and rewards

  /// Frequencies from which streams are scaled, in Hz: 10 is none of it, 34 is all of it.
  private static let scale: ClosedRange<Float> = 10...34

  /// σ of each stream, per √ms: √(2 · 100 ms · 0.001).
  public var noise: Float = 0.447_213_6
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
    let delay = random.uniform(
      in: shortestDelay..<max(longestDelay, shortestDelay + 1), roundedDownTo: timeStep)
    return Trial(
      condition: condition,
      timeline: [
        .fixation: fixation, .first: vibration, .delay: delay, .second: vibration,
        .decision: timeLimit - fixation - 2 * vibration - delay,
      ])
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    let epoch = trial.timeline.epoch(at: time)
    // Out means go; when time has run out it is on again, as before a trial.
    input[.fixation] = epoch == .decision ? 0 : 1
    switch epoch {
    case .first: feel(trial.condition.first, into: &input)
    case .second: feel(trial.condition.second, into: &input)
    case .fixation, .delay, .decision, nil: break
    }
  }

  private func feel(_ frequency: Float, into input: inout Observation<Channel>) {
    let strength =
      (frequency - Self.scale.lowerBound) / (Self.scale.upperBound - Self.scale.lowerBound)
    input[.high] = (1 + strength) / 2
    input[.low] = (1 - strength) / 2
    input.addNoise(noise, to: .high, .low)
  }

  private func rightAnswer(for condition: Condition) -> Action {
    condition.first > condition.second ? .above : .below
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

  /// Hold fixation, then say how the first vibration compares with the second.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .fixation, .first, .delay, .second: .fixate
    case .decision: rightAnswer(for: trial.condition)
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension DelayComparison {
  public enum Fact: Int, TrialFact {
    case firstFrequency, secondFrequency, stimulusStart, delay, reactionTime

    public var unit: String {
      switch self {
      case .firstFrequency, .secondFrequency: "Hz"
      case .stimulusStart, .delay, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .firstFrequency: "The first vibration's frequency."
      case .secondFrequency: "The second vibration's frequency."
      case .stimulusStart: "When the first vibration began."
      case .delay: "From the end of the first vibration to the start of the second."
      case .reactionTime:
        "From the end of the second vibration to the choice; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .firstFrequency: trial.condition.first
    case .secondFrequency: trial.condition.second
    case .stimulusStart: Float(fixation)
    case .delay: Float(trial.timeline.range(of: .delay)?.count ?? 0)
    case .reactionTime:
      trial.choiceTime.map { Float($0 - (trial.timeline.start(of: .decision) ?? 0)) } ?? .nan
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    // Both vibrations are noisy: their difference is judged as one of half its strength would be that
    // has the noise of one of them, seen for twice as long.
    let steps = vibration / timeStep
    let distances = conditions.map {
      50 * abs($0.first - $0.second) / (Self.scale.upperBound - Self.scale.lowerBound)
    }
    return Levels(
      chance: 0.5, oracleReward: Double(rewardForCorrect),
      idealObserver: idealObserver(
        coherences: distances, durations: [2 * steps * timeStep], noise: noise))
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("firstFrequency", condition.first),
      Factor("secondFrequency", condition.second),
    ]
  }

  public var contradiction: String? {
    if highFrequencies.count != lowFrequencies.count {
      return "'highFrequencies' has \(highFrequencies.count) numbers and 'lowFrequencies' "
        + "\(lowFrequencies.count); they make pairs"
    }
    if let (high, low) = zip(highFrequencies, lowFrequencies).first(where: { $0 <= $1 }) {
      return "the higher frequency of a pair is \(high) Hz and the lower one \(low) Hz; "
        + "one of them has to be higher"
    }
    return shortestDelay <= longestDelay
      ? nil
      : "'shortestDelay' is \(shortestDelay) ms and 'longestDelay' \(longestDelay) ms; "
        + "delays lie between the two"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "highFrequencies", "Hz", "The higher frequency of each pair.", \.highFrequencies,
        in: 10...34),
      .init(
        "lowFrequencies", "Hz", "The lower frequency of each pair.", \.lowFrequencies, in: 10...34),
      .init(
        "fixation", "ms", "How long fixation is held before the first vibration.", \.fixation,
        in: 0...60_000),
      .init("vibration", "ms", "How long each vibration lasts.", \.vibration, in: 1...60_000),
      .init("shortestDelay", "ms", "The shortest delay.", \.shortestDelay, in: 0...60_000),
      .init(
        "longestDelay", "ms", "No delay is as long as this, but where it is the shortest, too.",
        \.longestDelay, in: 1...60_000),
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
        "rewardForAbort", "", "What a choice at the wrong time earns.", \.rewardForAbort,
        in: -1000...1000),
      .init("rewardForMiss", "", "What never choosing earns.", \.rewardForMiss, in: -1000...1000),
    ]
  }
}
