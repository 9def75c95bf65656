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
  private let environments: [RemoteEnvironment]
  private let learner: HebbianLearner
  private let checkpoints: Checkpoints
  private let table: ProgressTable
  private let events: EventFile
  private var record: LocalRecord
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
    let environments = try configuration.openAll(at: servers)
    try configuration.training.check(for: environments[0].specification.task)
    let folder = try RunFolder.create(at: path)
    try JSONFile.write(configuration, to: folder.config)
    return try LocalRun(
      folder, configuration, servers, environments,
      configuration.makeLearner(for: environments[0], seed: configuration.seed),
      configuration.training.emptyRecord,
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
      let environments = try configuration.openAll(at: servers)
      try configuration.training.check(for: environments[0].specification.task)
      let learner = configuration.makeLearner(for: environments[0], seed: configuration.seed)
      var record = configuration.training.emptyRecord
      if let restored = try Checkpoints(folder: folder.checkpoints).latest() {
        for warning in restored.warnings { writeToStandardError("operant: \(warning)\n") }
        let contents = try LocalCheckpoint(restored.contents, shapedLike: learner.state)
        learner.state = contents.state
        record = contents.record
      }
      return try LocalRun(
        folder, configuration, servers, environments, learner, record,
        ProgressTable(resuming: folder.progress, columns: columns, after: record.count),
        EventFile(resuming: folder.events, after: record.count), isQuiet: isQuiet)
    } catch {
      servers.close()
      throw error
    }
  }

  private init(
    _ folder: RunFolder, _ configuration: LocalRunConfiguration, _ servers: TaskServers,
    _ environments: [RemoteEnvironment], _ learner: HebbianLearner, _ record: LocalRecord,
    _ table: ProgressTable, _ events: EventFile, isQuiet: Bool
  ) {
    self.folder = folder
    self.configuration = configuration
    self.servers = servers
    self.environments = environments
    self.learner = learner
    self.record = record
    self.table = table
    self.events = events
    checkpoints = Checkpoints(folder: folder.checkpoints)
    display = LocalDisplay(configuration, startingAt: record.count, isQuiet: isQuiet)
  }

  // MARK: Training

  /// Trains until the task counts as learned, the limit of trials is reached, or a signal comes.
  func train() throws -> ExitCode {
    defer { servers.close() }
    let training = configuration.training
    let criterion = training.criterion
    var learnedAt = criterion?.trial(in: record.judged)
    while record.count < training.trialLimit, !(training.endsWhenLearned && learnedAt != nil) {
      if StopSignal.wasRaised { return try end(stopped: true, learnedAt: learnedAt) }
      try play()
      if learnedAt == nil, criterion?.isMet(at: record.judged) == true {
        learnedAt = record.count - 1
      }
      if record.count % Self.rowTrials == 0 { try write() }
      if record.count % Self.checkpointTrials == 0 { try save() }
      display.show(record)
    }
    return try end(stopped: false, learnedAt: learnedAt)
  }

  private func play() throws {
    guard configuration.training.isOfChoices else {
      record.errors.append(try learner.play(in: environments[0]))
      return
    }
    let (round, lane) = record.count.quotientAndRemainder(dividingBy: environments.count)
    let environment = environments[lane]
    record.errors.append(
      try learner.play(in: environment, TrialOrder(lane: 0, trial: UInt64(round))))
    record.wrong?.append(environment.frame.endedTrials[0].ending == .correct ? 0 : 1)
  }

  private func end(stopped: Bool, learnedAt: Int?) throws -> ExitCode {
    try save()
    display.erase()
    let trials = Figures.grouped(record.count)
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
    let recent = Array(record.errors.suffix(Self.rowTrials))
    let (middle, upper) = (median(of: recent), quantile(0.75, of: recent))
    let good = configuration.training.goodFraction(of: record)
    let clipped =
      Double(learner.clippedCount) / Double(learner.rule.units * learner.rule.units)
    try table.append([
      .integer(record.count), .integer(record.count), .double(middle), .double(upper),
      .double(configuration.training.criterion == nil ? .nan : good), .double(clipped),
    ])
    try events.append(
      update: record.count,
      [
        ("rollout/median_error", Float(middle)), ("rollout/good", Float(good)),
        ("train/clipped", Float(clipped)),
      ])
    display.tell(record)
  }

  private func save() throws {
    try checkpoints.save(
      LocalCheckpoint(learner.state, record).tensors(), update: record.count)
  }
}

extension LocalTraining {
  /// When the task counts as learned: 96 of 100 trials below the error, or enough of the window answered
  /// rightly.
  var criterion: LearningCriterion? {
    if let choices {
      let enough = Int((choices.correctToReach * Double(choices.window)).rounded(.up))
      return LearningCriterion(
        errorBelow: 0.5, inMoreThan: min(max(enough, 1), choices.window) - 1, of: choices.window)
    }
    return errorToReach > 0 ? LearningCriterion(errorBelow: errorToReach) : nil
  }

  /// The record of no trial.
  var emptyRecord: LocalRecord { LocalRecord(wrong: isOfChoices ? [] : nil) }

  /// How many of the last hundred trials were good.
  func goodFraction(of record: LocalRecord) -> Double {
    let recent = record.judged.suffix(LocalRun.rowTrials)
    let bound = isOfChoices ? 0.5 : errorToReach
    return Double(recent.count { $0 < bound }) / Double(max(1, recent.count))
  }
}

extension LocalRunConfiguration {
  /// Opens the task as often as there are lanes to be played by turns.
  func openAll(at servers: TaskServers) throws -> [RemoteEnvironment] {
    try (0..<(training.choices?.lanes ?? 1)).map {
      try open(at: servers, seed: seed, lane: UInt64($0))
    }
  }

  /// Opens the task for one lane, with many steps in a frame where that is possible.
  ///
  /// - Parameter other: a preset in place of the run's.
  func open(
    at servers: TaskServers, preset other: String? = nil, seed: UInt64, lane: UInt64 = 0
  ) throws -> RemoteEnvironment {
    func open(lookAhead: Int) throws -> RemoteEnvironment {
      try servers.open(
        task, preset: other ?? preset, settings: parameterSettings,
        options: EnvironmentOptions(
          seed: seed, firstLane: lane, timeStep: timeStep, restartRule: .disabled,
          lookAhead: lookAhead))
    }
    let stepwise = try open(lookAhead: 1)
    guard stepwise.specification.task.allowsLookAhead else { return stepwise }
    // A choice ends a trial at any time, and what is played beyond it is played in vain.
    let mostSteps = training.isOfChoices ? 100 : 4096
    return try open(lookAhead: min(mostSteps, max(1, stepwise.specification.stepLimit - 1)))
  }

  func makeLearner(for environment: RemoteEnvironment, seed: UInt64) -> HebbianLearner {
    let specification = environment.specification
    return HebbianLearner(
      training.rule, inputs: specification.task.observationSize,
      conditionCount: specification.task.conditions.count,
      stepCapacity: specification.stepLimit + specification.options.lookAhead, seed: seed)
  }
}
