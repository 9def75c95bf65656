import Gym

/// Everything that decides a training but the task and the seed. The defaults are those of Song, Yang
/// & Wang 2017, Table 1.
public struct Hyperparameters: Codable, Equatable, Sendable {
  /// What the units of both networks are.
  public var units = UnitKind.gated
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
  /// Channels that reach only some units of the decision network.
  public var inputMasks: [InputMask] = []
  /// What is subtracted from returns.
  public var baseline = Baseline.valueNetwork
  /// What the baseline predicts before it has learned anything: the reward for an abort.
  public var initialValue: Float = -1
  /// g of the value network's input weights.
  public var valueInputGain = 1.0
  /// η of both networks.
  public var learningRate = 0.004
  /// Γ: the largest norm a gradient may have.
  public var gradientLimit = 1.0
  /// What is added to both losses.
  public var regularisation = Regularisation()
  /// Trials played side by side for one update.
  public var trialsPerUpdate = 10
  /// Trials of one validation.
  public var validationTrials = 1000
  /// Updates between two validations.
  public var validationInterval = 50
  /// Updates after which training ends, come what may.
  public var updateLimit = 100_000
  /// The fraction of validation trials that must end in a legal answer.
  public var decisionsToReach = 0.99
  /// The fraction of decisions that must be correct.
  public var correctToReach = 0.80
  /// How often the opt-out must be taken; nil if that does not matter.
  public var optOut: OptOutGoal?
  /// Decides alone where it is given, and nothing is validated.
  public var recentReward: RecentRewardGoal?
  /// τ_reward, in milliseconds; zero if rewards are not discounted.
  public var rewardTimeConstant = 0.0
  /// How many steps a frame spans, where the task allows it. It decides how rows are grouped into
  /// products, and with that the last bits of the weights.
  public var lookAhead = 24
  /// Into how many shards the lanes are cut, for ranks to share (`LaneShards`). It decides which rows
  /// share a product and in which order gradients are summed; the number of ranks does not.
  public var shards = 1

  public init() {}

  public init(from decoder: any Decoder) throws {
    self.init()
    let file = try decoder.container(keyedBy: CodingKeys.self)
    decisionUnits = try file.decode(Int.self, forKey: .decisionUnits)
    valueUnits = try file.decode(Int.self, forKey: .valueUnits)
    decisionConnectionProbability = try file.decode(
      Double.self, forKey: .decisionConnectionProbability)
    valueConnectionProbability = try file.decode(Double.self, forKey: .valueConnectionProbability)
    unitTimeConstant = try file.decode(Double.self, forKey: .unitTimeConstant)
    recurrentNoise = try file.decode(Double.self, forKey: .recurrentNoise)
    initialValue = try file.decode(Float.self, forKey: .initialValue)
    learningRate = try file.decode(Double.self, forKey: .learningRate)
    gradientLimit = try file.decode(Double.self, forKey: .gradientLimit)
    trialsPerUpdate = try file.decode(Int.self, forKey: .trialsPerUpdate)
    validationTrials = try file.decode(Int.self, forKey: .validationTrials)
    validationInterval = try file.decode(Int.self, forKey: .validationInterval)
    updateLimit = try file.decode(Int.self, forKey: .updateLimit)
    decisionsToReach = try file.decode(Double.self, forKey: .decisionsToReach)
    correctToReach = try file.decode(Double.self, forKey: .correctToReach)
    rewardTimeConstant = try file.decode(Double.self, forKey: .rewardTimeConstant)
    lookAhead = try file.decode(Int.self, forKey: .lookAhead)
    // Absent from the files of runs that were begun before there was a choice.
    func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
      if let given = try file.decodeIfPresent(Value.self, forKey: key) { value = given }
    }
    try read(.units, into: &units)
    try read(.inputMasks, into: &inputMasks)
    try read(.baseline, into: &baseline)
    try read(.valueInputGain, into: &valueInputGain)
    try read(.regularisation, into: &regularisation)
    try read(.shards, into: &shards)
    optOut = try file.decodeIfPresent(OptOutGoal.self, forKey: .optOut)
    recentReward = try file.decodeIfPresent(RecentRewardGoal.self, forKey: .recentReward)
  }

  /// Takes over what an experiment's preset says.
  public mutating func follow(_ advice: TrainingAdvice) {
    trialsPerUpdate = advice.trialsPerUpdate
    validationTrials = advice.validationTrials
    validationInterval = advice.validationInterval
    decisionsToReach = advice.decisionsToReach
    correctToReach = advice.correctToReach
    optOut = advice.optOut
    recentReward = advice.recentReward
    rewardTimeConstant = Double(advice.rewardTimeConstant)
    learningRate = advice.learningRate
    guard let networks = advice.networks else { return }
    decisionUnits = networks.decisionUnits
    valueUnits = networks.valueUnits
    unitTimeConstant = networks.unitTimeConstant
    recurrentNoise = networks.recurrentNoise
    initialValue = Float(networks.initialValue)
    valueInputGain = networks.valueInputGain
    inputMasks = networks.inputMasks
  }
}

/// What the units of a network are.
public enum UnitKind: String, CaseIterable, Codable, Sendable {
  /// With gates that are learned (Song, Yang & Wang 2017).
  case gated
  /// With gates that stand open: λ = γ = 1.
  case leaky
}

/// What predicts the return that is subtracted.
public enum Baseline: String, CaseIterable, Codable, Sendable {
  /// A recurrent network that hears the decision network's rates and actions.
  case valueNetwork
  /// A linear read-out of the same.
  case linear
  /// One number, learned.
  case constant
  /// Nothing is subtracted.
  case none
}

/// What is added to the loss of a recurrent network (Song, Yang & Wang 2017; reference program).
///
///     ρ ⟨r²⟩ + κ₁ Σ|W| / N² + κ₂ (Σ W² + Σ W_λ² + Σ W_γ²) / 3N²
///
/// ⟨·⟩: mean over units and over the steps that were played, t = 0 among them. The decision network's
/// is added to Lπ, the value network's to Lᵥ.
public struct Regularisation: Codable, Equatable, Sendable {
  /// ρ
  public var rates = 0.0
  /// κ₁
  public var absoluteWeights = 0.0
  /// κ₂
  public var squaredWeights = 0.0

  public init(rates: Double = 0, absoluteWeights: Double = 0, squaredWeights: Double = 0) {
    self.rates = rates
    self.absoluteWeights = absoluteWeights
    self.squaredWeights = squaredWeights
  }
}
