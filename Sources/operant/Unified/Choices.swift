import Analysis
import Console
import Gym
import Learning
import Runs

// Tasks whose actions are choices: by the local rule under several expectations, and along gradients with
// a value network, on the same trials.

/// A task as both learners are given it.
private struct ChoiceExperiment: Sendable {
  let alias: String
  /// What differs from the paper's. Fixation is short, because a network that is kicked and chaotic lets go
  /// of it before it has learned anything.
  let settings: String
  /// Trials by the local rule, learned or not.
  let trials = 10_000
}

/// A way of learning.
private struct ChoiceLearner: Sendable {
  let name: String
  /// nil for gradients.
  let expectation: ErrorExpectation?
  var isLearned = false

  func plan(_ experiment: ChoiceExperiment, seed: UInt64) -> TrainingPlan {
    var plan = TrainingPlan(alias: experiment.alias, seed: seed, settings: experiment.settings)
    guard let expectation else { return plan }
    plan.isByLocalRule = true
    plan.expectation = expectation
    plan.expectationTime = isLearned ? .everyStep : nil
    plan.trials = experiment.trials
    return plan
  }
}

private let learners = [
  ChoiceLearner(name: "table by condition", expectation: .byCondition),
  ChoiceLearner(name: "one mean error", expectation: .overall),
  ChoiceLearner(name: "inputs so far, every step", expectation: .inputs, isLearned: true),
  ChoiceLearner(name: "rates, every step", expectation: .rates, isLearned: true),
  ChoiceLearner(
    name: "reservoir of inputs, every step", expectation: .reservoirOfInputs, isLearned: true),
  ChoiceLearner(name: "REINFORCE with a value network", expectation: nil),
]

let unifiedMotion = comparison(
  "unified-motion",
  of: ChoiceExperiment(alias: "rdm_fixed", settings: "fixation=100,coherences=51.2,noise=0.3"))

let unifiedEconomic = comparison(
  "unified-economic",
  of: ChoiceExperiment(
    alias: "padoaschioppa2006", settings: "fixation=100,shortestOffer=200,longestOffer=400"))

/// Trials over which the fraction of right answers is taken, for curves and at the end.
private let window = 500

private func comparison(_ name: String, of experiment: ChoiceExperiment) -> PaperFigure {
  @Sendable func plans(_ learner: ChoiceLearner, _ count: Int) -> [TrainingPlan] {
    (1...UInt64(min(count, 10))).map { learner.plan(experiment, seed: $0) }
  }
  return PaperFigure(
    name: name, title: "\(experiment.alias): choices by the local rule and along gradients",
    plans: { count in learners.flatMap { plans($0, count) } },
    make: { laboratory in
      var table = CSVTable(columns: [
        "expectation", "run", "criterion_trial", "limit", "right_at_end", "cpu_seconds",
      ])
      var curves = ComparedCurves(by: "expectation")
      var findings: [Finding] = []
      for learner in learners {
        let plans = plans(learner, laboratory.seedCount)
        let outcomes = try plans.map { try Outcome(of: $0, laboratory) }
        for (plan, outcome) in zip(plans, outcomes) {
          table.append([
            .text(learner.name), .text(plan.name), outcome.learnedAt.map { .integer($0) } ?? .none,
            .integer(outcome.trials), .double(rounded(outcome.rightAtEnd)),
            .double(rounded(outcome.cpuSeconds)),
          ])
        }
        if learner.expectation != nil {
          curves.append(outcomes.map(\.wrongOfWindow), of: learner.name, everyTrials: window)
        }
        let times = outcomes.map(\.learnedAt)
        let seconds = outcomes.map(\.cpuSeconds).filter(\.isFinite)
        findings.append(
          Finding(
            statement: learner.name,
            measured: "\(times.count { $0 != nil }) of \(times.count) meet the criterion: "
              + "\(criterionWords(times)); at the end "
              + "\(number(100 * median(of: outcomes.map(\.rightAtEnd)), digits: 0)) % right, from "
              + "\(number(100 * (outcomes.map(\.rightAtEnd).min() ?? .nan), digits: 0)) to "
              + "\(number(100 * (outcomes.map(\.rightAtEnd).max() ?? .nan), digits: 0))"
              + (seconds.isEmpty
                ? "" : "; \(number(median(of: seconds), digits: 0)) s of processors"),
            holds: learner.expectation == .overall || times.contains { $0 != nil }))
      }
      try laboratory.write(table, as: name)
      try laboratory.write(curves.table, as: name + "-curves")
      return findings
    })
}

/// What became of a training.
private struct Outcome {
  var learnedAt: Int?
  var trials: Int
  /// The fraction of trials answered rightly, of the last window or of the validation that ended it.
  var rightAtEnd: Double
  /// The fraction that was not, of each window.
  var wrongOfWindow: [Double] = []
  var cpuSeconds: Double

  init(of plan: TrainingPlan, _ laboratory: Laboratory) throws {
    let record = laboratory.records.first { $0.plan.name == plan.name }
    cpuSeconds = record?.cpuSeconds ?? .nan
    guard plan.isByLocalRule else {
      let validation = try laboratory.subject(plan).validation
      trials = record?.trials ?? validation.trials
      learnedAt = record?.isLearned == true ? trials : nil
      rightAtEnd = (validation.decided ?? 0) * (validation.correct ?? 0)
      return
    }
    let subject = try laboratory.localSubject(plan)
    let wrong = subject.record.judged
    (learnedAt, trials) = (subject.learnedAt, wrong.count)
    wrongOfWindow = stride(from: window, through: wrong.count, by: window).map {
      mean(of: Array(wrong[($0 - window)..<$0]))
    }
    rightAtEnd = 1 - (wrongOfWindow.last ?? .nan)
  }
}
