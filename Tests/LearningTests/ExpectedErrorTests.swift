import Gym
import Testing

@testable import Learning

/// What a trial's error is held against, where it is learned from what has been sensed.
@Suite("Expected errors")
struct ExpectedErrorTests {
  static let learned: [ErrorExpectation] = [
    .inputs, .rates, .reservoirOfInputs, .reservoirOfRates, .secondNetwork,
  ]

  private func learner(
    _ rule: LocalRule, steps: Int = 400, seed: UInt64 = 5
  ) -> HebbianLearner {
    HebbianLearner(rule, inputs: 2, conditionCount: 4, stepCapacity: steps, seed: seed)
  }

  private func rule(
    _ expectation: ErrorExpectation, _ time: ExpectationTime = .beforeResponse
  ) -> LocalRule {
    var rule = LocalRule()
    rule.expectation = expectation
    rule.expectationTime = time
    return rule
  }

  /// One of two inputs for 100 ms, and the same or the other one 100 ms later.
  private func inputs(_ condition: Int, steps: Int = 400) -> [Float] {
    (0..<steps).flatMap { step -> [Float] in
      switch step {
      case 0..<100: condition < 2 ? [1, 0] : [0, 1]
      case 200..<300: condition % 2 == 0 ? [1, 0] : [0, 1]
      default: [0, 0]
      }
    }
  }

  private func trial(
    _ rule: LocalRule, inputs: [Float], perturbed perturbations: Perturbations
  ) -> RateTrial {
    let trial = RateTrial(rule, inputs: 2, stepCapacity: 400)
    trial.load(RateNetwork(rule, inputs: 2, seed: 5))
    trial.begin(seed: 5, trial: 3, perturbed: perturbations)
    inputs.withUnsafeBufferPointer { trial.advance($0, steps: 400) }
    return trial
  }

  @Test("no feature has seen the perturbation of its own step", arguments: learned)
  func blindness(expectation: ErrorExpectation) {
    let rule = rule(expectation, .everyStep)
    let step = 150
    let kicks = Perturbations(
      places: (0..<200).map { UInt32(step * 200 + $0) }, sizes: .init(repeating: 16, count: 200))
    let expectations = [Perturbations(), kicks].map { perturbations -> [Float] in
      var expected = rule.makeExpectedErrors(
        inputs: 2, conditionCount: 4, stepCapacity: 400, seed: 5)
      // A read-out of anything. Weights of a second network stay as they were drawn.
      var learned = expected.learned
      for index in 0..<min(learned.count, 1 + Reservoir.units) {
        learned[index] = Double(index % 7) - 3
      }
      expected.learned = learned
      let played = trial(rule, inputs: inputs(1), perturbed: perturbations)
      return expected.expectation(of: played, condition: 1, stepCount: 400).bySteps!
    }
    #expect(expectations[0][0...step] == expectations[1][0...step])
    // Rates tell the next step; inputs never do.
    let hearsRates = [.rates, .reservoirOfRates, .secondNetwork].contains(expectation)
    #expect((expectations[0][step + 1] != expectations[1][step + 1]) == hearsRates)
    #expect(Set(expectations[0]).count > 3, "it does change over the trial")
  }

  @Test(
    "errors that depend on the first stimulus come to be expected",
    arguments: learned, ExpectationTime.allCases)
  func learns(expectation: ErrorExpectation, time: ExpectationTime) {
    // Nothing learns but the expectation.
    var rule = rule(expectation, time)
    rule.learningRate = 0
    rule.expectationMemory = 0.9
    // One read-out for all steps has more to tell apart: it takes longer.
    let isOnce = time == .beforeResponse
    rule.expectationRate = isOnce ? 0.2 : 1
    let learner = learner(rule)
    var gaps: [Double] = []
    for number in 0..<(isOnce ? 200 : 800) {
      let condition = number % 4
      let error = condition < 2 ? 0.4 : 1.2
      learner.begin(stepCount: 400)
      _ = learner.answer(inputs(condition))
      let expected = learner.expectedError(condition: condition)
      gaps.append(abs(error - (expected.bySteps.map { Double($0[399]) } ?? expected.mean)))
      learner.learn(error: error, condition: condition)
    }
    // By the overall mean alone the gap is 0.4. The reservoir's at every step is the slowest to shrink.
    #expect(gaps.suffix(40).reduce(0, +) / 40 < (isOnce ? 0.1 : 0.32))
  }

  @Test("weighing each step by E − V(t) makes E e − e_V of it")
  func weighedSteps() {
    var rule = rule(.rates, .everyStep)
    rule.trialsBeforeLearning = 0
    let learner = learner(rule)
    learner.begin(stepCount: 400)
    _ = learner.answer(inputs(0))
    let values = (0..<400).map { Float($0 % 11) / 10 }
    learner.takeEligibility(stepCount: 400)
    let plain = learner.eligibilities
    learner.takeEligibility(stepCount: 400, weights: values)
    let valued = learner.eligibilities
    learner.takeEligibility(stepCount: 400, weights: values.map { 0.7 - $0 })
    let weighed = learner.eligibilities
    let largest = weighed.map(abs).max()!
    #expect(largest > 0)
    for place in weighed.indices {
      #expect(abs(weighed[place] - (0.7 * plain[place] - valued[place])) < 1e-5 * largest)
    }
  }

  @Test("without an expectation the change goes by the error itself")
  func nothing() {
    var rule = rule(.nothing)
    rule.trialsBeforeLearning = 0
    rule.changeLimit = .infinity
    let learner = learner(rule)
    learner.begin(stepCount: 400)
    _ = learner.answer(inputs(0))
    learner.takeEligibility(stepCount: 400)
    let (eligibilities, before) = (learner.eligibilities, learner.network.recurrent)
    learner.learn(error: 0.5, condition: 0)
    for place in stride(from: 0, to: before.count, by: 37) {
      let wanted = before[place] - 0.05 * eligibilities[place]
      #expect(abs(learner.network.recurrent[place] - wanted) < 1e-6)
    }
    #expect(learner.expectations == [0])
  }

  @Test("surprise is how a reward differs from the mean of those just before")
  func surprise() {
    let found = surprises(of: [1, 3, 3], memory: 0.5)
    // ρ̄: 1, 1, 2.
    #expect(found == [0, 2, 1])
  }

  @Test(
    "a state that is put back goes on to the same bits",
    arguments: [ErrorExpectation.byCondition, .inputs, .reservoirOfRates, .secondNetwork])
  func state(expectation: ErrorExpectation) {
    var rule = rule(expectation, .everyStep)
    rule.trialsBeforeLearning = 3
    func play(_ learner: HebbianLearner, _ numbers: Range<Int>) {
      for number in numbers {
        learner.begin(stepCount: 400)
        let rates = learner.answer(inputs(number % 4))
        learner.learn(error: Double(abs(rates[399] - 1)), condition: number % 4)
      }
    }
    let first = learner(rule)
    play(first, 0..<6)
    let saved = first.state
    play(first, 6..<9)
    let second = learner(rule)
    second.state = saved
    #expect(second.state == saved)
    play(second, 6..<9)
    #expect(first.state == second.state)
    #expect(first.state.network != saved.network)
  }

  /// The traces step by step, as the rule is written (Murray 2019, equations 8 and 9).
  @Test("a second network's weights learn by traces that are local, and fed back at random")
  func localTraces() {
    let rule = rule(.secondNetwork, .everyStep)
    let (n, width, steps) = (Reservoir.units, 202, 40)
    let critic = Reservoir(inputs: 2, units: 200, stepCapacity: 400, seed: 5, learns: true)
    let first = trial(rule, inputs: inputs(1), perturbed: Perturbations())
    critic.take(from: first, stepCount: steps)
    let before = critic.learned
    let gaps = (0..<steps).map { $0 < 10 ? 0 : Float($0 % 7) / 3 - 0.9 }
    critic.learn(from: gaps)
    let after = critic.learned

    var random = Random(seed: 5, stream: .feedback)
    let feedback = (0..<n).map { _ in 2 * random.uniform() - 1 }
    var traces = [Double](repeating: 0, count: n * n)
    var change = [Double](repeating: 0, count: n * n)
    func rate(_ unit: Int, _ step: Int) -> Double {
      step < 0 ? 0 : Double(critic.values.start[step * critic.stride + unit])
    }
    for step in 0..<steps {
      for to in 0..<n {
        let slope = (1 - rate(to, step) * rate(to, step)) / 30
        for from in 0..<n {
          let place = to * n + from
          traces[place] = (1 - 1.0 / 30) * traces[place] + slope * rate(from, step - 1)
          change[place] += Double(feedback[to] * gaps[step]) * traces[place]
        }
      }
    }
    // 40 steps, at ten of which nothing was expected; gaps of exactly 0 there are none.
    let share = Double(Reservoir.learningRate) / 30
    #expect(after.count == n * n + n * width)
    for place in 0..<(n * n) {
      #expect(abs(Double(after[place] - before[place]) - share * change[place]) < 1e-7)
    }
    #expect(after[(n * n)...] != before[(n * n)...], "weights of inputs learn as well")
  }

  @Test("a reservoir stays as it was drawn")
  func reservoirStays() {
    let reservoir = Reservoir(inputs: 2, units: 0, stepCapacity: 400, seed: 5)
    let first = trial(rule(.reservoirOfInputs), inputs: inputs(1), perturbed: Perturbations())
    reservoir.take(from: first, stepCount: 50)
    let before = (0..<(50 * reservoir.stride)).map { reservoir.values.start[$0] }
    reservoir.learn(from: .init(repeating: 1, count: 50))
    reservoir.take(from: first, stepCount: 50)
    #expect((0..<(50 * reservoir.stride)).map { reservoir.values.start[$0] } == before)
    #expect(reservoir.learned.isEmpty)
  }

  @Test("a trial that is skipped changes nothing but the count")
  func skipping() {
    let learner = learner(LocalRule())
    var before = learner.state
    learner.begin(stepCount: 400)
    _ = learner.answer(inputs(0))
    learner.skip()
    before.trialCount += 1
    before.currentAverages = learner.state.currentAverages
    #expect(learner.state == before)
  }
}
