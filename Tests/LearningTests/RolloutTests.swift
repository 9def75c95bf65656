import Gym
import Testing

@testable import Learning

@Suite("A rollout")
struct RolloutTests {
  let seed: UInt64 = 17
  let hyperparameters = HurriedDots.hyperparameters

  func rollout(
    seed: UInt64? = nil, firstLane: UInt64 = 0, laneCount: Int = 30, lookAhead: Int = 4,
    isRemembered: Bool = false
  ) throws -> Rollout {
    let seed = seed ?? self.seed
    return Rollout(
      in: try HurriedDots.open(
        seed: seed, firstLane: firstLane, laneCount: laneCount, lookAhead: lookAhead),
      shape: .init(inputs: 3, units: hyperparameters.decisionUnits, outputs: 3),
      hyperparameters: hyperparameters, seed: seed, isRemembered: isRemembered)
  }

  func network() throws -> Network {
    try HurriedDots.opinionatedStart(hyperparameters, seed: seed).decision
  }

  func orders(_ laneCount: Int = 30, trial: UInt64 = 0) -> [TrialOrder] {
    (0..<laneCount).map { .init(lane: $0, trial: trial) }
  }

  /// What was done on a lane until its trial ended.
  func actions(_ played: PlayedTrials, lane: Int) -> [UInt8] {
    (0..<played.stepCounts[lane]).map { played.actions[$0 * played.laneCount + lane] }
  }

  @Test("plays one trial on every lane to its end, and writes down what was done and paid")
  func record() throws {
    let played = try rollout().play(orders(trial: 3), with: network())
    #expect(played.laneCount == 30)
    #expect(played.endedTrials.count == 30)
    #expect(Set(played.endedTrials.map(\.lane)) == Set(0..<30))
    #expect(played.endedTrials.allSatisfy { $0.trial == 3 })
    #expect(played.facts.count == 30 * 5, "five facts a trial")
    #expect((played.stepCounts.max() ?? 0) == played.stepCounts.max())
    for trial in played.endedTrials {
      #expect(played.stepCounts[trial.lane] == trial.stepCount)
      let rewards = played.rewards(ofLane: trial.lane)
      #expect(rewards.count == trial.stepCount)
      #expect(rewards.dropLast().allSatisfy { $0 == 0 })
      let paid: Float = trial.ending == .correct ? 1 : trial.ending == .error ? 0 : -1
      #expect(rewards.last == paid)
      let actions = actions(played, lane: trial.lane)
      #expect(actions.dropLast().allSatisfy { $0 == 0 }, "fixating until the last step")
      if trial.ending != .miss { #expect(trial.choice == Int(actions[actions.count - 1])) }
    }
    #expect(Set(played.stepCounts).count > 3, "trials are of many lengths")
  }

  @Test("nothing is paid for steps beyond the end of a trial")
  func beyondTheEnd() throws {
    let played = try rollout(lookAhead: 16).play(orders(), with: network())
    for lane in 0..<30 {
      for step in played.stepCounts[lane]..<(played.rewards.count / 30) {
        #expect(played.rewards[step * 30 + lane] == 0)
      }
    }
  }

  @Test("is the same for the same seed, and another for another seed, trial or first lane")
  func seeding() throws {
    let network = try network()
    let first = try rollout().play(orders(), with: network)
    let again = try rollout().play(orders(), with: network)
    #expect(first.actions == again.actions && first.endedTrials == again.endedTrials)
    #expect(first.rewards == again.rewards && first.facts == again.facts)
    for other in [
      try rollout(seed: 18).play(orders(), with: network),
      try rollout(firstLane: 1000).play(orders(), with: network),
      try rollout().play(orders(trial: 1), with: network),
    ] {
      #expect(other.actions != first.actions && other.facts != first.facts)
    }
  }

  @Test("does not depend on what was played before")
  func noMemory() throws {
    let network = try network()
    let fresh = try rollout().play(orders(trial: 5), with: network)
    let used = try rollout()
    for trial in 0..<3 as Range<UInt64> { _ = try used.play(orders(trial: trial), with: network) }
    let later = try used.play(orders(trial: 5), with: network)
    #expect(later.actions == fresh.actions && later.facts == fresh.facts)
  }

  @Test("does not depend on the order in which lanes are named")
  func orderOfLanes() throws {
    let network = try network()
    // Lanes with trials of different numbers, so that one taken for another would show.
    let orders = (0..<30).map { TrialOrder(lane: $0, trial: UInt64(100 + $0)) }
    let inOrder = try rollout().play(orders, with: network)
    let reversed = try rollout().play(orders.reversed(), with: network)
    #expect(inOrder.actions == reversed.actions && inOrder.stepCounts == reversed.stepCounts)
    #expect(inOrder.rewards == reversed.rewards && inOrder.endedTrials == reversed.endedTrials)
  }

  @Test("that is remembered does what one that is not does", arguments: [1, 4, 16])
  func remembering(lookAhead: Int) throws {
    let network = try network()
    let kept = try rollout(lookAhead: lookAhead, isRemembered: true).play(orders(), with: network)
    let lost = try rollout(lookAhead: lookAhead).play(orders(), with: network)
    #expect(kept.actions == lost.actions && kept.endedTrials == lost.endedTrials)
    #expect(kept.rewards == lost.rewards && kept.facts == lost.facts)
  }

  @Test("plays the same trials whatever the look-ahead", arguments: [2, 3, 4, 16, 64])
  func lookAhead(span: Int) throws {
    // Look-ahead groups the rows of products differently, so only where every policy is exactly
    // uniform may behaviour be expected to agree to the last bit.
    let start = try HurriedDots.start(hyperparameters, seed: seed)
    let step = try rollout(lookAhead: 1).play(orders(), with: start.decision)
    let ahead = try rollout(lookAhead: span).play(orders(), with: start.decision)
    #expect(step.stepCounts == ahead.stepCounts)
    for lane in 0..<30 {
      #expect(actions(step, lane: lane) == actions(ahead, lane: lane))
      #expect(step.rewards(ofLane: lane) == ahead.rewards(ofLane: lane))
    }
    #expect(ended(step) == ended(ahead))
  }

  @Test("plays a lane's trial the same whichever lanes are beside it")
  func lanesAreIndependent() throws {
    let start = try HurriedDots.start(hyperparameters, seed: seed)
    let together = try rollout().play(orders(), with: start.decision)
    for lane in [0, 7, 29] {
      let alone = try rollout(firstLane: UInt64(lane), laneCount: 1)
        .play(orders(1), with: start.decision)
      #expect(actions(alone, lane: 0) == actions(together, lane: lane))
      #expect(alone.endedTrials[0].condition == ended(together)[lane].condition)
    }
  }

  /// Ended trials by lane.
  func ended(_ played: PlayedTrials) -> [EndedTrial] {
    played.endedTrials.sorted { $0.lane < $1.lane }
  }

  @Test("draws actions as often as the policy says")
  func sampling() throws {
    // A read-out of biases alone: the policy is softmax(1, 0, 0.5) at every step.
    let shape = NetworkShape(inputs: 3, units: hyperparameters.decisionUnits, outputs: 3)
    var parameters = Parameters(shape)
    parameters["b_out"] = [1, 0, 0.5]
    let policy = softmax([1, 0, 0.5])
    let played = try rollout(laneCount: 2000).play(
      orders(2000), with: Network(parameters: parameters, connections: .all))
    for action in 0..<3 {
      let count = (0..<2000).count { played.actions[$0] == UInt8(action) }
      let deviation = (2000 * policy[action] * (1 - policy[action])).squareRoot()
      #expect(abs(Double(count) - 2000 * policy[action]) < 4 * deviation)
    }
  }
}

@Suite("A validation")
struct ValidationTests {

  func trial(_ lane: Int, _ ending: Ending, steps: Int) -> EndedTrial {
    EndedTrial(lane: lane, trial: 0, condition: 0, ending: ending, choice: nil, stepCount: steps)
  }

  /// Four trials: one right, one wrong, one aborted, one missed.
  var played: PlayedTrials {
    var played = PlayedTrials(laneCount: 4)
    played.stepCounts = [2, 1, 3, 2]
    played.rewards = [0, 0, 0, 0, 1, 0, 0, -1, 0, 0, -1, 0]
    played.endedTrials = [
      trial(1, .error, steps: 1), trial(0, .correct, steps: 2), trial(3, .miss, steps: 2),
      trial(2, .abort, steps: 3),
    ]
    return played
  }

  @Test("counts decisions among trials, and correct ones among decisions")
  func counts() {
    let validation = Validation(update: 50, trials: 500, of: played, discounts: [1, 1, 1])
    #expect(validation.update == 50 && validation.trials == 500)
    #expect(validation.decided == 0.5)
    #expect(validation.correct == 0.5)
    #expect(validation.meanReward == -0.25)
    #expect(validation.meanStepCount == 2)
  }

  @Test("discounts rewards as training does, from the start of the trial")
  func discounting() {
    let validation = Validation(update: 0, trials: 0, of: played, discounts: [1, 0.5, 0.25])
    #expect(validation.meanReward == (0.5 - 0.5 - 0.25) / 4)
  }

  @Test(
    "meets the criterion where decisions and correct ones do, both inclusive",
    arguments: [
      (0.99, 0.80, true), (1, 1, true), (0.98, 1, false), (1, 0.79, false),
    ])
  func criterion(decided: Double, correct: Double, meets: Bool) {
    var validation = Validation(update: 0, trials: 0, of: played, discounts: [1, 1, 1])
    validation.decided = decided
    validation.correct = correct
    #expect(validation.meets(Hyperparameters()) == meets)
  }

  @Test("without a decision nothing is met")
  func noDecision() {
    var validation = Validation(update: 0, trials: 0, of: played, discounts: [1, 1, 1])
    validation.decided = 1
    validation.correct = nil
    #expect(!validation.meets(Hyperparameters()))
  }

  /// Six trials: three that offer to opt out, two of them taken, one not; one aborted; two that don't.
  private var wagers: PlayedTrials {
    var played = PlayedTrials(laneCount: 6)
    played.stepCounts = .init(repeating: 1, count: 6)
    played.rewards = .init(repeating: 0, count: 6)
    let endings: [Ending] = [.completed, .completed, .correct, .abort, .correct, .error]
    played.endedTrials = endings.enumerated().map { trial($0.offset, $0.element, steps: 1) }
    // Facts of each trial: its number, and whether it offers.
    played.facts = [0, 1, 1, 1, 2, 1, 3, 1, 4, 0, 5, 0]
    return played
  }

  @Test("opting out is an answer that is neither right nor wrong, counted where it is offered")
  func optingOut() {
    let validation = Validation(update: 0, trials: 0, of: wagers, discounts: [1], offer: 1)
    #expect(validation.decided == 5.0 / 6)
    #expect(validation.correct == 2.0 / 3)
    #expect(validation.optedOut == 2.0 / 3)
    #expect(Validation(update: 0, trials: 0, of: wagers, discounts: [1]).optedOut == nil)
  }

  @Test(
    "the opt-out has to be taken more often than one bound and no more often than the other",
    arguments: [(0.4, false), (0.41, true), (0.5, true), (0.51, false), (nil, false)])
  func optOutGoal(optedOut: Double?, meets: Bool) {
    var hyperparameters = Hyperparameters()
    hyperparameters.optOut = OptOutGoal(offeredBy: "wager", above: 0.4, upTo: 0.5)
    let validation = Validation(
      update: 0, trials: 0, meanReward: 1, decided: 1, correct: 1, optedOut: optedOut,
      meanStepCount: 1)
    #expect(validation.meets(hyperparameters) == meets)
  }
}
