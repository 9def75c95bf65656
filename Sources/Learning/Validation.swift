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

  /// What one process played.
  ///
  /// - Parameter offer: which of the facts is 1 in trials that offer to opt out.
  init(
    update: Int, trials: Int, of played: PlayedTrials, discounts: [Float], offer: Int? = nil
  ) {
    self.init(
      update: update, trials: trials,
      sums: Self.sums(of: played, lanes: 0..<played.laneCount, discounts, offer: offer))
  }

  /// What all ranks played, each its shards' lanes.
  init(
    update: Int, trials: Int, of played: PlayedTrials, discounts: [Float], offer: Int?,
    shards: LaneShards
  ) throws {
    self.init(
      update: update, trials: trials,
      sums: try shards.sum(
        shards.ownLanes.map { Self.sums(of: played, lanes: $0, discounts, offer: offer) }))
  }

  /// Lanes, Σ R, steps; answers, decisions and correct ones; answers where an opt-out was offered, and
  /// those that took it.
  private static func sums(
    of played: PlayedTrials, lanes: Range<Int>, _ discounts: [Float], offer: Int?
  ) -> [Double] {
    var reward = 0.0
    for lane in lanes {
      for (paid, discount) in zip(played.rewards(ofLane: lane), discounts) {
        reward += Double(paid * discount)
      }
    }
    let factCount = played.facts.count / max(1, played.endedTrials.count)
    let ended = played.endedTrials.enumerated().filter { lanes.contains($0.element.lane) }
    let answers = ended.filter { $0.element.ending.isAnswer }
    let offered = answers.filter { trial in
      offer.map { played.facts[trial.offset * factCount + $0] == 1 } ?? false
    }
    let counts = [
      played.stepCounts[lanes].reduce(0, +), answers.count,
      ended.count { $0.element.ending.isDecision }, ended.count { $0.element.ending == .correct },
      offered.count, offered.count { $0.element.ending == .completed },
    ]
    return [Double(lanes.count), reward] + counts.map(Double.init)
  }

  private init(update: Int, trials: Int, sums: [Double]) {
    self.update = update
    self.trials = trials
    let count = sums[0]
    meanReward = sums[1] / count
    meanStepCount = sums[2] / count
    decided = sums[3] / count
    correct = Self.fraction(of: sums[4], sums[5])
    optedOut = Self.fraction(of: sums[6], sums[7])
  }

  private static func fraction(of all: Double, _ some: Double) -> Double? {
    all == 0 ? nil : some / all
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
