import Analysis
import Gym
import Testing

@Suite("Bootstrap of psychometric curves")
struct PsychometricBootstrapTests {
  private let counts = zip(-4...4, [3, 7, 22, 34, 49, 69, 80, 93, 97]).map {
    ChoiceCount(stimulus: Double($0), trials: 100, chosen: $1)
  }

  @Test("intervals hold the fit, and the same seed gives the same")
  func intervals() throws {
    let curve = try #require(PsychometricCurve(fittedTo: counts))
    let drawn = try #require(PsychometricBootstrap(of: counts, resampleCount: 200, seed: 5))
    #expect(try #require(drawn.mean).contains(try #require(curve.mean)))
    #expect(drawn.spread.contains(curve.spread))
    #expect(drawn.slope.contains(curve.slope))
    #expect(drawn.degenerateCount == 0)
    #expect(PsychometricBootstrap(of: counts, resampleCount: 200, seed: 5) == drawn)
    #expect(PsychometricBootstrap(of: counts, resampleCount: 200, seed: 6) != drawn)
  }

  @Test("four times the trials halve the intervals")
  func moreTrials() throws {
    let more = counts.map {
      ChoiceCount(stimulus: $0.stimulus, trials: 4 * $0.trials, chosen: 4 * $0.chosen)
    }
    let few = try #require(PsychometricBootstrap(of: counts, resampleCount: 500, seed: 5))
    let many = try #require(PsychometricBootstrap(of: more, resampleCount: 500, seed: 5))
    func width(_ interval: ClosedRange<Double>) -> Double {
      interval.upperBound - interval.lowerBound
    }
    // 500 resamples give a percentile's width to some 6 %.
    #expect(width(few.mean!) / width(many.mean!) > 1.75)
    #expect(width(few.mean!) / width(many.mean!) < 2.25)
    #expect(width(few.spread) / width(many.spread) > 1.75)
    #expect(width(few.spread) / width(many.spread) < 2.25)
  }

  @Test("intervals of 95 % hold the true μ and σ in about 95 of 100 experiments")
  func coverage() throws {
    var random = Random(seed: 11, stream: Stream("coverage test"))
    var (holdsMean, holdsSpread) = (0, 0)
    let experiments = 100
    for experiment in 0..<experiments {
      let drawn = (-4...4).map { x in
        let height = NormalDistribution.cumulative(at: (Double(x) - 0.5) / 2)
        let chosen = (0..<200).count { _ in random.preciseUniform() < height }
        return ChoiceCount(stimulus: Double(x), trials: 200, chosen: chosen)
      }
      let bootstrap = try #require(
        PsychometricBootstrap(of: drawn, resampleCount: 100, seed: UInt64(experiment)))
      if try #require(bootstrap.mean).contains(0.5) { holdsMean += 1 }
      if bootstrap.spread.contains(2) { holdsSpread += 1 }
    }
    // Binomial(100, 0.95): mean 95, s.d. 2.2. Percentile intervals run a little short.
    #expect((86...100).contains(holdsMean))
    #expect((86...100).contains(holdsSpread))
  }

  @Test("steps stay steps, and are counted")
  func degenerate() throws {
    let step = (-2...2).map { ChoiceCount(stimulus: Double($0), trials: 9, chosen: $0 > 0 ? 9 : 0) }
    let drawn = try #require(PsychometricBootstrap(of: step, resampleCount: 50, seed: 1))
    #expect(drawn.degenerateCount == 50)
    #expect(drawn.mean == 0.5...0.5)
    #expect(drawn.spread == 0...0)
    #expect(drawn.slope == .infinity...(.infinity))
  }

  @Test("flat counts have no μ to be unsure of")
  func flat() throws {
    let flat = (-2...2).map { ChoiceCount(stimulus: Double($0), trials: 9, chosen: 9) }
    let drawn = try #require(PsychometricBootstrap(of: flat, resampleCount: 50, seed: 1))
    #expect(drawn.mean == nil)
    #expect(drawn.slope == 0...0)
    #expect(drawn.degenerateCount == 50)
  }

  @Test("what can't be fitted can't be bootstrapped")
  func unfit() {
    #expect(PsychometricBootstrap(of: [], seed: 1) == nil)
  }
}
