import Testing

@testable import Analysis

@Suite("Correlations")
struct CorrelationTests {

  @Test("agree with SciPy's pearsonr, coefficient and significance")
  func peer() throws {
    let close = try #require(
      Correlation(of: [1, 2, 3, 4, 5, 6, 7, 8], with: [2, 1, 4, 3, 7, 5, 8, 6]))
    #expect(close.coefficient.isClose(to: 0.8333333333333331, within: 1e-14))
    #expect(close.significance.isClose(to: 0.010175540123456842, within: 1e-14))
    let three = try #require(Correlation(of: [1, 2, 3], with: [1, 3, 2]))
    #expect(three.coefficient.isClose(to: 0.5, within: 1e-14))
    #expect(three.significance.isClose(to: 2.0 / 3, within: 1e-14))
    let none = try #require(
      Correlation(of: (0..<10).map(Double.init), with: [5, 3, 6, 2, 7, 1, 8, 2, 6, 4]))
    #expect(none.coefficient.isClose(to: 0.031016140346615675, within: 1e-14))
    #expect(none.significance.isClose(to: 0.9322174249823362, within: 1e-13))
  }

  @Test(
    "the incomplete beta function agrees with SciPy's betainc, in its tails relatively",
    arguments: [
      (0.5, 2, 3, 0.6875), (0.1, 0.5, 0.5, 0.20483276469913345),
      (0.99, 40, 0.5, 0.37138602325398434), (0.001, 3, 0.5, 3.1261725786136464e-10),
      (0.95, 499, 0.5, 8.491163057616334e-13), (0.3, 10, 2, 4.723919999999998e-05),
    ])
  func beta(x: Double, a: Double, b: Double, wanted: Double) {
    #expect(abs(incompleteBeta(x, a, b) / wanted - 1) < 1e-12)
    #expect(incompleteBeta(0, a, b) == 0)
    #expect(incompleteBeta(1, a, b) == 1)
  }

  @Test("a straight line is certain")
  func line() throws {
    let falling = try #require(Correlation(of: [1, 2, 3, 4], with: [8, 6, 4, 2]))
    #expect(falling.coefficient.isClose(to: -1, within: 1e-15))
    #expect(falling.significance < 1e-12)
    #expect(falling.explainedVariance.isClose(to: 1, within: 1e-15))
  }

  @Test("what does not vary, or is hardly there, correlates with nothing")
  func none() {
    #expect(Correlation(of: [1, 1, 1, 1], with: [1, 2, 3, 4]) == nil)
    #expect(Correlation(of: [1, 2, 3, 4], with: [0.1, 0.1, 0.1, 0.1]) == nil)
    #expect(Correlation(of: [1, 2], with: [1, 2]) == nil)
    #expect(Correlation(of: [], with: []) == nil)
  }

  @Test("of independent variables one in twenty has p < 0.05")
  func falseAlarms() throws {
    var draws = Draws(seed: 21)
    let count = try (0..<2000).count { _ in
      try #require(Correlation(of: draws.normals(12), with: draws.normals(12))).significance < 0.05
    }
    // Binomial(2000, 0.05): mean 100, s.d. 9.7.
    #expect((70...130).contains(count))
  }
}
