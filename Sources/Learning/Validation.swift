import Gym

/// How a network does on trials nobody learns from.
public struct Validation: Codable, Equatable, Sendable {
  /// The update before which it was made.
  public var update: Int
  /// Trials the network had learned from by then.
  public var trials: Int
  /// Σ R / trials, discounted as in training.
  public var meanReward: Double
  /// The fraction of trials that ended in a legal answer; nil if nobody counted.
  public var decided: Double?
  /// The fraction of decisions that were correct; nil if there was none.
  public var correct: Double?
  /// Of the answered trials that offered to opt out, the fraction that did; nil if there was none, or
  /// the task has no such offer.
  public var optedOut: Double?
  /// How many actions a trial took; nil if nobody counted.
  public var meanStepCount: Double?

  public init(
    update: Int, trials: Int, meanReward: Double, decided: Double? = nil, correct: Double? = nil,
    optedOut: Double? = nil, meanStepCount: Double? = nil
  ) {
    self.update = update
    self.trials = trials
    self.meanReward = meanReward
    self.decided = decided
    self.correct = correct
    self.optedOut = optedOut
    self.meanStepCount = meanStepCount
  }

  /// - Parameter offer: which of the facts is 1 in trials that offer to opt out.
  init(
    update: Int, trials: Int, of played: PlayedTrials, discounts: [Float], offer: Int? = nil
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
    decided = Double(played.endedTrials.count { $0.ending.isAnswer }) / count
    correct = Self.fraction(
      of: played.endedTrials.count { $0.ending.isDecision },
      played.endedTrials.count { $0.ending == .correct })
    if let offer {
      let factCount = played.facts.count / max(1, played.endedTrials.count)
      let offered = played.endedTrials.indices.filter {
        played.endedTrials[$0].ending.isAnswer && played.facts[$0 * factCount + offer] == 1
      }
      optedOut = Self.fraction(
        of: offered.count, offered.count { played.endedTrials[$0].ending == .completed })
    }
    meanStepCount = Double(played.stepCounts.reduce(0, +)) / count
  }

  private static func fraction(of all: Int, _ some: Int) -> Double? {
    all == 0 ? nil : Double(some) / Double(all)
  }

  /// Whether a network that does this well counts as trained.
  public func meets(_ hyperparameters: Hyperparameters) -> Bool {
    if let goal = hyperparameters.optOut {
      guard let optedOut, optedOut > goal.above, optedOut <= goal.upTo else { return false }
    }
    return (decided ?? 0) >= hyperparameters.decisionsToReach
      && (correct ?? 0) >= hyperparameters.correctToReach
  }
}

extension Hyperparameters {
  /// Whether what a training ended with is what it was after: the criterion of validations, or the
  /// reward of late.
  public func isReached(by validation: Validation) -> Bool {
    recentReward.map { validation.meanReward >= $0.reward } ?? validation.meets(self)
  }
}
