import Gym

/// Learning rules that are held against one another by what they make of one perturbation.
///
/// All are sums over the steps of the interval in which the response is scored, for one weight j onto the
/// unit that answers, times the change of the error, E − E₀, but for two.
public enum ComparedRule: String, CaseIterable, Sendable {
  /// rⱼ ξ, where ξ is the perturbation itself: what the others are held against.
  case nodePerturbation
  /// Σ rⱼ δ
  case fluctuation
  /// The same at the moment of the perturbation only.
  case fluctuationFor1ms
  /// The same over the moment of the perturbation and the 10 ms after it.
  case fluctuationFor10ms
  /// Σ (rⱼ δ)³
  case cubic
  /// Σ rⱼ δ³
  case postCubic
  /// Σ rⱼ δ |rⱼ δ|
  case signedSquare
  /// Σ √|rⱼ δ|, with the sign of rⱼ δ
  case signedRoot
  /// Σ rⱼ δ (ρ − ρ̄), with ρ = −|r − target| at each step; not times E − E₀.
  case exploratory
  /// rⱼ (target − r) before the perturbation: the slope of the squared error, but for that of tanh; not
  /// times E − E₀.
  case backpropagation
}

/// Compares gradients of learning rules, after Figure 9 of Miconi, *eLife* 6:e20899 (2017).
///
/// A network that doesn't learn plays pairs of trials with equal inputs. In the second trial of a pair the
/// unit that answers is perturbed once. Each rule says from its own eligibility, and from how the error
/// differs within the pair, how a weight onto that unit should change; from each pair one weight is taken.
public final class GradientAlignment {
  /// Steps of a trial, its interval of which eligibilities are summed, and when it is perturbed.
  public static let stepCount = 300
  static let summed = 201..<300
  static let perturbedStep = 210
  /// ±A
  static let perturbationSize: Float = 16
  /// B = 0.2 U(−1, 1), that of the unit that answers included.
  static let inputScale: Float = 0.2
  /// η: a common factor, so correlations don't depend on it.
  static let learningRate = 0.1

  private let environment: any Environment
  private let seed: UInt64
  private let trial: RateTrial
  private let targetFact: Int
  private let units: Int

  /// - Parameter environment: the task `GradientComparison` on one lane, in steps of 1 ms, with a frame
  ///   for a whole trial.
  public init(in environment: any Environment, seed: UInt64) {
    let specification = environment.specification
    let facts = specification.task.facts
    guard let target = facts.firstIndex(where: { $0.name == "target" }) else {
      preconditionFailure("gradients are compared in a task that tells its target")
    }
    precondition(
      specification.options.laneCount == 1 && specification.options.timeStep == 1
        && specification.options.lookAhead == Self.stepCount,
      "gradients are compared on one lane, by trials of 300 steps of 1 ms in one frame")
    var rule = LocalRule()
    rule.unitsWithoutInput = 0
    let inputs = specification.task.observationSize
    trial = RateTrial(rule, inputs: inputs, stepCapacity: Self.stepCount)
    trial.load(RateNetwork(rule, inputs: inputs, seed: seed, inputScale: Self.inputScale))
    self.environment = environment
    self.seed = seed
    targetFact = target
    units = rule.units
  }

  /// Plays the first pairs of trials.
  ///
  /// - Returns: the gradients of each rule, one of each pair.
  public func compare(pairs: Int) throws -> [ComparedRule: [Double]] {
    var gradients: [ComparedRule: [Double]] = [:]
    for pair in 0..<pairs {
      var random = Random(seed: seed, stream: .perturbation, trial: UInt64(pair))
      let size = random.uniform() < 0.5 ? -Self.perturbationSize : Self.perturbationSize
      let source = random.index(below: units)
      let unperturbed = try play(UInt64(2 * pair), perturbed: Perturbations())
      let perturbed = try play(
        UInt64(2 * pair + 1),
        perturbed: Perturbations(
          places: [UInt32(Self.perturbedStep * units)], sizes: [size]))
      let gain = -Self.learningRate * (perturbed.error - unperturbed.error)
      for rule in ComparedRule.allCases {
        let eligibility = eligibility(
          by: rule, from: source, perturbation: Double(size), target: perturbed.target)
        gradients[rule, default: []].append(
          (rule.isScaledByError ? gain : Self.learningRate) * eligibility)
      }
    }
    return gradients
  }

  private func play(
    _ number: UInt64, perturbed perturbations: Perturbations
  ) throws -> (error: Double, target: Double) {
    trial.begin(at: .init(repeating: 0, count: units), perturbed: perturbations)
    try environment.begin([.init(lane: 0, trial: number)])
    environment.frame.observations.withUnsafeBufferPointer {
      trial.advance($0, steps: Self.stepCount)
    }
    try environment.step(amounts: (0..<Self.stepCount).map { trial.rate(of: 0, at: $0) })
    let frame = environment.frame
    precondition(frame.endedTrials.count == 1, "a trial of this task lasts 300 ms")
    let error = frame.rewards.reduce(0.0) { $0 - Double($1) }
    return (error, Double(frame.facts[targetFact]))
  }

  /// What rule `rule` makes of the weight from unit j to the unit that answers, in the trial just played.
  private func eligibility(
    by rule: ComparedRule, from j: Int, perturbation: Double, target: Double
  ) -> Double {
    let moment = Self.perturbedStep
    /// rⱼ(t − 1) and δ(t)
    func r(_ step: Int) -> Double { Double(trial.rate(of: j, at: step - 1)) }
    func delta(_ step: Int) -> Double { Double(trial.fluctuation(of: 0, at: step)) }
    func sum(_ steps: Range<Int>, _ increment: (Int) -> Double) -> Double {
      steps.reduce(0) { $0 + increment($1) }
    }
    let steps = Self.summed
    switch rule {
    case .nodePerturbation: return r(moment) * perturbation
    case .fluctuation: return sum(steps) { r($0) * delta($0) }
    case .fluctuationFor1ms: return r(moment) * delta(moment)
    case .fluctuationFor10ms: return sum(moment..<(moment + 11)) { r($0) * delta($0) }
    case .cubic:
      return sum(steps) {
        let z = r($0) * delta($0)
        return z * z * z
      }
    case .postCubic: return sum(steps) { r($0) * delta($0) * delta($0) * delta($0) }
    case .signedSquare:
      return sum(steps) {
        let z = r($0) * delta($0)
        return z * abs(z)
      }
    case .signedRoot:
      return sum(steps) {
        let z = r($0) * delta($0)
        return (z < 0 ? -1 : 1) * abs(z).squareRoot()
      }
    case .exploratory:
      let rewards = (0..<Self.stepCount).map { -abs(trial.rate(of: 0, at: $0) - Float(target)) }
      let surprises = surprises(of: rewards, memory: LocalRule().currentMemory)
      return sum(steps) { r($0) * delta($0) * Double(surprises[$0]) }
    case .backpropagation:
      return (target - Double(trial.rate(of: 0, at: moment - 1))) * r(moment)
    }
  }
}

extension ComparedRule {
  /// Whether the change of the error is a factor of the gradient.
  fileprivate var isScaledByError: Bool { self != .exploratory && self != .backpropagation }
}
