import Testing

@testable import Analysis

/// A population whose rates are a linear function of what happens, known to the test.
///
///     rᵤ(t) = 2 + Σ_v aᵤᵥ f_v(t) v + cᵤ choice · context + noise
private struct Population {
  /// aᵤᵥ, [unit][variable], with sides as they are.
  var weights: [[Double]]
  /// cᵤ.
  var interactions: [Double]
  var noise = 0.0

  /// f_v(t), [variable][time]. Choice ramps, evidence comes and goes at different times, context
  /// stays.
  static let courses: [[Double]] = [
    [0.1, 0.4, 0.7, 1.0, 1.3], [0.2, 1.0, 0.6, 0.3, 0.1], [0.1, 0.5, 1.1, 0.4, 0.2],
    [0.9, 1.0, 0.9, 0.8, 0.7],
  ]
  static let strengths = [5.0, 15, 50]

  func rates(_ values: [Double], _ draws: inout Draws) -> [Float] {
    (0..<5).flatMap { time in
      weights.indices.map { unit in
        let driven = (0..<4).reduce(2.0) {
          $0 + weights[unit][$1] * Self.courses[$1][time] * values[$1]
        }
        return Float(driven + interactions[unit] * values[0] * values[3] + noise * draws.normal())
      }
    }
  }

  /// Trials of a subject that errs now and then, and sometimes does not decide.
  func trials(_ count: Int, seed: UInt64, undecided: Bool = false) -> [ContextTrial] {
    var draws = Draws(seed: seed)
    return (0..<count).map { number in
      let motion = draws.sign() * Self.strengths[draws.index(below: 3)]
      let colour = draws.sign() * Self.strengths[draws.index(below: 3)]
      let context = draws.index(below: 2) == 0 ? ContextTrial.Context.motion : .colour
      let right = (context == .motion ? motion : colour) > 0
      let isCorrect = draws.uniform() < 0.85
      let choice: Side = right == isCorrect ? .right : .left
      let values = [choice.sign, motion / 50, colour / 50, context == .motion ? 1 : -1]
      let none = undecided && number % 3 == 0
      return ContextTrial(
        choice: none ? nil : choice, motion: motion, colour: colour, context: context,
        isCorrect: isCorrect && !none, rates: rates(values, &draws))
    }
  }

  /// Units of random weights.
  static func random(_ count: Int, noise: Double = 0) -> Population {
    var draws = Draws(seed: 51)
    return Population(
      weights: (0..<count).map { _ in draws.normals(4) }, interactions: draws.normals(count),
      noise: noise)
  }

  /// Four groups of units, each driven by one variable alone.
  static func pure(_ count: Int) -> Population {
    var draws = Draws(seed: 52)
    return Population(
      weights: (0..<count).map { unit in
        (0..<4).map { $0 == unit % 4 ? 1 + draws.uniform() : 0 }
      }, interactions: .init(repeating: 0, count: count))
  }
}

private func norm(_ vector: [Double]) -> Double {
  vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

private func product(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

@Suite("Targeted regression and state space")
struct TargetedRegressionTests {
  private let allRight = [Side](repeating: .right, count: 12)
  private let mixed = (0..<12).map { $0 % 3 == 0 ? Side.left : .right }

  @Test("the coefficients of a linear population are found, signed by each unit's preference")
  func coefficients() throws {
    let population = Population.random(12)
    let trials = population.trials(400, seed: 1)
    let regression = try TargetedRegression(trials, preferredSides: mixed)
    #expect(regression.activeUnits == Array(0..<12))
    for unit in 0..<12 {
      let rates = trials.flatMap { trial in (0..<5).map { Double(trial.rates[$0 * 12 + unit]) } }
      let deviation = standardDeviation(of: rates)
      for variable in TaskVariable.allCases {
        let sign = variable == .context ? 1 : mixed[unit].sign
        for time in 0..<5 {
          let wanted =
            sign * population.weights[unit][variable.rawValue]
            * Population.courses[variable.rawValue][time] / deviation
          let found = try #require(regression.coefficients[variable])[time][unit]
          // The rates are single-precision numbers.
          #expect(found.isClose(to: wanted, within: 1e-5))
        }
      }
    }
  }

  @Test("each variable's axis is from the time its coefficients are largest")
  func strongest() throws {
    let regression = try TargetedRegression(
      Population.random(12).trials(400, seed: 1), preferredSides: mixed)
    #expect(
      regression.strongestTimes == [.choice: 4, .motion: 1, .colour: 2, .context: 1])
  }

  @Test("axes are orthonormal, and point where their coefficients do")
  func axes() throws {
    let regression = try TargetedRegression(
      Population.random(12).trials(400, seed: 1), preferredSides: mixed)
    for first in TaskVariable.allCases {
      for second in TaskVariable.allCases {
        let angle = product(try #require(regression.axes[first]), regression.axes[second]!)
        #expect(angle.isClose(to: first == second ? 1 : 0, within: 1e-12))
      }
      let strongest = regression.coefficients[first]![regression.strongestTimes[first]!]
      #expect(product(regression.axes[first]!, strongest) > 0)
    }
    // Nothing is taken off the first: it is the direction itself.
    let choice = regression.coefficients[.choice]![4]
    #expect(product(regression.axes[.choice]!, choice).isClose(to: norm(choice), within: 1e-12))
  }

  @Test("undecided trials change nothing, wherever they stand")
  func undecided() throws {
    let trials = Population.random(12, noise: 0.3).trials(600, seed: 2, undecided: true)
    let decided = trials.filter { $0.choice != nil }
    #expect(decided.count == 400)
    let with = try TargetedRegression(trials, preferredSides: mixed)
    let without = try TargetedRegression(decided, preferredSides: mixed)
    #expect(with.coefficients == without.coefficients)
    #expect(with.axes == without.axes)
    let variables: [TaskVariable] = [.choice, .motion, .context]
    #expect(
      with.trajectories(of: trials, by: variables)
        == without.trajectories(of: decided, by: variables))
  }

  @Test("the way along an axis is the variable times its course, less the mean of conditions")
  func trajectories() throws {
    let trials = Population.pure(12).trials(800, seed: 3)
    let regression = try TargetedRegression(trials, preferredSides: allRight)
    let ways = regression.trajectories(of: trials, by: TaskVariable.allCases)
    // Correct trials: the relevant side is the choice. 2 contexts × 6 × 6 coherences.
    #expect(ways.count == 72)
    for variable in TaskVariable.allCases {
      let average = mean(of: ways.map { $0.condition[variable]! })
      for way in ways {
        #expect(way.points.map(\.time) == [0, 1, 2, 3, 4])
        for point in way.points {
          let length = norm(regression.coefficients[variable]![point.time])
          let wanted = length * (way.condition[variable]! - average)
          #expect(point.position[variable]!.isClose(to: wanted, within: 1e-5))
        }
      }
    }
  }

  @Test("conditions are averaged over what does not tell them apart, correct trials alone")
  func grouping() throws {
    let trials = Population.pure(12).trials(800, seed: 3)
    let regression = try TargetedRegression(trials, preferredSides: allRight)
    let ways = regression.trajectories(of: trials, by: [.choice, .context])
    #expect(
      ways.map(\.condition) == [
        [.choice: -1, .context: -1], [.choice: -1, .context: 1], [.choice: 1, .context: -1],
        [.choice: 1, .context: 1],
      ])
    let choice = regression.coefficients[.choice]!
    for way in ways {
      #expect(
        way.points[4].position[.choice]!
          .isClose(to: norm(choice[4]) * way.condition[.choice]!, within: 1e-5))
    }
    // In the motion context a correct choice goes with motion to its side.
    #expect(ways[3].points[1].position[.motion]! > 0.1)
    #expect(ways[1].points[1].position[.motion]! < -0.1)
    let correct = trials.filter(\.isCorrect)
    #expect(regression.trajectories(of: correct, by: [.choice, .context]) == ways)
  }

  @Test("units that mirror others, and prefer the other side, make the same state space")
  func mirrored() throws {
    // All conditions of correct trials, so that mirror images are there.
    let population = Population.random(12)
    var mirror = population
    for unit in 0..<12 where mixed[unit] == .left {
      for side in 0..<3 { mirror.weights[unit][side].negate() }
      mirror.interactions[unit].negate()
    }
    // Each trial with its mirror image, so that a unit's mean is that of its mirror.
    let one = population.trials(900, seed: 4)
    var draws = Draws(seed: 0)
    func paired(_ population: Population) -> [ContextTrial] {
      one.flatMap { trial in
        [1.0, -1].map { sign in
          var trial = trial
          trial.choice = trial.choice!.sign * sign > 0 ? .right : .left
          trial.motion *= sign
          trial.colour *= sign
          trial.rates = population.rates(
            [
              trial.choice!.sign, trial.motion / 50, trial.colour / 50,
              trial.context == .motion ? 1 : -1,
            ], &draws)
          return trial
        }
      }
    }
    let (plain, mirrored) = (paired(population), paired(mirror))
    let wanted = try TargetedRegression(plain, preferredSides: allRight)
    let found = try TargetedRegression(mirrored, preferredSides: mixed)
    for variable in TaskVariable.allCases {
      #expect(found.strongestTimes[variable] == wanted.strongestTimes[variable])
      for (a, b) in zip(found.axes[variable]!, wanted.axes[variable]!) {
        #expect(a.isClose(to: b, within: 1e-5))
      }
    }
    let variables: [TaskVariable] = [.choice, .motion, .context]
    let ways = found.trajectories(of: mirrored, by: variables)
    let wantedWays = wanted.trajectories(of: plain, by: variables)
    #expect(ways.map(\.condition) == wantedWays.map(\.condition))
    for (way, wanted) in zip(ways, wantedWays) {
      #expect(way.points.count == 5)
      for (point, wanted) in zip(way.points, wanted.points) {
        for variable in TaskVariable.allCases {
          #expect(
            point.position[variable]!.isClose(to: wanted.position[variable]!, within: 1e-4))
        }
      }
    }
  }

  @Test("denoising brings coefficients closer to what they are without noise")
  func denoising() throws {
    let count = 40
    let sides = [Side](repeating: .right, count: count)
    let trials = Population.random(count, noise: 2).trials(600, seed: 6)
    let raw = try TargetedRegression(trials, preferredSides: sides)
    let denoised = try TargetedRegression(trials, preferredSides: sides, denoisedTo: 6)
    // The same units without noise, in the units of their noisy standard deviations.
    let weights = Population.random(count).weights
    let deviations = (0..<count).map { unit in
      standardDeviation(
        of: trials.flatMap { trial in (0..<5).map { Double(trial.rates[$0 * count + unit]) } })
    }
    func distance(_ regression: TargetedRegression) -> Double {
      TaskVariable.allCases.reduce(0) { sum, variable in
        (0..<5).reduce(sum) { sum, time in
          let course = Population.courses[variable.rawValue][time]
          return (0..<count).reduce(sum) { sum, unit in
            let wanted = weights[unit][variable.rawValue] * course / deviations[unit]
            let difference = regression.coefficients[variable]![time][unit] - wanted
            return sum + difference * difference
          }
        }
      }
    }
    #expect(distance(denoised) < 0.8 * distance(raw))
    // As many components as units leave everything as it is.
    let all = try TargetedRegression(trials, preferredSides: sides, denoisedTo: count)
    for (a, b) in zip(all.coefficients[.motion]![1], raw.coefficients[.motion]![1]) {
      #expect(a.isClose(to: b, within: 1e-10))
    }
  }

  @Test("units that hardly vary are left out")
  func inactive() throws {
    var population = Population.random(12)
    population.weights[5] = [0.01, 0.01, 0, 0]
    population.interactions[5] = 0
    let trials = population.trials(400, seed: 7)
    let regression = try TargetedRegression(trials, preferredSides: allRight)
    #expect(regression.activeUnits == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11])
    #expect(regression.axes[.choice]!.count == 11)
    #expect(!regression.trajectories(of: trials, by: [.choice]).isEmpty)
  }

  @Test("trials that ended early count for the times they have")
  func early() throws {
    let trials = Population.random(12).trials(400, seed: 8)
    let shortened = trials.enumerated().map { index, trial in
      var trial = trial
      if index % 2 == 0 { trial.rates.removeLast(2 * 12) }
      return trial
    }
    let regression = try TargetedRegression(shortened, preferredSides: mixed)
    let whole = try TargetedRegression(trials, preferredSides: mixed)
    // Without noise half the trials give the same coefficients, but for the units' deviations.
    let ratio = regression.coefficients[.motion]![4][0] / whole.coefficients[.motion]![4][0]
    #expect(
      (regression.coefficients[.motion]![0][0] / whole.coefficients[.motion]![0][0])
        .isClose(to: ratio, within: 1e-4))
  }

  @Test("without products a population that has none is found as well")
  func variablesAlone() throws {
    let trials = Population.pure(12).trials(400, seed: 11)
    let plain = try TargetedRegression(
      trials, preferredSides: allRight, on: .variables, activeAbove: 1e-10)
    let products = try TargetedRegression(trials, preferredSides: allRight)
    for variable in TaskVariable.allCases {
      for (one, other) in zip(plain.axes[variable]!, products.axes[variable]!) {
        #expect(one.isClose(to: other, within: 1e-5))
      }
    }
    // Five terms need five trials, and no more.
    #expect(throws: StateSpaceError.tooFewTrials(4, time: 0, terms: 5)) {
      try TargetedRegression(Array(trials.prefix(4)), preferredSides: allRight, on: .variables)
    }
    // What a product does is left in the residual, and in part goes to the variables.
    let mixed = Population.random(12).trials(400, seed: 11)
    #expect(
      try TargetedRegression(mixed, preferredSides: allRight, on: .variables).coefficients
        != TargetedRegression(mixed, preferredSides: allRight).coefficients)
  }

  @Test("constant units are dropped, and any other is kept")
  func constantUnits() throws {
    let trials = Population.pure(12).trials(100, seed: 12).map { trial in
      var trial = trial
      for place in stride(from: 3, to: trial.rates.count, by: 12) { trial.rates[place] = 0.7616 }
      for place in stride(from: 5, to: trial.rates.count, by: 12) { trial.rates[place] *= 1e-4 }
      return trial
    }
    let regression = try TargetedRegression(
      trials, preferredSides: allRight, on: .variables, activeAbove: 1e-10)
    #expect(regression.activeUnits == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11])
  }

  @Test("a population that carries the other evidence keeps it in order, and not in its choice")
  func order() throws {
    let trials = Population.pure(12).trials(800, seed: 13)
    let regression = try TargetedRegression(
      trials, preferredSides: allRight, on: .variables, activeAbove: 1e-10)
    let panel = regression.trajectories(
      of: trials.filter { $0.context == .motion }, by: [.choice, .colour])
    // Six strengths of colour for either choice.
    #expect(panel.count == 12)
    let order = positionOrder(of: panel, by: .colour, during: 0..<5)
    #expect(order.keys.sorted() == [-1, 1])
    #expect(order.values.allSatisfy { $0.isClose(to: 1, within: 1e-12) })
    let left = finalChoiceCorrelation(of: panel, with: .colour)
    #expect(left.count == 2)
  }

  @Test("orders and correlations are those of the positions, choices apart")
  func orderInNumbers() {
    func way(_ choice: Double, _ motion: Double, _ places: [(Double, Double)])
      -> StateSpaceTrajectory
    {
      StateSpaceTrajectory(
        condition: [.choice: choice, .motion: motion],
        points: places.enumerated().map { time, place in
          StateSpacePoint(time: time, position: [.choice: place.0, .motion: place.1])
        })
    }
    // On the right the mean of times 0 and 1 is 1, 3, 2; the last time is not looked at.
    let ways = [
      way(1, -1, [(0, 0), (0, 2), (5, 9)]), way(1, 0, [(0, 3), (0, 3), (7, -9)]),
      way(1, 1, [(0, 4), (0, 0), (9, 0)]), way(-1, -1, [(0, 1), (0, 1), (1, 1)]),
      way(-1, 1, [(0, 2), (0, 2), (2, 2)]),
    ]
    // Ranks 1 2 3 and 1 3 2: 1 − 6 · 2/24. Two conditions on the left are too few.
    let order = positionOrder(of: ways, by: .motion, during: 0..<2)
    #expect(order.count == 1)
    #expect(order[1]!.isClose(to: 0.5, within: 1e-14))
    let final = finalChoiceCorrelation(of: ways, with: .motion)
    #expect(final.count == 1)
    #expect(final[1]!.isClose(to: 1, within: 1e-14))
    #expect(positionOrder(of: ways, by: .motion, during: 7..<9).isEmpty)
  }

  @Test("what can't be done is said")
  func errors() {
    let trials = Population.random(12).trials(400, seed: 9)
    #expect(throws: StateSpaceError.tooFewUnits(0, needed: 4)) {
      try TargetedRegression(trials, preferredSides: allRight, activeAbove: 100)
    }
    #expect(throws: StateSpaceError.tooFewTrials(10, time: 0, terms: 11)) {
      try TargetedRegression(Array(trials.prefix(10)), preferredSides: allRight)
    }
    let motionOnly = trials.filter { $0.context == .motion }
    #expect(throws: StateSpaceError.dependentRegressors(rank: 7, time: 0, terms: 11)) {
      try TargetedRegression(motionOnly, preferredSides: allRight)
    }
    let wrong = trials.filter { !$0.isCorrect }
    #expect(throws: StateSpaceError.nothingToDenoiseBy) {
      try TargetedRegression(wrong, preferredSides: allRight, denoisedTo: 12)
    }
    #expect(
      StateSpaceError.tooFewTrials(10, time: 0, terms: 11).description
        == "10 decided trials have rates at time 0, a regression on 11 terms needs as many; play "
        + "more trials, or take earlier times")
  }

  @Test("rates are sampled at the steps asked for, as far as the trial went")
  func sampling() {
    let rates: [Float] = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    #expect(sampledRates(of: rates, unitCount: 2, at: [1, 3, 5]) == [1, 1.5, 3, 3.5])
    #expect(sampledRates(of: rates, unitCount: 2, at: []) == [])
  }
}
