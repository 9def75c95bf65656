/// A network that learns by the reward-modulated Hebbian rule, and until when it does. The defaults are
/// those of delayed non-match to sample (Miconi 2017; where paper and program differ, the program).
public struct LocalRuleAdvice: Equatable, Sendable {
  /// N
  public var units: Int
  public var response: RateResponse
  /// Units whose tanh is rectified, from the first on: those that drive muscles.
  public var rectifiedUnits: Int
  /// Units that hear no input, from the first on.
  public var unitsWithoutInput: Int
  /// Units whose currents never move.
  public var heldUnits: [HeldUnit]
  /// A: perturbations of a current's drive are A · U(−1, 1), or A · Normal(0, 1).
  public var perturbationSize: Double
  public var perturbationShape: PerturbationShape
  /// α_x, of the running mean from which fluctuations are taken.
  public var currentMemory: Double
  public var eligibility: Eligibility
  /// η
  public var learningRate: Double
  /// c: the most that a trial may change a weight.
  public var changeLimit: Double
  /// α_R, of the running means of the error.
  public var errorMemory: Double
  /// Trials after which learning begins, so that the means have settled.
  public var trialsBeforeLearning: Int
  /// A trial is good if its error is below this; zero if no trial is called good.
  public var errorToReach: Double
  /// Trials after which a training ends.
  public var trialLimit: Int

  public init(
    units: Int = 200, response: RateResponse = .tanh, rectifiedUnits: Int = 0,
    unitsWithoutInput: Int = 1,
    heldUnits: [HeldUnit] = [
      .init(unit: 1, current: 1), .init(unit: 10, current: 1), .init(unit: 11, current: -1),
    ],
    perturbationSize: Double = 16, perturbationShape: PerturbationShape = .uniform,
    currentMemory: Double = 0.05, eligibility: Eligibility = .cubic, learningRate: Double = 0.1,
    changeLimit: Double = 3e-4, errorMemory: Double = 0.75, trialsBeforeLearning: Int = 101,
    errorToReach: Double = 1, trialLimit: Int = 10_000
  ) {
    self.units = units
    self.response = response
    self.rectifiedUnits = rectifiedUnits
    self.unitsWithoutInput = unitsWithoutInput
    self.heldUnits = heldUnits
    self.perturbationSize = perturbationSize
    self.perturbationShape = perturbationShape
    self.currentMemory = currentMemory
    self.eligibility = eligibility
    self.learningRate = learningRate
    self.changeLimit = changeLimit
    self.errorMemory = errorMemory
    self.trialsBeforeLearning = trialsBeforeLearning
    self.errorToReach = errorToReach
    self.trialLimit = trialLimit
  }
}

/// A unit whose current is held.
public struct HeldUnit: Codable, Equatable, Sendable {
  public var unit: Int
  public var current: Float

  public init(unit: Int, current: Float) {
    self.unit = unit
    self.current = current
  }
}

/// How large perturbations are.
public enum PerturbationShape: String, CaseIterable, Codable, Sendable {
  case uniform
  case normal
}

/// What a unit's rate is of its current.
public enum RateResponse: String, CaseIterable, Codable, Sendable {
  /// r = tanh x
  case tanh
  /// r = min(max(0, x + 2), 20), with half the units excitatory and half inhibitory (after
  /// Mastrogiuseppe & Ostojic 2016).
  case excitatoryInhibitory
}

/// What a synapse remembers of a trial: a sum over steps of what came in, r, and of how much the
/// current that it went to moved, δ (Miconi 2017).
public enum Eligibility: String, CaseIterable, Codable, Sendable {
  /// (r δ)³
  case cubic
  /// r δ³
  case postCubic
  /// r δ |r δ|
  case signedSquare
  /// r δ
  case identity
  /// √|r δ|, with the sign of r δ
  case signedRoot
  /// r ξ, where ξ is the perturbation itself, which no synapse could know (Fiete & Seung 2006)
  case nodePerturbation
  /// r δ (ρ − ρ̄), where ρ is what is earned in the very step (Legenstein, Chase, Schwartz & Maass 2010)
  case exploratory
}
