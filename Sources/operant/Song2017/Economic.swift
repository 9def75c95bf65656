import Analysis
import Console
import Gym
import Learning
import Runs

// Figure 4: economic choice.

/// Both variants, with what one drop of juice A is worth in drops of B.
private let variants: [(alias: String, ratio: Double)] = [
  ("padoaschioppa2006", 2.2), ("padoaschioppa2006_1A3B", 4.1),
]

/// How often juice B was chosen at each offer.
private func offers(of trials: TestTrials) -> [OfferCount] {
  let (amountA, amountB) = (trials.fact("amountA"), trials.fact("amountB"))
  let choice = trials.fact("choice")
  return Dictionary(grouping: trials.decisions) { [amountB($0), amountA($0)] }
    .sorted { offerContrast($0.key) < offerContrast($1.key) }
    .map { amounts, some in
      OfferCount(
        amountOfA: amounts[1], amountOfB: amounts[0], trials: some.count,
        choseB: some.count { choice($0) > 0 })
    }
}

private func offerContrast(_ amounts: [Double]) -> Double {
  Analysis.offerContrast(amountOfA: amounts[1], amountOfB: amounts[0])
}

let figure4a = PaperFigure(
  name: "fig4a",
  title: "both economic tasks: which juice is chosen, and what one is worth in the other",
  plans: { count in variants.flatMap { Subjects.all($0.alias, count: count) } },
  make: { laboratory in
    var table = CSVTable(columns: [
      "task", "seed", "amount_b", "amount_a", "contrast", "trials", "chose_b",
    ])
    var fits = CSVTable(columns: ["task", "seed", "trained_ratio", "mu", "sigma", "ratio"])
    var findings: [Finding] = []
    for (alias, trained) in variants {
      var ratios: [Double] = []
      var extremes: [Double] = []
      for plan in Subjects.all(alias, count: laboratory.seedCount) {
        let trials = try laboratory.examine(plan, trialsPerCondition: 500)
        let counts = offers(of: trials)
        for count in counts {
          table.append([
            .text(alias), .integer(Int(plan.seed)), .text(label(count.amountOfB)),
            .text(label(count.amountOfA)),
            .double(
              rounded(
                Analysis.offerContrast(amountOfA: count.amountOfA, amountOfB: count.amountOfB))),
            .integer(count.trials), .integer(count.choseB),
          ])
        }
        let point = IndifferencePoint(fittedTo: counts)
        ratios.append(point?.ratio ?? .nan)
        fits.append(
          [.text(alias), .integer(Int(plan.seed))]
            + [
              trained, point?.curve.mean ?? .nan, point?.curve.spread ?? .nan,
              point?.ratio ?? .nan,
            ].map { .double(rounded($0)) })
        // Where only one juice is offered, it is the one to take.
        extremes.append(
          counts.filter { $0.amountOfA == 0 || $0.amountOfB == 0 }.map { count in
            let chosen = count.amountOfA == 0 ? count.choseB : count.trials - count.choseB
            return Double(chosen) / Double(count.trials)
          }.min() ?? .nan)
        if plan.seed == Subjects.main(alias).seed { findings.append(decidedFinding(alias, trials)) }
      }
      findings.append(
        Finding(
          statement: "\(alias): choices are indifferent within 10 % of the trained ratio "
            + "1A = \(number(trained, digits: 1))B (the network shown first, then the others)",
          measured: list(ratios), holds: ratios.allSatisfy { abs($0 / trained - 1) <= 0.1 }))
      findings.append(
        Finding(
          statement: "\(alias): where one juice alone is offered, it is taken, in 97 of 100 "
            + "trials at least (the network shown first, then the others)",
          measured: list(extremes), holds: extremes.allSatisfy { $0 >= 0.97 }))
    }
    try laboratory.write(table, as: "fig4a")
    try laboratory.write(fits, as: "fig4a-fits")
    return findings
  })

let figure4b = PaperFigure(
  name: "fig4b", title: "padoaschioppa2006: what units of the value network tell",
  plans: { _ in [Subjects.main("padoaschioppa2006")] },
  make: { laboratory in
    let plan = Subjects.main("padoaschioppa2006")
    let tested = try laboratory.examine(plan, trialsPerCondition: 500)
    guard let ratio = IndifferencePoint(fittedTo: offers(of: tested))?.ratio else {
      return [
        Finding(
          statement: "choices have a point of indifference", measured: "none", holds: false)
      ]
    }
    let subject = try laboratory.subject(plan)
    let n = subject.value.shape.units
    let timeStep = subject.configuration.timeStep
    let facts = TestTrials(subject.task, timeStep: timeStep)
    let (amountA, amountB) = (facts.fact("amountA"), facts.fact("amountB"))
    let (choice, start) = (facts.fact("choice"), facts.fact("offerStart"))
    var trials: [EconomicTrial] = []
    var before: [[Double]] = []
    _ = try laboratory.record(plan, trialsPerCondition: 500) { trial, activity in
      guard trial.ending.isDecision else { return }
      // The 500 ms before the choice, and for comparison those before the offer.
      let end = trial.stepCount
      let onset = Int(start(trial)) / timeStep
      guard
        let responses = meanRates(
          of: activity.valueRates, unitCount: n, in: (end - 500 / timeStep)..<end),
        let resting = meanRates(
          of: activity.valueRates, unitCount: n, in: (onset - 500 / timeStep)..<onset)
      else { return }
      trials.append(
        EconomicTrial(
          amountOfA: amountA(trial), amountOfB: amountB(trial), choseB: choice(trial) > 0,
          responses: responses))
      before.append(resting)
    }
    let units = UnitSelectivity.classify(
      trials.filter { $0.amountOfA > 0 && $0.amountOfB > 0 }, indifferenceRatio: ratio)
    try writeClasses(units, laboratory)
    try writeTuning(units, trials, before, laboratory)
    let shares = UnitSelectivity.shares(of: units)
    func share(_ classes: SelectivityClass...) -> Double {
      classes.reduce(0) { $0 + (shares[$1] ?? 0) }
    }
    let classified = units.count { $0.best != nil }
    let found = [
      share(.chosenValue), share(.offerValueA, .offerValueB), share(.choice),
    ]
    return [
      Finding(
        statement:
          "units tell chosen value, offer value and choice; all classes are there (shares of "
          + "the \(classified) of \(n) units that tell anything; the paper has 0.2, 0.6, 0.2)",
        measured: list(found), holds: found.allSatisfy { $0 > 0 })
    ]
  })

private func writeClasses(_ units: [UnitSelectivity], _ laboratory: Laboratory) throws {
  var table = CSVTable(columns: ["unit", "class"] + SelectivityClass.allCases.map { "r_\($0)" })
  for (number, unit) in units.enumerated() {
    table.append(
      [.integer(number), unit.best.map { .text("\($0)") } ?? .none]
        + SelectivityClass.allCases.map {
          .double(rounded(unit.correlations[$0]?.coefficient ?? .nan))
        })
  }
  try laboratory.write(table, as: "fig4b-classes")
}

/// Writes, for the two best units of each class, the mean rate at each offer.
private func writeTuning(
  _ units: [UnitSelectivity], _ trials: [EconomicTrial], _ before: [[Double]],
  _ laboratory: Laboratory
) throws {
  var table = CSVTable(columns: [
    "class", "unit", "amount_b", "amount_a", "choice", "mean", "standard_error", "before_offer",
    "trials",
  ])
  for kind in SelectivityClass.allCases {
    let best = units.indices.filter { units[$0].best == kind }.sorted {
      (units[$0].correlations[kind]?.explainedVariance ?? 0)
        > (units[$1].correlations[kind]?.explainedVariance ?? 0)
    }
    for unit in best.prefix(2) {
      let groups = Dictionary(grouping: trials.indices) { index in
        [trials[index].amountOfB, trials[index].amountOfA, trials[index].choseB ? 1 : 0]
      }
      for (group, members) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
      where members.count >= 20 {
        let rates = members.map { trials[$0].responses[unit] }
        table.append([
          .text("\(kind)"), .integer(unit), .text(label(group[0])), .text(label(group[1])),
          .text(group[2] == 1 ? "B" : "A"), .double(rounded(mean(of: rates))),
          .double(rounded(standardError(of: rates))),
          .double(rounded(mean(of: members.map { before[$0][unit] }))), .integer(members.count),
        ])
      }
    }
  }
  try laboratory.write(table, as: "fig4b")
}
