import Analysis
import Console
import Gym
import Learning
import Runs

// Figure 2C: parametric working memory.

/// Tests have a delay of three seconds.
private let fixedDelay = ["shortestDelay", "longestDelay"].map { ParameterSetting($0, [3000]) }

let figure2c = PaperFigure(
  name: "fig2c", title: "romo: which comparisons are right, and units that remember",
  plans: { _ in [Subjects.main("romo")] },
  make: { laboratory in
    let plan = Subjects.main("romo")
    let trials = try laboratory.examine(plan, settings: fixedDelay, trialsPerCondition: 100)
    let (first, second) = (trials.fact("firstFrequency"), trials.fact("secondFrequency"))
    var table = CSVTable(columns: ["f1", "f2", "trials", "correct"])
    let cells = Dictionary(grouping: trials.decisions) { [first($0), second($0)] }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    let correct = cells.map { _, some in
      Double(some.count { $0.ending == .correct }) / Double(some.count)
    }
    for ((pair, some), correct) in zip(cells, correct) {
      table.append([
        .text(label(pair[0])), .text(label(pair[1])), .integer(some.count),
        .double(rounded(correct)),
      ])
    }
    try laboratory.write(table, as: "fig2c")
    let tuning = try tunedUnits(plan, laboratory)
    // The test's delay is not what the criterion was met on, so both are told.
    let asTrained = try laboratory.examine(plan, trialsPerCondition: 100)
    return [
      decidedFinding("romo, after 3 s", trials),
      decidedFinding("romo, with delays as in training", asTrained),
      Finding(
        statement: "after 3 s at least 97 % of the comparisons that are decided are right",
        measured: Figures.percent(trials.correct),
        holds: trials.correct >= 0.97),
      Finding(
        statement: "every pair is compared well (least)",
        measured: Figures.percent(correct.min() ?? .nan), holds: (correct.min() ?? 0) >= 0.85),
      Finding(
        statement: "in the delay some units grow with f₁, and others fall (largest, smallest r)",
        measured: list([tuning.max() ?? .nan, tuning.min() ?? .nan]),
        holds: (tuning.max() ?? 0) > 0.5 && (tuning.min() ?? 0) < -0.5),
    ]
  })

/// Writes the rates of two units that grow with f₁ in the delay and of one that falls.
///
/// - Returns: the correlation of each unit's mean rate in the delay with f₁.
private func tunedUnits(_ plan: TrainingPlan, _ laboratory: Laboratory) throws -> [Double] {
  let subject = try laboratory.subject(plan)
  let n = subject.decision.shape.units
  let timeStep = subject.configuration.timeStep
  let facts = TestTrials(subject.task, timeStep: timeStep)
  let (first, second) = (facts.fact("firstFrequency"), facts.fact("secondFrequency"))
  let start = facts.fact("stimulusStart")
  var averages = Averages(signalCount: n, around: -500...4000, timeStep: timeStep)
  var frequencies: [Double] = []
  var responses: [[Double]] = []
  _ = try laboratory.record(plan, settings: fixedDelay, trialsPerCondition: 50) { trial, activity in
    guard trial.ending == .correct else { return }
    let onset = Int(start(trial)) / timeStep
    averages.add(
      activity.decisionRates, at: onset - 1, to: [label(first(trial)), label(second(trial))])
    // The delay is from 500 to 3500 ms after the start of f₁.
    let delay = (onset + 500 / timeStep)..<(onset + 3500 / timeStep)
    if let rates = meanRates(of: activity.decisionRates, unitCount: n, in: delay) {
      frequencies.append(first(trial))
      responses.append(rates)
    }
  }
  let tuning = (0..<n).map { unit in
    Correlation(of: frequencies, with: responses.map { $0[unit] })?.coefficient ?? 0
  }
  let order = tuning.indices.sorted { tuning[$0] > tuning[$1] }
  var table = CSVTable(columns: Averages.columns(["f1", "f2"]))
  for unit in [order[0], order[1], order[n - 1]] {
    averages.append(
      to: &table, panel: tuning[unit] > 0 ? "positive" : "negative", signal: unit)
  }
  try laboratory.write(table, as: "fig2c-units")
  return tuning
}
