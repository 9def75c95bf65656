import Learning

/// A training that a figure needs.
struct TrainingPlan: Hashable, Sendable {
  /// The task, as the paper calls it.
  let alias: String
  var baseline = Baseline.valueNetwork
  let seed: UInt64
  /// Updates after which it ends, learned or not; nil for the learner's own limit.
  var updateLimit: Int?

  /// `mante-s100`, `rdm_fixed-linear-u5000-s97`: the name of its run.
  var name: String {
    alias + (baseline == .valueNetwork ? "" : "-\(baseline.rawValue)")
      + (updateLimit.map { "-u\($0)" } ?? "") + "-s\(seed)"
  }

  /// How `operant` is called to begin it.
  func arguments(run: String) -> [String] {
    ["train", alias, "--seed", "\(seed)", "--baseline", baseline.rawValue, "--run", run, "--quiet"]
      + (updateLimit.map { ["--update-limit", "\($0)"] } ?? [])
  }
}

/// How a training ended.
struct TrainingRecord: Equatable, Sendable {
  let plan: TrainingPlan
  let isLearned: Bool
  /// Trials that were learned from.
  let trials: Int
  /// Of validations not counted, from the start of the process to its end; nil if it was interrupted.
  let wallSeconds: Double?

  /// Trials learned from a second, validations and the start of processes included.
  var trialsPerSecond: Double? { wallSeconds.map { Double(trials) / max($0, 1e-9) } }
}
