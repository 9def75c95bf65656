import Envs
import Gym

@testable import Learning

/// Random dots in a hurry: a trial takes at most 19 steps of 10 ms, and is often over sooner.
enum HurriedDots {
  static let settings = [
    ParameterSetting("fixation", [30]), ParameterSetting("meanViewing", [40]),
    ParameterSetting("shortestViewing", [20]), ParameterSetting("longestViewing", [100]),
    ParameterSetting("decision", [50]),
  ]

  static func open(
    seed: UInt64, firstLane: UInt64 = 0, laneCount: Int, lookAhead: Int = 1
  ) throws -> any Environment {
    try catalogue.find("rdm_fixed").entry.makeEnvironment(
      settings,
      .init(seed: seed, firstLane: firstLane, laneCount: laneCount, lookAhead: lookAhead))
  }

  /// Networks small enough for a test to train.
  static var hyperparameters: Hyperparameters {
    var hyperparameters = Hyperparameters()
    hyperparameters.decisionUnits = 16
    hyperparameters.valueUnits = 12
    hyperparameters.decisionConnectionProbability = 0.25
    hyperparameters.trialsPerUpdate = 5
    hyperparameters.validationTrials = 20
    hyperparameters.validationInterval = 3
    hyperparameters.updateLimit = 12
    hyperparameters.lookAhead = 4
    return hyperparameters
  }

  static func start(_ hyperparameters: Hyperparameters, seed: UInt64) throws -> Snapshot {
    Snapshot(
      for: try open(seed: seed, laneCount: 1).specification.task,
      hyperparameters: hyperparameters, seed: seed)
  }

  /// Both networks have opinions: their read-outs are not zero.
  static func opinionatedStart(_ hyperparameters: Hyperparameters, seed: UInt64) throws -> Snapshot
  {
    var snapshot = try opinionatedDecision(hyperparameters, seed: seed)
    var draws = Draws(seed: seed &+ 1)
    let weights = snapshot.value.parameters["W_out"].count
    snapshot.value.parameters["W_out"] = draws.normals(weights, scale: 0.3)
    return snapshot
  }

  /// A decision network that has opinions: its read-out is not zero.
  static func opinionatedDecision(
    _ hyperparameters: Hyperparameters, seed: UInt64
  ) throws -> Snapshot {
    var snapshot = try start(hyperparameters, seed: seed)
    var draws = Draws(seed: seed)
    let weights = snapshot.decision.parameters["W_out"].count
    snapshot.decision.parameters["W_out"] = draws.normals(weights, scale: 0.3)
    // Holding fixation is likely, so that trials are of all lengths.
    snapshot.decision.parameters["b_out"] = [2, 0, 0]
    return snapshot
  }
}
