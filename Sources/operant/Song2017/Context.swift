import Analysis
import Console
import Gym
import Learning
import Runs

// Figure 2A: context-dependent integration, and the state space of Mante et al. 2013.

let figure2a = PaperFigure(
  name: "fig2a", title: "mante: each context's psychometric curves",
  plans: { _ in [Subjects.main("mante")] },
  make: { laboratory in
    let trials = try laboratory.examine(Subjects.main("mante"), trialsPerCondition: 1000)
    let context = trials.fact("context")
    func signed(_ name: String) -> (TestTrial) -> Double {
      let (direction, coherence) = (
        trials.fact(name + "Direction"), trials.fact(name + "Coherence")
      )
      return { direction($0) * coherence($0) }
    }
    let (motion, colour) = (signed("motion"), signed("colour"))
    let curves = try writePsychometric(
      trials,
      [
        "motion context, motion": { context($0) == 1 ? motion($0) : nil },
        "motion context, colour": { context($0) == 1 ? colour($0) : nil },
        "colour context, motion": { context($0) == -1 ? motion($0) : nil },
        "colour context, colour": { context($0) == -1 ? colour($0) : nil },
      ], chosen: "right", as: "fig2a", laboratory)
    func slopes(_ context: String, _ relevant: String, _ other: String) -> Finding {
      let steep = curves["\(context) context, \(relevant)"]?.slope ?? .nan
      let flat = curves["\(context) context, \(other)"]?.slope ?? .nan
      return Finding(
        statement: "in the \(context) context the curve of \(relevant) is far steeper than that of "
          + "\(other) (1/%)",
        measured: "\(number(steep, digits: 4)) against \(number(flat, digits: 4))",
        holds: steep > 5 * abs(flat))
    }
    return [
      decidedFinding("mante", trials), slopes("motion", "motion", "colour"),
      slopes("colour", "colour", "motion"),
    ]
  })

let figure2aUnits = PaperFigure(
  name: "fig2a-units", title: "mante: units that tell choice, motion, colour and context",
  plans: { _ in [Subjects.main("mante")] },
  make: { laboratory in
    let recording = try ContextRecording(laboratory, trialsPerCondition: 20)
    let n = recording.unitCount
    // For each variable the unit that tells its two sides apart best, of those not shown for another.
    let variables: [(name: String, side: (ContextTrial) -> Side?)] = [
      ("choice", { $0.choice }), ("motion", { $0.motion > 0 ? .right : .left }),
      ("colour", { $0.colour > 0 ? .right : .left }),
      ("context", { $0.context == .motion ? .right : .left }),
    ]
    var preferences = variables.map { _ in UnitPreferences(unitCount: n) }
    for trial in recording.trials where trial.choice != nil {
      for (index, variable) in variables.enumerated() {
        if let side = variable.side(trial) { preferences[index].add(trial.rates, side: side) }
      }
    }
    let units = preferences.reduce(into: [Int]()) { units, preference in
      let free = preference.discriminabilities.enumerated().map { unit, value in
        units.contains(unit) ? nil : value
      }
      units.append(strongest(free))
    }
    let preferredChoice = preferences[0].preferredSides

    var table = CSVTable(columns: Averages.columns(["context", "stimulus", "choice"]))
    for (variable, unit) in zip(variables, units) {
      let sign: Double = preferredChoice[unit] == .right ? 1 : -1
      for panel in ["motion", "colour", "context"] {
        var averages = Averages(
          signalCount: 1, around: 0...750, timeStep: recording.samplingInterval)
        for trial in recording.trials where trial.isCorrect {
          guard let choice = trial.choice else { continue }
          let group: [String]
          let choiceLabel = choice == preferredChoice[unit] ? "preferred" : "other"
          switch panel {
          case "motion" where trial.context == .motion:
            group = ["motion", label(sign * trial.motion), choiceLabel]
          case "colour" where trial.context == .colour:
            group = ["colour", label(sign * trial.colour), choiceLabel]
          case "context":
            group = ["\(trial.context)", "all", choiceLabel]
          default: continue
          }
          averages.add(
            stride(from: unit, to: trial.rates.count, by: n).map { trial.rates[$0] }, at: 0,
            to: group)
        }
        averages.append(
          to: &table, panel: panel, signal: 0, named: "\(unit) (\(variable.name))")
      }
    }
    try laboratory.write(table, as: "fig2a-units")
    // A unit is mixed if it tells at least two of the four apart.
    let mixed = (0..<n).count { unit in
      preferences.count { abs($0.discriminabilities[unit] ?? 0) > 0.5 } >= 2
    }
    return [
      Finding(
        statement:
          "selectivity is mixed: units that tell two or more of choice, motion, colour and "
          + "context apart (d′ above 0.5)",
        measured: "\(mixed) of \(n)", holds: mixed >= n / 10)
    ]
  })

let stateSpace = PaperFigure(
  name: "state-space", title: "mante: the way of the population, after targeted regression",
  plans: { _ in [Subjects.main("mante")] },
  make: { laboratory in
    let recording = try ContextRecording(laboratory, trialsPerCondition: 20)
    var preferences = UnitPreferences(unitCount: recording.unitCount)
    for trial in recording.trials {
      if let choice = trial.choice { preferences.add(trial.rates, side: choice) }
    }
    let regression = try TargetedRegression(
      recording.trials, preferredSides: preferences.preferredSides)
    var table = CSVTable(columns: [
      "panel", "context", "stimulus", "choice_side", "time_ms", "choice", "motion", "colour",
      "context_axis",
    ])
    var ends: [Double: [Double]] = [:]
    for (panel, variables): (String, [TaskVariable]) in [
      ("motion", [.context, .motion, .choice]), ("colour", [.context, .colour, .choice]),
    ] {
      for way in regression.trajectories(of: recording.trials, by: variables) {
        let choice = way.condition[.choice] ?? .nan
        if panel == "motion", let end = way.points.last?.position[.choice] {
          ends[choice, default: []].append(end)
        }
        for point in way.points {
          table.append(
            [
              .text(panel), .text(label(way.condition[.context] ?? .nan)),
              .text(label(way.condition[variables[1]] ?? .nan)), .text(label(choice)),
              .integer(point.time * recording.samplingInterval),
            ]
              + [TaskVariable.choice, .motion, .colour, .context].map {
                .double(rounded(point.position[$0] ?? .nan))
              })
        }
      }
    }
    try laboratory.write(table, as: "state-space")
    let (other, preferred) = (mean(of: ends[-1] ?? []), mean(of: ends[1] ?? []))
    return [
      Finding(
        statement: "along the axis of choice the population ends apart for the two choices "
          + "(\(regression.activeUnits.count) active units)",
        measured: "\(number(other)) and \(number(preferred))", holds: preferred > other)
    ]
  })

/// What the decision network's units did in the stimulus epoch of `mante`, every 50 ms.
private struct ContextRecording {
  let trials: [ContextTrial]
  let unitCount: Int
  let samplingInterval: Milliseconds = 50

  init(_ laboratory: Laboratory, trialsPerCondition: Int) throws {
    let plan = Subjects.main("mante")
    let subject = try laboratory.subject(plan)
    let n = subject.decision.shape.units
    let timeStep = subject.configuration.timeStep
    let facts = TestTrials(subject.task, timeStep: timeStep)
    let context = facts.fact("context")
    let (motionSide, motionStrength) = (
      facts.fact("motionDirection"), facts.fact("motionCoherence")
    )
    let (colourSide, colourStrength) = (
      facts.fact("colourDirection"), facts.fact("colourCoherence")
    )
    let (start, right) = (facts.fact("stimulusStart"), facts.action("right"))
    let interval = samplingInterval
    var found: [ContextTrial] = []
    _ = try laboratory.record(plan, trialsPerCondition: trialsPerCondition) { trial, activity in
      let onset = Int(start(trial)) / timeStep
      let steps = stride(from: 0, through: 800, by: interval).map { onset + $0 / timeStep }
      found.append(
        ContextTrial(
          choice: trial.ending.isDecision ? (trial.choice == right ? .right : .left) : nil,
          motion: motionSide(trial) * motionStrength(trial),
          colour: colourSide(trial) * colourStrength(trial),
          context: context(trial) == 1 ? .motion : .colour, isCorrect: trial.ending == .correct,
          rates: sampledRates(of: activity.decisionRates, unitCount: n, at: steps)))
    }
    trials = found
    unitCount = n
  }
}
