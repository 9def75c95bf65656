/// Everything that decides a training by the reward-modulated Hebbian rule but the task and the seed
/// (Miconi 2017; where paper and program differ, the program). The defaults are those of delayed
/// non-match to sample.
public struct LocalRule: Codable, Equatable, Sendable {
  /// N
  public var units = 200
  /// Units that answer, from the first on.
  public var outputs = 1
  public var response = RateResponse.tanh
  /// Units whose tanh is rectified, from the first on: those that drive muscles.
  public var rectifiedUnits = 0
  /// τ, in milliseconds.
  public var unitTimeConstant = 30.0
  /// g: weights start with a standard deviation of g/√N.
  public var gain = 1.5
  /// p: how likely a unit is perturbed in a step.
  public var perturbationProbability = 0.003
  /// A: perturbations of a current's drive are A · U(−1, 1).
  public var perturbationSize: Float = 16
  /// α_x, of the running mean from which fluctuations are taken.
  public var currentMemory: Float = 0.05
  public var eligibility = Eligibility.cubic
  /// η
  public var learningRate: Float = 0.1
  /// c: the most that a trial may change a weight.
  public var changeLimit: Float = 3e-4
  /// α_R, of the running means of the error.
  public var errorMemory = 0.75
  /// Trials after which learning begins, so that the means have settled.
  public var trialsBeforeLearning = 101
  /// Whether errors are averaged by condition, or all together.
  public var averagesByCondition = true

  public init() {}
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
}
