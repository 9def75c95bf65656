/// Everything that decides a training but the task and the seed. The defaults are those of Song, Yang
/// & Wang 2017, Table 1.
public struct Hyperparameters: Codable, Equatable, Sendable {
  /// N of the decision network.
  public var decisionUnits = 100
  /// N of the value network.
  public var valueUnits = 100
  /// p of the decision network.
  public var decisionConnectionProbability = 0.1
  /// p of the value network.
  public var valueConnectionProbability = 1.0
  /// τ, in milliseconds.
  public var unitTimeConstant = 100.0
  /// σ² of the noise in the currents of both networks.
  public var recurrentNoise = 0.01
  /// What the value network predicts before it has learned anything: the reward for an abort.
  public var initialValue: Float = -1
  /// η of both networks.
  public var learningRate = 0.004
  /// Γ: the largest norm a gradient may have.
  public var gradientLimit = 1.0
  /// Trials played side by side for one update.
  public var trialsPerUpdate = 10
  /// Trials of one validation.
  public var validationTrials = 1000
  /// Updates between two validations.
  public var validationInterval = 50
  /// Updates after which training ends, come what may.
  public var updateLimit = 100_000
  /// The fraction of validation trials that must end in a decision.
  public var decisionsToReach = 0.99
  /// The fraction of those decisions that must be correct.
  public var correctToReach = 0.80
  /// τ_reward, in milliseconds; zero if rewards are not discounted.
  public var rewardTimeConstant = 0.0
  /// How many steps a frame spans, where the task allows it. It decides how rows are grouped into
  /// products, and with that the last bits of the weights.
  public var lookAhead = 24

  public init() {}
}
