import Analysis
import Console
import Gym
import Learning
import Runs

/// The model that the two papers ask for (Hennequin, eLife 6:e26157, 2017): the network that decides learns
/// by the local rule, and what its errors are held against is learned too.
let unified = Paper(
  name: "unified", reference: "the local rule of Miconi 2017 with a learned expectation of errors",
  figures: [
    comparison("unified", of: .delayedNonMatch, among: candidates, trials: 5000, most: 10),
    comparison(
      "unified-selective", of: .selectiveIntegration,
      // Networks that learn twice over are slow, and no better on the first task.
      among: candidates.filter { $0.expectation != .secondNetwork }, trials: 20_000, most: 5),
    unifiedMotion, unifiedEconomic,
  ], package: "miconi2017")

/// What errors are held against, from what must fail to what is the reference.
private struct Candidate {
  let name: String
  let expectation: ErrorExpectation
  var time: ExpectationTime?

  func plan(_ experiment: LocalExperiment, seed: UInt64, trials: Int) -> TrainingPlan {
    TrainingPlan(
      alias: experiment.alias, seed: seed, expectation: expectation, expectationTime: time,
      trials: trials)
  }

  var isLearned: Bool { time != nil }
}

private let reference = Candidate(name: "table by condition", expectation: .byCondition)
private let candidates: [Candidate] =
  [reference, Candidate(name: "one mean error", expectation: .overall)]
  + [
    ("inputs so far", .inputs), ("rates", .rates), ("reservoir of inputs", .reservoirOfInputs),
    ("reservoir of rates", .reservoirOfRates), ("second network", .secondNetwork),
  ].flatMap { (words: String, expectation: ErrorExpectation) in
    [
      Candidate(name: words + ", once", expectation: expectation, time: .beforeResponse),
      Candidate(name: words + ", every step", expectation: expectation, time: .everyStep),
    ]
  }

/// All candidates on one task, on the same trials.
private func comparison(
  _ name: String, of experiment: LocalExperiment, among candidates: [Candidate], trials: Int,
  most: Int
) -> PaperFigure {
  @Sendable func plans(_ candidate: Candidate, _ count: Int) -> [TrainingPlan] {
    (1...UInt64(min(count, most))).map { candidate.plan(experiment, seed: $0, trials: trials) }
  }
  return PaperFigure(
    name: name, title: "\(experiment.alias): what errors are held against",
    plans: { count in candidates.flatMap { plans($0, count) } },
    make: { laboratory in
      var table = CSVTable(columns: ["expectation", "run", "criterion_trial", "limit"])
      var curves = ComparedCurves(by: "expectation")
      var found: [(candidate: Candidate, times: [Int?], median: Double)] = []
      var findings: [Finding] = []
      for candidate in candidates {
        let plans = plans(candidate, laboratory.seedCount)
        let (errors, times) = try laboratory.learning(of: plans)
        for (plan, time) in zip(plans, times) {
          table.append([
            .text(candidate.name), .text(plan.name), time.map { .integer($0) } ?? .none,
            .integer(trials),
          ])
        }
        curves.append(errors, of: candidate.name)
        let median = CriterionTimes(times, trialsExamined: trials).median
        found.append((candidate, times, median))
        let learned = times.count { $0 != nil }
        let rates = laboratory.records.filter { record in
          plans.contains { $0.name == record.plan.name }
        }.compactMap(\.trialsPerSecond)
        findings.append(
          Finding(
            statement: candidate.name
              + (candidate.expectation == .overall ? " (must fail)" : ""),
            measured: "\(learned) of \(times.count) meet the criterion within "
              + "\(Figures.grouped(trials)) trials: \(criterionWords(times)); "
              + (rates.isEmpty
                ? "" : "\(number(Analysis.median(of: rates), digits: 0)) trials/s"),
            holds: candidate.expectation == .overall
              ? 5 * learned <= times.count : 2 * learned > times.count))
      }
      try laboratory.write(table, as: name)
      try laboratory.write(curves.table, as: name + "-curves")
      let limit = 2 * found[0].median
      let best = found.filter(\.candidate.isLearned).min { $0.median < $1.median }!
      findings.append(
        Finding(
          statement: "the best learned expectation takes at most twice the trials of the table, in "
            + "the median",
          measured: "\(best.candidate.name): \(number(best.median, digits: 0)) against "
            + number(found[0].median, digits: 0),
          holds: best.median <= limit && best.median < Double(trials)))
      return findings
    })
}
