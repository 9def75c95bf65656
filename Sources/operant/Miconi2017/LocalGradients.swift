import Analysis
import Console
import Gym
import Learning
import Runs

// Why the rule works: what is more than linear in fluctuations follows the gradient.

/// Figure 8: a current comes back from a perturbation.
let relaxationFigure = PaperFigure(
  name: "fig8", title: "a perturbation and the relaxation after it",
  plans: { _ in [] },
  make: { laboratory in
    let relaxation = Relaxation(seed: Laboratory.testSeed)
    var table = CSVTable(columns: ["time_ms", "current", "average", "fluctuation"])
    for step in 100..<Relaxation.stepCount {
      table.append([
        .integer(step), .double(relaxation.currents[step]), .double(relaxation.averages[step]),
        .double(relaxation.fluctuations[step]),
      ])
    }
    try laboratory.write(table, as: "fig8")
    let after = relaxation.fluctuations[Relaxation.perturbedStep...]
    let (lobe, tail) = (
      after.filter { $0 > 0 }.reduce(0, +), after.filter { $0 < 0 }.reduce(0, +)
    )
    let cubes = after.map { $0 * $0 * $0 }
    let kept = cubes.reduce(0, +) / cubes.filter { $0 > 0 }.reduce(0, +)
    return [
      Finding(
        statement: "the perturbation and the relaxation cancel in the sum of fluctuations",
        measured: "\(number(lobe)) and \(number(tail))", holds: abs(lobe + tail) < 0.05 * lobe),
      Finding(
        statement: "and not in the sum of their cubes",
        measured: "\(Figures.percent(kept)) are left", holds: kept > 0.9),
    ]
  })

/// Figure 9: gradients by each rule beside those by node perturbation.
let gradientFigure = PaperFigure(
  name: "fig9", title: "gradients by local rules beside node perturbation",
  plans: { _ in [] },
  make: { laboratory in
    let networks = max(5, min(laboratory.seedCount, 10))
    var table = CSVTable(columns: ["rule", "node_perturbation", "gradient"])
    // By rule, of each network.
    var found: [ComparedRule: [GradientAgreement]] = [:]
    for seed in 1...UInt64(networks) {
      let environment = try laboratory.servers.open(
        "gradient_comparison", preset: "", settings: [],
        options: EnvironmentOptions(
          seed: seed, timeStep: 1, restartRule: .disabled,
          lookAhead: GradientAlignment.stepCount))
      let gradients = try GradientAlignment(in: environment, seed: seed).compare(pairs: 253)
      let reference = gradients[.nodePerturbation] ?? []
      for rule in ComparedRule.allCases {
        let values = gradients[rule] ?? []
        if seed == 1 {
          for (x, y) in zip(reference, values) {
            table.append([.text(rule.rawValue), .double(x), .double(y)])
          }
        }
        if let agreement = GradientAgreement(of: values, with: reference) {
          found[rule, default: []].append(agreement)
        }
      }
      if StopSignal.wasRaised { throw Stopped() }
    }
    try laboratory.write(table, as: "fig9")
    return expected.map { rule, published, holds in
      let agreements = found[rule] ?? []
      let pearson = agreements.map(\.pearson)
      let middle = pearson.isEmpty ? .nan : median(of: pearson)
      return Finding(
        statement: "\(rule.words): correlation with node perturbation (original: \(published))",
        measured: "\(number(middle, digits: 3)) (\(number(pearson.min() ?? .nan, digits: 3)) to "
          + "\(number(pearson.max() ?? .nan, digits: 3))), ranks "
          + number(median(of: agreements.map(\.spearman)), digits: 3) + ", same sign "
          + number(median(of: agreements.map(\.sameSign)), digits: 3),
        holds: holds(middle))
    }
  })

/// What is asked of the median correlation.
private let expected: [(rule: ComparedRule, published: String, holds: @Sendable (Double) -> Bool)] =
  [
    (.cubic, "0.914", { (0.88...0.95).contains($0) }),
    (.postCubic, "0.999", { $0 > 0.99 }),
    (.signedSquare, "0.966", { (0.94...0.98).contains($0) }),
    (.fluctuationFor10ms, "0.985", { (0.966...0.991).contains($0) }),
    (.exploratory, "0.989", { $0 > 0.97 }),
    (.fluctuation, "0.12", { abs($0) < 0.3 }),
    (.signedRoot, "−0.60", { $0 < -0.3 }),
    (.backpropagation, "0.807", { (0.721...0.912).contains($0) }),
  ]

extension ComparedRule {
  fileprivate var words: String {
    switch self {
    case .nodePerturbation: "node perturbation"
    case .fluctuation: "fluctuations"
    case .fluctuationFor1ms: "fluctuations of the perturbed step"
    case .fluctuationFor10ms: "fluctuations of 10 ms"
    case .cubic: "cubes"
    case .postCubic: "cubes of the post-synaptic part"
    case .signedSquare: "signed squares"
    case .signedRoot: "signed roots"
    case .exploratory: "E-H, with a reward at every step"
    case .backpropagation: "the slope of the error"
    }
  }
}

// MARK: Which rules learn

/// A rule in place of the cubic one, or another expectation.
private struct Variant {
  let name: String
  let words: String
  var eligibility: Eligibility?
  var expectation: ErrorExpectation?
  var rates: [Double?] = [nil]
  var trials = 2500
  let most: Int
  /// Whether the criterion is met as it should, of networks that do and of all.
  let holds: @Sendable (_ learned: Int, _ count: Int) -> Bool

  func plans(_ count: Int) -> [TrainingPlan] {
    rates.flatMap { rate in
      (1...UInt64(min(count, most))).map {
        TrainingPlan(
          alias: "dnms", seed: $0, eligibility: eligibility, expectation: expectation,
          learningRate: rate, trials: trials)
      }
    }
  }
}

private let variants: [Variant] = [
  Variant(
    name: "one mean error", words: "with one mean error for all conditions, at most 1 of 5 learns",
    expectation: .overall, most: 5, holds: { learned, count in 5 * learned <= count }),
  Variant(
    name: "identity", words: "the identity does not learn, at any η of a sweep",
    eligibility: .identity, rates: [1e-5, 1e-4, 1e-3, 1e-2], most: 2,
    holds: { learned, _ in learned == 0 }),
  Variant(
    name: "signed root", words: "the signed root does not learn, at any η of a sweep",
    eligibility: .signedRoot, rates: [1e-6, 1e-5, 1e-4, 1e-3], most: 2,
    holds: { learned, _ in learned == 0 }),
  Variant(
    name: "signed square", words: "the signed square learns, with η 0.01 (original: 2 of 3)",
    eligibility: .signedSquare, rates: [0.01], most: 5,
    holds: { learned, count in 2 * learned >= count }),
  Variant(
    name: "node perturbation",
    words:
      "node perturbation learns in at least half the networks, with η 0.001 (original: 2 of 3)",
    eligibility: .nodePerturbation, rates: [0.001], trials: 3000, most: 5,
    holds: { learned, count in 2 * learned >= count }),
]

let variantsFigure = PaperFigure(
  name: "variants", title: "dnms: which rules learn it, and which do not",
  plans: { count in
    variants.flatMap { $0.plans(count) } + LocalExperiment.delayedNonMatch.plans(min(count, 5))
  },
  make: { laboratory in
    var curves = ComparedCurves(by: "variant")
    let rule = LocalExperiment.delayedNonMatch.plans(min(laboratory.seedCount, 5))
    curves.append(
      try laboratory.learning(of: rule).errors.map { Array($0.prefix(3000)) }, of: "cubic")
    var findings: [Finding] = []
    for variant in variants {
      let plans = variant.plans(laboratory.seedCount)
      let (errors, times) = try laboratory.learning(of: plans)
      curves.append(errors, of: variant.name)
      let learned = times.count { $0 != nil }
      findings.append(
        Finding(
          statement: variant.words,
          measured: "\(learned) of \(plans.count): "
            + criterionWords(times), holds: variant.holds(learned, plans.count)))
    }
    try laboratory.write(curves.table, as: "variants")
    return findings
  })
