import Gym
import Testing

@testable import Learning

@Suite("The variance of the gradient")
struct GradientVarianceTests {
  let seed: UInt64 = 83

  private func comparison(_ start: Snapshot, _ hyperparameters: Hyperparameters) throws
    -> GradientVariance
  {
    GradientVariance(
      in: try HurriedDots.open(seed: seed, laneCount: 1, lookAhead: 4),
      decision: start.decision, value: start.value, hyperparameters: hyperparameters, seed: seed)
  }

  @Test("is of the gradient that an update follows, trial by trial")
  func gradient() throws {
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.gradientLimit = 1e9
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let sample = try comparison(start, hyperparameters).sample(trial: 4)
    let reinforce = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: try HurriedDots.open(seed: seed, laneCount: 1, lookAhead: 4),
        shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)
    _ = try reinforce.update(trial: 4)
    // The update descends a loss, of which Adam's first moment is a tenth of the gradient.
    let descended = reinforce.decisionOptimiser.firstMoment.map { -10 * Double($0) }
    let largest = descended.map(abs).max() ?? 0
    #expect(largest > 0)
    #expect(
      zip(sample.predicted, descended).allSatisfy { abs($0 - $1) < 1e-5 * max(largest, 1) })
  }

  /// Three parameters, four trials, by hand.
  private var samples: [GradientVariance.Sample] {
    [
      .init(trialReturn: 1, score: [1, -1, 0], credited: [1, -1, 0], predicted: [0, 1, 0]),
      .init(trialReturn: 0, score: [-1, -1, 0], credited: [0, 0, 0], predicted: [0, 1, 0]),
      .init(trialReturn: 1, score: [1, 1, 0], credited: [1, 1, 0], predicted: [0, 1, 0]),
      .init(trialReturn: 0, score: [-1, 1, 0], credited: [0, 0, 0], predicted: [0, 1, 0]),
    ]
  }

  private var spreads: [ComparedBaseline: GradientSpread] {
    var sums = GradientSums(parameterCount: 3)
    for sample in samples { sums.add(sample) }
    return sums.spreads()
  }

  @Test("is summed over parameters, and the mean's square is rid of it")
  func byHand() throws {
    // Without a baseline: parameter 0 is 1, 0, 1, 0 (variance 1/3), parameter 1 is −1, 0, 1, 0 (2/3).
    let none = try #require(spreads[.none])
    #expect(abs(none.variance - 1) < 1e-12)
    #expect(abs(none.squaredMean - (0.25 - 0.25)) < 1e-12)
    // With b = ⟨G⟩ = ½: parameter 0 is ½ throughout, parameter 1 is −½, ½, ½, −½ (variance 1/3).
    let constant = try #require(spreads[.constant])
    #expect(abs(constant.variance - 1.0 / 3) < 1e-12)
    #expect(abs(constant.squaredMean - (0.25 - 1.0 / 12)) < 1e-12)
    #expect(abs(constant.trialsForUnitRatio - 2) < 1e-9)
    let predicted = try #require(spreads[.valueNetwork])
    #expect(predicted.variance == 0 && predicted.squaredMean == 1)
  }

  @Test("follows the running mean of the trials before, never of the trial itself")
  func runningMean() throws {
    // b is 0, then 0.05, then 0.0475, then 0.095125.
    let first = [1, 0.05, 1 - 0.0475, 0.095125]
    let second = [-1, 0.05, 1 - 0.0475, -0.095125]
    func variance(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / 4
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
    }
    let running = try #require(spreads[.runningMean])
    #expect(abs(running.variance - variance(first) - variance(second)) < 1e-12)
  }

  @Test("is least, among constants, for the variance-optimal one of each parameter")
  func optimal() throws {
    let optimal = try #require(spreads[.varianceOptimal])
    // ⟨ψ g⟩ / ⟨ψ²⟩ is ½ for both.
    #expect(abs(optimal.variance - 1.0 / 3) < 1e-12)
    for other in [ComparedBaseline.none, .constant] {
      #expect(optimal.variance <= (spreads[other]?.variance ?? 0) + 1e-12)
    }
    // A parameter that nothing depends on has no score and no baseline.
    #expect(optimal.variance.isFinite)
  }

  @Test("is smaller with a baseline than without, where every trial is an abort")
  func untrained() throws {
    let hyperparameters = HurriedDots.hyperparameters
    let start = try HurriedDots.start(hyperparameters, seed: seed)
    let found = try #require(
      try comparison(start, hyperparameters).compare(trialCount: 200) { _ in true })
    let none = try #require(found[.none])
    let value = try #require(found[.valueNetwork])
    #expect(value.variance < none.variance)
    #expect(try comparison(start, hyperparameters).compare(trialCount: 200) { $0 < 3 } == nil)
  }
}
