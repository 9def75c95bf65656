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
///
/// In place of Ē_k there may be an expectation V that is learned (`ErrorExpectation`). One that differs from
/// step to step weighs the steps:
///
///     ΔJ  = clip(−η |⟨V⟩| Σ_t (E − V(t)) S(δ(t)) S(r(t−1))ᵀ, ±c)
///
/// Without an expectation, ΔJ = clip(−η E e, ±c).
///
/// Where actions are choices, E is what the trial earned less than the best trial so far, and the
/// environment draws the conditions.
public final class HebbianLearner {
  public private(set) var network: RateNetwork
  public let rule: LocalRule
  /// Trials played.
  public private(set) var trialCount = 0
  /// How many weights the last trial would have changed by more than c.
  public private(set) var clippedCount = 0

  private let seed: UInt64
  private var mostEarned: Double?
  /// κ of the trial under way, and which of them was the last to decide anything.
  private var choiceKicks: [[Float]] = []
  private var lastKicked: Int?
  private let trial: RateTrial
  private var expectedErrors: any ExpectedErrors
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
    mostEarned = rule.choosing == nil ? nil : -.infinity
    network = RateNetwork(rule, inputs: inputs, seed: seed)
    expectedErrors = rule.makeExpectedErrors(
      inputs: inputs, conditionCount: conditionCount, stepCapacity: stepCapacity, seed: seed)
    trial = RateTrial(rule, inputs: inputs, stepCapacity: stepCapacity)
    eligibility = FloatBuffer(count: rule.units * rule.units)
    pre = FloatBuffer(count: stepCapacity * trial.stride)
    post = FloatBuffer(count: stepCapacity * trial.stride)
  }

  // MARK: The state

  /// What of a learner changes from trial to trial: enough to go on to the same bits.
  public struct State: Equatable, Sendable {
    public var network: RateNetwork
    /// Ē by condition or alone; the weights of a read-out follow.
    public var expectations: [Double]
    /// x̄: it goes on from trial to trial.
    public var currentAverages: [Float]
    public var trialCount: Int
    /// What the best trial so far has earned, −∞ before the first; nil where actions are amounts.
    public var mostEarned: Double?

    public init(
      network: RateNetwork, expectations: [Double], currentAverages: [Float], trialCount: Int,
      mostEarned: Double?
    ) {
      self.network = network
      self.expectations = expectations
      self.currentAverages = currentAverages
      self.trialCount = trialCount
      self.mostEarned = mostEarned
    }
  }

  /// The state between two trials.
  public var state: State {
    get {
      State(
        network: network, expectations: expectedErrors.learned,
        currentAverages: (0..<rule.units).map { trial.averages.start[$0] }, trialCount: trialCount,
        mostEarned: mostEarned)
    }
    set {
      precondition(
        newValue.network.units == network.units && newValue.network.inputs == network.inputs
          && newValue.expectations.count == expectedErrors.learned.count
          && newValue.currentAverages.count == rule.units
          && (newValue.mostEarned == nil) == (mostEarned == nil),
        "a state fits a learner by the same rule, for the same inputs and conditions")
      network = newValue.network
      expectedErrors.learned = newValue.expectations
      trial.averages.start.update(from: newValue.currentAverages, count: rule.units)
      trialCount = newValue.trialCount
      mostEarned = newValue.mostEarned
    }
  }

  /// Ē by condition, or alone; the weights of a read-out follow.
  public var expectations: [Double] { expectedErrors.learned }

  // MARK: A trial

  /// Starts the next trial.
  public func begin(stepCount: Int) {
    let number = UInt64(trialCount)
    choiceKicks =
      rule.choosing?.kicks(
        outputs: rule.outputs, stepCount: stepCount, seed: seed, trial: number) ?? []
    lastKicked = nil
    trial.load(network)
    trial.begin(
      seed: seed, trial: number,
      perturbed: Perturbations(rule, stepCount: stepCount, seed: seed, trial: number))
  }

  /// Hears inputs, and answers each step.
  ///
  /// - Parameter inputs: u, [step × input].
  /// - Returns: the rates of units that answer, [step × output].
  public func answer(_ inputs: [Float]) -> [Float] {
    let first = trial.stepCount
    let steps = inputs.count / network.inputs
    inputs.withUnsafeBufferPointer { trial.advance($0, steps: steps) }
    return (first..<(first + steps)).flatMap { step in
      (0..<rule.outputs).map { trial.rate(of: $0, at: step) }
    }
  }

  /// Hears inputs, and chooses at each step; where actions are choices.
  ///
  /// - Parameter inputs: u, [step × input].
  /// - Returns: action indices, [step].
  public func choose(_ inputs: [Float]) -> [UInt8] {
    guard let choosing = rule.choosing else {
      preconditionFailure("this network answers by amounts")
    }
    let first = trial.stepCount
    let rates = answer(inputs)
    return (first..<trial.stepCount).map { step in
      let start = (step - first) * rule.outputs
      let (answers, epoch) = (rates[start..<(start + rule.outputs)], step / choosing.kickSteps)
      guard let choice = choosing.choice(of: answers, kicks: choiceKicks[epoch]) else { return 0 }
      if lastKicked != epoch {
        lastKicked = epoch
        for (unit, kick) in choiceKicks[epoch].enumerated() {
          trial.kick(unit, at: step, by: kick)
        }
      }
      return choice
    }
  }

  /// Ends the trial, and learns from it.
  ///
  /// - Parameters:
  ///   - error: E, not negative.
  ///   - condition: k
  ///   - stepCount: how many of the steps that were answered belong to the trial; nil for all. The last
  ///     frame may reach beyond its end.
  ///   - rewards: ρ of each step: what the exploratory rule learns from, in place of E.
  public func learn(
    error: Double, condition: Int, stepCount: Int? = nil, rewards: [Float] = []
  ) {
    let stepCount = stepCount ?? trial.stepCount
    let expected = expectedErrors.expectation(
      of: trial, condition: condition, stepCount: stepCount)
    clippedCount = 0
    if trialCount >= rule.trialsBeforeLearning {
      let scale = takeEligibility(
        error: error, expected: expected, stepCount: stepCount, rewards: rewards)
      clippedCount = operant_limited_step(
        eligibility.count, -rule.learningRate * scale, rule.changeLimit, eligibility.start,
        &network.recurrent)
      network.keepSigns()
    }
    expectedErrors.learn(from: error, against: expected, in: trial, condition: condition)
    trialCount += 1
  }

  /// Ends a trial that is a test: nothing is learned from it, not even what to expect.
  public func skip() { trialCount += 1 }

  /// Takes e, its steps weighed if they are to be.
  ///
  /// - Returns: what −η is to be multiplied by to make ΔJ of it.
  private func takeEligibility(
    error: Double, expected: ExpectedError, stepCount: Int, rewards: [Float]
  ) -> Float {
    if rule.eligibility == .exploratory {
      precondition(
        rewards.count >= stepCount, "the exploratory rule takes a reward for each step")
      takeEligibility(
        stepCount: stepCount,
        weights: surprises(of: rewards[0..<stepCount], memory: rule.currentMemory))
      return -1
    }
    if rule.expectation == .nothing {
      takeEligibility(stepCount: stepCount)
      return Float(error)
    }
    guard let values = expected.bySteps else {
      takeEligibility(stepCount: stepCount)
      return Float(abs(expected.mean)) * Float(error - expected.mean)
    }
    takeEligibility(stepCount: stepCount, weights: values.map { Float(error) - $0 })
    return Float(abs(expected.mean))
  }

  /// e of the first steps of the trial just played, [to × from].
  ///
  /// - Parameter weights: what steps are multiplied by; nil if all are alike.
  func takeEligibility(stepCount: Int, weights: [Float]? = nil) {
    let n = rule.units
    eligibility.clear()
    if rule.eligibility == .nodePerturbation {
      addPerturbations(stepCount: stepCount, weights: weights)
    } else {
      addFluctuations(stepCount: stepCount, weights: weights)
    }
    // What is held is perturbed in vain, so nothing onto it is remembered.
    for held in rule.heldUnits {
      (eligibility.start + held.unit * n).update(repeating: 0, count: n)
    }
  }

  /// e ← e + Σ_t w(t) S(δ(t)) S(r(t−1))ᵀ
  private func addFluctuations(stepCount: Int, weights: [Float]?) {
    let n = rule.units
    let steps = stepCount - Self.firstStep
    guard steps > 0 else { return }
    let (postPower, prePower) = rule.eligibility.powers
    let start = Self.firstStep * trial.stride
    operant_signed_power(
      steps, trial.stride, postPower, trial.fluctuations.start + start, post.start)
    operant_signed_power(
      steps, trial.stride, prePower, trial.rates.start + start, pre.start)
    if let weights {
      operant_scale_rows(
        steps, trial.stride, Array(weights[Self.firstStep..<stepCount]), post.start)
    }
    addTransposedProduct(
      MatrixView(post.start, rows: steps, columns: n, stride: trial.stride),
      MatrixView(pre.start, rows: steps, columns: n, stride: trial.stride),
      to: MatrixView(eligibility.start, rows: n, columns: n))
  }

  /// e ← e + Σ_t w(t) ξ(t) r(t−1)ᵀ, over the perturbations that there were.
  private func addPerturbations(stepCount: Int, weights: [Float]?) {
    let n = rule.units
    for (place, size) in zip(trial.perturbations.places, trial.perturbations.sizes) {
      let (step, unit) = (Int(place) / n, Int(place) % n)
      guard step < stepCount else { return }
      operant_add_scaled(
        n, size * (weights?[step] ?? 1), trial.rates.start + step * trial.stride,
        eligibility.start + unit * n)
    }
  }

  /// For tests: the record of the trial, what was expected of it, and what a synapse remembers of it.
  var record: RateTrial { trial }
  func expectedError(condition: Int) -> ExpectedError {
    expectedErrors.expectation(of: trial, condition: condition, stepCount: trial.stepCount)
  }
  var eligibilities: [Float] { (0..<eligibility.count).map { eligibility.start[$0] } }

  // MARK: In an environment

  /// Plays the next trial and learns from it.
  ///
  /// - Parameters:
  ///   - environment: what it takes are amounts, one for each unit that answers, or choices, one more
  ///     than there are such units.
  ///   - order: which trial; nil for the next of lane 0, whose condition is the next of the cycle.
  /// - Returns: the trial's error.
  @discardableResult
  public func play(
    in environment: any Environment, _ order: TrialOrder? = nil
  ) throws -> Double {
    let conditionCount = environment.specification.task.conditions.count
    let rewards = try answerTrial(
      order
        ?? TrialOrder(
          lane: 0, trial: UInt64(trialCount), condition: trialCount % conditionCount),
      in: environment)
    let ended = environment.frame.endedTrials[0]
    let earned = sum(of: rewards)
    let error = error(of: earned)
    mostEarned = mostEarned.map { max($0, earned) }
    learn(
      error: error, condition: ended.condition, stepCount: ended.stepCount, rewards: rewards)
    return error
  }

  /// Plays the next trial as a test, from which nothing is learned. Perturbations stay on.
  public func test(in environment: any Environment, condition: Int) throws -> HebbianTest {
    let rewards = try answerTrial(
      TrialOrder(lane: 0, trial: UInt64(trialCount), condition: condition), in: environment)
    let ended = environment.frame.endedTrials[0]
    let earned = sum(of: rewards)
    let test = HebbianTest(
      condition: condition, ending: ended.ending, choice: ended.choice, earned: earned,
      error: error(of: earned), facts: environment.frame.facts,
      inputs: (0..<(ended.stepCount * network.inputs)).map { trial.heard.start[$0] },
      rates: (0..<ended.stepCount).flatMap { step in
        (0..<rule.units).map { trial.rate(of: $0, at: step) }
      })
    skip()
    return test
  }

  /// E
  private func error(of earned: Double) -> Double {
    mostEarned.map { max($0, earned) - earned } ?? -earned
  }

  private func sum(of rewards: [Float]) -> Double { rewards.reduce(0) { $0 + Double($1) } }

  /// Answers a trial from its first step to its last.
  ///
  /// - Returns: ρ of each step.
  private func answerTrial(
    _ order: TrialOrder, in environment: any Environment
  ) throws -> [Float] {
    let specification = environment.specification
    let lookAhead = specification.options.lookAhead
    begin(stepCount: (specification.stepLimit + lookAhead - 1) / lookAhead * lookAhead)
    try environment.begin([order])
    var rewards: [Float] = []
    while environment.frame.endedTrials.isEmpty {
      let heard = environment.frame.observations
      if rule.choosing == nil {
        try environment.step(amounts: answer(heard))
      } else {
        try environment.step(choose(heard))
      }
      rewards += environment.frame.rewards
    }
    return rewards
  }
}

/// A trial that was played as a test.
public struct HebbianTest: Sendable {
  public let condition: Int
  public let ending: Ending
  /// The action that answered; nil if none did, or actions are amounts.
  public let choice: Int?
  /// Σ ρ
  public let earned: Double
  /// E
  public let error: Double
  /// In the order of the task's facts.
  public let facts: [Float]
  /// u, [step × input].
  public let inputs: [Float]
  /// r, [step × unit]; the units that answer are the first.
  public let rates: [Float]
}

/// How each step's reward differs from what was usual just before.
///
///     ρ(t) − ρ̄(t−1)         ρ̄ ← α ρ̄ + (1 − α) ρ,   ρ̄ = ρ at first
func surprises(of rewards: some Sequence<Float>, memory: Float) -> [Float] {
  var mean: Float?
  return rewards.map { reward in
    let surprise = reward - (mean ?? reward)
    mean = reward - memory * surprise
    return surprise
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
    case .identity, .exploratory, .nodePerturbation: (identity, identity)
    case .signedRoot: (root, root)
    }
  }
}
