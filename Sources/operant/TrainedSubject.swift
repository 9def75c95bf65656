import Console
import Gym
import Learning
import Runs

/// A run's best networks, and what they were trained on.
struct TrainedSubject {
  let configuration: RunConfiguration
  let decision: Network
  let value: Network
  /// How they did in the validation that found them best.
  let validation: Validation
  /// The task, under the parameters of the training.
  let task: TaskDescription

  /// Reads a run.
  init(in folder: RunFolder, servers: TaskServers) throws {
    configuration = try JSONFile.read(RunConfiguration.self, from: folder.config)
    try configuration.training.check()
    guard let contents = try Checkpoints(folder: folder.checkpoints).best() else {
      throw ProgramError(
        "the run in '\(folder.path)' has no best network yet; go on with: "
          + "operant train --resume \(folder.path)", .noInput)
    }
    let environment = try servers.open(
      configuration.task, preset: configuration.preset,
      settings: configuration.parameterSettings,
      options: configuration.options(seed: configuration.seed, firstLane: 0, laneCount: 1))
    task = environment.specification.task
    try configuration.training.check(for: task)
    let start = Snapshot(
      for: task, hyperparameters: configuration.training, seed: configuration.seed)
    let best = try CheckpointContents.best(in: contents, shapedLike: start)
    decision = Network(parameters: best.decision, connections: start.decision.connections)
    value = Network(parameters: best.value, connections: start.value.connections)
    validation = best.validation
  }
}
