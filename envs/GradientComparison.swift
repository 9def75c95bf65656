import Gym

/// Ten numbers, shown for a moment: is their sum positive?
///
/// A test of learning rules, from the program that came with Miconi, *eLife* 6:e20899 (2017), Figure 9.
/// Inputs are drawn uniformly from ±1 and shown for 100 ms; the output of the subject, a single rate, is
/// held against the sign of their sum over the last 100 of 300 ms. Trials come in pairs: 2k and 2k + 1 of
/// a lane have the same inputs, so that what a perturbation in the second one has changed is known from
/// the first.
///
///     err = ⟨|r − sign Σᵢ uᵢ|⟩
public struct GradientComparison: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel {
    case inputs
    public var width: Int { 10 }
  }

  public enum Output: Int, ActionAmount {
    case rate
    /// Wide enough for units whose rates are signed, between −1 and 1, and for such as fire at up to 20.
    public static var range: ClosedRange<Float> { -20...20 }
  }
  public typealias Action = Amounts<Output>

  // MARK: Conditions

  /// There is only one: trials differ by what is drawn.
  public struct Condition: Sendable {}
  public var conditions: [Condition] { [Condition()] }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case stimulus, delay, response }
  public var stimulus: Milliseconds = 100
  public var delay: Milliseconds = 100
  /// How long the output is scored.
  public var response: Milliseconds = 100

  public var timeLimit: Milliseconds { stimulus + delay + response }

  // MARK: Rewards

  /// A trial is correct if its error is below this.
  public var tolerance: Float = 1

  /// For a trial that is shorter than one time step, in which nothing is judged.
  public var rewardForMiss: Float { 0 }

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    /// u₀ … u₉.
    public let inputs: InlineArray<10, Float>
    /// Σᵢ uᵢ.
    public let sum: Float
    public let timeline: Timeline<Epoch>
    var score: TargetError
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of _: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    var pair = random.common(toTrials: 2)
    let inputs = InlineArray<10, Float> { _ in 2 * pair.uniform() - 1 }
    var sum: Float = 0
    for index in inputs.indices { sum += inputs[index] }
    return Trial(
      inputs: inputs, sum: sum,
      timeline: [.stimulus: stimulus, .delay: delay, .response: response],
      score: TargetError(
        target: sum > 0 ? 1 : -1, duration: timeLimit, scored: response, timeStep: timeStep))
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    guard trial.timeline.epoch(at: time) == .stimulus else { return }
    for index in trial.inputs.indices { input[.inputs, index] = trial.inputs[index] }
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    trial.score.judge(action[.rate], at: time, tolerance: tolerance)
  }
}

// MARK: For analyses and experimenters

extension GradientComparison {
  public enum Fact: Int, TrialFact {
    case inputSum, target, error

    public var unit: String { "" }

    public var meaning: String {
      switch self {
      case .inputSum: "The sum of the inputs."
      case .target: "What the output was to be."
      case .error: "The mean distance of the output from it."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .inputSum: trial.sum
    case .target: trial.score.target
    case .error: trial.score.error
    }
  }

  public func levels(timeStep _: Milliseconds) -> Levels { Levels(oracleReward: 0) }

  public func factors(of _: Condition) -> [Factor] { [] }

  public static var parameters: [Parameter<Self>] {
    [
      .init("stimulus", "ms", "How long the inputs are shown.", \.stimulus, in: 1...60_000),
      .init("delay", "ms", "How long nothing is shown before scoring.", \.delay, in: 0...60_000),
      .init("response", "ms", "How long the output is scored.", \.response, in: 1...60_000),
      .init(
        "tolerance", "", "A trial is correct if its error is below this.", \.tolerance, in: 0...40),
    ]
  }
}
