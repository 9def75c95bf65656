import Analysis
import Console
import Gym
import Learning
import Runs

// How networks learn by the local rule: errors trial by trial, and when they meet the criterion.

let delayedNonMatchCurve = learningCurve(
  "fig1", "dnms: how it is learned", .delayedNonMatch,
  medianWithin: 600...1200, published: "843, quartiles 692–1125"
) { errors, times in
  let soon = times.count { $0 ?? .max < 2500 }
  return [
    Finding(
      statement: "dnms: 17 of 20 networks meet the criterion within 2,500 trials",
      measured: "\(soon) of \(times.count)", holds: Double(soon) >= 0.85 * Double(times.count)),
    lateError("dnms", errors, after: 10_000, atMost: 0.06),
  ]
}

let longDelayCurve = learningCurve(
  "long-delay", "dnms_long_delay: how it is learned", .longDelay,
  medianWithin: 1300...4500, published: "2,230, quartiles 1,366–4,573")

let variableDelayCurve = learningCurve(
  "variable-delay", "dnms_variable_delay: how it is learned", .variableDelay,
  published: "about 16,500, quartiles 10,700–22,700"
) { _, times in
  let learned = times.count { $0 != nil }
  return [
    Finding(
      statement: "dnms_variable_delay: at least half the networks meet the criterion by 30,000",
      measured: "\(learned) of \(times.count)", holds: 2 * learned >= times.count)
  ]
}

let excitatoryInhibitoryCurve = learningCurve(
  "excitatory-inhibitory", "dnms_excitatory_inhibitory: how it is learned", .excitatoryInhibitory,
  medianWithin: 4000...16_000, published: "about 8,200, quartiles 4,400–16,000")

let selectiveIntegrationCurve = learningCurve(
  "fig4a", "selective_integration: how it is learned", .selectiveIntegration, published: nil
) { errors, _ in
  [
    lateError("selective_integration", errors, after: 10_000, atMost: 0.15),
    lateError("selective_integration", errors, after: 20_000, atMost: 0.08),
  ]
}

/// A learning curve as a figure.
///
/// - Parameters:
///   - range: where the median of criterion times is to be; nil if that is not said.
///   - published: what the paper has.
///   - others: finds more, of [network][trial] errors and of criterion times.
private func learningCurve(
  _ name: String, _ title: String, _ experiment: LocalExperiment,
  medianWithin range: ClosedRange<Double>? = nil, published: String?,
  others: @escaping @Sendable (_ errors: [[Double]], _ times: [Int?]) -> [Finding] = { _, _ in [] }
) -> PaperFigure {
  PaperFigure(
    name: name, title: title, plans: { experiment.plans($0) },
    make: { laboratory in
      let plans = experiment.plans(laboratory.seedCount)
      let (errors, times) = try laboratory.learning(of: plans)
      try laboratory.writeCurve(of: plans, errors: errors, times: times, as: name)
      let summary = CriterionTimes(times, trialsExamined: experiment.trials)
      let words =
        "\(criterionWords(times)); median \(number(summary.median, digits: 0)), quartiles "
        + "\(number(summary.lowerQuartile, digits: 0))–\(number(summary.upperQuartile, digits: 0))"
      let criterion =
        range.map {
          Finding(
            statement: "\(experiment.alias): the median time to the criterion is "
              + "\(Figures.grouped(Int($0.lowerBound)))–\(Figures.grouped(Int($0.upperBound))) trials"
              + (published.map { " (published: \($0))" } ?? ""),
            measured: words, holds: $0.contains(summary.median))
        }
        ?? Finding(
          statement: "\(experiment.alias): networks meet the criterion"
            + (published.map { " (published: \($0))" } ?? ""),
          measured: words, holds: times.contains { $0 != nil })
      return [criterion] + others(errors, times)
    })
}

/// "642, 1,205, never".
func criterionWords(_ times: [Int?]) -> String {
  times.sorted { $0 ?? .max < $1 ?? .max }.map { $0.map { Figures.grouped($0) } ?? "never" }
    .joined(separator: ", ")
}

/// The median over networks of the median error in the 200 trials up to one.
private func lateError(
  _ name: String, _ errors: [[Double]], after trials: Int, atMost bound: Double
) -> Finding {
  let late = errors.map { median(of: Array($0[(trials - 200)..<trials])) }
  return Finding(
    statement: "\(name): the median error at \(Figures.grouped(trials)) trials is at most "
      + number(bound),
    measured: "\(number(median(of: late), digits: 3)) (\(list(late.sorted(), digits: 3)))",
    holds: median(of: late) <= bound)
}

// MARK: The arm

/// Trials of a running mean of the arm's errors.
private let armWindow = 100

let armCurve = PaperFigure(
  name: "arm", title: "arm_reaching: how it is learned, and where the hand ends",
  plans: { LocalExperiment.armReaching.plans($0) },
  make: { laboratory in
    let plans = LocalExperiment.armReaching.plans(laboratory.seedCount)
    let errors = try laboratory.learning(of: plans).errors
    try laboratory.writeCurve(of: plans, errors: errors, times: nil, as: "arm")
    var ratios: [Double] = []
    var distances: [[Double]] = []
    var swapped: [[Double]] = []
    for (plan, errors) in zip(plans, errors) {
      let subject = try laboratory.localSubject(plan)
      let before = try reach(with: subject.untrained(at: laboratory.servers), laboratory)
      // The least of all windows: whether it falls below a third of what it was, at any time.
      let windows = stride(from: armWindow, through: errors.count, by: 1).map {
        mean(of: Array(errors[($0 - armWindow)..<$0]))
      }
      ratios.append((windows.min() ?? .nan) / before.error)
      distances.append(try reach(with: subject, laboratory).distances)
      swapped.append(
        try reach(with: subject.swapping(inputs: 0, 1), laboratory).distances)
    }
    let enough = { (good: Int) in Double(good) >= 0.8 * Double(plans.count) }
    return [
      Finding(
        statement: "arm_reaching: the error falls below a third of what it was, in 4 of 5 networks",
        measured: "to " + list(ratios) + " of it", holds: enough(ratios.count { $0 < 1 / 3 })),
      Finding(
        statement: "arm_reaching: the hand ends within 8 cm of either target, in 4 of 5 networks",
        measured: distances.map { list($0.map { 100 * $0 }, digits: 1) }
          .joined(separator: "; ") + " cm",
        holds: enough(distances.count { $0.allSatisfy { $0 < 0.08 } })),
      Finding(
        statement: "arm_reaching: with inputs swapped the hand goes to the other target, 40 cm off",
        measured: swapped.map { list($0.map { 100 * $0 }, digits: 1) }
          .joined(separator: "; ") + " cm",
        holds: enough(swapped.count { $0.allSatisfy { $0 > 0.3 } })),
    ]
  })

/// How far the hand ends from each target, on average, and the mean error, over 50 trials of each.
private func reach(
  with subject: LocalSubject, _ laboratory: Laboratory
) throws -> (distances: [Double], error: Double) {
  let distance = subject.fact("finalDistance")
  var (sums, counts, error) = ([0.0, 0], [0.0, 0], 0.0)
  try laboratory.test(subject, trialsPerCondition: 50) { trial in
    sums[trial.condition] += distance(trial)
    counts[trial.condition] += 1
    error += trial.error
  }
  return (zip(sums, counts).map { $0 / $1 }, error / counts.reduce(0, +))
}

extension LocalSubject {
  /// Reads a fact off a trial.
  ///
  /// - Precondition: the task has it.
  func fact(_ name: String) -> (HebbianTest) -> Double {
    guard let index = task.facts.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("\(task.name) has no fact '\(name)'")
    }
    return { Double($0.facts[index]) }
  }
}
