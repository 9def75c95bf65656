import Glibc
import Gym
import Testing

@testable import Learning

/// What predicts returns, as the referee has it.
private enum LiteralBaseline {
  case network(LiteralNetwork)
  /// w, b and what stands for the inputs at t = 0.
  case readOut(weights: [Double], bias: Double, start: [Double])

  /// Takes the numbers of a read-out of the decision network, or of nothing.
  init(readOut parameters: Parameters) {
    let inputs = parameters.shape.inputs
    let values = parameters.values.map(Double.init)
    self = .readOut(
      weights: Array(values[..<inputs]), bias: values[inputs],
      start: Array(values[(inputs + 1)...]))
  }
}

/// One trial, as the referee plays and judges it.
private struct LiteralTrial {
  var decisions: [LiteralNetwork.Moment] = []
  /// Of a value network.
  var values: [LiteralNetwork.Moment] = []
  /// v
  var predictions: [Double] = []
  /// What predictions were made from: (rₜ₋₁, eₜ₋₁), and nothing at t = 0.
  var heard: [[Double]] = []
  var actions: [Int] = []
  /// As they were paid.
  var rewards: [Double] = []
  /// δz of the decision network, before the mean over trials.
  var slopes: [[Double]] = []
  /// vₜ − Gₜ
  var excess: [Double] = []

  /// - Parameter environment: a single lane, the one of that number.
  init(
    trial: UInt64, lane: UInt64, in environment: any Environment, decision: LiteralNetwork,
    baseline: LiteralBaseline, hyperparameters: Hyperparameters, seed: UInt64
  ) throws {
    let deviation = (2 * hyperparameters.recurrentNoise / decision.leak).squareRoot()
    func noise(_ stream: Stream, _ step: Int, _ count: Int) -> [Double] {
      var random = Random(
        seed: seed, stream: stream, lane: lane, trial: trial, step: UInt64(step))
      return (0..<count).map { _ in deviation * Double(random.normal()) }
    }
    try environment.begin([.init(lane: 0, trial: trial)])
    while environment.frame.endedTrials.isEmpty {
      let step = actions.count
      decisions.append(
        step == 0
          ? decision.begin()
          : decision.advance(
            from: decisions[step - 1], input: environment.frame.observations.map(Double.init),
            noise: noise(Stream("recurrent noise"), step, decision.shape.units)))
      heard.append(
        step == 0
          ? []
          : decisions[step - 1].rates
            + (0..<decision.shape.outputs).map { $0 == actions[step - 1] ? 1 : 0 })
      switch baseline {
      case .network(let value):
        values.append(
          step == 0
            ? value.begin()
            : value.advance(
              from: values[step - 1], input: heard[step],
              noise: noise(Stream("value noise"), step, value.shape.units)))
        predictions.append(values[step].output[0])
      case .readOut(let weights, let bias, let start):
        let input = step == 0 ? start : heard[step]
        predictions.append(zip(weights, input).reduce(bias) { $0 + $1.0 * $1.1 })
      }

      var random = Random(
        seed: seed, stream: Stream("policy"), lane: lane, trial: trial, step: UInt64(step))
      let point = Double(random.uniform())
      let policy = softmax(decisions[step].output)
      let action = policy.indices.first { policy[...$0].reduce(0, +) > point } ?? policy.count - 1
      try environment.step([UInt8(action)])
      actions.append(action)
      rewards.append(Double(environment.frame.rewards[0]))
    }
    judge(hyperparameters, timeStep: environment.specification.options.timeStep)
  }

  private mutating func judge(_ hyperparameters: Hyperparameters, timeStep: Int) {
    let discounted = rewards.enumerated().map { step, reward in
      hyperparameters.rewardTimeConstant > 0
        ? reward * exp(-Double(step * timeStep) / hyperparameters.rewardTimeConstant) : reward
    }
    let targets = literalReturns(of: discounted)
    for step in actions.indices {
      let prediction = predictions[step]
      let advantage = (step == 0 ? discounted[0] : targets[step]) - prediction
      excess.append(prediction - targets[step])
      slopes.append(
        softmax(decisions[step].output).enumerated().map { action, probability in
          -((action == actions[step] ? 1 : 0) - probability) * advantage
        })
    }
  }
}

@Suite("An update against a literal referee")
struct ReinforceTests {

  struct Case: CustomTestStringConvertible, Sendable {
    var lookAhead = 1
    var rewardTimeConstant = 0.0
    var firstLane: UInt64 = 0
    var gradientLimit = 1.0

    var testDescription: String {
      "look-ahead \(lookAhead), τ_reward \(rewardTimeConstant), lanes from \(firstLane), Γ \(gradientLimit)"
    }
  }

  @Test(
    "plays the same trials, measures the same and has the same gradients, update after update",
    arguments: [
      Case(), Case(lookAhead: 4), Case(lookAhead: 32, gradientLimit: 1e9),
      Case(lookAhead: 3, rewardTimeConstant: 50, firstLane: 1 << 32),
    ])
  func agreement(_ variant: Case) throws {
    let seed: UInt64 = 41
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.rewardTimeConstant = variant.rewardTimeConstant
    hyperparameters.gradientLimit = variant.gradientLimit
    let laneCount = 12
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let environment = try HurriedDots.open(
      seed: seed, firstLane: variant.firstLane, laneCount: laneCount, lookAhead: variant.lookAhead)
    let reinforce = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: environment, shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)

    var lengths: Set<Int> = []
    for update in 0..<4 {
      reinforce.finish()
      let (before, valueBefore) = (reinforce.decision, reinforce.value)
      let (moment, valueMoment) = (reinforce.decisionOptimiser, reinforce.valueOptimiser)
      let decision = LiteralNetwork(before.parameters, leak: 0.1)
      let value = LiteralNetwork(valueBefore.parameters, leak: 0.1)
      let trials = try (0..<laneCount).map { lane in
        let number = variant.firstLane + UInt64(lane)
        return try LiteralTrial(
          trial: UInt64(update), lane: number,
          in: HurriedDots.open(seed: seed, firstLane: number, laneCount: 1), decision: decision,
          baseline: .network(value), hyperparameters: hyperparameters, seed: seed)
      }
      lengths.formUnion(trials.map(\.actions.count))

      let measures = try reinforce.update(trial: UInt64(update))
      reinforce.finish()

      let stepCount = trials.reduce(0) { $0 + $1.actions.count }
      #expect(measures.stepCount == stepCount)
      let reward = trials.reduce(0) { $0 + $1.rewards.reduce(0, +) } / Double(laneCount)
      #expect(abs(measures.meanReward - reward) < 1e-6)
      let loss = trials.reduce(0) { $0 + $1.excess.reduce(0) { $0 + $1 * $1 } } / Double(stepCount)
      #expect(abs(measures.valueLoss - loss) < 1e-5 * loss)

      var gradient = [Double](repeating: 0, count: before.parameters.values.count)
      var valueGradient = [Double](repeating: 0, count: valueBefore.parameters.values.count)
      for trial in trials {
        let slopes = trial.slopes.map { $0.map { $0 / Double(laneCount) } }
        for (place, slope) in decision.gradient(of: slopes, through: trial.decisions).enumerated() {
          gradient[place] += slope
        }
        let valueSlopes = trial.excess.map { [2 * $0 / Double(stepCount)] }
        for (place, slope) in value.gradient(of: valueSlopes, through: trial.values).enumerated() {
          valueGradient[place] += slope
        }
      }
      // A connection that does not exist has no gradient.
      let first = ParameterPlaces(before.shape).gateWeights
      for (place, exists) in before.connections.exist.enumerated() where !exists {
        gradient[first + place] = 0
      }
      #expect(abs(measures.decisionGradientNorm / norm(gradient) - 1) < 1e-4)
      expect(
        reinforce.decisionOptimiser, after: moment, gradient, limit: variant.gradientLimit,
        from: before.parameters.values, to: reinforce.decision.parameters.values)
      expect(
        reinforce.valueOptimiser, after: valueMoment, valueGradient, limit: variant.gradientLimit,
        from: valueBefore.parameters.values, to: reinforce.value.parameters.values)
    }
    #expect(lengths.count > 4, "trials were of many lengths: \(lengths.sorted())")
  }

  /// The first update from an opinionated start, of which Adam's first moment is a tenth of the gradient.
  private func firstUpdate(
    _ hyperparameters: Hyperparameters, from start: Snapshot, seed: UInt64, laneCount: Int
  ) throws -> (measures: Reinforce.Measures, decision: [Double], value: [Double]) {
    let reinforce = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: try HurriedDots.open(seed: seed, laneCount: laneCount, lookAhead: 4),
        shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)
    let measures = try reinforce.update(trial: 0)
    reinforce.finish()
    return (
      measures, reinforce.decisionOptimiser.firstMoment.map { 10 * Double($0) },
      reinforce.valueOptimiser.firstMoment.map { 10 * Double($0) }
    )
  }

  private func literalTrials(
    _ hyperparameters: Hyperparameters, from start: Snapshot, _ baseline: LiteralBaseline,
    seed: UInt64, laneCount: Int
  ) throws -> [LiteralTrial] {
    try (0..<UInt64(laneCount)).map { lane in
      try LiteralTrial(
        trial: 0, lane: lane, in: HurriedDots.open(seed: seed, firstLane: lane, laneCount: 1),
        decision: LiteralNetwork(start.decision.parameters, leak: 0.1), baseline: baseline,
        hyperparameters: hyperparameters, seed: seed)
    }
  }

  @Test(
    "a linear read-out, a constant or nothing takes the value network's place",
    arguments: [Baseline.linear, .constant, .none])
  func readOuts(baseline: Baseline) throws {
    let (seed, laneCount) = (UInt64(43), 12)
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.baseline = baseline
    hyperparameters.gradientLimit = 1e9
    let start =
      baseline == .linear
      ? try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
      : try HurriedDots.opinionatedDecision(hyperparameters, seed: seed)
    #expect(start.value.parameters.values.count == (baseline == .linear ? 16 + 3 + 1 + 19 : 1))
    #expect(start.value.parameters["b_out"] == [baseline == .none ? 0 : -1])
    let found = try firstUpdate(hyperparameters, from: start, seed: seed, laneCount: laneCount)

    let trials = try literalTrials(
      hyperparameters, from: start, LiteralBaseline(readOut: start.value.parameters), seed: seed,
      laneCount: laneCount)
    let stepCount = Double(trials.reduce(0) { $0 + $1.actions.count })
    let loss = trials.reduce(0) { $0 + $1.excess.reduce(0) { $0 + $1 * $1 } } / stepCount
    #expect(abs(found.measures.valueLoss - loss) < 1e-5 * loss)
    let decision = LiteralNetwork(start.decision.parameters, leak: 0.1)
    var gradient = [Double](repeating: 0, count: found.decision.count)
    for trial in trials {
      let slopes = trial.slopes.map { $0.map { $0 / Double(laneCount) } }
      for (place, slope) in decision.gradient(of: slopes, through: trial.decisions).enumerated() {
        gradient[place] += slope
      }
    }
    let first = ParameterPlaces(start.decision.shape).gateWeights
    for (place, exists) in start.decision.connections.exist.enumerated() where !exists {
      gradient[first + place] = 0
    }
    expect(found.decision, toBe: gradient)

    // w, b, x₀
    let weights = start.value.parameters.values.prefix(start.value.shape.inputs).map(Double.init)
    var valueGradient = [Double](repeating: 0, count: found.value.count)
    for trial in trials {
      for (step, excess) in trial.excess.enumerated() {
        let slope = 2 * excess / stepCount
        valueGradient[weights.count] += slope
        for index in weights.indices {
          let x0 = Double(start.value.parameters["x0"][index])
          valueGradient[index] += slope * (step == 0 ? x0 : trial.heard[step][index])
          if step == 0 { valueGradient[weights.count + 1 + index] += slope * weights[index] }
        }
      }
    }
    if baseline == .none { valueGradient = [0] }
    expect(found.value, toBe: valueGradient)
  }

  @Test("regularisation adds the slopes of what rates and weights cost, in both networks")
  func regularisation() throws {
    let (seed, laneCount) = (UInt64(47), 12)
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.gradientLimit = 1e9
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let plain = try firstUpdate(hyperparameters, from: start, seed: seed, laneCount: laneCount)
    let cost = Regularisation(rates: 3, absoluteWeights: 0.2, squaredWeights: 0.5)
    hyperparameters.regularisation = cost
    let costly = try firstUpdate(hyperparameters, from: start, seed: seed, laneCount: laneCount)
    let trials = try literalTrials(
      hyperparameters, from: start,
      .network(LiteralNetwork(start.value.parameters, leak: 0.1)), seed: seed,
      laneCount: laneCount)

    func wanted(_ network: Network, _ moments: (LiteralTrial) -> [LiteralNetwork.Moment])
      -> [Double]
    {
      let n = network.shape.units
      // Read out unit by unit, the network's outputs are its rates, and slopes of rates are slopes of
      // outputs.
      let shape = NetworkShape(inputs: network.shape.inputs, units: n, outputs: n)
      var literal = LiteralNetwork(network.parameters, leak: 0.1)
      literal = LiteralNetwork(
        Array(literal.values[..<ParameterPlaces(network.shape).readOut])
          + (0..<(n * n)).map { $0 % (n + 1) == 0 ? 1 : 0 } + [Double](repeating: 0, count: n)
          + literal.initialCurrents, shape: shape, leak: 0.1)
      let stepCount = Double(trials.reduce(0) { $0 + $1.actions.count })
      var gradient = [Double](repeating: 0, count: literal.values.count)
      for trial in trials {
        let slopes = moments(trial).map { moment in
          moment.rates.map { 2 * cost.rates * $0 / (Double(n) * stepCount) }
        }
        for (place, slope) in literal.gradient(of: slopes, through: moments(trial)).enumerated() {
          gradient[place] += slope
        }
      }
      // The read-out costs nothing; what is left is laid out like the network's own parameters.
      let places = ParameterPlaces(network.shape)
      var own =
        Array(gradient[..<places.readOut])
        + [Double](repeating: 0, count: (n + 1) * network.shape.outputs) + gradient.suffix(n)
      let count = Double(n * n)
      for place in network.parameters.block("W_rec").range {
        let weight = Double(network.parameters.values[place])
        own[place] += 0.2 * (weight == 0 ? 0 : weight > 0 ? 1 : -1) / count
      }
      for name in ["W_rec", "W_rec_gates"] {
        for place in network.parameters.block(name).range {
          own[place] += 0.5 * 2 * Double(network.parameters.values[place]) / (3 * count)
        }
      }
      for (place, exists) in network.connections.exist.enumerated() where !exists {
        own[places.gateWeights + place] = 0
      }
      return own
    }
    expect(
      zip(costly.decision, plain.decision).map { $0 - $1 },
      toBe: wanted(start.decision) { $0.decisions })
    expect(
      zip(costly.value, plain.value).map { $0 - $1 }, toBe: wanted(start.value) { $0.values })
  }

  /// Whether a gradient is the one wanted, to the rounding of single precision.
  private func expect(
    _ found: [Double], toBe wanted: [Double], _ location: SourceLocation = #_sourceLocation
  ) {
    let largest = wanted.map(abs).max() ?? 0
    let strays = zip(found, wanted).enumerated().filter {
      abs($0.element.0 - $0.element.1) > 2e-5 * max(largest, 0.1)
    }
    #expect(
      found.count == wanted.count && strays.isEmpty, "strays: \(strays.prefix(5))",
      sourceLocation: location)
  }

  /// Whether an optimiser has made one step along `gradient`.
  func expect(
    _ optimiser: Adam, after last: Adam, _ gradient: [Double], limit: Double,
    from start: [Float], to end: [Float], _ location: SourceLocation = #_sourceLocation
  ) {
    let size = norm(gradient)
    let scale = size > limit ? limit / size : 1
    let i = Double(optimiser.updateCount)
    let step = 0.004 * sqrt(1 - pow(0.999, i)) / (1 - pow(0.9, i))
    var strays: [String] = []
    for place in gradient.indices {
      let g = scale * gradient[place]
      let m = 0.9 * Double(last.firstMoment[place]) + 0.1 * g
      let v = 0.999 * Double(last.secondMoment[place]) + 0.001 * g * g
      // Adam magnifies the rounding of the smallest slopes, so each stage is judged from the last.
      let moved =
        step * Double(optimiser.firstMoment[place])
        / (sqrt(Double(optimiser.secondMoment[place])) + 1e-8)
      if abs(Double(optimiser.firstMoment[place]) - m) > 1e-5 * scale * size
        || abs(Double(optimiser.secondMoment[place]) - v) > 1e-5 * scale * scale * size * size
        || abs(Double(end[place]) - (Double(start[place]) - moved)) > 1e-6
      {
        strays.append("parameter \(place)")
      }
    }
    #expect(optimiser.updateCount == last.updateCount + 1, sourceLocation: location)
    #expect(strays.isEmpty, sourceLocation: location)
    #expect(size > 0, "there is something to learn", sourceLocation: location)
  }

  @Test("connections that do not exist stay exactly zero through updates, and the others move")
  func absentConnections() throws {
    let seed: UInt64 = 7
    let hyperparameters = HurriedDots.hyperparameters
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let reinforce = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: try HurriedDots.open(seed: seed, laneCount: 10, lookAhead: 4),
        shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)
    for trial in 0..<10 as Range<UInt64> { _ = try reinforce.update(trial: trial) }
    reinforce.finish()
    let weights =
      reinforce.decision.parameters["W_rec_gates"] + reinforce.decision.parameters["W_rec"]
    #expect(weights.map { $0 != 0 } == start.decision.connections.exist)
    let first = start.decision.parameters["W_rec_gates"] + start.decision.parameters["W_rec"]
    let moved = zip(weights, first).count { $0 != $1 }
    #expect(moved > start.decision.connections.exist.count { $0 } / 2)
    #expect(reinforce.decision.connections == start.decision.connections)
  }
}
