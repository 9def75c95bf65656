/// How subjects are trained in an experiment, and when they count as trained.
public struct TrainingAdvice: Equatable, Sendable {
  /// Trials played side by side for one update.
  public var trialsPerUpdate: Int
  /// Trials of one validation.
  public var validationTrials: Int
  /// Updates between two validations.
  public var validationInterval: Int
  /// The fraction of validation trials that must end in a legal answer.
  public var decisionsToReach: Double
  /// The fraction of decisions that must be correct.
  public var correctToReach: Double
  /// How often the opt-out must be taken; nil if that does not matter.
  public var optOut: OptOutGoal?
  /// Decides alone where it is given, and nothing is validated.
  public var recentReward: RecentRewardGoal?
  /// τ_reward in milliseconds; zero if rewards are not discounted.
  public var rewardTimeConstant: Milliseconds
  /// η, of both networks.
  public var learningRate: Double
  /// Nil where the experiment's subjects were no such networks.
  public var networks: NetworkAdvice?
  /// Nil where the experiment's subjects did not learn by the reward-modulated Hebbian rule.
  public var localRule: LocalRuleAdvice?

  public init(
    trialsPerUpdate: Int, validationTrials: Int, validationInterval: Int = 50,
    decisionsToReach: Double = 0.99, correctToReach: Double, optOut: OptOutGoal? = nil,
    recentReward: RecentRewardGoal? = nil, rewardTimeConstant: Milliseconds = 0,
    learningRate: Double = 0.004, networks: NetworkAdvice? = nil,
    localRule: LocalRuleAdvice? = nil
  ) {
    self.trialsPerUpdate = trialsPerUpdate
    self.validationTrials = validationTrials
    self.validationInterval = validationInterval
    self.decisionsToReach = decisionsToReach
    self.correctToReach = correctToReach
    self.optOut = optOut
    self.recentReward = recentReward
    self.rewardTimeConstant = rewardTimeConstant
    self.learningRate = learningRate
    self.networks = networks
    self.localRule = localRule
  }
}

/// A subject is trained only if it takes the opt-out so often where it is offered.
public struct OptOutGoal: Codable, Equatable, Sendable {
  /// The fact that is 1 in trials that offer it.
  public var offeredBy: String
  /// Of those of them that were answered, more than this fraction ended in `.completed`, …
  public var above: Double
  /// … and no more than this one.
  public var upTo: Double

  public init(offeredBy: String, above: Double, upTo: Double) {
    self.offeredBy = offeredBy
    self.above = above
    self.upTo = upTo
  }
}

/// A subject is trained once the last trials it learned from earned so much on average.
public struct RecentRewardGoal: Codable, Equatable, Sendable {
  /// How many trials count, and have to be there.
  public var trials: Int
  /// Their mean reward.
  public var reward: Double

  public init(trials: Int, reward: Double) {
    self.trials = trials
    self.reward = reward
  }
}

/// The two recurrent networks of a subject: one decides, one predicts the reward. The defaults are
/// those of Song, Yang & Wang 2017, Table 1.
public struct NetworkAdvice: Equatable, Sendable {
  public var decisionUnits: Int
  public var valueUnits: Int
  /// τ, in milliseconds.
  public var unitTimeConstant: Double
  /// σ² of the noise in the units' currents.
  public var recurrentNoise: Double
  /// What is predicted before anything was learned.
  public var initialValue: Double
  /// Scales the value network's input weights at the start.
  public var valueInputGain: Double
  /// Channels that no mask names reach every unit.
  public var inputMasks: [InputMask]

  public init(
    decisionUnits: Int = 100, valueUnits: Int = 100, unitTimeConstant: Double = 100,
    recurrentNoise: Double = 0.01, initialValue: Double = -1, valueInputGain: Double = 1,
    inputMasks: [InputMask] = []
  ) {
    self.decisionUnits = decisionUnits
    self.valueUnits = valueUnits
    self.unitTimeConstant = unitTimeConstant
    self.recurrentNoise = recurrentNoise
    self.initialValue = initialValue
    self.valueInputGain = valueInputGain
    self.inputMasks = inputMasks
  }
}

/// Channels that reach only some units of the decision network.
public struct InputMask: Codable, Equatable, Sendable {
  /// By name.
  public var channels: [String]
  /// The units they reach.
  public var units: Range<Int>

  public init(channels: [String], units: Range<Int>) {
    self.channels = channels
    self.units = units
  }
}
