import Analysis
import Console
import Foundation
import Runs

/// What came out of a sweep, setting by setting.
struct SweepSummary {
  private let folder: SweepFolder
  private let rows: [Row]
  /// Trainings that have not come to their end.
  let unfinished: Int

  private struct Row {
    let setting: SweepSetting
    let outcomes: [TrainingOutcome]
    /// Nil where none has begun.
    let measure: ProgressMeasure?
    /// Of each training that has begun.
    let curves: [LearningCurve]

    /// How many learned; nil where there is no criterion to be met.
    var learned: Int? {
      outcomes.contains { !$0.hasCriterion } ? nil : outcomes.count { $0.isLearned }
    }

    /// A quantile of the trials it took to learn; a network that failed counts as one that never does.
    ///
    ///     Q_p(t₁ … tₙ),   tᵢ = ∞ where it was not learned
    ///
    /// NaN where that is infinite, or there is none.
    func trials(_ fraction: Double) -> Double {
      guard !outcomes.isEmpty else { return .nan }
      let quantile = quantile(
        fraction, of: outcomes.map { $0.trialsToCriterion.map(Double.init) ?? .infinity })
      return quantile.isFinite ? quantile : .nan
    }

    /// The median of what was measured last in each training; NaN where nothing was.
    var last: Double {
      let values = curves.compactMap { $0.points.last?.value }
      return values.isEmpty ? .nan : median(of: values)
    }
  }

  /// What was measured of a training as it went.
  private struct LearningCurve {
    let points: [(trials: Int, value: Double)]

    init(of measure: ProgressMeasure, in run: String) {
      points = CSVReader(path: run + "/progress.csv").rows.compactMap { row in
        guard let trials = row["trials"].flatMap({ Int($0) }),
          let value = row[measure.rawValue].flatMap({ Double($0) })
        else { return nil }
        return (trials, value)
      }
    }
  }

  /// Looks at what there is.
  init(of folder: SweepFolder) throws {
    self.folder = folder
    rows = try folder.sweep.settings.map { setting in
      let trainings = folder.sweep.seeds.map { SweepTraining(setting: setting, seed: $0) }
      let measure = try trainings.lazy.compactMap { try folder.measure(of: $0) }.first
      return Row(
        setting: setting, outcomes: try trainings.compactMap { try folder.outcome(of: $0) },
        measure: measure,
        curves: measure.map { measure in
          trainings.map { LearningCurve(of: measure, in: folder.runPath(of: $0)) }
            .filter { !$0.points.isEmpty }
        } ?? [])
    }
    unfinished = folder.sweep.trainings.count - rows.reduce(0) { $0 + $1.outcomes.count }
  }

  /// For a person, a line a setting.
  var lines: [String] {
    func counted(_ trials: Double) -> String {
      trials.isNaN ? "–" : Figures.grouped(Int(trials.rounded()))
    }
    let table =
      [["setting", "learned", "median trials", "quartiles", "at last"]]
      + rows.map { row in
        [
          row.setting.name, "\(row.learned.map(String.init) ?? "–") of \(row.outcomes.count)",
          counted(row.trials(0.5)), "\(counted(row.trials(0.25))) to \(counted(row.trials(0.75)))",
          row.measure?.words(row.last) ?? "–",
        ]
      }
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max()! }
    return table.map { fields in
      zip(fields, widths).enumerated().map { column, field in
        let spaces = String(repeating: " ", count: field.1 - field.0.count)
        return column == 0 ? field.0 + spaces : spaces + field.0
      }.joined(separator: "  ")
    }
  }

  /// Writes `sweep.csv` and `curves.csv`.
  func write() throws {
    var table = CSVTable(columns: [
      "setting", "task", "trained", "learned", "median_trials", "lower_quartile_trials",
      "upper_quartile_trials", "measure", "last",
    ])
    for row in rows {
      table.append([
        .text(row.setting.name), .text(row.setting.task), .integer(row.outcomes.count),
        row.learned.map { .integer($0) } ?? .none, .double(row.trials(0.5)),
        .double(row.trials(0.25)), .double(row.trials(0.75)),
        row.measure.map { .text($0.rawValue) } ?? .none, .double(row.last),
      ])
    }
    try table.write(to: folder.table)
    var curves = CSVTable(columns: [
      "setting", "task", "measure", "trials", "lower_quartile", "median", "upper_quartile", "runs",
    ])
    for row in rows { add(row, to: &curves) }
    try curves.write(to: folder.curves)
  }

  /// A learning curve over the seeds of a setting.
  ///
  ///     Q_p(n) = quantile p of { yᵢ at the last validation of run i up to n trials }
  ///
  /// A run that has ended stays where it was: its network learns no more.
  private func add(_ row: Row, to table: inout CSVTable) {
    guard let measure = row.measure else { return }
    for trials in Set(row.curves.flatMap { $0.points.map(\.trials) }).sorted() {
      let values = row.curves.compactMap { curve in
        curve.points.last { $0.trials <= trials }?.value
      }
      table.append([
        .text(row.setting.name), .text(row.setting.task), .text(measure.rawValue),
        .integer(trials), .double(quantile(0.25, of: values)), .double(quantile(0.5, of: values)),
        .double(quantile(0.75, of: values)), .integer(values.count),
      ])
    }
  }
}
