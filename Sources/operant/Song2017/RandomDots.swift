import Analysis
import Console
import Gym
import Learning
import Runs

// Figure 1 and its supplements: random-dot motion discrimination.

let figure1c = PaperFigure(
  name: "fig1c", title: "rdm_fixed: accuracy against viewing time, by coherence",
  plans: { _ in [Subjects.main("rdm_fixed")] },
  make: { laboratory in
    let trials = try laboratory.examine(Subjects.main("rdm_fixed"), trialsPerCondition: 5000)
    let (coherence, duration) = (trials.fact("coherence"), trials.fact("stimulusDuration"))
    let curves = accuracyByDuration(
      of: trials.decisions.map {
        TimedDecision(
          coherence: coherence($0), stimulusDuration: duration($0),
          isCorrect: $0.ending == .correct)
      })
    var table = CSVTable(columns: ["coherence", "duration_ms", "correct", "trials"])
    for curve in curves {
      for bin in curve.bins {
        table.append([
          .text(label(curve.coherence)), .double(rounded(bin.meanX)), .double(rounded(bin.meanY)),
          .integer(bin.trials),
        ])
      }
    }
    try laboratory.write(table, as: "fig1c")
    try writePsychometric(
      trials, ["": { coherence($0) * trials.fact("direction")($0) }], chosen: "right",
      as: "fig1c-psychometric", laboratory)

    let byCoherence = accuracies(of: trials.decisions, by: coherence)
    // Means of the shorter and of the longer half of viewing times.
    let halves = curves.map { curve in
      let half = curve.bins.count / 2
      return (
        shorter: mean(of: curve.bins.prefix(half).map(\.meanY)),
        longer: mean(of: curve.bins.suffix(half).map(\.meanY))
      )
    }
    return [
      decidedFinding("rdm_fixed", trials),
      Finding(
        statement: "accuracy rises with coherence (0, 6.4, 12.8, 25.6, 51.2 %)",
        measured: list(byCoherence), holds: rises(byCoherence)),
      Finding(
        statement: "and with viewing time at each coherence (shorter → longer half)",
        measured: halves.map { "\(number($0.shorter)) → \(number($0.longer))" }
          .joined(separator: ", "),
        holds: halves.allSatisfy { $0.longer > $0.shorter }),
    ]
  })

let figure1d = PaperFigure(
  name: "fig1d", title: "rdm_fixed: a unit of the decision network that ramps",
  plans: { _ in [Subjects.main("rdm_fixed")] },
  make: { laboratory in
    let plan = Subjects.main("rdm_fixed")
    let subject = try laboratory.subject(plan)
    let n = subject.decision.shape.units
    let timeStep = subject.configuration.timeStep
    let facts = TestTrials(subject.task, timeStep: timeStep)
    let (coherence, right) = (facts.fact("coherence"), facts.action("right"))
    let (start, duration) = (facts.fact("stimulusStart"), facts.fact("stimulusDuration"))
    var averages = Averages(signalCount: n, around: -200...450, timeStep: timeStep)
    var preferences = UnitPreferences(unitCount: n)
    _ = try laboratory.record(plan, trialsPerCondition: 200) { trial, activity in
      guard trial.ending.isDecision else { return }
      let side: Side = trial.choice == right ? .right : .left
      let onset = Int(start(trial)) / timeStep
      averages.add(
        activity.decisionRates, at: onset - 1, to: [label(coherence(trial)), "\(side)"])
      preferences.add(
        window(activity.decisionRates, units: n, onset..<(onset + Int(duration(trial)) / timeStep)),
        side: side)
    }
    let unit = strongest(preferences.discriminabilities)
    let preferred = "\(preferences.preferredSides[unit])"
    var table = CSVTable(columns: Averages.columns(["coherence", "choice"]))
    averages.append(to: &table, panel: "stimulus", signal: unit)
    try laboratory.write(table, as: "fig1d")
    let late = ["0", "6.4", "12.8", "25.6", "51.2"].map {
      averages.mean(of: unit, in: [$0, preferred], 300...400) ?? .nan
    }
    return [
      Finding(
        statement: "unit \(unit) ramps for \(preferred) choices, faster with coherence: rate after "
          + "300–400 ms at 0, 6.4, 12.8, 25.6, 51.2 %",
        measured: list(late), holds: late[4] > late[0] && late[3] > late[1])
    ]
  })

let figure1e = PaperFigure(
  name: "fig1e", title: "rdm_fixed: the return that the value network predicts",
  plans: { _ in [Subjects.main("rdm_fixed")] },
  make: { laboratory in
    let plan = Subjects.main("rdm_fixed")
    let subject = try laboratory.subject(plan)
    let timeStep = subject.configuration.timeStep
    let facts = TestTrials(subject.task, timeStep: timeStep)
    let (coherence, right) = (facts.fact("coherence"), facts.action("right"))
    let start = facts.fact("stimulusStart")
    var onStimulus = Averages(signalCount: 1, around: -200...600, timeStep: timeStep)
    var onChoice = Averages(signalCount: 1, around: -400...0, timeStep: timeStep)
    let trials = try laboratory.record(plan, trialsPerCondition: 200) { trial, activity in
      guard trial.ending.isDecision else { return }
      let group = [label(coherence(trial)), trial.choice == right ? "right" : "left"]
      onStimulus.add(activity.values, at: Int(start(trial)) / timeStep - 1, to: group)
      onChoice.add(activity.values, at: trial.stepCount - 1, to: group)
    }
    var table = CSVTable(columns: Averages.columns(["coherence", "choice"]))
    onStimulus.append(to: &table, panel: "stimulus", signal: 0, named: "value")
    onChoice.append(to: &table, panel: "choice", signal: 0, named: "value")
    try laboratory.write(table, as: "fig1e")

    let before = onStimulus.groups.compactMap { onStimulus.mean(of: 0, in: $0, -200...0) }
    let reward = mean(of: trials.trials.map(\.reward))
    let coherences = ["0", "6.4", "12.8", "25.6", "51.2"]
    let later = coherences.map { coherence in
      ["left", "right"].map { onStimulus.mean(of: 0, in: [coherence, $0], 350...450) ?? .nan }
    }
    let means = later.map { mean(of: $0) }
    let sides = mean(of: later.map { abs($0[0] - $0[1]) })
    let spread = (means.max() ?? .nan) - (means.min() ?? .nan)
    return [
      Finding(
        statement: "before the stimulus the value is the reward that is earned on average "
          + "(\(number(reward)))",
        measured: list([mean(of: before)]), holds: abs(mean(of: before) - reward) < 0.1),
      Finding(
        statement: "after 400 ms it rises with coherence (0, 6.4, 12.8, 25.6, 51.2 %)",
        measured: list(means), holds: rises(means, slack: 0.01) && spread > 0.05),
      Finding(
        statement: "and tells left from right less than it tells coherences apart "
          + "(\(number(spread)))",
        measured: number(sides), holds: sides < spread),
    ]
  })

let figure1s2 = PaperFigure(
  name: "fig1-s2", title: "rdm_rt: how long decisions take, and how they are made",
  plans: { _ in [Subjects.main("rdm_rt")] },
  make: { laboratory in
    let trials = try laboratory.examine(Subjects.main("rdm_rt"), trialsPerCondition: 2500)
    let (coherence, time) = (trials.fact("coherence"), trials.fact("reactionTime"))
    let curves = ChronometricCurves(
      of: trials.decisions.filter { coherence($0) > 0 }.map {
        ReactionTrial(
          stimulus: coherence($0), reactionTime: time($0), isCorrect: $0.ending == .correct)
      })
    var table = CSVTable(
      columns: ["outcome", "coherence", "reaction_time_ms", "standard_error_ms", "trials"])
    for (outcome, points) in [("correct", curves.correct), ("error", curves.error)] {
      for point in points {
        table.append([
          .text(outcome), .text(label(point.stimulus)), .double(rounded(point.meanReactionTime)),
          .double(rounded(point.standardError)), .integer(point.trials),
        ])
      }
    }
    try laboratory.write(table, as: "fig1-s2")
    try writePsychometric(
      trials, ["": { coherence($0) * trials.fact("direction")($0) }], chosen: "right",
      as: "fig1-s2-psychometric", laboratory)
    let times = curves.correct.map(\.meanReactionTime)
    return [
      decidedFinding("rdm_rt", trials),
      Finding(
        statement: "correct decisions are the faster the stronger the motion "
          + "(3.2, 6.4, 12.8, 25.6, 51.2 %; ms)",
        measured: list(times, digits: 0), holds: rises(times.reversed(), slack: 10)),
      Finding(
        statement: "they take about 200 to 1000 ms",
        measured: list([times.min() ?? .nan, times.max() ?? .nan], digits: 0),
        holds: (times.min() ?? 0) > 150 && (times.max() ?? .infinity) < 1100),
    ]
  })

/// The fraction of correct decisions at each value of a fact, ascending.
func accuracies(of decisions: [TestTrial], by fact: (TestTrial) -> Double) -> [Double] {
  Dictionary(grouping: decisions, by: fact).sorted { $0.key < $1.key }.map { _, trials in
    Double(trials.count { $0.ending == .correct }) / Double(trials.count)
  }
}

/// Some steps of [step × unit], as far as they were played.
func window(_ rates: [Float], units: Int, _ steps: Range<Int>) -> [Float] {
  let played = steps.clamped(to: 0..<(rates.count / units))
  return Array(rates[(played.lowerBound * units)..<(played.upperBound * units)])
}

/// The unit that tells two sides apart best.
func strongest(_ discriminabilities: [Double?]) -> Int {
  func size(_ unit: Int) -> Double {
    let value = abs(discriminabilities[unit] ?? 0)
    // Something that never varies tells nothing.
    return value.isFinite ? value : 0
  }
  return discriminabilities.indices.max { size($0) < size($1) } ?? 0
}
