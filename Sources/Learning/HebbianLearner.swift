import CKernels
import Gym

/// The reward-modulated Hebbian rule of Miconi, *eLife* 6:e20899 (2017), as his program has it.
///
///     e   = Σ_{t ≥ 3} S(δ(t)) S(r(t−1))ᵀ                     eligibility, one product for a trial
///     ΔJ  = clip(−η Ē_k (E − Ē_k) e, ±c)                     from trial 101 on
///     Ē_k ← α_R Ē_k + (1 − α_R) E                            k: the trial's condition
///
/// E is the trial's error, what was earned with the other sign. S is a signed power, so that the sum
/// of powers of products is the product of powers. Trials come in a cycle of the conditions.
public final class HebbianLearner {
  public private(set) var network: RateNetwork
  public let rule: LocalRule
  /// Ē, by condition.
  public private(set) var meanErrors: [Double]
  /// Trials played.
  public private(set) var trialCount = 0
  /// How many weights the last trial would have changed by more than c.
  public private(set) var clippedCount = 0

  private let seed: UInt64
  private let trial: RateTrial
  private let eligibility: FloatBuffer
  private let pre: FloatBuffer
  private let post: FloatBuffer

  /// The first step whose fluctuation counts: before it the running mean is not that of the trial.
  private static let firstStep = 3

  /// - Parameters:
  ///   - stepCapacity: the most steps a trial has.
  public init(
    _ rule: LocalRule, inputs: Int, conditionCount: Int, stepCapacity: Int, seed: UInt64
  ) {
    self.rule = rule
    self.seed = seed
    network = RateNetwork(rule, inputs: inputs, seed: seed)
    meanErrors = .init(repeating: 0, count: rule.averagesByCondition ? conditionCount : 1)
    trial = RateTrial(units: rule.units, inputs: inputs, stepCapacity: stepCapacity)
    eligibility = FloatBuffer(count: rule.units * rule.units)
    pre = FloatBuffer(count: stepCapacity * trial.stride)
    post = FloatBuffer(count: stepCapacity * trial.stride)
  }

  // MARK: A trial

  /// Starts the next trial.
  public func begin(stepCount: Int) {
    let number = UInt64(trialCount)
    trial.begin(
      network, rule, seed: seed, trial: number,
      perturbed: Perturbations(rule, stepCount: stepCount, seed: seed, trial: number))
  }

  /// Hears inputs, and answers each step.
  ///
  /// - Parameter inputs: u, [step × input].
  /// - Returns: the rates of units that answer, [step × output].
  public func answer(_ inputs: [Float]) -> [Float] {
    let first = trial.stepCount
    let steps = inputs.count / network.inputs
    inputs.withUnsafeBufferPointer {
      trial.advance(network, rule, inputs: $0, steps: steps)
    }
    return (first..<(first + steps)).flatMap { step in
      (0..<rule.outputs).map { trial.rate(of: $0, at: step) }
    }
  }

  /// Ends the trial, and learns from it.
  ///
  /// - Parameters:
  ///   - error: E, not negative.
  ///   - condition: k
  ///   - stepCount: how many of the steps that were answered belong to the trial; nil for all. The last
  ///     frame may reach beyond its end.
  public func learn(error: Double, condition: Int, stepCount: Int? = nil) {
    let k = rule.averagesByCondition ? condition : 0
    let mean = meanErrors[k]
    clippedCount = 0
    if trialCount >= rule.trialsBeforeLearning {
      takeEligibility(stepCount: stepCount ?? trial.stepCount)
      clippedCount = operant_limited_step(
        eligibility.count, -rule.learningRate * Float(mean) * Float(error - mean),
        rule.changeLimit, eligibility.start, &network.recurrent)
      network.keepSigns()
    }
    meanErrors[k] = rule.errorMemory * mean + (1 - rule.errorMemory) * error
    trialCount += 1
  }

  /// e of the first steps of the trial just played, [to × from].
  func takeEligibility(stepCount: Int) {
    let n = rule.units
    let steps = stepCount - Self.firstStep
    eligibility.clear()
    guard steps > 0 else { return }
    let (postPower, prePower) = rule.eligibility.powers
    let start = Self.firstStep * trial.stride
    operant_signed_power(
      steps, trial.stride, postPower, trial.fluctuations.start + start, post.start)
    operant_signed_power(
      steps, trial.stride, prePower, trial.rates.start + start, pre.start)
    addTransposedProduct(
      MatrixView(post.start, rows: steps, columns: n, stride: trial.stride),
      MatrixView(pre.start, rows: steps, columns: n, stride: trial.stride),
      to: MatrixView(eligibility.start, rows: n, columns: n))
  }

  /// For tests: the record of the trial, and what a synapse remembers of it.
  var record: RateTrial { trial }
  var eligibilities: [Float] { (0..<eligibility.count).map { eligibility.start[$0] } }

  // MARK: In an environment

  /// Plays the next trial, whose condition is the next of the cycle, and learns from it.
  ///
  /// - Parameter environment: one lane, and amounts for actions, one for each unit that answers.
  /// - Returns: the trial's error.
  @discardableResult
  public func play(in environment: any Environment) throws -> Double {
    let specification = environment.specification
    let conditionCount = specification.task.conditions.count
    let condition = trialCount % conditionCount
    let lookAhead = specification.options.lookAhead
    begin(stepCount: (specification.stepLimit + lookAhead - 1) / lookAhead * lookAhead)
    try environment.begin([
      .init(lane: 0, trial: UInt64(trialCount), condition: condition)
    ])
    var earned = 0.0
    while environment.frame.endedTrials.isEmpty {
      try environment.step(amounts: answer(environment.frame.observations))
      earned += environment.frame.rewards.reduce(0) { $0 + Double($1) }
    }
    learn(
      error: -earned, condition: condition, stepCount: environment.frame.endedTrials[0].stepCount)
    return -earned
  }
}

extension Eligibility {
  /// Which power of δ, and which of r, as the kernel knows them.
  fileprivate var powers: (post: Int32, pre: Int32) {
    let (root, identity) = (Int32(OPERANT_POWER_ROOT), Int32(OPERANT_POWER_IDENTITY))
    let (square, cube) = (Int32(OPERANT_POWER_SQUARE), Int32(OPERANT_POWER_CUBE))
    return switch self {
    case .cubic: (cube, cube)
    case .postCubic: (cube, identity)
    case .signedSquare: (square, square)
    case .identity: (identity, identity)
    case .signedRoot: (root, root)
    }
  }
}
