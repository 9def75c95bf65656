import Console
import Foundation
import Runs

/// The trainings of a reproduction.
///
/// What has come to its end is in the ledger and is not trained again.
struct ReproductionTrainings {
  private let folder: String
  private(set) var ledger: TrainingLedger

  /// - Parameter folder: of the reproduction; runs go to its `runs`.
  init(folder: String) {
    self.folder = folder
    ledger = TrainingLedger(at: folder + "/trainings.csv")
  }

  func runPath(of plan: TrainingPlan) -> String { "\(folder)/runs/\(plan.name)" }

  /// Trains those of `plans` that have not come to their end yet; one that fails stops the others.
  ///
  /// - Returns: false if a signal stopped it.
  mutating func train(_ plans: [TrainingPlan], jobCount: Int, isQuiet: Bool) throws -> Bool {
    let waiting = plans.filter { !isDone($0) }
    let planOfRun = Dictionary(uniqueKeysWithValues: waiting.map { (runPath(of: $0), $0) })
    var pool = TrainingPool("training", jobCount: jobCount, isQuiet: isQuiet)
    return try pool.carryOut(waiting.map(pooled)) { ended in
      guard let plan = planOfRun[ended.training.run] else {
        preconditionFailure("nobody asked for the training in \(ended.training.run)")
      }
      let record = try record(of: plan, ended)
      try ledger.add(record)
      return isQuiet ? nil : line(of: record)
    }
  }

  private func isDone(_ plan: TrainingPlan) -> Bool {
    // Whoever deleted a run wants it trained again.
    ledger.record(of: plan) != nil && pooled(plan).isBegun
  }

  private func pooled(_ plan: TrainingPlan) -> PooledTraining {
    let run = runPath(of: plan)
    return PooledTraining(name: plan.name, run: run, beginning: plan.arguments(run: run))
  }

  private func record(of plan: TrainingPlan, _ ended: EndedTraining) throws -> TrainingRecord {
    let run = ended.training.run
    guard ended.ending == .exited(0) else {
      throw ProgramError(
        "the training of \(plan.name) failed: \(ended.ending); see what it says: "
          + "operant train --resume \(run)", .software)
    }
    guard let outcome = try TrainingOutcome(of: RunFolder.open(at: run)) else {
      throw ProgramError("the run in '\(run)' has no checkpoint, or no best network", .noInput)
    }
    return TrainingRecord(
      plan: plan, isLearned: outcome.isLearned, trials: outcome.trials,
      wallSeconds: ended.wallSeconds, cpuSeconds: ended.cpuSeconds)
  }

  private func line(of record: TrainingRecord) -> String {
    let rate = record.trialsPerSecond.map { ", \(Figures.grouped(Int($0))) trials/s" } ?? ""
    let time = record.wallSeconds.map { " in \(Figures.duration($0))" } ?? ""
    return "\(record.plan.name)  \(record.isLearned ? "learned" : "not learned") "
      // A training of so many trials goes on when the task counts as learned.
      + (record.plan.trials == nil ? "after" : "in")
      + " \(Figures.grouped(record.trials)) trials\(time)\(rate)"
  }
}
