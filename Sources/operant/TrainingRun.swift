import Console
import Gym
import Learning
import Runs
import Wire

/// A training that is written down in a folder as it goes.
final class TrainingRun {
  private let folder: RunFolder
  private let configuration: RunConfiguration
  private let servers: TaskServers
  private let ranks: Ranks
  private let training: Training
  private let checkpoints: Checkpoints
  private let table: ProgressTable
  private let events: EventFile
  private var measures: [Reinforce.Measures]
  private var display: TrainingDisplay

  // MARK: Beginning

  /// Makes the folder of a new run.
  static func create(
    at path: String, _ configuration: RunConfiguration, servers: TaskServers, ranks: Ranks,
    isQuiet: Bool
  ) throws -> TrainingRun {
    try ranks.check(configuration.training)
    // Everything a server can refuse comes before anything is written.
    let environments = try TrainingEnvironments(configuration, servers, ranks.team)
    let folder = try RunFolder.create(at: path)
    try JSONFile.write(configuration, to: folder.config)
    let start = environments.start(of: configuration)
    return try TrainingRun(
      folder, configuration, servers, ranks, environments,
      CheckpointContents(start, measures: []),
      ProgressTable(
        creating: folder.progress, columns: TrainingRun.columns(for: configuration.training)),
      EventFile(creating: folder.events), isQuiet: isQuiet)
  }

  /// Goes on with a run where its newest whole checkpoint leaves it.
  static func resume(
    at path: String, servers endpoints: [String], ranks: Ranks, isQuiet: Bool
  ) throws -> TrainingRun {
    let folder = try RunFolder.resume(at: path)
    let configuration = try JSONFile.read(RunConfiguration.self, from: folder.config)
    try configuration.training.check()
    try ranks.check(configuration.training)
    let servers = try TaskServers(endpoints)
    do {
      let environments = try TrainingEnvironments(configuration, servers, ranks.team)
      let start = environments.start(of: configuration)
      var contents = CheckpointContents(start, measures: [])
      let checkpoints = Checkpoints(folder: folder.checkpoints)
      if let restored = try checkpoints.latest() {
        for warning in restored.warnings { writeToStandardError("operant: \(warning)\n") }
        contents = try CheckpointContents(restored.contents, shapedLike: start)
      }
      // What was validated at the update the checkpoint is of is in the tables already, or comes again.
      let kept = contents.snapshot.validatedUpdate ?? -1
      return try TrainingRun(
        folder, configuration, servers, ranks, environments, contents,
        ProgressTable(
          resuming: folder.progress, columns: TrainingRun.columns(for: configuration.training),
          after: kept),
        EventFile(resuming: folder.events, after: kept), isQuiet: isQuiet)
    } catch {
      servers.close()
      throw error
    }
  }

  private init(
    _ folder: RunFolder, _ configuration: RunConfiguration, _ servers: TaskServers,
    _ ranks: Ranks, _ environments: TrainingEnvironments, _ contents: CheckpointContents,
    _ table: ProgressTable, _ events: EventFile, isQuiet: Bool
  ) throws {
    self.folder = folder
    self.configuration = configuration
    self.servers = servers
    self.ranks = ranks
    self.table = table
    self.events = events
    measures = contents.measures
    checkpoints = Checkpoints(folder: folder.checkpoints)
    training = Training(
      from: contents.snapshot, in: environments.training,
      validatingIn: environments.validation, hyperparameters: configuration.training,
      seed: configuration.seed, team: ranks.team)
    display = TrainingDisplay(
      configuration, startingAt: contents.snapshot.update, isQuiet: isQuiet)
  }

  // MARK: Training

  /// Trains until the criterion is met, the limit of updates is reached, or a signal comes.
  func train() throws -> ExitCode {
    defer { servers.close() }
    let start = training.snapshot()
    try ranks.open(configuration, from: start)
    if let best = start.best {
      // It may be damaged, or the end came between the two files of a validation.
      try checkpoints.saveBest(CheckpointContents.best(best))
      if start.isLearned(by: configuration.training) { return try end(with: .learned) }
    }
    let outcome = try training.run { event in
      switch event {
      case .validated(let validation, let isBest, let meetsCriterion):
        try write(validation, isBest: isBest)
        display.tell(validation, isBest: isBest, meetsCriterion: meetsCriterion)
      case .updated(let update, let measured):
        measures.append(measured)
        display.show(update: update, measured)
      }
      return !StopSignal.wasRaised
    }
    display.erase()
    return try end(with: outcome)
  }

  private func end(with outcome: Training.Outcome) throws -> ExitCode {
    let trials = Figures.grouped(
      training.snapshot().update * configuration.training.trialsPerUpdate)
    switch outcome {
    case .learned:
      print("learned after \(trials) trials; the run is in \(folder.path)")
      print("next: operant evaluate \(folder.path)")
      return .success
    case .updateLimitReached:
      try save(training.snapshot())
      print("not learned within the limit of \(trials) trials; the run is in \(folder.path)")
      print(
        "to go on, raise updateLimit in \(folder.config), then: "
          + "operant train --resume \(folder.path)")
      return .success
    case .stopped:
      try save(training.snapshot())
      print("stopped after \(trials) trials; go on with: operant train --resume \(folder.path)")
      return try ranks.stopCode()
    }
  }

  // MARK: What is written

  private static func columns(for training: Hyperparameters) -> [String] {
    [
      "update", "trials", "reward", "decided", "correct", "is_best", "mean_step_count",
      "training_reward", "value_loss", "median_gradient_norm",
    ] + (training.optOut == nil ? [] : ["opted_out"])
  }

  private func write(_ validation: Validation, isBest: Bool) throws {
    let reward = mean(of: measures.map(\.meanReward))
    let stepCount =
      mean(of: measures.map { Double($0.stepCount) })
      / Double(configuration.training.trialsPerUpdate)
    let loss = mean(of: measures.map(\.valueLoss))
    let norms = measures.map(\.decisionGradientNorm).sorted()
    let norm = norms.isEmpty ? .nan : norms[norms.count / 2]
    var row: [CSV.Value] = [
      .integer(validation.update), .integer(validation.trials), .double(validation.meanReward),
      .double(validation.decided ?? .nan), .double(validation.correct ?? .nan),
      .integer(isBest ? 1 : 0), .double(validation.meanStepCount ?? .nan), .double(reward),
      .double(loss), .double(norm),
    ]
    if configuration.training.optOut != nil { row.append(.double(validation.optedOut ?? .nan)) }
    try table.append(row)
    try events.append(
      update: validation.update,
      [
        ("eval/mean_reward", Float(validation.meanReward)),
        ("eval/mean_ep_length", Float(validation.meanStepCount ?? .nan)),
        ("eval/decided", Float(validation.decided ?? .nan)),
        ("eval/correct", Float(validation.correct ?? .nan)),
        ("rollout/ep_rew_mean", Float(reward)), ("rollout/ep_len_mean", Float(stepCount)),
        ("train/value_loss", Float(loss)), ("train/gradient_norm", Float(norm)),
      ])
    measures = []
    let snapshot = training.snapshot()
    try save(snapshot)
    if isBest, let best = snapshot.best {
      try checkpoints.saveBest(CheckpointContents.best(best))
    }
  }

  private func save(_ snapshot: Snapshot) throws {
    try checkpoints.save(
      CheckpointContents(snapshot, measures: measures).tensors(),
      update: snapshot.update)
  }
}

/// The mean; not a number if there is nothing to take it of.
private func mean(of values: [Double]) -> Double {
  values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
}
