import Gym

/// How a network does on trials nobody learns from.
public struct Validation: Codable, Equatable, Sendable {
  /// The update before which it was made.
  public var update: Int
  /// Trials the network had learned from by then.
  public var trials: Int
  /// Σ R / trials, discounted as in training.
  public var meanReward: Double
  /// The fraction of trials that ended in a decision.
  public var decided: Double
  /// The fraction of decisions that were correct; nil if there was none.
  public var correct: Double?
  /// How many actions a trial took.
  public var meanStepCount: Double

  public init(
    update: Int, trials: Int, meanReward: Double, decided: Double, correct: Double?,
    meanStepCount: Double
  ) {
    self.update = update
    self.trials = trials
    self.meanReward = meanReward
    self.decided = decided
    self.correct = correct
    self.meanStepCount = meanStepCount
  }

  init(
    update: Int, trials: Int, of played: PlayedTrials, discounts: [Float]
  ) {
    self.update = update
    self.trials = trials
    let count = Double(played.laneCount)
    var reward = 0.0
    for lane in 0..<played.laneCount {
      for (paid, discount) in zip(played.rewards(ofLane: lane), discounts) {
        reward += Double(paid * discount)
      }
    }
    meanReward = reward / count
    let decisions = played.endedTrials.count { $0.ending.isDecision }
    decided = Double(decisions) / count
    correct =
      decisions == 0
      ? nil : Double(played.endedTrials.count { $0.ending == .correct }) / Double(decisions)
    meanStepCount = Double(played.stepCounts.reduce(0, +)) / count
  }

  /// Whether a network that does this well counts as trained.
  public func meets(_ hyperparameters: Hyperparameters) -> Bool {
    decided >= hyperparameters.decisionsToReach
      && (correct ?? 0) >= hyperparameters.correctToReach
  }
}
