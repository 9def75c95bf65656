import Gym
import Learning
import Runs

/// `trainings.csv`: the trainings of a reproduction that have come to their end.
struct TrainingLedger {
  private let path: String
  private(set) var records: [TrainingRecord]

  private static let columns = [
    "run", "task", "baseline", "update_limit", "seed", "learned", "trials", "wall_seconds",
    "trials_per_second", "eligibility", "expectation", "learning_rate", "trials_asked",
    "expectation_time", "settings", "local_rule", "cpu_seconds",
  ]

  /// Reads the table, if there is one.
  init(at path: String) {
    self.path = path
    records = CSVReader(path: path).rows.compactMap(Self.record)
  }

  /// A row, or nil for one that is not whole: its training is looked at again.
  private static func record(_ row: [String: String]) -> TrainingRecord? {
    guard let alias = row["task"], let baseline = row["baseline"].flatMap(Baseline.init),
      let seed = row["seed"].flatMap({ UInt64($0) }),
      let trials = row["trials"].flatMap({ Int($0) })
    else { return nil }
    return TrainingRecord(
      plan: TrainingPlan(
        alias: alias, baseline: baseline, seed: seed,
        updateLimit: row["update_limit"].flatMap { Int($0) },
        settings: row["settings"].flatMap { $0.isEmpty ? nil : $0 },
        isByLocalRule: row["local_rule"] == "1",
        eligibility: row["eligibility"].flatMap(Eligibility.init),
        expectation: row["expectation"].flatMap(ErrorExpectation.init),
        expectationTime: row["expectation_time"].flatMap(ExpectationTime.init),
        learningRate: row["learning_rate"].flatMap { Double($0) },
        trials: row["trials_asked"].flatMap { Int($0) }),
      isLearned: row["learned"] == "1", trials: trials,
      wallSeconds: row["wall_seconds"].flatMap { Double($0) },
      cpuSeconds: row["cpu_seconds"].flatMap { Double($0) })
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
    for record in records { table.append(row(of: record)) }
    try table.write(to: path)
  }

  private func row(of record: TrainingRecord) -> [CSV.Value] {
    let plan = record.plan
    func text(_ value: String?) -> CSV.Value { value.map { .text($0) } ?? .none }
    func integer(_ value: Int?) -> CSV.Value { value.map { .integer($0) } ?? .none }
    return [
      .text(plan.name), .text(plan.alias), .text(plan.baseline.rawValue),
      integer(plan.updateLimit), .integer(Int(plan.seed)), .integer(record.isLearned ? 1 : 0),
      .integer(record.trials), .double(tenths(record.wallSeconds)),
      .double(tenths(record.trialsPerSecond)), text(plan.eligibility?.rawValue),
      text(plan.expectation?.rawValue), plan.learningRate.map { .double($0) } ?? .none,
      integer(plan.trials), text(plan.expectationTime?.rawValue), text(plan.settings),
      .integer(plan.isByLocalRule ? 1 : 0), .double(tenths(record.cpuSeconds)),
    ]
  }

  private func tenths(_ value: Double?) -> Double { value.map { ($0 * 10).rounded() / 10 } ?? .nan }
}
