import Console
import Foundation
import Learning

/// Ranks that talk over MPI.
///
/// One that waits in vain ends its process: whatever has become of the others, all that can be done is to
/// go on from the last checkpoint, and nothing of this process is needed for that.
final class MPITeam: Team {
  let rank: Int
  let size: Int
  private let library: MPILibrary
  /// How long the others may be silent, in seconds.
  private let deadline: Double

  /// Meets the ranks a launcher started.
  ///
  /// - Parameter launchedCount: How many those are, as its variables tell.
  init(launchedCount: Int, deadline: Int) throws {
    library = try MPILibrary.load()
    self.deadline = Double(deadline)
    // Ranks are started one after the other, and MPI has files to load on each of them.
    guard library.start(within: max(self.deadline, 60)) == .done else {
      throw ProgramError("MPI refuses to start; what it printed says why", .unavailable)
    }
    (rank, size) = (library.rank, library.size)
    guard size == launchedCount else {
      throw ProgramError(
        "\(launchedCount) processes were started, and MPI knows of \(size); start them by the launcher "
          + "of the MPI that deploy/mpi/operant_mpi.c was compiled with, under Slurm for "
          + "instance by 'srun --mpi=pmix'", .usage)
    }
  }

  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) {
    expect(library.send(bytes, to: rank, within: deadline), "for rank \(rank) to take a message")
  }

  func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) {
    expect(
      library.receive(into: bytes, from: rank, within: deadline), "for a message of rank \(rank)")
  }

  /// Leaves MPI together with the others.
  func finish() { expect(library.finish(within: deadline), "for the end of MPI") }

  private func expect(_ answer: MPILibrary.Answer, _ what: String) {
    let fate: String
    switch answer {
    case .done: return
    case .late: fate = "waited \(Int(deadline)) s in vain \(what)"
    case .refused: fate = "can't wait \(what): MPI has lost it"
    }
    writeToStandardError(
      "operant: rank \(rank) \(fate); start all ranks again with '--resume RUN'\n")
    // What MPI, servers and threads would still like to say might never end.
    endAtOnce(with: .temporary)
  }
}
