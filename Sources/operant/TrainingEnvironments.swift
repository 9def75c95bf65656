import Gym
import Learning
import Wire

/// Where the trials of a run are played, or a rank's share of them.
struct TrainingEnvironments {
  let training: RemoteEnvironment
  /// Nil where what was earned of late decides.
  let validation: RemoteEnvironment?

  init(_ configuration: RunConfiguration, _ servers: TaskServers, _ team: any Team) throws {
    func open(firstLane: UInt64, laneCount: Int) throws -> RemoteEnvironment {
      let lanes = LaneShards(
        count: configuration.training.shards, laneCount: laneCount, team: team
      ).lanes
      return try servers.open(
        configuration.task, preset: configuration.preset,
        settings: configuration.parameterSettings,
        options: configuration.options(
          seed: configuration.seed, firstLane: firstLane + UInt64(lanes.lowerBound),
          laneCount: lanes.count))
    }
    training = try open(firstLane: 0, laneCount: configuration.training.trialsPerUpdate)
    validation =
      configuration.training.recentReward != nil
      ? nil
      : try open(
        firstLane: Training.firstValidationLane,
        laneCount: configuration.training.validationTrials)
    try configuration.training.check(for: training.specification.task)
  }

  /// What a run begins as.
  func start(of configuration: RunConfiguration) -> Snapshot {
    Snapshot(
      for: training.specification.task, hyperparameters: configuration.training,
      seed: configuration.seed)
  }
}
