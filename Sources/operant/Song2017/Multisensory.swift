import Analysis
import Console
import Gym
import Learning
import Runs

// Figure 2B and Table 2: multisensory integration.

private let modalities = ["visual", "auditory", "both"]

/// The psychometric curves of one network.
private func curves(
  of plan: TrainingPlan, _ laboratory: Laboratory, as name: String
) throws -> (trials: TestTrials, cues: CueCombination?) {
  let trials = try laboratory.examine(plan, trialsPerCondition: 1500)
  let (modality, rate) = (trials.fact("modality"), trials.fact("rate"))
  let curves = try writePsychometric(
    trials,
    [
      "visual": { modality($0) == 0 ? rate($0) : nil },
      "auditory": { modality($0) == 1 ? rate($0) : nil },
      "both": { modality($0) == 2 ? rate($0) : nil },
    ], chosen: "high", as: name, laboratory)
  let spreads = modalities.map { curves[$0]?.spread ?? .nan }
  return (
    trials,
    CueCombination(visualSpread: spreads[0], auditorySpread: spreads[1], bothSpread: spreads[2])
  )
}

let figure2b = PaperFigure(
  name: "fig2b", title: "multisensory: judging by one sense and by two",
  plans: { _ in [Subjects.main("multisensory")] },
  make: { laboratory in
    let plan = Subjects.main("multisensory")
    let (trials, _) = try curves(of: plan, laboratory, as: "fig2b")
    let subject = try laboratory.subject(plan)
    let n = subject.decision.shape.units
    let timeStep = subject.configuration.timeStep
    let (modality, high) = (trials.fact("modality"), trials.action("high"))
    let start = trials.fact("stimulusStart")
    var averages = Averages(signalCount: n, around: -300...1000, timeStep: timeStep)
    var choices = UnitPreferences(unitCount: n)
    var senses = UnitPreferences(unitCount: n)
    _ = try laboratory.record(plan, trialsPerCondition: 100) { trial, activity in
      guard trial.ending == .correct, modality(trial) < 2 else { return }
      let onset = Int(start(trial)) / timeStep
      averages.add(
        activity.decisionRates, at: onset - 1,
        to: [modalities[Int(modality(trial))], trial.choice == high ? "high" : "low"])
      let shown = window(activity.decisionRates, units: n, onset..<(onset + 1000 / timeStep))
      choices.add(shown, side: trial.choice == high ? .right : .left)
      senses.add(shown, side: modality(trial) == 0 ? .right : .left)
    }
    // One that tells the choice, one that tells the sense, and one that tells both.
    let (ofChoice, ofSense) = (choices.discriminabilities, senses.discriminabilities)
    let ofBoth = zip(ofChoice, ofSense).map { choice, sense -> Double? in
      min(abs(choice ?? 0), abs(sense ?? 0))
    }
    var table = CSVTable(columns: Averages.columns(["modality", "choice"]))
    for (name, values) in [("choice", ofChoice), ("modality", ofSense), ("both", ofBoth)] {
      let unit = strongest(values)
      averages.append(to: &table, panel: name, signal: unit)
    }
    try laboratory.write(table, as: "fig2b-units")
    return [decidedFinding("multisensory", trials)]
  })

let table2 = PaperFigure(
  name: "table2", title: "multisensory: whether two senses are combined as well as they can be",
  plans: { Subjects.all("multisensory", count: $0) },
  make: { laboratory in
    var table = CSVTable(columns: [
      "seed", "sigma_visual", "sigma_auditory", "sigma_both", "optimal_reliability", "reliability",
      "ratio",
    ])
    var found: [CueCombination] = []
    let plans = Subjects.all("multisensory", count: laboratory.seedCount)
    for plan in plans {
      guard let cues = try curves(of: plan, laboratory, as: "table2-s\(plan.seed)").cues else {
        continue
      }
      found.append(cues)
      table.append(
        [.integer(Int(plan.seed))]
          + [
            cues.visualSpread, cues.auditorySpread, cues.bothSpread, cues.optimalReliability,
            cues.reliability, cues.ratio,
          ].map { .double(rounded($0, digits: 3)) })
    }
    try laboratory.write(table, as: "table2")
    return [
      Finding(
        statement: "σ with both senses is below that of either (visual, auditory, both; events/s)",
        measured: found.map {
          list([$0.visualSpread, $0.auditorySpread, $0.bothSpread])
        }.joined(separator: "; "),
        holds: found.count == plans.count
          && found.allSatisfy { $0.bothSpread < min($0.visualSpread, $0.auditorySpread) }),
      Finding(
        statement: "(1/σ_both²)/(1/σ_v² + 1/σ_a²) is that of an optimal observer, within 0.85–1.10",
        measured: list(found.map(\.ratio)),
        holds: found.count == plans.count
          && found.allSatisfy { (0.85...1.10).contains($0.ratio) }),
    ]
  })
