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

    var learned: Int { outcomes.count { $0.isLearned } }

    /// A quantile of the trials it took to learn; a network that failed counts as one that never does.
    ///
    ///     Q_p(t₁ … tₙ),   tᵢ = ∞ where it was not learned
    ///
    /// NaN where that is infinite, or there is none.
    func trials(_ fraction: Double) -> Double {
      guard !outcomes.isEmpty else { return .nan }
      let quantile = quantile(
        fraction, of: outcomes.map { $0.isLearned ? Double($0.trials) : .infinity })
      return quantile.isFinite ? quantile : .nan
    }
  }

  /// Looks at what there is.
  init(of folder: SweepFolder) throws {
    self.folder = folder
    rows = try folder.sweep.settings.map { setting in
      Row(
        setting: setting,
        outcomes: try folder.sweep.seeds.compactMap {
          try folder.outcome(of: SweepTraining(setting: setting, seed: $0))
        })
    }
    unfinished = folder.sweep.trainings.count - rows.reduce(0) { $0 + $1.outcomes.count }
  }

  /// For a person, a line a setting.
  var lines: [String] {
    func counted(_ trials: Double) -> String {
      trials.isNaN ? "–" : Figures.grouped(Int(trials.rounded()))
    }
    let table =
      [["setting", "learned", "median trials", "quartiles"]]
      + rows.map { row in
        [
          row.setting.name, "\(row.learned) of \(row.outcomes.count)", counted(row.trials(0.5)),
          "\(counted(row.trials(0.25))) to \(counted(row.trials(0.75)))",
        ]
      }
    let widths = (0..<4).map { column in table.map { $0[column].count }.max()! }
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
      "upper_quartile_trials",
    ])
    for row in rows {
      table.append([
        .text(row.setting.name), .text(row.setting.task), .integer(row.outcomes.count),
        .integer(row.learned), .double(row.trials(0.5)), .double(row.trials(0.25)),
        .double(row.trials(0.75)),
      ])
    }
    try table.write(to: folder.table)
    var curves = CSVTable(columns: [
      "setting", "task", "measure", "trials", "lower_quartile", "median", "upper_quartile", "runs",
    ])
    for setting in folder.sweep.settings { add(setting, to: &curves) }
    try curves.write(to: folder.curves)
  }

  /// A learning curve over the seeds of a setting.
  ///
  ///     Q_p(n) = quantile p of { yᵢ at the last validation of run i up to n trials }
  ///
  /// A run that has ended stays where it was: its network learns no more.
  private func add(_ setting: SweepSetting, to curves: inout CSVTable) {
    let tables = folder.sweep.seeds.map { seed in
      CSVReader(
        path: folder.runPath(of: SweepTraining(setting: setting, seed: seed)) + "/progress.csv"
      ).rows
    }
    let isOfErrors = tables.contains { $0.first?["median_error"] != nil }
    let measure = isOfErrors ? "median_error" : "reward"
    let runs = tables.map { rows in
      rows.compactMap { row -> (trials: Int, value: Double)? in
        guard let trials = row["trials"].flatMap({ Int($0) }),
          let value = row[measure].flatMap({ Double($0) })
        else { return nil }
        return (trials, value)
      }
    }.filter { !$0.isEmpty }
    for trials in Set(runs.flatMap { $0.map(\.trials) }).sorted() {
      let values = runs.compactMap { run in run.last { $0.trials <= trials }?.value }
      curves.append([
        .text(setting.name), .text(setting.task), .text(measure), .integer(trials),
        .double(quantile(0.25, of: values)), .double(quantile(0.5, of: values)),
        .double(quantile(0.75, of: values)), .integer(values.count),
      ])
    }
  }
}
