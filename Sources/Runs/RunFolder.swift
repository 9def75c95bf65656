import Foundation
import Synchronization

/// A run on disk: everything one training wrote, and nothing that two equal runs would not share.
///
///     runs/rdm_fixed-s97/
///       config.json                    the resolved configuration
///       progress.csv                   one row per validation
///       events.out.tfevents.0.operant  the same for TensorBoard
///       checkpoints/                   what it takes to go on
///       trials.csv                     one row per trial of an evaluation
///       figures/
///
/// Whoever writes holds the run's lock, until `unlock()` or the end of the process.
public struct RunFolder: Sendable {
  /// The folder itself.
  public let path: String

  /// The resolved configuration.
  public var config: String { path + "/config.json" }
  /// One row per validation.
  public var progress: String { path + "/progress.csv" }
  /// The same for TensorBoard.
  public var events: String { path + "/" + EventFile.name }
  /// What it takes to go on.
  public var checkpoints: String { path + "/checkpoints" }
  /// One row per trial of an evaluation.
  public var trials: String { path + "/trials.csv" }
  /// Pictures; made by whoever draws them.
  public var figures: String { path + "/figures" }

  /// Where a run is kept unless someone wants it elsewhere: `runs/<task>-s<seed>`.
  public static func usualPath(task: String, seed: UInt64) -> String { "runs/\(task)-s\(seed)" }

  /// Makes the folder of a new run, and takes its lock.
  ///
  /// - Throws: `RunFolderError` if a run is there already, or anything else.
  public static func create(at path: String) throws -> RunFolder {
    try createFolder(path)
    // Not even a lock is left in a folder that is somebody else's.
    if !hasRun(path) { try expectFresh(path) }
    try lock(path)
    do {
      try expectFresh(path)
      try AtomicFile.sweep(path)
      try createFolder(path + "/checkpoints")
    } catch {
      RunFolder(path: path).unlock()
      throw error
    }
    return RunFolder(path: path)
  }

  private static func expectFresh(_ path: String) throws {
    // Before anything else in it is looked at: what a run consists of is no reason of its own.
    if hasRun(path) { throw RunFolderError.exists(path) }
    for name in try namesInFolder(path) where name != lockName && !AtomicFile.isLeftover(name) {
      // A run that was stopped before it wrote its configuration had begun nothing.
      let isEmptyCheckpoints =
        name == "checkpoints" && (try? namesInFolder(path + "/" + name)) == []
      guard isEmptyCheckpoints else { throw RunFolderError.notEmpty(path, name) }
    }
  }

  /// Opens a run to go on with it, and takes its lock.
  public static func resume(at path: String) throws -> RunFolder {
    try expectRun(at: path)
    try lock(path)
    let run = RunFolder(path: path)
    do {
      try createFolder(run.checkpoints)
      try AtomicFile.sweep(run.path)
      try AtomicFile.sweep(run.checkpoints)
    } catch {
      run.unlock()
      throw error
    }
    return run
  }

  /// Opens a run to look at, be it while another process writes it.
  public static func open(at path: String) throws -> RunFolder {
    try expectRun(at: path)
    return RunFolder(path: path)
  }

  /// Lets others write the run.
  public func unlock() {
    heldLocks.withLock { locks in
      locks[path]?.unlock()
      locks[path] = nil
    }
  }

  private static let lockName = ".lock"

  private static func expectRun(at path: String) throws {
    guard hasRun(path) else { throw RunFolderError.none(path) }
  }

  private static func hasRun(_ path: String) -> Bool {
    access(path + "/config.json", F_OK) == 0
  }

  private static func lock(_ path: String) throws {
    let file = try OpenFile(path + "/" + lockName, .append)
    guard try file.lock() else { throw RunFolderError.inUse(path) }
    heldLocks.withLock { $0[path] = file }
  }
}

/// The locks this process holds. A value that was dropped early must not give up a run that is still
/// being written.
private let heldLocks = Mutex<[String: OpenFile]>([:])

/// A folder that doesn't serve as the run it was meant to be.
public enum RunFolderError: Error, Equatable, CustomStringConvertible {
  case exists(String)
  case notEmpty(String, String)
  case inUse(String)
  case none(String)

  public var description: String {
    switch self {
    case .exists(let path):
      "there is a run in '\(path)' already; go on with it by '--resume \(path)', or choose another folder"
    case .notEmpty(let path, let name):
      "'\(path)' is not empty: it has '\(name)', and no config.json; choose another folder"
    case .inUse(let path):
      "another process is writing the run in '\(path)'; wait for it, or choose another folder"
    case .none(let path):
      "there is no run in '\(path)': it has no config.json"
    }
  }
}
