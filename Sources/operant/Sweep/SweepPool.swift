import Console
import Foundation
import Runs

/// Carries out a sweep's trainings on this machine, several processes at a time.
///
/// Each is an `operant train` of its own. What has come to its end is left alone, what was interrupted
/// goes on; a training that fails does not keep the others from theirs.
struct SweepPool {
  private let folder: SweepFolder
  private let jobCount: Int
  private let isQuiet: Bool
  private var bar = ProgressBar("sweep")
  private var active: [(training: SweepTraining, process: ChildProcess)] = []
  private(set) var failed: [String] = []

  init(_ folder: SweepFolder, jobCount: Int, isQuiet: Bool) {
    self.folder = folder
    self.jobCount = jobCount
    self.isQuiet = isQuiet
  }

  /// - Returns: false if a signal stopped it.
  mutating func run() throws -> Bool {
    let all = folder.sweep.trainings
    var waiting = try all.filter { try folder.outcome(of: $0) == nil }
    defer {
      bar.erase()
      // All at once, so that each has the whole time to save what it has.
      for job in active { job.process.signal(SIGTERM) }
      for job in active { job.process.terminate(within: .seconds(20)) }
    }
    while !waiting.isEmpty || !active.isEmpty {
      if StopSignal.wasRaised { return false }
      while active.count < jobCount, !waiting.isEmpty {
        let training = waiting.removeFirst()
        let process = try ChildProcess(
          ChildProcess.siblingProgram(named: "operant"),
          arguments: folder.arguments(for: training))
        active.append((training, process))
      }
      show(done: all.count - waiting.count - active.count, of: all.count)
      // Waits for any of them, and looks up now and then.
      _ = active[0].process.waitForEnd(within: .milliseconds(100))
      for (index, job) in active.enumerated().reversed() {
        guard let ending = job.process.ending else { continue }
        active.remove(at: index)
        try tell(job.training, ending)
      }
    }
    return true
  }

  private mutating func tell(_ training: SweepTraining, _ ending: ChildProcess.Ending) throws {
    guard ending == .exited(0), let outcome = try folder.outcome(of: training) else {
      failed.append(training.name)
      bar.note(
        "\(training.name)  failed: \(ending); see what it says: operant "
          + folder.arguments(for: training).joined(separator: " "))
      return
    }
    guard !isQuiet else { return }
    bar.note(
      "\(training.name)  \(outcome.isLearned ? "learned after" : "not learned in") "
        + "\(Figures.grouped(outcome.trials)) trials")
  }

  private mutating func show(done: Int, of total: Int) {
    guard !isQuiet else { return }
    bar.show(
      .init(
        fraction: Double(done) / Double(max(1, total)),
        fields: ["\(done) of \(total) trained"] + active.map(\.training.name)))
  }
}
