import Glibc
import Gym
import Testing

@testable import Learning

/// One trial, as the referee plays and judges it.
private struct LiteralTrial {
  var decisions: [LiteralNetwork.Moment] = []
  var values: [LiteralNetwork.Moment] = []
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
    value: LiteralNetwork, hyperparameters: Hyperparameters, seed: UInt64
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
      values.append(
        step == 0
          ? value.begin()
          : value.advance(
            from: values[step - 1],
            input: decisions[step - 1].rates
              + (0..<decision.shape.outputs).map { $0 == actions[step - 1] ? 1 : 0 },
            noise: noise(Stream("value noise"), step, value.shape.units)))

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
      let prediction = values[step].output[0]
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
          value: value, hyperparameters: hyperparameters, seed: seed)
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
