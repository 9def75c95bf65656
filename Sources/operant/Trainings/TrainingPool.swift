import Console
import Foundation
import Learning
import Runs

/// A training that a pool carries out: an `operant train` of its own, in a run of its own.
struct PooledTraining {
  /// As the progress bar calls it.
  let name: String
  /// The folder of its run.
  let run: String
  /// How `operant` is called to begin it.
  let beginning: [String]
  /// What is added where it goes on: flags that no run remembers.
  var resuming: [String] = []

  var isBegun: Bool { access(run + "/config.json", F_OK) == 0 }

  /// How `operant` is called to begin it, or to go on with it.
  var arguments: [String] {
    isBegun ? ["train", "--resume", run, "--quiet"] + resuming : beginning
  }

  /// How many trials its last validation came after; nil before the first.
  fileprivate var trials: Int? {
    let table = FileManager.default.contents(atPath: run + "/progress.csv") ?? Data()
    let row = String(decoding: table, as: UTF8.self).split(separator: "\n").last
    return row?.split(separator: ",").dropFirst().first.flatMap { Int($0) }
  }
}

/// A training whose process has ended, well or not.
struct EndedTraining {
  let training: PooledTraining
  let ending: ChildProcess.Ending
  /// From the start of the process to its end; nil if the training went on where an earlier one was
  /// interrupted.
  let wallSeconds: Double?
  /// What its processes took of processors, a server of its own included; nil likewise.
  let cpuSeconds: Double?
}

/// Carries out trainings on this machine, several processes at a time.
///
/// What was interrupted goes on where it was; what need not be trained any more is for the caller to
/// leave out.
struct TrainingPool {
  private let jobCount: Int
  private let isQuiet: Bool
  private var bar: ProgressBar
  private var active: [Job] = []

  private struct Job {
    let training: PooledTraining
    let process: ChildProcess
    let start: Double
    let isResumed: Bool
  }

  /// - Parameters:
  ///   - title: of the progress bar.
  ///   - jobCount: how many are trained at a time.
  init(_ title: String, jobCount: Int, isQuiet: Bool) {
    self.jobCount = jobCount
    self.isQuiet = isQuiet
    bar = ProgressBar(title)
  }

  /// - Parameters:
  ///   - done: how many others have come to their end before.
  ///   - conclude: is given each that ends, and returns what a person is told of it. By an error all of
  ///     them are stopped.
  /// - Returns: false if a signal stopped it.
  mutating func carryOut(
    _ trainings: [PooledTraining], besides done: Int = 0,
    _ conclude: (EndedTraining) throws -> String?
  ) throws -> Bool {
    var waiting = trainings
    let total = done + waiting.count
    defer {
      bar.erase()
      // All at once, so that each has the whole time to save what it has.
      for job in active { job.process.signal(SIGTERM) }
      for job in active { job.process.terminate(within: .seconds(20)) }
      active = []
    }
    while !waiting.isEmpty || !active.isEmpty {
      if StopSignal.wasRaised { return false }
      while active.count < jobCount, !waiting.isEmpty {
        active.append(try start(waiting.removeFirst()))
      }
      show(done: total - waiting.count - active.count, of: total)
      // Waits for any of them, and looks up now and then.
      _ = active[0].process.waitForEnd(within: .milliseconds(100))
      for (index, job) in active.enumerated().reversed() {
        guard let ending = job.process.ending else { continue }
        active.remove(at: index)
        let ended = EndedTraining(
          training: job.training, ending: ending,
          wallSeconds: job.isResumed ? nil : secondsOfUptime() - job.start,
          cpuSeconds: job.isResumed ? nil : job.process.cpuSeconds)
        if let line = try conclude(ended) { bar.note(line) }
      }
    }
    return true
  }

  private func start(_ training: PooledTraining) throws -> Job {
    let isResumed = training.isBegun
    let process = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant"), arguments: training.arguments)
    return Job(
      training: training, process: process, start: secondsOfUptime(), isResumed: isResumed)
  }

  private mutating func show(done: Int, of total: Int) {
    guard !isQuiet else { return }
    let names = active.map { job in
      job.training.name + (job.training.trials.map { " \(Figures.grouped($0))" } ?? "")
    }
    bar.show(
      .init(
        fraction: Double(done) / Double(max(1, total)),
        fields: ["\(done) of \(total) trained"] + names))
  }
}
