import Gym
import Learning

/// One trial of a test.
struct TestTrial {
  let condition: Int
  let ending: Ending
  /// The action that ended it; nil if none did.
  let choice: Int?
  /// How many actions it took.
  let stepCount: Int
  /// What it earned.
  let reward: Double
  /// In the order of the task's facts.
  let facts: [Float]
}

/// The trials of a test, in the order in which they were asked for.
struct TestTrials {
  let task: TaskDescription
  let timeStep: Milliseconds
  private(set) var trials: [TestTrial] = []

  init(_ task: TaskDescription, timeStep: Milliseconds) {
    self.task = task
    self.timeStep = timeStep
  }

  /// Adds a round.
  ///
  /// - Returns: its trials, lane by lane.
  @discardableResult
  mutating func append(_ played: PlayedTrials) -> [TestTrial] {
    let factCount = task.facts.count
    let order = played.endedTrials.indices.sorted {
      played.endedTrials[$0].lane < played.endedTrials[$1].lane
    }
    let round = order.map { index in
      let trial = played.endedTrials[index]
      return TestTrial(
        condition: trial.condition, ending: trial.ending, choice: trial.choice,
        stepCount: trial.stepCount,
        reward: Double(played.rewards(ofLane: trial.lane).reduce(0, +)),
        facts: Array(played.facts[(index * factCount)..<((index + 1) * factCount)]))
    }
    trials += round
    return round
  }

  /// Trials that ended by a choice that was right or wrong.
  var decisions: [TestTrial] { trials.filter(\.ending.isDecision) }

  /// Reads a fact off a trial; milliseconds for times.
  ///
  /// - Precondition: the task has it.
  func fact(_ name: String) -> (TestTrial) -> Double {
    guard let index = task.facts.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("\(task.name) has no fact '\(name)'")
    }
    return { Double($0.facts[index]) }
  }

  /// The action of that name.
  func action(_ name: String) -> Int {
    guard case .discrete(let names) = task.actions, let action = names.firstIndex(of: name) else {
      preconditionFailure("\(task.name) has no action '\(name)'")
    }
    return action
  }

  /// The fraction of trials that ended in a legal answer.
  var answered: Double {
    Double(trials.count { $0.ending.isAnswer }) / Double(max(1, trials.count))
  }

  /// The fraction of decisions that were right.
  var correct: Double {
    Double(trials.count { $0.ending == .correct }) / Double(max(1, decisions.count))
  }
}
