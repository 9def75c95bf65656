import Console
import Foundation
import Learning
import Runs

/// Trains what is missing, several processes at a time.
///
/// Each training is an `operant train` of its own, in a run of its own; one that was interrupted goes
/// on where it was. What has come to its end is in the ledger and is not trained again.
struct TrainingPool {
  private let folder: String
  private let jobCount: Int
  private let isQuiet: Bool
  private(set) var ledger: TrainingLedger
  private var bar = ProgressBar("training")
  private var active: [Job] = []

  private struct Job {
    let plan: TrainingPlan
    let process: ChildProcess
    let start: Double
    let isResumed: Bool
  }

  /// - Parameters:
  ///   - folder: of the reproduction; runs go to its `runs`.
  ///   - jobCount: how many are trained at a time.
  init(folder: String, jobCount: Int, isQuiet: Bool) {
    self.folder = folder
    self.jobCount = jobCount
    self.isQuiet = isQuiet
    ledger = TrainingLedger(at: folder + "/trainings.csv")
  }

  func runPath(of plan: TrainingPlan) -> String { "\(folder)/runs/\(plan.name)" }

  /// Trains those of `plans` that have not come to their end yet.
  ///
  /// - Returns: false if a signal stopped it.
  mutating func train(_ plans: [TrainingPlan]) throws -> Bool {
    var waiting = plans.filter { !isDone($0) }
    let total = waiting.count
    defer {
      bar.erase()
      for job in active { job.process.terminate(within: .seconds(20)) }
    }
    while !waiting.isEmpty || !active.isEmpty {
      while active.count < jobCount, !waiting.isEmpty {
        active.append(try start(waiting.removeFirst()))
      }
      if StopSignal.wasRaised { return false }
      show(done: total - waiting.count - active.count, of: total)
      // Waits for any of them, and looks up now and then.
      _ = active[0].process.waitForEnd(within: .milliseconds(100))
      for (index, job) in active.enumerated().reversed() {
        guard let ending = job.process.ending else { continue }
        active.remove(at: index)
        try finish(job, ending)
      }
    }
    return true
  }

  private func isDone(_ plan: TrainingPlan) -> Bool {
    guard ledger.record(of: plan) != nil else { return false }
    // Whoever deleted a run wants it trained again.
    return access(runPath(of: plan) + "/config.json", F_OK) == 0
  }

  private func start(_ plan: TrainingPlan) throws -> Job {
    let path = runPath(of: plan)
    let isResumed = access(path + "/config.json", F_OK) == 0
    let process = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant"),
      arguments: isResumed ? ["train", "--resume", path, "--quiet"] : plan.arguments(run: path))
    return Job(plan: plan, process: process, start: secondsOfUptime(), isResumed: isResumed)
  }

  private mutating func finish(_ job: Job, _ ending: ChildProcess.Ending) throws {
    guard ending == .exited(0) else {
      throw ProgramError(
        "the training of \(job.plan.name) failed: \(ending); see what it says: "
          + "operant train --resume \(runPath(of: job.plan))", .software)
    }
    let outcome = try TrainingOutcome(of: RunFolder.open(at: runPath(of: job.plan)))
    let record = TrainingRecord(
      plan: job.plan, isLearned: outcome.isLearned, trials: outcome.trials,
      wallSeconds: job.isResumed ? nil : secondsOfUptime() - job.start,
      cpuSeconds: job.isResumed ? nil : job.process.cpuSeconds)
    try ledger.add(record)
    guard !isQuiet else { return }
    let rate = record.trialsPerSecond.map { ", \(Figures.grouped(Int($0))) trials/s" } ?? ""
    let time = record.wallSeconds.map { " in \(Figures.duration($0))" } ?? ""
    bar.note(
      "\(job.plan.name)  \(record.isLearned ? "learned" : "not learned") "
        // A training of so many trials goes on when the task counts as learned.
        + (job.plan.trials == nil ? "after" : "in")
        + " \(Figures.grouped(record.trials)) trials\(time)\(rate)")
  }

  private mutating func show(done: Int, of total: Int) {
    guard !isQuiet else { return }
    let names = active.map { job in
      let trials = Self.lastTrials(of: runPath(of: job.plan)).map { " \(Figures.grouped($0))" }
      return job.plan.name + (trials ?? "")
    }
    bar.show(
      .init(
        fraction: Double(done) / Double(max(1, total)),
        fields: ["\(done) of \(total) trained"] + names))
  }

  /// How many trials the last validation of a run came after.
  private static func lastTrials(of run: String) -> Int? {
    let table = FileManager.default.contents(atPath: run + "/progress.csv") ?? Data()
    let row = String(decoding: table, as: UTF8.self).split(separator: "\n").last
    return row?.split(separator: ",").dropFirst().first.flatMap { Int($0) }
  }
}

/// How a training ended that is over: whether its best network meets the criterion, and after how many
/// trials.
struct TrainingOutcome {
  let isLearned: Bool
  let trials: Int

  init(of folder: RunFolder) throws {
    let checkpoints = Checkpoints(folder: folder.checkpoints)
    if try folder.isOfLocalRule {
      let configuration = try JSONFile.read(LocalRunConfiguration.self, from: folder.config)
      guard let latest = try checkpoints.latest() else {
        throw ProgramError("the run in '\(folder.path)' has no checkpoint", .noInput)
      }
      let record = try LocalCheckpoint.record(in: latest.contents)
      trials = record.count
      isLearned = configuration.training.criterion?.trial(in: record.judged) != nil
    } else {
      let configuration = try JSONFile.read(RunConfiguration.self, from: folder.config)
      guard let best = try checkpoints.best() else {
        throw ProgramError("the run in '\(folder.path)' has no best network", .noInput)
      }
      let validation = try CheckpointContents.validation(in: best)
      isLearned = configuration.training.isReached(by: validation)
      // One that was not learned has used up its updates.
      trials =
        isLearned
        ? validation.trials
        : configuration.training.updateLimit * configuration.training.trialsPerUpdate
    }
  }
}
