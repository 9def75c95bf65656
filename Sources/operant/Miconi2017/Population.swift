import Analysis
import Console
import Gym
import Learning
import Runs

// What the population of a trained network holds, and when.

private let experiment = LocalExperiment.delayedNonMatch
/// Networks that are looked into.
private func examined(_ count: Int) -> [TrainingPlan] {
  experiment.plans(min(count, 5))
}

/// Every 10 ms, as the paper's data.
private let times = Array(stride(from: 0, to: 1000, by: 10))

private struct DelayedTrial {
  let first: Int
  let second: Int
  let rates: [Float]
  var isSame: Bool { first == second }
  var name: String { "\(first == 1 ? "A" : "B")\(second == 1 ? "A" : "B")" }
}

/// Twenty trials of each condition.
private func play(
  _ plan: TrainingPlan, _ laboratory: Laboratory, at steps: [Int]
) throws -> (trials: [DelayedTrial], unitCount: Int) {
  let subject = try laboratory.localSubject(plan)
  let (first, second) = (subject.fact("firstStimulus"), subject.fact("secondStimulus"))
  let unitCount = subject.state.network.units
  var trials: [DelayedTrial] = []
  try laboratory.test(subject, trialsPerCondition: 20) { trial in
    trials.append(
      DelayedTrial(
        first: Int(first(trial)), second: Int(second(trial)),
        rates: sampledRates(of: trial.rates, unitCount: unitCount, at: steps)))
  }
  return (trials, unitCount)
}

/// Figure 2: what is held can be read out at one time by what told it at another, or not.
let decodingFigure = PaperFigure(
  name: "fig2", title: "dnms: what the population tells, read across time",
  plans: { examined($0) },
  make: { laboratory in
    let plans = examined(laboratory.seedCount)
    let labels: [(name: String, of: (DelayedTrial) -> Int)] = [
      ("first", { $0.first }), ("second", { $0.second }), ("response", { $0.isSame ? 1 : 2 }),
    ]
    // [label][network]
    var decodings = labels.map { _ in [CrossTemporalDecoding]() }
    for plan in plans {
      let (trials, unitCount) = try play(plan, laboratory, at: times)
      for (index, label) in labels.enumerated() {
        decodings[index].append(
          CrossTemporalDecoding(
            of: trials.map { (label.of($0), $0.rates) }, unitCount: unitCount, times: times,
            seed: Laboratory.testSeed))
      }
    }
    var table = CSVTable(columns: ["label", "train_ms", "test_ms", "accuracy"])
    for (label, decodings) in zip(labels, decodings) {
      for (row, train) in times.enumerated() {
        for (column, test) in times.enumerated() {
          table.append([
            .text(label.name), .integer(train), .integer(test),
            .single(Float(decodings[0].accuracies[row * times.count + column])),
          ])
        }
      }
    }
    try laboratory.write(table, as: "fig2")

    let (first, second, response) = (decodings[0], decodings[1], decodings[2])
    func finding(
      _ statement: String, _ values: [Double?], _ holds: (Double) -> Bool
    ) -> Finding {
      let values = values.map { $0 ?? .nan }
      return Finding(
        statement: statement + ", in the median of the networks", measured: list(values.sorted()),
        holds: holds(median(of: values)))
    }
    return [
      finding(
        "the first stimulus is told at 50–750 ms (at least 0.9)",
        first.map { $0.meanDiagonal(over: 50..<750) }, { $0 >= 0.9 }),
      finding(
        "the second one is not, before it is shown (0.4–0.6)",
        second.map { $0.meanDiagonal(over: 0..<400) }, { (0.4...0.6).contains($0) }),
      finding(
        "the response is told at 850–1000 ms (at least 0.98)",
        response.map { $0.meanDiagonal(over: 850..<1000) }, { $0 >= 0.98 }),
      finding(
        "how the first stimulus is told while it is shown does not tell it during the second (at "
          + "most 0.65)",
        first.map { $0.meanAccuracy(between: 50..<200, and: 400..<600) }, { $0 <= 0.65 }),
      finding(
        "the first stimulus is forgotten in the end (by at least 0.2)",
        first.map { $0.diagonalFall(at: 990) }, { $0 >= 0.2 }),
    ]
  })

/// Figure 3: which conditions look alike, and when.
let scalingFigure = PaperFigure(
  name: "fig3", title: "dnms: conditions come together by response",
  plans: { examined($0) },
  make: { laboratory in
    let moments = [200, 600, 800, 1000]
    var table = CSVTable(columns: ["time_ms", "condition", "x", "y"])
    // [network][moment]
    var ratios: [[Double]] = []
    for plan in examined(laboratory.seedCount) {
      let (all, unitCount) = try play(plan, laboratory, at: moments.map { $0 - 1 })
      // Ten of each condition.
      let trials = all.enumerated().filter { ($0.offset / 4) % 2 == 0 }.map(\.element)
      ratios.append(
        moments.indices.map { moment in
          let states = trials.map { trial in
            trial.rates[(moment * unitCount)..<((moment + 1) * unitCount)].map { Double($0) }
          }
          let distances = euclideanDistances(between: states)
          if ratios.isEmpty {
            let map = MultidimensionalScaling(of: distances)
            for (trial, point) in zip(trials, map.points) {
              table.append([
                .integer(moments[moment]), .text(trial.name), .double(point[0]),
                .double(point[1]),
              ])
            }
          }
          return distanceRatio(of: trials, distances)
        })
    }
    try laboratory.write(table, as: "fig3")
    let (early, late) = (ratios.map { $0[1] }, ratios.map { $0[3] })
    let closer = zip(early, late).count { $1 < $0 }
    return [
      Finding(
        statement: "conditions of one response are closer to each other, beside those of different "
          + "ones, at 1000 ms than at 600 ms, in most networks",
        measured: "\(closer) of \(ratios.count): "
          + zip(early, late).map { "\(number($0)) → \(number($1))" }.joined(separator: ", "),
        holds: 2 * closer > ratios.count),
      Finding(
        statement: "in the best network they are at most half as far apart",
        measured: number(late.min() ?? .nan), holds: late.contains { $0 <= 0.5 }),
    ]
  })

/// The mean distance between trials of different conditions and the same response, over that between
/// trials of different responses.
private func distanceRatio(of trials: [DelayedTrial], _ distances: [[Double]]) -> Double {
  var (same, different) = ([Double](), [Double]())
  for i in trials.indices {
    for j in 0..<i where trials[i].name != trials[j].name {
      if trials[i].isSame == trials[j].isSame {
        same.append(distances[i][j])
      } else {
        different.append(distances[i][j])
      }
    }
  }
  return mean(of: same) / mean(of: different)
}
