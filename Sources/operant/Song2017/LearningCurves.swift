import Console
import Runs

/// How networks learned a task: the validations of every run, and after how many trials each met the
/// criterion.
///
/// - Parameter most: how many networks there are at most, of a task that takes its time.
func learningCurves(
  _ name: String, _ title: String, _ aliases: [String], most: Int = .max
) -> PaperFigure {
  PaperFigure(
    name: name, title: title,
    plans: { count in aliases.flatMap { Subjects.all($0, count: min(count, most)) } },
    make: { laboratory in
      try aliases.map { alias in
        let plans = Subjects.all(alias, count: min(laboratory.seedCount, most))
        try writeCurves(of: plans, as: "\(name)-\(alias)", laboratory)
        return try criterionFinding(alias, plans, laboratory)
      }
    })
}

/// Writes the validations of several runs as one table.
func writeCurves(of plans: [TrainingPlan], as name: String, _ laboratory: Laboratory) throws {
  var table = CSVTable(columns: [
    "run", "baseline", "seed", "trials", "reward", "decided", "correct", "opted_out",
  ])
  for plan in plans {
    let progress = try CSVReader(path: laboratory.run(of: plan).progress)
    for row in progress.rows {
      table.append(
        [.text(plan.name), .text(plan.baseline.rawValue), .integer(Int(plan.seed))]
          + ["trials", "reward", "decided", "correct", "opted_out"].map {
            .double(row[$0].flatMap { Double($0) } ?? .nan)
          })
    }
  }
  try laboratory.write(table, as: name)
}

/// Whether every network met the criterion, and after how many trials.
func criterionFinding(
  _ name: String, _ plans: [TrainingPlan], _ laboratory: Laboratory
) throws -> Finding {
  let records = plans.compactMap { plan in
    laboratory.records.first { $0.plan.name == plan.name }
  }
  let learned = records.filter(\.isLearned)
  let trials = learned.map(\.trials).sorted()
  let words =
    trials.isEmpty
    ? "none of \(records.count)"
    : "\(learned.count) of \(records.count), after "
      + trials.map { Figures.grouped($0) }.joined(separator: ", ") + " trials"
      + (records.failureCount == 0 ? "" : "; \(records.failureCount) failed")
  return Finding(
    statement: "\(name): every network meets the criterion", measured: words,
    holds: learned.count == plans.count)
}
