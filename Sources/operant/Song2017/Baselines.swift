import Analysis
import Console
import Gym
import Learning
import Runs

// What is subtracted from returns, and what that is good for.

/// Updates after which a network without a good baseline counts as failed: several times what one
/// with a value network takes.
private let updateLimit = 5000

private func plans(_ baseline: Baseline, count: Int) -> [TrainingPlan] {
  Subjects.all("rdm_fixed", count: count).map {
    baseline == .valueNetwork
      ? $0
      : TrainingPlan(
        alias: "rdm_fixed", baseline: baseline, seed: $0.seed, updateLimit: updateLimit)
  }
}

let figure1s4 = PaperFigure(
  name: "fig1-s4", title: "rdm_fixed: learned with a linear read-out for a value network",
  plans: { plans(.linear, count: $0) },
  make: { laboratory in
    let plans = plans(.linear, count: laboratory.seedCount)
    try writeCurves(of: plans, as: "fig1-s4", laboratory)
    return [try criterionFinding("rdm_fixed with a linear baseline", plans, laboratory)]
  })

let baselines = PaperFigure(
  name: "baselines",
  title: "rdm_fixed: learned with a value network, a read-out, a constant, nothing",
  plans: { count in Baseline.allCases.flatMap { plans($0, count: count) } },
  make: { laboratory in
    let all = Baseline.allCases.map { plans($0, count: laboratory.seedCount) }
    try writeCurves(of: all.flatMap { $0 }, as: "baselines", laboratory)
    var table = CSVTable(columns: [
      "baseline", "networks", "failures", "median_trials", "least_trials", "most_trials",
    ])
    var medians: [Baseline: Double] = [:]
    var failures: [Baseline: Int] = [:]
    for (baseline, plans) in zip(Baseline.allCases, all) {
      let names = Set(plans.map(\.name))
      let records = laboratory.records.filter { names.contains($0.plan.name) }
      let trials = records.filter(\.isLearned).map { Double($0.trials) }
      let median = records.median { Double($0.trials) }
      failures[baseline] = records.failureCount
      medians[baseline] = median
      table.append([
        .text(baseline.rawValue), .integer(plans.count), .integer(records.failureCount),
        .double(median), .double(trials.min() ?? .nan),
        .double(trials.max() ?? .nan),
      ])
    }
    try laboratory.write(table, as: "baselines-trials")
    func words(_ baseline: Baseline) -> String {
      let median = medians[baseline] ?? .nan
      return (median.isFinite ? Figures.grouped(Int(median)) : "–")
        + " (\(failures[baseline] ?? 0) failed)"
    }
    let value = medians[.valueNetwork] ?? .nan
    return [
      Finding(
        statement: "a linear read-out does nearly as well as the value network (median trials)",
        measured: "\(words(.linear)) against \(words(.valueNetwork))",
        holds: (medians[.linear] ?? .infinity) < 4 * value && failures[.linear] == 0),
      Finding(
        statement: "a constant is clearly slower, or fails",
        measured: words(.constant),
        holds: (medians[.constant] ?? 0) > 1.5 * value || (failures[.constant] ?? 0) > 0),
      Finding(
        statement: "without a baseline learning is slower still, or fails",
        measured: words(.none),
        holds: (medians[Baseline.none] ?? 0) > 1.5 * value || (failures[Baseline.none] ?? 0) > 0),
    ]
  })

let gradientVariance = PaperFigure(
  name: "gradient-variance",
  title: "rdm_fixed: how much the gradient varies under each baseline",
  plans: { _ in [Subjects.main("rdm_fixed")] + [early] },
  make: { laboratory in
    var table = CSVTable(columns: [
      "network", "baseline", "variance", "squared_mean", "trials_for_unit_ratio",
    ])
    var found: [String: [ComparedBaseline: GradientSpread]] = [:]
    let trained = try laboratory.subject(Subjects.main("rdm_fixed"))
    let start = Snapshot(
      for: trained.task, hyperparameters: trained.configuration.training,
      seed: trained.configuration.seed)
    let young = try laboratory.subject(early)
    for (name, decision, value) in [
      ("untrained", start.decision, start.value), ("early", young.decision, young.value),
      ("trained", trained.decision, trained.value),
    ] {
      let environment = try laboratory.servers.open(
        trained.configuration.task, preset: trained.configuration.preset, settings: [],
        options: trained.configuration.options(
          seed: Laboratory.testSeed, firstLane: 0, laneCount: 1))
      let comparison = GradientVariance(
        in: environment, decision: decision, value: value,
        hyperparameters: trained.configuration.training, seed: Laboratory.testSeed)
      guard
        let spreads = try comparison.compare(
          trialCount: 2000, telling: { _ in !StopSignal.wasRaised })
      else { throw Stopped() }
      found[name] = spreads
      for baseline in ComparedBaseline.allCases {
        guard let spread = spreads[baseline] else { continue }
        table.append([
          .text(name), .text(baseline.rawValue), .double(rounded(spread.variance)),
          .double(rounded(spread.squaredMean)), .double(rounded(spread.trialsForUnitRatio)),
        ])
      }
    }
    try laboratory.write(table, as: "gradient-variance")
    return ["untrained", "early", "trained"].map { name in
      let variances = ComparedBaseline.allCases.map { found[name]?[$0]?.variance ?? .nan }
      return Finding(
        statement:
          "\(name): variance under none, a constant, the running mean, the best constant of "
          + "each parameter, the value network",
        measured: list(variances, digits: 3), holds: variances[4] < variances[0])
    }
  })

/// A network that withholds its choice and does not discriminate yet.
private let early = TrainingPlan(alias: "rdm_fixed", seed: 97, updateLimit: 60)
