import Envs
import Gym
import Testing

@testable import Learning

/// Choices by the local rule, which the paper has none of.
@Suite("Choices by the local rule")
struct ChoosingTests {
  @Test("the first action is chosen as long as no rate is above the threshold, whatever the kicks")
  func rest() {
    #expect(Choosing().choice(of: [0.5, -1], kicks: [2, 2]) == nil)
    #expect(Choosing().choice(of: [0.51, -1], kicks: [0, 0]) == 1)
    #expect(Choosing().choice(of: [0.51, 0.6], kicks: [0, 0]) == 2)
  }

  @Test("kicks make a choice another one, and put it off")
  func kicks() {
    // artanh 0.6 = 0.693, artanh 0.9 = 1.472, artanh 0.5 = 0.549
    #expect(Choosing().choice(of: [0.6, 0.9], kicks: [0.77, 0]) == 2)
    #expect(Choosing().choice(of: [0.6, 0.9], kicks: [0.79, 0]) == 1)
    #expect(Choosing().choice(of: [0.6, 0.9], kicks: [-0.2, -0.91]) == 2)
    #expect(Choosing().choice(of: [0.6, 0.9], kicks: [-0.2, -0.93]) == 0)
    #expect(Choosing().choice(of: [1, -1], kicks: [0, 2]) == 1)
  }

  @Test("kicks are uniform up to their size, and new every hundred steps")
  func draws() {
    let kicks = Choosing().kicks(outputs: 2, stepCount: 20_050, seed: 3, trial: 4)
    #expect(kicks.count == 201)
    let all = kicks.flatMap { $0 }
    #expect(all.allSatisfy { abs($0) <= 2 })
    #expect(all.contains { $0 > 1.8 } && all.contains { $0 < -1.8 })
    #expect(Set(all).count > 390)
    #expect(kicks == Choosing().kicks(outputs: 2, stepCount: 20_050, seed: 3, trial: 4))
  }

  private func learner(_ rule: LocalRule, steps: Int = 300) -> HebbianLearner {
    HebbianLearner(rule, inputs: 2, conditionCount: 2, stepCapacity: steps, seed: 11)
  }

  @Test("kicks count as fluctuations where they first decide, once in a hundred steps")
  func eligibility() {
    var rule = LocalRule(choosingAmong: 3)
    rule.perturbationProbability = 0
    // Everything decides.
    rule.choosing?.threshold = -1
    let (kicked, quiet) = (learner(rule), learner(rule))
    let inputs = [Float](repeating: 0.5, count: 600)
    kicked.begin(stepCount: 300)
    _ = kicked.choose(inputs)
    quiet.begin(stepCount: 300)
    _ = quiet.answer(inputs)
    let kicks = rule.choosing!.kicks(outputs: 2, stepCount: 300, seed: 11, trial: 0)
    for step in 0..<300 {
      for unit in 0..<3 {
        let wanted = step % 100 == 0 && unit < 2 ? kicks[step / 100][unit] : 0
        let found = kicked.record.fluctuation(of: unit, at: step)
        #expect(found == quiet.record.fluctuation(of: unit, at: step) + wanted)
      }
    }
    // As perturbations of the drive, they are τ times as large.
    #expect(kicked.record.perturbations.places == [0, 1, 20_000, 20_001, 40_000, 40_001])
    #expect(kicked.record.perturbations.sizes == kicks.flatMap { $0 }.map { 30 * $0 })
  }

  @Test("a perturbation that comes where there is one adds to it, and order is kept")
  func perturbations() {
    var some = Perturbations(places: [3, 9], sizes: [1, 2])
    some.insert(5, at: 9)
    some.insert(4, at: 7)
    some.insert(6, at: 20)
    #expect(some == Perturbations(places: [3, 7, 9, 20], sizes: [1, 4, 7, 6]))
  }

  /// Motion that can't be mistaken, after a tenth of a second of fixation.
  private func motion(seed: UInt64) throws -> any Environment {
    try catalogue.find("rdm_fixed").entry.makeEnvironment(
      [
        ParameterSetting("fixation", [100]), ParameterSetting("coherences", [51.2]),
        ParameterSetting("noise", [0.3]),
      ], .init(seed: seed, timeStep: 1, lookAhead: 100))
  }

  private func learner(in environment: any Environment) -> HebbianLearner {
    let specification = environment.specification
    return HebbianLearner(
      LocalRule(choosingAmong: 3), inputs: specification.task.observationSize,
      conditionCount: specification.task.conditions.count,
      stepCapacity: specification.stepLimit + 100, seed: 1)
  }

  @Test("an error is what a trial earned less than the best so far")
  func errors() throws {
    let environment = try motion(seed: 1)
    let learner = learner(in: environment)
    var most = -Double.infinity
    for number in 0..<60 {
      let error = try learner.play(in: environment, TrialOrder(lane: 0, trial: UInt64(number)))
      let earned: Double =
        switch environment.frame.endedTrials[0].ending {
        case .correct: 1
        case .error: 0
        default: -1
        }
      most = max(most, earned)
      #expect(error == most - earned)
      #expect(learner.state.mostEarned == most)
    }
  }

  @Test("a network comes to hold fixation and to choose when it is time, in most trials")
  func learning() throws {
    let environment = try motion(seed: 1)
    let learner = learner(in: environment)
    var answered: [Bool] = []
    for number in 0..<2500 {
      try learner.play(in: environment, TrialOrder(lane: 0, trial: UInt64(number)))
      let ending = environment.frame.endedTrials[0].ending
      answered.append(ending == .correct || ending == .error)
    }
    #expect(answered.prefix(200).count { $0 } < 50)
    #expect(answered.suffix(200).count { $0 } > 100)
  }
}
