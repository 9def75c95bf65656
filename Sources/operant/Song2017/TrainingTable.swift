import Analysis
import Console
import Gym
import Learning
import Runs

/// Every task, every network: after how many trials it met its criterion, and how fast it was trained.
let trainings = PaperFigure(
  name: "trainings", title: "every task: trials to criterion, time, and what came out",
  plans: { count in tasks.flatMap { Subjects.all($0.alias, count: $0.networks(of: count)) } },
  make: { laboratory in
    var table = CSVTable(columns: [
      "task", "networks", "failures", "median_trials", "least_trials", "most_trials",
      "wall_seconds", "trials_per_second", "correct", "ideal_observer",
    ])
    var findings: [Finding] = []
    for task in tasks {
      let plans = Subjects.all(task.alias, count: task.networks(of: laboratory.seedCount))
      let records = plans.compactMap { plan in
        laboratory.records.first { $0.plan.name == plan.name }
      }
      let trials = records.filter(\.isLearned).map { Double($0.trials) }
      let subject = try laboratory.subject(plans[0])
      let rates = records.compactMap(\.trialsPerSecond)
      table.append([
        .text(task.alias), .integer(plans.count), .integer(records.failureCount),
        .double(records.median { Double($0.trials) }), .double(trials.min() ?? .nan),
        .double(trials.max() ?? .nan), .double(rounded(records.median(\.wallSeconds), digits: 1)),
        .double(rates.isEmpty ? .nan : rounded(median(of: rates), digits: 1)),
        .double(subject.validation.correct ?? .nan),
        .double(subject.task.levels.idealObserver ?? .nan),
      ])
      findings.append(try criterionFinding(task.alias, plans, laboratory))
      if !rates.isEmpty {
        findings.append(
          Finding(
            statement: "\(task.alias): trials a second, everything included (the original program: "
              + "about 20 on rdm_fixed)",
            measured: list([median(of: rates)], digits: 0), holds: median(of: rates) > 20))
      }
    }
    try laboratory.write(table, as: "trainings")
    return findings
  })

private struct TrainedTask {
  let alias: String
  /// Networks at most: some take their time.
  var most = Int.max

  func networks(of count: Int) -> Int { min(count, most) }
}

private let tasks: [TrainedTask] = [
  .init(alias: "rdm_fixed"), .init(alias: "rdm_fixed_dt", most: 3), .init(alias: "rdm_rt"),
  .init(alias: "mante"), .init(alias: "multisensory"), .init(alias: "romo"),
  .init(alias: "postdecisionwager"), .init(alias: "padoaschioppa2006"),
  .init(alias: "padoaschioppa2006_1A3B"), .init(alias: "cartpole", most: 3),
]
