import Testing

@testable import Analysis

@Suite("The normal distribution and intervals of proportions")
struct NormalDistributionTests {

  @Test(
    "Φ⁻¹ agrees with SciPy's norm.ppf, far out too",
    arguments: [
      (0.975, 1.959963984540054), (0.001, -3.090232306167813), (1e-10, -6.361340902404056),
      (0.3, -0.5244005127080409), (0.5, 0),
    ])
  func quantiles(fraction: Double, wanted: Double) {
    #expect(NormalDistribution.quantile(fraction).isClose(to: wanted, within: 1e-12))
  }

  @Test("Φ undoes Φ⁻¹, and rises by its density")
  func inverse() {
    for fraction in [0.01, 0.2, 0.5, 0.77, 0.99] {
      let z = NormalDistribution.quantile(fraction)
      #expect(NormalDistribution.cumulative(at: z).isClose(to: fraction, within: 1e-14))
      let rise =
        NormalDistribution.cumulative(at: z + 1e-5) - NormalDistribution.cumulative(at: z - 1e-5)
      #expect((rise / 2e-5).isClose(to: NormalDistribution.density(at: z), within: 1e-8))
    }
  }

  @Test(
    "the interval of a proportion agrees with SciPy's binomtest(…).proportion_ci('wilson')",
    arguments: [
      (8, 10, 0.4901624715366418, 0.9433178485456248), (0, 20, 0, 0.16112515805281935),
      (20, 20, 0.8388748419471808, 1), (790, 1000, 0.7636693994520036, 0.8141110806263743),
    ])
  func wilson(successes: Int, trials: Int, low: Double, high: Double) {
    let interval = proportionInterval(successes: successes, of: trials)
    #expect(interval.lowerBound.isClose(to: low))
    #expect(interval.upperBound.isClose(to: high))
  }

  @Test("nothing is known of a proportion without a trial")
  func noTrial() { #expect(proportionInterval(successes: 0, of: 0) == 0...1) }
}
