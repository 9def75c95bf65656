import Console
import Foundation
import Runs

/// A sweep on disk.
///
///     sweeps/noise/
///       sweep.json      what is swept over
///       training.json   how all are trained, where a file said so
///       servers.json    at which servers they play, where they play at others'
///       runs/           a run for each training
///       sweep.csv       what came out, setting by setting
///       curves.csv      how it was learned, setting by setting
///       figures/
///       sweep.sbatch    a job array, where one was asked for
///       log/            what its tasks print
struct SweepFolder {
  let path: String
  let sweep: Sweep
  /// The file that says how all are trained, in the place of a task's preset.
  private(set) var config: String?
  var servers = SweepServers()

  var table: String { path + "/sweep.csv" }
  var curves: String { path + "/curves.csv" }
  var script: String { path + "/sweep.sbatch" }
  var log: String { path + "/log" }

  private static func description(at path: String) -> String { path + "/sweep.json" }
  private static func config(at path: String) -> String { path + "/training.json" }
  private static func servers(at path: String) -> String { path + "/servers.json" }

  func runPath(of training: SweepTraining) -> String { "\(path)/runs/\(training.name)" }

  // MARK: Beginning

  /// A sweep that is to be.
  init(at path: String, for sweep: Sweep, config: String?) {
    self.path = path
    self.sweep = sweep
    self.config = config
  }

  static func isThere(at path: String) -> Bool { access(description(at: path), F_OK) == 0 }

  /// Opens a sweep.
  init(at path: String) throws {
    guard Self.isThere(at: path) else {
      throw ProgramError(
        "there is no sweep in '\(path)': it has no sweep.json; name tasks to begin one", .noInput)
    }
    self.path = path
    sweep = try JSONFile.read(Sweep.self, from: Self.description(at: path))
    if access(Self.config(at: path), F_OK) == 0 { config = Self.config(at: path) }
    guard access(Self.servers(at: path), F_OK) == 0 else { return }
    servers = try JSONFile.read(SweepServers.self, from: Self.servers(at: path))
  }

  /// Opens a sweep that was begun as `asked` would be.
  init(begunAs asked: SweepFolder) throws {
    try self.init(at: asked.path)
    let (own, theirs) = (
      try config.map(AnyRunConfiguration.init), try asked.config.map(AnyRunConfiguration.init)
    )
    guard sweep == asked.sweep, own == theirs else {
      throw ProgramError(
        "'\(path)' has another sweep; go on with that one by 'operant sweep --folder \(path)', or "
          + "choose another folder by --folder", .cannotCreate)
    }
  }

  /// Makes the folder.
  mutating func create() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path + "/runs", withIntermediateDirectories: true)
    } catch {
      throw ProgramError("can't make the folder '\(path)/runs'", .cannotCreate)
    }
    if let file = config {
      // The file may be another one when the sweep goes on.
      try AnyRunConfiguration(from: file).write(to: Self.config(at: path))
      config = Self.config(at: path)
    }
    try JSONFile.write(sweep, to: Self.description(at: path))
  }

  /// Remembers the servers.
  func writeServers() throws { try JSONFile.write(servers, to: Self.servers(at: path)) }

  // MARK: Trainings

  func pooled(_ training: SweepTraining) -> PooledTraining {
    let run = runPath(of: training)
    return PooledTraining(
      name: training.name, run: run,
      beginning: training.arguments(run: run, config: config) + servers.arguments,
      resuming: servers.arguments)
  }

  /// How a training ended; nil if it has not come to its end, or its checkpoints are damaged: gone on with,
  /// it mends them or says what is to be done.
  func outcome(of training: SweepTraining) throws -> TrainingOutcome? {
    let run = runPath(of: training)
    guard access(run + "/config.json", F_OK) == 0 else { return nil }
    do {
      guard let outcome = try TrainingOutcome(of: RunFolder.open(at: run)) else { return nil }
      return outcome.isOver ? outcome : nil
    } catch is CheckpointError { return nil }
  }

  /// What tells how a training goes; nil before it has begun.
  func measure(of training: SweepTraining) throws -> ProgressMeasure? {
    let config = runPath(of: training) + "/config.json"
    guard access(config, F_OK) == 0 else { return nil }
    guard try JSONFile.has(["training", "rule"], in: config) else { return .reward }
    return try JSONFile.has(["training", "choices"], in: config) ? .good : .medianError
  }
}

/// A column of `progress.csv` that tells how well a training goes.
enum ProgressMeasure: String {
  /// Per trial, along gradients.
  case reward
  /// Of a hundred trials, by the local rule where actions are amounts.
  case medianError = "median_error"
  /// The fraction of a hundred trials that were answered rightly, by the local rule where actions are
  /// choices.
  case good

  /// A value of it, as `operant train` tells it.
  func words(_ value: Double) -> String {
    switch self {
    case .reward: "reward \(Figures.hundredths(value))"
    case .medianError: "error \(Figures.hundredths(value))"
    case .good: "correct \(Figures.percent(value))"
    }
  }
}
