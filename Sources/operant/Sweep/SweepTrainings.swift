import Console
import Runs

/// Carries out a sweep's trainings on this machine.
///
/// What has come to its end is left alone; a training that fails does not keep the others from theirs.
struct SweepTrainings {
  private let folder: SweepFolder
  private(set) var failed: [String] = []

  init(_ folder: SweepFolder) { self.folder = folder }

  /// - Returns: false if a signal stopped it.
  mutating func train(jobCount: Int, isQuiet: Bool) throws -> Bool {
    let all = folder.sweep.trainings
    let waiting = try all.filter { try folder.outcome(of: $0) == nil }
    if !waiting.isEmpty { try folder.servers.expectAnswer() }
    let trainingOfRun = Dictionary(
      uniqueKeysWithValues: waiting.map { (folder.runPath(of: $0), $0) })
    var pool = TrainingPool("sweep", jobCount: jobCount, isQuiet: isQuiet)
    return try pool.carryOut(
      waiting.map(folder.pooled), besides: all.count - waiting.count
    ) { ended in
      guard let training = trainingOfRun[ended.training.run] else {
        preconditionFailure("the sweep has no training in \(ended.training.run)")
      }
      guard ended.ending == .exited(0), let outcome = try folder.outcome(of: training) else {
        failed.append(training.name)
        return "\(training.name)  failed: \(ended.ending); see what it says: operant "
          + ended.training.arguments.joined(separator: " ")
      }
      return isQuiet ? nil : "\(training.name)  \(Self.words(for: outcome)) trials"
    }
  }

  private static func words(for outcome: TrainingOutcome) -> String {
    if let trials = outcome.trialsToCriterion { return "learned after \(Figures.grouped(trials))" }
    return (outcome.hasCriterion ? "not learned in " : "trained for ")
      + Figures.grouped(outcome.trials)
  }
}
