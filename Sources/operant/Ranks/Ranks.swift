import Console
import Foundation
import Learning
import Runs

/// The processes that a launcher such as mpirun or srun started to train together, or this one alone.
final class Ranks {
  let team: any Team
  private var othersHaveBegun = false

  /// - Parameter deadline: How long ranks wait for each other, in seconds.
  init(deadline: Int) throws {
    let count = Self.launchedCount(ProcessInfo.processInfo.environment)
    team = count > 1 ? try MPITeam(launchedCount: count, deadline: deadline) : Solo()
  }

  /// How many processes were started as one job. With `OPERANT_MPI=none` each is a job of its own.
  private static func launchedCount(_ environment: [String: String]) -> Int {
    guard environment["OPERANT_MPI"] != "none" else { return 1 }
    // Open MPI, MPICH and its kin, MVAPICH, Slurm.
    let names = [
      "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS",
    ]
    return names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first ?? 1
  }

  /// Whether this process decides, writes and prints; the others follow it.
  var isFirst: Bool { team.rank == 0 }

  /// - Throws: `ProgramError` if this many ranks can't share the training.
  func check(_ training: Hyperparameters) throws {
    guard team.size > 1, !training.shards.isMultiple(of: team.size) else { return }
    throw ProgramError(
      "\(training.shards == 1 ? "1 shard" : "\(training.shards) shards") can't be shared by "
        + "\(team.size) ranks; a new run takes '--shards 16', which 2, 4, 8 and 16 ranks can share",
      .usage)
  }

  /// - Throws: `ProgramError` if there are other ranks.
  func expectAlone(_ what: String) throws {
    guard team.size > 1 else { return }
    throw ProgramError(
      "\(what) is trained by one process, and \(team.size) were started; start one, or set "
        + "OPERANT_MPI=none to have each train a run of its own", .usage)
  }

  // MARK: The beginning

  /// What rank 0 tells the others before the first update.
  private struct Opening: Codable {
    /// Nil if there will be no training.
    var configuration: RunConfiguration?
  }

  /// Tells the other ranks what is trained and from where, and waits until they are ready.
  func open(_ configuration: RunConfiguration, from snapshot: Snapshot) throws {
    guard team.size > 1 else { return }
    othersHaveBegun = true
    _ = try team.spread(Array(JSONEncoder().encode(Opening(configuration: configuration))))
    _ = try team.spread(CheckpointContents(snapshot, measures: []).tensors().encoded())
    guard try team.isUnanimous(true) else {
      throw ProgramError("another rank can't begin, and says why", .unavailable)
    }
  }

  /// Tells ranks that wait for `open` that nothing will come, and leaves them.
  ///
  /// They end well: a launcher that saw one fail would end this one before it has said why.
  func dismiss() throws {
    guard team.size > 1, isFirst, !othersHaveBegun else { return }
    _ = try team.spread(Array(JSONEncoder().encode(Opening())))
    finish()
  }

  /// What another rank hears from rank 0.
  enum Call {
    case train(RunConfiguration, checkpoint: [UInt8])
    case end
  }

  /// Waits for `open` or `dismiss`.
  func awaitCall() throws -> Call {
    let opening = try JSONDecoder().decode(Opening.self, from: Data(team.spread([])))
    guard let configuration = opening.configuration else { return .end }
    return .train(configuration, checkpoint: try team.spread([]))
  }

  // MARK: The end

  /// What to end with after a stop: what the signal says that any rank got.
  func stopCode() throws -> ExitCode {
    let signal = try team.largest(of: Int(StopSignal.raised?.rawValue ?? 0))
    return StopSignal(rawValue: Int32(signal))?.exitCode ?? .success
  }

  /// Leaves the others when all is done.
  func finish() { (team as? MPITeam)?.finish() }
}
