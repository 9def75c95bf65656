import Envs
import Glibc
import Gym
import Testing

@testable import Learning

/// What the reference says of a network that has learned nothing yet, on `rdm_fixed` itself.
@Suite("Before the first update, and in it")
struct FirstUpdateTests {
  let seed: UInt64 = 97
  let hyperparameters = Hyperparameters()

  func open(laneCount: Int, timeStep: Int = 10) throws -> any Environment {
    try catalogue.find("rdm_fixed").entry.makeEnvironment(
      [], .init(seed: seed, laneCount: laneCount, timeStep: timeStep, lookAhead: 4))
  }

  func start(in environment: any Environment) -> Snapshot {
    Snapshot(for: environment.specification.task, hyperparameters: hyperparameters, seed: seed)
  }

  @Test("policies are exactly uniform and predictions exactly −1, whatever is seen")
  func uniform() throws {
    let environment = try open(laneCount: 20)
    let start = start(in: environment)
    let rollout = Rollout(
      in: environment, shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: true)
    let played = try rollout.play((0..<20).map { .init(lane: $0, trial: 0) }, with: start.decision)
    let tile = rollout.tiles[0]
    #expect(rollout.tiles.count == 1)
    let rows = tile.history.rowCount
    #expect(rows > 20)
    #expect((0..<(rows * 3)).allSatisfy { tile.policies.start[$0] == 1 / Float(3) })

    let pass = ValuePass(
      start.value.shape, Dynamics(hyperparameters, timeStep: 10), laneCount: 20, stepCount: 276)
    start.value.parameters.lend {
      pass.predict(played, by: tile, trial: 0, seed: seed, with: $0)
    }
    #expect(pass.history.rowCount == played.stepCounts.reduce(0, +))
    #expect((0..<pass.history.rowCount).allSatisfy { pass.values.start[$0] == -1 })
  }

  @Test("every trial is aborted for −1, after 1.5 steps at the mean")
  func behaviour() throws {
    let environment = try open(laneCount: 1000)
    let rollout = Rollout(
      in: environment, shape: .init(inputs: 3, units: 100, outputs: 3),
      hyperparameters: hyperparameters, seed: seed, isRemembered: false)
    let start = start(in: environment)
    var stepCount = 0
    for trial in 0..<4 as Range<UInt64> {
      let played = try rollout.play(
        (0..<1000).map { .init(lane: $0, trial: trial) }, with: start.decision)
      let validation = Validation(
        update: 0, trials: 0, of: played, discounts: .init(repeating: 1, count: 276))
      #expect(validation.decided == 0)
      #expect(validation.correct == nil)
      #expect(validation.meanReward == -1)
      #expect(validation.meanStepCount == Double(played.stepCounts.reduce(0, +)) / 1000)
      stepCount += played.stepCounts.reduce(0, +)
    }
    // Geometric with p = 2/3: mean 3/2, s.d. √3/2. The reference program had 1515 steps in 1000.
    #expect(abs(Double(stepCount) / 4000 - 1.5) < 4 * 0.866 / 4000.0.squareRoot())
  }

  @Test("the first update's value gradient is exactly zero; the policy's comes through t = 0 alone")
  func firstGradients() throws {
    // Nothing is cut off, so that Adam's first moment is a tenth of the gradient.
    var hyperparameters = self.hyperparameters
    hyperparameters.gradientLimit = 1e9
    let environment = try open(laneCount: 10)
    let start = start(in: environment)
    let reinforce = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: environment, shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)
    let updates = 200
    var slope = [0.0, 0.0, 0.0]
    for trial in 0..<updates {
      reinforce.finish()
      reinforce.decision = start.decision
      reinforce.value = start.value
      reinforce.decisionOptimiser = start.decisionOptimiser
      reinforce.valueOptimiser = start.valueOptimiser
      let measures = try reinforce.update(trial: UInt64(trial))
      reinforce.finish()
      #expect(measures.meanReward == -1)
      #expect(measures.valueLoss == 0)
      #expect(reinforce.valueOptimiser.firstMoment.allSatisfy { $0 == 0 })
      #expect(reinforce.value.parameters == start.value.parameters)

      // The read-out is zero, so nothing reaches what lies before it. Only trials whose first action
      // was to hold on have an advantage, of +1, at t = 0, where every rate is ½.
      var gradient = Parameters(start.decision.shape)
      gradient.values = reinforce.decisionOptimiser.firstMoment.map { 10 * $0 }
      for name in ["W_in", "b_in", "W_rec_gates", "W_rec", "x0"] {
        #expect(gradient[name].allSatisfy { $0 == 0 }, "\(name)")
      }
      let bias = gradient["b_out"].map(Double.init)
      for (place, weight) in gradient["W_out"].enumerated() {
        #expect(abs(Double(weight) - 0.5 * bias[place % 3]) < 1e-6)
      }
      for action in 0..<3 { slope[action] += bias[action] / Double(updates) }
    }
    // −(1ₐ − ⅓) with probability ⅓: −2/9 for holding on, 1/9 for either choice, with s.d. of √2 as
    // much in a trial.
    let trials = Double(10 * updates)
    for (found, wanted) in zip(slope, [-2.0 / 9, 1.0 / 9, 1.0 / 9]) {
      #expect(abs(found - wanted) < 4 * abs(wanted) * (2 / trials).squareRoot())
    }
  }

  @Test("with the whole return for the first action too, nothing would ever change")
  func fullReturnCredit() throws {
    let environment = try open(laneCount: 32)
    let start = start(in: environment)
    let rollout = Rollout(
      in: environment, shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: true)
    let played = try rollout.play((0..<32).map { .init(lane: $0, trial: 0) }, with: start.decision)
    #expect(played.stepCounts.contains { $0 > 1 }, "some trial held on at first")

    // Aₜ = Gₜ − bₜ at every t, with b ≡ −1.
    for lane in 0..<32 {
      let rewards = played.rewards(ofLane: lane)
      #expect(returns(of: rewards).allSatisfy { $0 - -1 == 0 })
    }
    let tile = rollout.tiles[0]
    let slopes = FloatBuffer(count: tile.history.rowCount * 3)
    let gradient = FloatBuffer(count: start.decision.parameters.values.count)
    start.decision.parameters.lend {
      tile.units.backpropagate(
        slopes.start, through: tile.history, with: $0,
        using: BackwardScratch(start.decision.shape, laneCount: 32), into: gradient.start)
    }
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }

  @Test(
    "the noise in the currents has the deviation √(2σ²/α)",
    arguments: [
      // σ², τ, Δt, and the reference's number.
      (0.01, 100.0, 10, 0.44721), (0.01, 100.0, 1, 1.41421), (0.002, 1.0, 1, 0.06325),
    ])
  func noise(variance: Double, timeConstant: Double, timeStep: Int, deviation: Double) throws {
    var hyperparameters = self.hyperparameters
    hyperparameters.recurrentNoise = variance
    hyperparameters.unitTimeConstant = timeConstant
    let environment = try open(laneCount: 30, timeStep: timeStep)
    let shape = NetworkShape(inputs: 3, units: 40, outputs: 3)
    let rollout = Rollout(
      in: environment, shape: shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: true)
    // With weights of zero the candidate current is the noise and nothing else.
    _ = try rollout.play(
      (0..<30).map { .init(lane: $0, trial: 7) },
      with: Network(parameters: Parameters(shape), connections: .all))
    let second = rollout.tiles[0].history.steps[1]
    for (row, lane) in zip(second.rows, second.lanes) {
      var random = Random(
        seed: seed, stream: Stream("recurrent noise"), lane: UInt64(lane), trial: 7, step: 1)
      for unit in 0..<40 {
        let wanted = deviation * Double(random.normal())
        let found = Double(rollout.tiles[0].history.drive.start[row * 120 + unit])
        #expect(abs(found - wanted) <= 1e-4 * abs(wanted))
      }
    }
  }
}
