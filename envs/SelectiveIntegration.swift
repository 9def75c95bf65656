import Gym

/// Two noisy streams at once, and a context that says which of them counts: is its mean positive?
///
/// After Mante, Sussillo, Shenoy & Newsome, *Nature* 503 (2013), as the program that came with Miconi,
/// *eLife* 6:e20899 (2017), has it. Each of two modalities is shown for 500 ms as white noise with a
/// bias, its mean; the other one's says nothing about the answer. From the end of the stimulus on, 200 ms
/// long, the output of the subject, a single rate that it has at any moment, is held against the sign of
/// the bias that counts. The trial earns minus the mean distance from it.
///
///     sₘ  = ½ (z + bₘ) a step of 1 ms,   z standard normal
///     err = ⟨|r − sign b|⟩
///
/// What is shown at a step acts on the subject in that step, and the output of the step is judged with
/// it.
public struct SelectiveIntegration: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case first, second, attendFirst, attendSecond }

  public enum Output: Int, ActionAmount {
    case rate
    /// Wide enough for units whose rates are signed, between −1 and 1, and for such as fire at up to 20.
    public static var range: ClosedRange<Float> { -20...20 }
  }
  public typealias Action = Amounts<Output>

  // MARK: Conditions

  public enum Context: Int, Sendable {
    case attendFirst = 1
    case attendSecond = 2
  }

  public struct Condition: Sendable {
    public let context: Context
    public let relevantBias: Float
    /// Nil if it is drawn anew for each trial.
    public let irrelevantBias: Float?
  }

  /// Biases of the modality that counts.
  public var relevantBiases: [Float] = [0.5, -0.5]
  /// Biases of the other one.
  public var irrelevantBiases: [Float] = [0.5, -0.5]
  /// 1: each irrelevant bias makes conditions of its own; 0: it is drawn for each trial, and a
  /// condition knows nothing of it.
  public var tabulatesIrrelevant = 0

  /// Relevant bias first, then context: the order in which the program goes round.
  public var conditions: [Condition] {
    let irrelevant = tabulatesIrrelevant == 1 ? irrelevantBiases.map { Optional($0) } : [nil]
    return relevantBiases.flatMap { bias in
      [.attendFirst, .attendSecond].flatMap { context in
        irrelevant.map {
          Condition(context: context, relevantBias: bias, irrelevantBias: $0)
        }
      }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case start, stimulus, response }
  /// How long there is nothing but the context at first.
  public var start: Milliseconds = 1
  public var stimulus: Milliseconds = 500
  public var duration: Milliseconds = 700
  /// How much of the end is scored.
  public var scored: Milliseconds = 200

  public var timeLimit: Milliseconds { duration }

  // MARK: Noise and rewards

  /// σ of each modality, per √ms.
  public var noise: Float = 0.5
  /// What a bias of 1 adds to a modality.
  public var gain: Float = 0.5
  /// A trial is correct if its error is below this.
  public var tolerance: Float = 1

  /// For a trial that is shorter than one time step, in which nothing is judged.
  public var rewardForMiss: Float { 0 }

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let context: Context
    public let relevantBias: Float
    public let irrelevantBias: Float
    public let timeline: Timeline<Epoch>
    var score: TargetError

    /// b₁ and b₂.
    var biases: (first: Float, second: Float) {
      context == .attendFirst ? (relevantBias, irrelevantBias) : (irrelevantBias, relevantBias)
    }
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let bias = condition.relevantBias
    return Trial(
      context: condition.context, relevantBias: bias,
      irrelevantBias: condition.irrelevantBias ?? random.element(of: irrelevantBiases),
      timeline: [.start: start, .stimulus: stimulus, .response: duration - start - stimulus],
      score: TargetError(
        target: bias > 0 ? 1 : bias < 0 ? -1 : 0, duration: duration, scored: scored,
        timeStep: timeStep))
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    let epoch = trial.timeline.epoch(at: time)
    if epoch == .stimulus {
      input[.first] = gain * trial.biases.first
      input[.second] = gain * trial.biases.second
      input.addNoise(noise, to: .first, .second)
    }
    if epoch != nil { input[trial.context == .attendFirst ? .attendFirst : .attendSecond] = 1 }
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    trial.score.judge(action[.rate], at: time, tolerance: tolerance)
  }
}

// MARK: For analyses and experimenters

extension SelectiveIntegration {
  public enum Fact: Int, TrialFact {
    case context, relevantBias, irrelevantBias, target, error

    public var unit: String { "" }

    public var meaning: String {
      switch self {
      case .context: "Which modality counted: 1 or 2."
      case .relevantBias: "The bias of the modality that counted."
      case .irrelevantBias: "The bias of the other one."
      case .target: "What the output was to be; 0 where the bias is 0."
      case .error: "The mean distance of the output from it."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .context: Float(trial.context.rawValue)
    case .relevantBias: trial.relevantBias
    case .irrelevantBias: trial.irrelevantBias
    case .target: trial.score.target
    case .error: trial.score.error
    }
  }

  public func levels(timeStep _: Milliseconds) -> Levels { Levels(oracleReward: 0) }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("context", Double(condition.context.rawValue)),
      Factor("relevantBias", condition.relevantBias),
    ] + (condition.irrelevantBias.map { [Factor("irrelevantBias", $0)] } ?? [])
  }

  public var contradiction: String? {
    if start + stimulus > duration {
      return "'start' is \(start) ms and 'stimulus' \(stimulus) ms; together they can't outlast "
        + "'duration', \(duration) ms"
    }
    return scored <= duration
      ? nil
      : "'scored' is \(scored) ms; no more can be scored than 'duration', \(duration) ms"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "relevantBiases", "", "Biases of the modality that counts.", \.relevantBiases, in: -10...10),
      .init(
        "irrelevantBiases", "", "Biases of the other modality.", \.irrelevantBiases, in: -10...10),
      .init(
        "tabulatesIrrelevant", "",
        "1 makes conditions of each irrelevant bias; 0 draws it for each trial.",
        \.tabulatesIrrelevant, in: 0...1),
      .init(
        "start", "ms", "How long there is nothing but the context at first.", \.start,
        in: 0...60_000),
      .init("stimulus", "ms", "How long both modalities are shown.", \.stimulus, in: 1...60_000),
      .init("duration", "ms", "How long a trial lasts.", \.duration, in: 1...60_000),
      .init("scored", "ms", "How much of its end is scored.", \.scored, in: 1...60_000),
      .init("noise", "1/√ms", "Standard deviation of each modality.", \.noise, in: 0...1000),
      .init("gain", "", "What a bias of 1 adds to a modality.", \.gain, in: 0...1000),
      .init(
        "tolerance", "", "A trial is correct if its error is below this.", \.tolerance, in: 0...40),
    ]
  }
}
