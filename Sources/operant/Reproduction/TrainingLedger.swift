import Foundation
import Learning
import Runs

/// `trainings.csv`: the trainings of a reproduction that have come to their end.
struct TrainingLedger {
  private let path: String
  private(set) var records: [TrainingRecord]

  private static let columns = [
    "run", "task", "baseline", "update_limit", "seed", "learned", "trials", "wall_seconds",
    "trials_per_second",
  ]

  /// Reads the table, if there is one.
  init(at path: String) {
    self.path = path
    let text = FileManager.default.contents(atPath: path) ?? Data()
    records = String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst()
      .compactMap(Self.record)
  }

  /// A row, or nil for one that is not whole: its training is looked at again.
  private static func record(_ row: Substring) -> TrainingRecord? {
    let fields = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == columns.count, let baseline = Baseline(rawValue: fields[2]),
      let seed = UInt64(fields[4]), let trials = Int(fields[6])
    else { return nil }
    return TrainingRecord(
      plan: TrainingPlan(
        alias: fields[1], baseline: baseline, seed: seed, updateLimit: Int(fields[3])),
      isLearned: fields[5] == "1", trials: trials, wallSeconds: Double(fields[7]))
  }

  func record(of plan: TrainingPlan) -> TrainingRecord? {
    records.first { $0.plan.name == plan.name }
  }

  /// Adds a record, and writes the table.
  mutating func add(_ record: TrainingRecord) throws {
    records.removeAll { $0.plan.name == record.plan.name }
    records.append(record)
    records.sort { $0.plan.name < $1.plan.name }
    var table = CSVTable(columns: Self.columns)
    for record in records {
      table.append([
        .text(record.plan.name), .text(record.plan.alias), .text(record.plan.baseline.rawValue),
        record.plan.updateLimit.map { .integer($0) } ?? .none, .integer(Int(record.plan.seed)),
        .integer(record.isLearned ? 1 : 0),
        .integer(record.trials), .double(tenths(record.wallSeconds)),
        .double(tenths(record.trialsPerSecond)),
      ])
    }
    try table.write(to: path)
  }

  private func tenths(_ value: Double?) -> Double { value.map { ($0 * 10).rounded() / 10 } ?? .nan }
}
