import Analysis
import Console
import Gym
import Learning
import Runs
import Wire

/// A training by the local rule that is written down in a folder as it goes.
final class LocalRun {
  private let folder: RunFolder
  private let configuration: LocalRunConfiguration
  private let servers: TaskServers
  private let environment: RemoteEnvironment
  private let learner: HebbianLearner
  private let checkpoints: Checkpoints
  private let table: ProgressTable
  private let events: EventFile
  private var errors: [Double]
  private var display: LocalDisplay

  /// Trials of a row of `progress.csv`, and of a checkpoint.
  static let (rowTrials, checkpointTrials) = (100, 500)
  /// Each trial is an update.
  private static let columns = [
    "update", "trials", "median_error", "upper_quartile_error", "good", "clipped",
  ]

  // MARK: Beginning

  /// Makes the folder of a new run.
  static func create(
    at path: String, _ configuration: LocalRunConfiguration, servers: TaskServers, isQuiet: Bool
  ) throws -> LocalRun {
    // Everything a server can refuse comes before anything is written.
    let environment = try configuration.open(at: servers, seed: configuration.seed)
    try configuration.training.check(for: environment.specification.task)
    let folder = try RunFolder.create(at: path)
    try JSONFile.write(configuration, to: folder.config)
    return try LocalRun(
      folder, configuration, servers, environment,
      configuration.makeLearner(for: environment, seed: configuration.seed), errors: [],
      ProgressTable(creating: folder.progress, columns: columns),
      EventFile(creating: folder.events), isQuiet: isQuiet)
  }

  /// Goes on with a run where its newest whole checkpoint leaves it.
  static func resume(
    at path: String, servers endpoints: [String], isQuiet: Bool
  ) throws -> LocalRun {
    let folder = try RunFolder.resume(at: path)
    let configuration = try JSONFile.read(LocalRunConfiguration.self, from: folder.config)
    let servers = try TaskServers(endpoints)
    do {
      let environment = try configuration.open(at: servers, seed: configuration.seed)
      try configuration.training.check(for: environment.specification.task)
      let learner = configuration.makeLearner(for: environment, seed: configuration.seed)
      var errors: [Double] = []
      if let restored = try Checkpoints(folder: folder.checkpoints).latest() {
        for warning in restored.warnings { writeToStandardError("operant: \(warning)\n") }
        let contents = try LocalCheckpoint(restored.contents, shapedLike: learner.state)
        learner.state = contents.state
        errors = contents.errors
      }
      return try LocalRun(
        folder, configuration, servers, environment, learner, errors: errors,
        ProgressTable(resuming: folder.progress, columns: columns, after: errors.count),
        EventFile(resuming: folder.events, after: errors.count), isQuiet: isQuiet)
    } catch {
      servers.close()
      throw error
    }
  }

  private init(
    _ folder: RunFolder, _ configuration: LocalRunConfiguration, _ servers: TaskServers,
    _ environment: RemoteEnvironment, _ learner: HebbianLearner, errors: [Double],
    _ table: ProgressTable, _ events: EventFile, isQuiet: Bool
  ) {
    self.folder = folder
    self.configuration = configuration
    self.servers = servers
    self.environment = environment
    self.learner = learner
    self.errors = errors
    self.table = table
    self.events = events
    checkpoints = Checkpoints(folder: folder.checkpoints)
    display = LocalDisplay(configuration, startingAt: errors.count, isQuiet: isQuiet)
  }

  // MARK: Training

  /// Trains until the task counts as learned, the limit of trials is reached, or a signal comes.
  func train() throws -> ExitCode {
    defer { servers.close() }
    let training = configuration.training
    let criterion = training.criterion
    var learnedAt = criterion?.trial(in: errors)
    while errors.count < training.trialLimit, !(training.endsWhenLearned && learnedAt != nil) {
      if StopSignal.wasRaised { return try end(stopped: true, learnedAt: learnedAt) }
      errors.append(try learner.play(in: environment))
      if learnedAt == nil, criterion?.isMet(at: errors) == true { learnedAt = errors.count - 1 }
      if errors.count % Self.rowTrials == 0 { try write() }
      if errors.count % Self.checkpointTrials == 0 { try save() }
      display.show(errors)
    }
    return try end(stopped: false, learnedAt: learnedAt)
  }

  private func end(stopped: Bool, learnedAt: Int?) throws -> ExitCode {
    try save()
    display.erase()
    let trials = Figures.grouped(errors.count)
    if stopped {
      print("stopped after \(trials) trials; go on with: operant train --resume \(folder.path)")
      return StopSignal.raised?.exitCode ?? .success
    }
    switch learnedAt {
    case let trial?:
      print("learned after \(Figures.grouped(trial)) trials; the run is in \(folder.path)")
    case nil where configuration.training.criterion == nil:
      print("trained for \(trials) trials; the run is in \(folder.path)")
    case nil:
      print("not learned within the limit of \(trials) trials; the run is in \(folder.path)")
    }
    print("next: operant evaluate \(folder.path)")
    return .success
  }

  // MARK: What is written

  /// Tells of the last hundred trials.
  private func write() throws {
    let recent = Array(errors.suffix(Self.rowTrials))
    let (middle, upper) = (median(of: recent), quantile(0.75, of: recent))
    let bound = configuration.training.errorToReach
    let good = Double(recent.count { $0 < bound }) / Double(recent.count)
    let clipped =
      Double(learner.clippedCount) / Double(learner.rule.units * learner.rule.units)
    try table.append([
      .integer(errors.count), .integer(errors.count), .double(middle), .double(upper),
      .double(configuration.training.criterion == nil ? .nan : good), .double(clipped),
    ])
    try events.append(
      update: errors.count,
      [
        ("rollout/median_error", Float(middle)), ("rollout/good", Float(good)),
        ("train/clipped", Float(clipped)),
      ])
    display.tell(errors)
  }

  private func save() throws {
    try checkpoints.save(
      LocalCheckpoint(learner.state, errors: errors).tensors(), update: errors.count)
  }
}

extension LocalTraining {
  /// When the task counts as learned: 96 of 100 trials below the error.
  var criterion: LearningCriterion? {
    errorToReach > 0 ? LearningCriterion(errorBelow: errorToReach) : nil
  }
}

extension LocalRunConfiguration {
  /// Opens the task for one lane, a whole trial in a frame where that is possible.
  ///
  /// - Parameter other: a preset in place of the run's.
  func open(
    at servers: TaskServers, preset other: String? = nil, seed: UInt64
  ) throws -> RemoteEnvironment {
    func open(lookAhead: Int) throws -> RemoteEnvironment {
      try servers.open(
        task, preset: other ?? preset, settings: parameterSettings,
        options: EnvironmentOptions(
          seed: seed, timeStep: timeStep, restartRule: .disabled, lookAhead: lookAhead))
    }
    let stepwise = try open(lookAhead: 1)
    guard stepwise.specification.task.allowsLookAhead else { return stepwise }
    return try open(lookAhead: min(4096, max(1, stepwise.specification.stepLimit - 1)))
  }

  func makeLearner(for environment: RemoteEnvironment, seed: UInt64) -> HebbianLearner {
    let specification = environment.specification
    return HebbianLearner(
      training.rule, inputs: specification.task.observationSize,
      conditionCount: specification.task.conditions.count,
      stepCapacity: specification.stepLimit + specification.options.lookAhead, seed: seed)
  }
}
