import Analysis
import Console
import Gym
import Learning
import Runs

// How a network attends to one of two streams, and what becomes of the other.

private let experiment = LocalExperiment.selectiveIntegration

private struct AttendedTrial {
  let context: Int
  /// b₁ and b₂
  let biases: [Double]
  let target: Double
  /// The last rate of the unit that answers.
  let response: Double
  /// Of all units, every 10 ms.
  let rates: [Float]
}

/// All pairs of biases in both contexts, five trials of each.
private func play(
  _ plan: TrainingPlan, _ laboratory: Laboratory
) throws -> (trials: [AttendedTrial], unitCount: Int) {
  let subject = try laboratory.localSubject(plan)
  let unitCount = subject.state.network.units
  let context = subject.fact("context")
  let (relevant, irrelevant) = (subject.fact("relevantBias"), subject.fact("irrelevantBias"))
  let target = subject.fact("target")
  let steps = Array(stride(from: 0, to: 700, by: 10))
  var trials: [AttendedTrial] = []
  try laboratory.test(subject, preset: "miconi2017-test", trialsPerCondition: 5) { trial in
    let attended = Int(context(trial))
    // Biases are tenths, which single precision does not have.
    let values = [relevant(trial), irrelevant(trial)].map { ($0 * 10).rounded() / 10 }
    trials.append(
      AttendedTrial(
        context: attended, biases: attended == 1 ? values : values.reversed(),
        target: target(trial), response: Double(trial.rates[trial.rates.count - unitCount]),
        rates: sampledRates(of: trial.rates, unitCount: unitCount, at: steps)))
  }
  return (trials, unitCount)
}

/// Figure 4b: how answers follow the bias that counts, and not the other.
let psychometricBoxes = PaperFigure(
  name: "fig4b", title: "selective_integration: answers by bias",
  plans: { _ in experiment.plans(1) },
  make: { laboratory in
    let trials = try play(experiment.plans(1)[0], laboratory).trials
    var table = CSVTable(columns: [
      "context", "modality", "bias", "low", "lower_quartile", "median", "upper_quartile", "high",
      "mean", "fit",
    ])
    var findings: [Finding] = []
    for context in 1...2 {
      for modality in 1...2 {
        let responses = trials.filter { $0.context == context }.map {
          (stimulus: $0.biases[modality - 1], response: $0.response)
        }
        let summaries = boxes(of: responses)
        let fit = SigmoidFit(fittedTo: responses.map { ($0.stimulus, $0.response) })
        for (bias, box) in summaries {
          table.append([
            .integer(context), .integer(modality), .double(bias), .double(box.whiskers.lowerBound),
            .double(box.box.lowerBound), .double(box.median), .double(box.box.upperBound),
            .double(box.whiskers.upperBound), .double(box.mean),
            .double(fit.map { $0.response(at: bias) } ?? .nan),
          ])
        }
        let means = summaries.map(\.box.mean)
        let spread = "\(number(means.first ?? .nan)) … \(number(means.last ?? .nan))"
        findings.append(
          context == modality
            ? Finding(
              statement:
                "attending to \(context), answers go from −1 to 1 with its bias, and cross 0 "
                + "within ±0.1",
              measured: "\(spread), crossing at \(number(fit?.center ?? .nan, digits: 3))",
              holds: (means.first ?? 0) < -0.8 && (means.last ?? 0) > 0.8
                && abs(fit?.center ?? 1) <= 0.1)
            : Finding(
              statement: "attending to \(context), the mean answer stays within ±0.25 whatever the "
                + "bias of \(modality)",
              measured: "\(number(means.min() ?? .nan)) to \(number(means.max() ?? .nan))",
              holds: means.allSatisfy { abs($0) <= 0.25 }))
      }
    }
    try laboratory.write(table, as: "fig4b")
    return findings
  })

/// Figure 5: both streams are represented, and one of them decides.
let regressionSubspace = PaperFigure(
  name: "fig5", title: "selective_integration: the population's way along choice and biases",
  plans: { _ in experiment.plans(1) },
  make: { laboratory in
    let (played, unitCount) = try play(experiment.plans(1)[0], laboratory)
    let trials = played.map { trial in
      ContextTrial(
        choice: trial.target == 0 ? nil : trial.target > 0 ? .right : .left,
        motion: trial.biases[0], colour: trial.biases[1],
        context: trial.context == 1 ? .motion : .colour,
        isCorrect: trial.response * trial.target > 0 && abs(trial.response) > 0.5,
        rates: trial.rates)
    }
    let regression = try TargetedRegression(
      trials, preferredSides: .init(repeating: .right, count: unitCount), on: .variables,
      activeAbove: 1e-10)
    var table = CSVTable(columns: [
      "context", "grouping", "bias", "choice", "time_ms", "choice_position", "modality_position",
    ])
    var findings: [Finding] = []
    let largest = 0.5
    for (context, attended) in [(1, ContextTrial.Context.motion), (2, .colour)] {
      for (grouping, variable) in [(1, TaskVariable.motion), (2, .colour)] {
        let members = trials.filter {
          $0.context == attended && (variable == .motion ? $0.motion : $0.colour) != 0
        }
        let ways = regression.trajectories(of: members, by: [.choice, variable])
        for way in ways {
          for point in way.points {
            table.append([
              .integer(context), .integer(grouping),
              .double((way.condition[variable]! * largest * 10).rounded() / 10),
              .integer(Int(way.condition[.choice]!)), .integer(point.time * 10),
              .double(point.position[.choice]!), .double(point.position[variable]!),
            ])
          }
        }
        let order = positionOrder(of: ways, by: variable, during: 10..<50)
        findings.append(
          Finding(
            statement:
              "attending to \(context), states are in order of the bias of \(grouping), for "
              + "each choice (rank correlation at least 0.9)",
            measured: list(order.sorted { $0.key < $1.key }.map(\.value)),
            holds: !order.isEmpty && order.values.allSatisfy { $0 >= 0.9 }))
        if context != grouping {
          let left = finalChoiceCorrelation(of: ways, with: variable)
          findings.append(
            Finding(
              statement: "attending to \(context), where choices end says nothing of the bias of "
                + "\(grouping) (correlation within ±0.3)",
              measured: list(left.sorted { $0.key < $1.key }.map(\.value)),
              holds: left.values.allSatisfy { abs($0) <= 0.3 }))
        }
      }
    }
    try laboratory.write(table, as: "fig5")
    return findings
  })
