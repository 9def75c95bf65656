import Analysis
import Learning
import Runs

/// Miconi 2017. Figures bear the paper's names, in small letters; those that it does not have are named
/// for what they show.
let miconi2017 = Paper(
  name: "miconi2017", reference: "Miconi, eLife 6:e20899 (2017)",
  figures: [
    delayedNonMatchCurve, decodingFigure, scalingFigure, longDelayCurve, variableDelayCurve,
    excitatoryInhibitoryCurve, selectiveIntegrationCurve, psychometricBoxes, regressionSubspace,
    armCurve, relaxationFigure, gradientFigure, variantsFigure,
  ])

/// An experiment of the paper.
struct LocalExperiment: Sendable {
  let alias: String
  /// Trials of each network, learned or not.
  let trials: Int
  /// Networks at most: some take their time.
  var most = 20

  static let delayedNonMatch = LocalExperiment(alias: "dnms", trials: 10_000)
  static let longDelay = LocalExperiment(alias: "dnms_long_delay", trials: 10_000, most: 5)
  static let variableDelay = LocalExperiment(alias: "dnms_variable_delay", trials: 30_000, most: 6)
  static let excitatoryInhibitory = LocalExperiment(
    alias: "dnms_excitatory_inhibitory", trials: 20_000, most: 3)
  static let selectiveIntegration = LocalExperiment(
    alias: "selective_integration", trials: 20_000, most: 5)
  static let armReaching = LocalExperiment(alias: "arm_reaching", trials: 5000, most: 5)

  /// Networks of seeds 1, 2, …
  func plans(_ count: Int) -> [TrainingPlan] {
    (1...UInt64(min(count, most))).map { TrainingPlan(alias: alias, seed: $0, trials: trials) }
  }
}

extension Laboratory {
  /// What networks learned, [network][trial]; and when they met the criterion.
  func learning(of plans: [TrainingPlan]) throws -> (errors: [[Double]], times: [Int?]) {
    let subjects = try plans.map(localSubject)
    return (subjects.map(\.record.errors), subjects.map(\.learnedAt))
  }

  /// Writes the quartiles of errors over networks, trial by trial, and when each met the criterion.
  func writeCurve(
    of plans: [TrainingPlan], errors: [[Double]], times: [Int?]?, as name: String
  ) throws {
    var table = CSVTable(columns: ["trial", "lower_quartile", "median", "upper_quartile"])
    for row in quartileRows(of: errors) { table.append(row) }
    try write(table, as: name)
    guard let times else { return }
    var criterion = CSVTable(columns: ["run", "criterion_trial"])
    for (plan, time) in zip(plans, times) {
      criterion.append([.text(plan.name), time.map { .integer($0) } ?? .none])
    }
    try write(criterion, as: name + "-criterion")
  }
}

/// Learning curves of several kinds in one table.
struct ComparedCurves {
  private(set) var table: CSVTable

  /// - Parameter column: what tells kinds apart.
  init(by column: String) {
    table = CSVTable(columns: [column, "trial", "lower_quartile", "median", "upper_quartile"])
  }

  /// Adds the curve of a kind.
  ///
  /// - Parameters:
  ///   - errors: [network][trial], or [network][window of trials].
  ///   - window: how many trials there are to an error.
  mutating func append(_ errors: [[Double]], of kind: String, everyTrials window: Int = 1) {
    for row in quartileRows(of: errors, everyTrials: window) {
      table.append([.text(kind)] + row)
    }
  }
}

/// Trial, the last of its window, and quartiles of errors over networks.
private func quartileRows(
  of errors: [[Double]], everyTrials window: Int = 1
) -> [[CSV.Value]] {
  var curve = LearningCurve()
  for errors in errors { curve.add(errors) }
  let quartiles = curve.quantiles([0.25, 0.5, 0.75])
  return (0..<curve.trialCount).map { trial in
    [.integer((trial + 1) * window - 1)] + quartiles.map { .single(Float($0[trial])) }
  }
}
