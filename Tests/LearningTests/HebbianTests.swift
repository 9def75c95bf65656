import CKernels
import Envs
import Glibc
import Gym
import Testing

@testable import Learning

/// The reference's exact checks of the rule, and what its networks are before they learn (Miconi 2017).
@Suite("The reward-modulated Hebbian rule")
struct HebbianTests {
  let seed: UInt64 = 17

  private func learner(
    _ rule: LocalRule = LocalRule(), inputs: Int = 2, steps: Int = 1000, seed: UInt64? = nil
  ) -> HebbianLearner {
    HebbianLearner(
      rule, inputs: inputs, conditionCount: 4, stepCapacity: steps, seed: seed ?? self.seed)
  }

  /// Two inputs, on by turns.
  private func inputs(_ steps: Int) -> [Float] {
    (0..<steps).flatMap { step -> [Float] in step / 200 % 2 == 0 ? [1, 0] : [0, 1] }
  }

  @Test("the defaults are those of delayed non-match to sample, as the catalogue has them")
  func defaults() throws {
    let (entry, preset) = try catalogue.find("dnms")
    let advice = try #require(entry.preset(named: preset)?.training.localRule)
    #expect(LocalRule(following: advice, outputs: 1) == LocalRule())
  }

  @Test("a rule that follows advice has all that the advice tells")
  func advice() {
    let rule = LocalRule(
      following: .init(
        units: 7, response: .excitatoryInhibitory, rectifiedUnits: 2, unitsWithoutInput: 3,
        heldUnits: [.init(unit: 4, current: -0.5)], perturbationSize: 5,
        perturbationShape: .normal, currentMemory: 0.25, eligibility: .signedRoot,
        learningRate: 0.125, changeLimit: 0.5, errorMemory: 0.75, trialsBeforeLearning: 9),
      outputs: 6)
    var expected = LocalRule()
    expected.units = 7
    expected.outputs = 6
    expected.response = .excitatoryInhibitory
    expected.rectifiedUnits = 2
    expected.unitsWithoutInput = 3
    expected.heldUnits = [.init(unit: 4, current: -0.5)]
    expected.perturbationSize = 5
    expected.perturbationShape = .normal
    expected.currentMemory = 0.25
    expected.eligibility = .signedRoot
    expected.learningRate = 0.125
    expected.changeLimit = 0.5
    expected.errorMemory = 0.75
    expected.trialsBeforeLearning = 9
    #expect(rule == expected)
  }

  // MARK: Before learning

  @Test("weights have a standard deviation of 1.5/√200, and a spectral radius of about 1.5")
  func weights() {
    for seed in UInt64(1)...3 {
      let network = RateNetwork(LocalRule(), inputs: 2, seed: seed)
      let squares = network.recurrent.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs((squares / 40_000).squareRoot() - 0.106) < 0.001)
      #expect((1.42...1.68).contains(spectralRadius(of: network.recurrent, size: 200)))
      // The unit that answers hears no input.
      #expect(network.input[0..<2].allSatisfy { $0 == 0 })
      #expect(network.input[2...].allSatisfy { abs($0) <= 1 && $0 != 0 })
    }
  }

  @Test("activity goes on by itself for a second: mean |r| of the last 200 ms is 0.44 to 0.55")
  func chaos() {
    let learner = learner()
    learner.begin(stepCount: 1000)
    _ = learner.answer([Float](repeating: 0, count: 2000))
    let held = Set(LocalRule().heldUnits.map(\.unit))
    let free = (0..<200).filter { !held.contains($0) }
    let sum = (800..<1000).reduce(0.0) { sum, step in
      free.reduce(sum) { $0 + Double(abs(learner.record.rate(of: $1, at: step))) }
    }
    #expect((0.44...0.55).contains(sum / Double(200 * free.count)))
    for held in LocalRule().heldUnits {
      #expect(abs(learner.record.rate(of: held.unit, at: 999) - tanh(held.current)) < 1e-6)
    }
  }

  @Test("each unit is perturbed 3 times a second, by a jump that is uniform within ±0.533")
  func perturbations() {
    var counts = 0
    var sizes: [Float] = []
    for trial in UInt64(0)..<100 {
      let kicks = Perturbations(LocalRule(), stepCount: 1000, seed: seed, trial: trial)
      counts += kicks.places.count
      sizes += kicks.sizes
      #expect(kicks.places.allSatisfy { (4 * 200..<1000 * 200).contains(Int($0)) })
      #expect(zip(kicks.places, kicks.places.dropFirst()).allSatisfy { $0 < $1 })
    }
    // 0.003 of 996 steps of 200 units, in 100 trials.
    let expected = 0.003 * 996 * 200 * 100
    #expect(abs(Double(counts) - expected) < 4 * expected.squareRoot())
    let jumps = sizes.map { Double($0) / 30 }
    #expect(jumps.allSatisfy { abs($0) <= 16.0 / 30 })
    // Standard deviation of a uniform variable: its range over √12.
    let deviation = (jumps.reduce(0) { $0 + $1 * $1 } / Double(jumps.count)).squareRoot()
    #expect(abs(deviation - 2 * 16 / 30 / 12.0.squareRoot()) < 0.005)
  }

  @Test("excitatory and inhibitory units: 50 of either kind are heard, by 0.15 and −0.18")
  func signed() {
    var rule = LocalRule()
    rule.response = .excitatoryInhibitory
    let network = RateNetwork(rule, inputs: 2, seed: seed)
    for row in 0..<200 {
      let weights = network.recurrent[(row * 200)..<(row * 200 + 200)]
      let (excitatory, inhibitory) = (weights.prefix(100), weights.suffix(100))
      #expect(excitatory.count { $0 == 0.15 } == 50 && excitatory.count { $0 == 0 } == 50)
      #expect(inhibitory.count { $0 == -0.18 } == 50 && inhibitory.count { $0 == 0 } == 50)
    }
  }

  @Test("tanh is within 2⁻²⁰ of what it should be, and the first units' is rectified on demand")
  func response() {
    var currents = [Float](repeating: 0, count: 16)
    var rates = currents
    var kernel = operant_rate_network()
    (kernel.units, kernel.stride) = (16, 16)
    kernel.response = Int32(OPERANT_TANH)
    for exponent in -60...12 {
      for unit in 0..<16 {
        currents[unit] = Float(unit - 8) / 8 * powf(2, Float(exponent) / 3)
      }
      operant_rate_response(&kernel, currents, &rates)
      for unit in 0..<16 {
        let wanted = tanh(Double(currents[unit]))
        #expect(abs(Double(rates[unit]) - wanted) <= 0x1p-20 * abs(wanted))
      }
    }
    kernel.rectified = 5
    operant_rate_response(&kernel, currents, &rates)
    #expect(rates[0..<5].allSatisfy { $0 == 0 } && rates[5] < 0)
  }

  // MARK: Steps

  @Test("a step follows the equations, in their order")
  func steps() {
    let rule = LocalRule()
    let learner = learner(steps: 60)
    learner.begin(stepCount: 60)
    let trial = learner.record
    var x = (0..<200).map { atanh(Double(trial.rates.start[$0])) }
    for held in rule.heldUnits { x[held.unit] = Double(held.current) }
    var mean = [Double](repeating: 0, count: 200)
    for held in rule.heldUnits { mean[held.unit] = Double(held.current) }
    let kicks = Perturbations(rule, stepCount: 60, seed: seed, trial: 0)
    let u = inputs(60)
    // In two pieces, as frames may have it.
    let answers = learner.answer(Array(u[..<50])) + learner.answer(Array(u[50...]))
    let network = learner.network
    #expect(!kicks.places.isEmpty)
    for step in 0..<60 {
      let r = x.map { tanh($0) }
      var h = (0..<200).map { to -> Double in
        var sum = 0.0
        for from in 0..<200 { sum += Double(network.recurrent[to * 200 + from]) * r[from] }
        for input in 0..<2 {
          sum += Double(network.input[to * 2 + input]) * Double(u[step * 2 + input])
        }
        return sum
      }
      for (place, size) in zip(kicks.places, kicks.sizes) where Int(place) / 200 == step {
        h[Int(place) % 200] += Double(size)
      }
      for unit in 0..<200 { x[unit] += (h[unit] - x[unit]) / 30 }
      for held in rule.heldUnits { x[held.unit] = Double(held.current) }
      for unit in 0..<200 {
        let delta = x[unit] - mean[unit]
        #expect(abs(Double(trial.fluctuations.start[step * trial.stride + unit]) - delta) < 2e-3)
        mean[unit] = 0.05 * mean[unit] + 0.95 * x[unit]
      }
      #expect(abs(Double(answers[step]) - tanh(x[0])) < 1e-3)
    }
  }

  // MARK: The rule

  /// S(z), as the reference has it.
  private func power(_ z: Double, _ eligibility: Eligibility, _ r: Double, _ delta: Double)
    -> Double
  {
    switch eligibility {
    case .cubic: z * z * z
    case .postCubic: r * delta * delta * delta
    case .signedSquare: z * abs(z)
    case .identity, .nodePerturbation, .exploratory: z
    case .signedRoot: (z < 0 ? -1 : 1) * abs(z).squareRoot()
    }
  }

  @Test(
    "one product is the sum over steps of each increment",
    arguments: [.cubic, .postCubic, .signedSquare, .identity, .signedRoot] as [Eligibility])
  func eligibility(kind: Eligibility) {
    var rule = LocalRule()
    rule.eligibility = kind
    let learner = learner(rule, steps: 300)
    learner.begin(stepCount: 300)
    _ = learner.answer(inputs(300))
    learner.takeEligibility(stepCount: 300)
    let trial = learner.record
    let found = learner.eligibilities
    var largest = 0.0
    var error = 0.0
    for (to, from) in [(0, 1), (0, 0), (7, 123), (199, 10), (55, 199), (30, 31)] {
      let sum = (3..<300).reduce(0.0) { sum, step in
        let r = Double(trial.rates.start[step * trial.stride + from])
        let delta = Double(trial.fluctuations.start[step * trial.stride + to])
        return sum + power(r * delta, kind, r, delta)
      }
      largest = max(largest, abs(sum))
      error = max(error, abs(sum - Double(found[to * 200 + from])))
    }
    #expect(error < 1e-4 * largest)
    // A unit that is held does not move, so nothing onto it is remembered.
    for unit in LocalRule().heldUnits.map(\.unit) {
      #expect(found[(unit * 200)..<(unit * 200 + 200)].allSatisfy { $0 == 0 })
    }
  }

  @Test("node perturbation remembers perturbations themselves, and none of units that are held")
  func nodePerturbation() {
    var rule = LocalRule()
    rule.eligibility = .nodePerturbation
    rule.perturbationProbability = 0.02
    let learner = learner(rule, steps: 300)
    learner.begin(stepCount: 300)
    _ = learner.answer(inputs(300))
    learner.takeEligibility(stepCount: 250)
    let trial = learner.record
    let kicks = Perturbations(rule, stepCount: 300, seed: seed, trial: 0)
    #expect(kicks.places.contains { [1, 10, 11].contains(Int($0) % 200) })
    var wanted = [Double](repeating: 0, count: 40_000)
    for (place, size) in zip(kicks.places, kicks.sizes) {
      let (step, to) = (Int(place) / 200, Int(place) % 200)
      guard step < 250, ![1, 10, 11].contains(to) else { continue }
      for from in 0..<200 {
        wanted[to * 200 + from] +=
          Double(size) * Double(trial.rates.start[step * trial.stride + from])
      }
    }
    let error = zip(learner.eligibilities, wanted).map { abs(Double($0) - $1) }.max()!
    #expect(error < 1e-4)
  }

  @Test("the exploratory rule learns from how rewards differ from those just before")
  func exploratory() {
    var rule = LocalRule()
    rule.eligibility = .exploratory
    rule.changeLimit = .infinity
    rule.learningRate = 0.5
    rule.trialsBeforeLearning = 0
    let learner = learner(rule, steps: 100)
    learner.begin(stepCount: 100)
    _ = learner.answer(inputs(100))
    let rewards = (0..<100).map { -abs(learner.record.rate(of: 0, at: $0) - 1) }
    let before = learner.network.recurrent
    learner.learn(error: 1, condition: 0, rewards: rewards)
    let trial = learner.record
    for (to, from) in [(0, 0), (3, 77), (150, 42)] {
      var mean = Double(rewards[0])
      var sum = 0.0
      for step in 0..<100 {
        let surprise = Double(rewards[step]) - mean
        mean = 0.05 * mean + 0.95 * Double(rewards[step])
        guard step >= 3 else { continue }
        sum +=
          Double(trial.rates.start[step * trial.stride + from])
          * Double(trial.fluctuation(of: to, at: step)) * surprise
      }
      let place = to * 200 + from
      #expect(abs(Double(learner.network.recurrent[place] - before[place]) - 0.5 * sum) < 1e-5)
    }
  }

  @Test("for the arm: kicks are normal, δ is the last step's change, held units are among the last")
  func arm() throws {
    let (entry, preset) = try catalogue.find("arm_reaching")
    let advice = try #require(entry.preset(named: preset)?.training.localRule)
    let rule = LocalRule(following: advice, outputs: 16)
    let kicks = (0..<20).flatMap {
      Perturbations(rule, stepCount: 700, seed: seed, trial: $0).sizes
    }
    let deviation =
      (kicks.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(kicks.count)).squareRoot()
    // The standard error of a normal variable's standard deviation is σ/√2n.
    #expect(abs(deviation - 8) < 4 * 8 / (2 * Double(kicks.count)).squareRoot())
    #expect(kicks.contains { abs($0) > 16 })

    let learner = learner(rule, steps: 30)
    #expect(learner.network.input[..<400].allSatisfy { $0 == 0 })
    #expect(learner.network.input[400...].allSatisfy { $0 != 0 })
    learner.begin(stepCount: 30)
    let answers = learner.answer(inputs(30))
    #expect(answers.count == 30 * 16)
    #expect(answers.allSatisfy { $0 >= 0 } && answers.contains { $0 > 0 })
    let trial = learner.record
    for (unit, current) in [(397, 1), (396, 1), (395, -1)] as [(Int, Float)] {
      #expect(abs(trial.rate(of: unit, at: 29) - tanh(current)) < 1e-6)
    }
    for unit in [20, 399] {
      let change = atanh(trial.rate(of: unit, at: 29)) - atanh(trial.rate(of: unit, at: 28))
      #expect(abs(trial.fluctuation(of: unit, at: 29) - change) < 1e-5)
    }
  }

  @Test("mean errors forget by a quarter a trial, and count from the first trial on")
  func meanErrors() {
    let learner = learner(steps: 10)
    for visit in 1...5 {
      for condition in 0..<4 {
        learner.begin(stepCount: 10)
        _ = learner.answer(inputs(10))
        learner.learn(error: 0.8, condition: condition)
        #expect(abs(learner.expectations[condition] - 0.8 * (1 - pow(0.75, Double(visit)))) < 1e-12)
      }
    }
    #expect(learner.trialCount == 20)
  }

  @Test("nothing changes in the first 101 trials, and then no weight by more than its limit")
  func limits() {
    let learner = learner(steps: 200)
    let start = learner.network
    for trial in 0..<110 {
      let before = learner.network.recurrent
      learner.begin(stepCount: 200)
      _ = learner.answer(inputs(200))
      learner.learn(error: trial % 2 == 0 ? 0.2 : 1.8, condition: trial % 4)
      let changes = zip(learner.network.recurrent, before).map { abs($0 - $1) }
      if trial < 101 {
        #expect(learner.network == start)
      } else {
        #expect(changes.contains { $0 > 0 } && changes.allSatisfy { $0 < 3.01e-4 })
      }
      for unit in LocalRule().heldUnits.map(\.unit) {
        let row = (unit * 200)..<(unit * 200 + 200)
        #expect(learner.network.recurrent[row] == start.recurrent[row])
      }
    }
    #expect(learner.network.input == start.input)
  }

  @Test("excitatory units stay excitatory, and inhibitory ones inhibitory")
  func dale() {
    var rule = LocalRule()
    rule.response = .excitatoryInhibitory
    rule.learningRate = 1
    rule.trialsBeforeLearning = 4
    let learner = learner(rule, steps: 200)
    for trial in 0..<20 {
      learner.begin(stepCount: 200)
      _ = learner.answer(inputs(200))
      learner.learn(error: trial % 3 == 0 ? 0.2 : 3, condition: trial % 4)
    }
    let weights = learner.network.recurrent
    #expect(weights.indices.allSatisfy { $0 % 200 < 100 ? weights[$0] >= 0 : weights[$0] <= 0 })
    #expect(weights != RateNetwork(rule, inputs: 2, seed: seed).recurrent)
  }

  // MARK: Learning

  private func dnms(seed: UInt64) throws -> any Environment {
    try catalogue.find("dnms").entry.makeEnvironment(
      [], .init(seed: seed, timeStep: 1, lookAhead: 1000))
  }

  @Test("the same seed has the same bits, and an untrained network errs by about 1")
  func repeatable() throws {
    func errors() throws -> [Double] {
      let (learner, environment) = (learner(), try dnms(seed: seed))
      return try (0..<110).map { _ in try learner.play(in: environment) }
    }
    let first = try errors()
    #expect(try errors() == first)
    let mean = first.prefix(100).reduce(0, +) / 100
    // Reference: single seeds 0.86 to 1.07 in the first 100 trials.
    #expect((0.8...1.15).contains(mean))
  }

  @Test("a test plays on as training would, and teaches nothing")
  func tests() throws {
    let (learner, environment) = (learner(), try dnms(seed: seed))
    for _ in 0..<110 { try learner.play(in: environment) }
    let before = learner.state
    let tests = try (0..<8).map { try learner.test(in: environment, condition: $0 % 4) }
    var after = learner.state
    #expect(after.trialCount == 118)
    #expect(after.network == before.network && after.expectations == before.expectations)
    after.currentAverages = before.currentAverages
    after.trialCount = 110
    #expect(after == before)
    for (number, test) in tests.enumerated() {
      #expect(test.condition == number % 4)
      #expect(test.rates.count == 1000 * 200)
      // The first stimulus, A in conditions 0 and 1, from 1 to 201 ms.
      #expect(test.inputs.count == 1000 * 2)
      #expect(test.inputs[2...3] == (number % 4 < 2 ? [1, 0] : [0, 1]))
      #expect(test.inputs[402...403] == [0, 0])
      // The task's own account of it: facts 3 and 4 are the target and the error.
      let (target, error) = (Double(test.facts[3]), Double(test.facts[4]))
      let answers = (800..<1000).map { Double(test.rates[$0 * 200]) }
      let distance = answers.reduce(0) { $0 + abs($1 - target) } / 200
      #expect(abs(distance - error) < 1e-4 && abs(test.error - error) < 1e-4)
      #expect((test.ending == .correct) == (error < 1))
    }
  }

  /// Reference, criterion time: the first trial from the 100th on of which more than 95 of the last 100
  /// erred by less than 1. The published median is 843 trials.
  @Test("delayed non-match to sample is learned to criterion within 2500 trials")
  func learns() throws {
    let seed: UInt64 = 1
    let (learner, environment) = (learner(seed: seed), try dnms(seed: seed))
    var errors: [Double] = []
    var criterion: Int?
    while criterion == nil, errors.count < 2500 {
      errors.append(try learner.play(in: environment))
      if errors.count > 100, errors.suffix(100).count(where: { $0 < 1 }) > 95 {
        criterion = errors.count
      }
    }
    #expect((criterion ?? .max) <= 2500)
  }
}
