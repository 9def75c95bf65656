import Console
import Foundation
import Runs

/// A sweep on disk.
///
///     sweeps/noise/
///       sweep.json      what is swept over
///       runs/           a run for each training
///       sweep.csv       what came out, setting by setting
///       curves.csv      how it was learned, setting by setting
///       figures/
///       sweep.sbatch    a job array, where one was asked for
///       log/            what its tasks print
struct SweepFolder {
  let path: String
  let sweep: Sweep

  var table: String { path + "/sweep.csv" }
  var curves: String { path + "/curves.csv" }
  var script: String { path + "/sweep.sbatch" }
  var log: String { path + "/log" }

  func runPath(of training: SweepTraining) -> String { "\(path)/runs/\(training.name)" }

  /// Makes the folder of a sweep, or opens one of the same sweep.
  static func create(at path: String, for sweep: Sweep) throws -> SweepFolder {
    let folder = SweepFolder(path: path, sweep: sweep)
    if access(path + "/sweep.json", F_OK) == 0 {
      guard try JSONFile.read(Sweep.self, from: path + "/sweep.json") == sweep else {
        throw ProgramError(
          "'\(path)' has another sweep; go on with that one by 'operant sweep --folder \(path)', or "
            + "choose another folder by --folder", .cannotCreate)
      }
      return folder
    }
    do {
      try FileManager.default.createDirectory(
        atPath: path + "/runs", withIntermediateDirectories: true)
    } catch {
      throw ProgramError("can't make the folder '\(path)/runs'", .cannotCreate)
    }
    try JSONFile.write(sweep, to: path + "/sweep.json")
    return folder
  }

  static func open(at path: String) throws -> SweepFolder {
    guard access(path + "/sweep.json", F_OK) == 0 else {
      throw ProgramError(
        "there is no sweep in '\(path)': it has no sweep.json; name tasks to begin one", .noInput)
    }
    return SweepFolder(path: path, sweep: try JSONFile.read(Sweep.self, from: path + "/sweep.json"))
  }

  func pooled(_ training: SweepTraining) -> PooledTraining {
    let run = runPath(of: training)
    return PooledTraining(
      name: training.name, run: run, beginning: training.arguments(run: run))
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
}
