import Analysis
import Gym
import Learning

/// A training that a figure needs.
struct TrainingPlan: Hashable, Sendable {
  /// The task, as the paper calls it.
  let alias: String
  var baseline = Baseline.valueNetwork
  let seed: UInt64
  /// Updates after which it ends, learned or not; nil for the learner's own limit.
  var updateLimit: Int?
  /// What differs from the preset, as `--set` takes it; nil where nothing does.
  var settings: String?
  /// Whether choices are learned by the local rule.
  var isByLocalRule = false
  /// What differs from the experiment's own local rule; nil where nothing does.
  var eligibility: Eligibility?
  var expectation: ErrorExpectation?
  var expectationTime: ExpectationTime?
  /// η
  var learningRate: Double?
  /// Trials to play by the local rule, learned or not.
  var trials: Int?

  /// `mante-s100`, `rdm_fixed-linear-u5000-s97`, `dnms-identity-n2500-s1`: the name of its run.
  var name: String {
    let variants: [String?] = [
      alias, settings, isByLocalRule ? "local" : nil,
      baseline == .valueNetwork ? nil : baseline.rawValue, updateLimit.map { "u\($0)" },
      eligibility?.rawValue, expectation?.rawValue, expectationTime?.rawValue,
      learningRate.map { "x\($0)" },
      trials.map { "n\($0)" }, "s\(seed)",
    ]
    return variants.compactMap(\.self).joined(separator: "-")
  }

  /// How `operant` is called to begin it.
  func arguments(run: String) -> [String] {
    let flags: [(name: String, value: String?)] = [
      ("seed", "\(seed)"), ("set", settings),
      ("baseline", baseline == .valueNetwork ? nil : baseline.rawValue),
      ("update-limit", updateLimit.map { "\($0)" }), ("eligibility", eligibility?.rawValue),
      ("expectation", expectation?.rawValue), ("expectation-time", expectationTime?.rawValue),
      ("learning-rate", learningRate.map { "\($0)" }),
      ("trials", trials.map { "\($0)" }), ("run", run),
    ]
    return ["train", alias, "--quiet"] + (isByLocalRule ? ["--local-rule"] : [])
      + flags.flatMap { flag in flag.value.map { ["--" + flag.name, $0] } ?? [] }
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
  /// What its processes took of processors, a server of its own included; nil if it was interrupted.
  var cpuSeconds: Double?

  /// Trials learned from a second, validations and the start of processes included.
  var trialsPerSecond: Double? { wallSeconds.map { Double(trials) / max($0, 1e-9) } }
}

extension [TrainingRecord] {
  /// How many did not learn.
  var failureCount: Int { count { !$0.isLearned } }

  /// The median of what it took to learn; a network that failed counts as one that never does, here as
  /// in the figures.
  ///
  /// - Parameter measure: trials, or seconds; nil of trainings of which it isn't known.
  /// - Returns: NaN if half of them failed, or there is none.
  func median(_ measure: (TrainingRecord) -> Double?) -> Double {
    let known = filter { measure($0) != nil }
    return medianTime(of: known.map { $0.isLearned ? measure($0) : nil }) ?? .nan
  }
}
