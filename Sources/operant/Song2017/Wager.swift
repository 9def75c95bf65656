import Analysis
import Console
import Gym
import Learning
import Runs

// Figure 3: post-decision wagering.

let figure3b = PaperFigure(
  name: "fig3b",
  title: "postdecisionwager: when the sure target is taken, and what waiving it tells",
  plans: { _ in [Subjects.main("postdecisionwager")] },
  make: { laboratory in
    let trials = try laboratory.examine(
      Subjects.main("postdecisionwager"), trialsPerCondition: 2500)
    let (wager, coherence) = (trials.fact("wager"), trials.fact("coherence"))
    let duration = trials.fact("stimulusDuration")
    let answers = trials.trials.filter(\.ending.isAnswer).map { trial in
      WagerTrial(
        coherence: coherence(trial), stimulusDuration: duration(trial),
        isOffered: wager(trial) == 1,
        answer: trial.ending == .completed
          ? .sure : trial.ending == .correct ? .correct : .error)
    }
    var table = CSVTable(columns: ["panel", "coherence", "duration_ms", "proportion", "trials"])
    let sure = sureFrequencyByDuration(of: answers)
    for (panel, curves) in [
      ("sure", sure), ("not offered", accuracyByDuration(of: answers, waived: false)),
      ("waived", accuracyByDuration(of: answers, waived: true)),
    ] {
      for curve in curves {
        for bin in curve.bins {
          table.append([
            .text(panel), .text(label(curve.coherence)), .double(rounded(bin.meanX)),
            .double(rounded(bin.meanY)), .integer(bin.trials),
          ])
        }
      }
    }
    try laboratory.write(table, as: "fig3b")

    func frequency(_ some: [WagerTrial], _ counts: (WagerTrial) -> Bool) -> Double {
      Double(some.count(where: counts)) / Double(max(1, some.count))
    }
    let offered = answers.filter(\.isOffered)
    let coherences = Set(answers.map(\.coherence)).sorted()
    let byCoherence = coherences.map { coherence in
      frequency(offered.filter { $0.coherence == coherence }) { $0.answer == .sure }
    }
    let overall = frequency(offered) { $0.answer == .sure }
    func accuracy(_ coherence: Double, waived: Bool) -> Double {
      frequency(
        answers.filter {
          $0.coherence == coherence && $0.isOffered == waived && $0.answer != .sure
        }
      ) { $0.answer == .correct }
    }
    let judged = coherences.filter { $0 > 0 && $0 < 50 }
    let pairs = judged.map { (accuracy($0, waived: false), accuracy($0, waived: true)) }
    // Where there is room for both: neither hardly ever nor nearly always taken.
    let halves = sure.filter { (3...26).contains($0.coherence) }.map { curve in
      let half = curve.bins.count / 2
      return (
        mean(of: curve.bins.prefix(half).map(\.meanY)),
        mean(of: curve.bins.suffix(half).map(\.meanY))
      )
    }
    func arrows(_ pairs: [(Double, Double)]) -> String {
      pairs.map { "\(number($0.0)) → \(number($0.1))" }.joined(separator: ", ")
    }
    return [
      decidedFinding("postdecisionwager", trials),
      Finding(
        statement:
          "the sure target is taken in 40 to 50 % of the trials that offer it",
        measured: Figures.percent(overall), holds: (0.40...0.50).contains(overall)),
      Finding(
        statement: "the less the stronger the motion (0, 3.2, 6.4, 12.8, 25.6, 51.2 %)",
        measured: list(byCoherence), holds: rises(byCoherence.reversed(), slack: 0.02)),
      Finding(
        statement: "and the less the longer it was seen (3.2 to 25.6 %, shorter → longer half)",
        measured: arrows(halves), holds: halves.allSatisfy { $0.1 < $0.0 }),
      Finding(
        statement: "judgements are better where the sure target was waived than where it was not "
          + "offered (3.2, 6.4, 12.8, 25.6 %)",
        measured: arrows(pairs), holds: pairs.allSatisfy { $0.1 > $0.0 }),
    ]
  })

let figure3c = PaperFigure(
  name: "fig3c", title: "postdecisionwager: a unit that tells how sure the network is",
  plans: { _ in [Subjects.main("postdecisionwager")] },
  make: { laboratory in
    let plan = Subjects.main("postdecisionwager")
    let subject = try laboratory.subject(plan)
    let n = subject.decision.shape.units
    let timeStep = subject.configuration.timeStep
    let facts = TestTrials(subject.task, timeStep: timeStep)
    let (wager, coherence) = (facts.fact("wager"), facts.fact("coherence"))
    let (direction, start) = (facts.fact("direction"), facts.fact("stimulusStart"))
    let (duration, sureStart) = (facts.fact("stimulusDuration"), facts.fact("sureStart"))
    var onStimulus = Averages(signalCount: n, around: -100...700, timeStep: timeStep)
    var onSure = Averages(signalCount: n, around: -200...700, timeStep: timeStep)
    var onChoice = Averages(signalCount: n, around: -500...0, timeStep: timeStep)
    var preferences = UnitPreferences(unitCount: n)
    _ = try laboratory.record(plan, trialsPerCondition: 100) { trial, activity in
      guard trial.ending.isAnswer, coherence(trial) > 0 else { return }
      let side: Side = direction(trial) > 0 ? .right : .left
      let group = [
        wager(trial) == 1 ? "offered" : "not offered", "\(side)",
        trial.ending == .completed ? "sure" : "judged",
      ]
      let onset = Int(start(trial)) / timeStep
      let rates = activity.decisionRates
      onStimulus.add(rates, at: onset - 1, to: group)
      onChoice.add(rates, at: trial.stepCount - 1, to: group)
      if wager(trial) == 1 {
        onSure.add(rates, at: Int(sureStart(trial)) / timeStep - 1, to: group)
      }
      preferences.add(
        window(rates, units: n, onset..<(onset + Int(duration(trial)) / timeStep)), side: side)
    }
    let unit = strongest(preferences.discriminabilities)
    let preferred = "\(preferences.preferredSides[unit])"
    let other = preferred == "right" ? "left" : "right"
    var table = CSVTable(columns: Averages.columns(["offer", "direction", "answer"]))
    onStimulus.append(to: &table, panel: "stimulus", signal: unit)
    onSure.append(to: &table, panel: "sure target", signal: unit)
    onChoice.append(to: &table, panel: "choice", signal: unit)
    try laboratory.write(table, as: "fig3c")
    // Before the sure target appears, when nothing but the motion can tell.
    func before(_ direction: String, _ answer: String) -> Double {
      onSure.mean(of: unit, in: ["offered", direction, answer], -200...0) ?? .nan
    }
    let judged = [before(other, "judged"), before(preferred, "judged")]
    let sure = mean(of: [before(other, "sure"), before(preferred, "sure")])
    return [
      Finding(
        statement: "unit \(unit) is in between where the sure target will be taken (judged against "
          + "its preference, sure, judged with it)",
        measured: list([judged[0], sure, judged[1]]), holds: judged[0] < sure && sure < judged[1])
    ]
  })
