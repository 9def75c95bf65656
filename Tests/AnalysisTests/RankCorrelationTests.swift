import Analysis
import Glibc
import Testing

@Suite("Rank correlations and the agreement of gradients")
struct RankCorrelationTests {

  @Test("equal values share their ranks")
  func sharing() {
    #expect(ranks(of: [30, 10, 20, 20]) == [4, 1, 2.5, 2.5])
    #expect(ranks(of: [5, 5, 5]) == [2, 2, 2])
    #expect(ranks(of: []) == [])
  }

  @Test("what rises with the other, however unevenly, correlates fully")
  func monotone() throws {
    let x = [0.1, 2, -3, 5, 4]
    let rising = try #require(rankCorrelation(of: x, with: x.map { exp($0) }))
    let falling = try #require(rankCorrelation(of: x, with: x.map { -$0 * $0 * $0 }))
    #expect(rising.isClose(to: 1, within: 1e-15))
    #expect(falling.isClose(to: -1, within: 1e-15))
  }

  @Test("without ties it is the textbook's 1 − 6 Σ d²/(n (n² − 1))")
  func textbook() throws {
    // Ranks 1 2 3 4 5 and 2 1 4 3 5: Σ d² = 4, so 1 − 24/120.
    let rho = try #require(rankCorrelation(of: [1, 2, 3, 4, 5], with: [20, 10, 40, 30, 50]))
    #expect(rho.isClose(to: 0.8, within: 1e-14))
  }

  @Test("with ties it agrees with SciPy's spearmanr")
  func ties() throws {
    let rho = try #require(
      rankCorrelation(of: [1, 2, 2, 3, 5, 5, 5], with: [4, 1, 3, 3, 6, 7, 2]))
    #expect(rho.isClose(to: 0.3115426512203614, within: 1e-14))
    #expect(rankCorrelation(of: [1, 1, 1], with: [1, 2, 3]) == nil)
    #expect(rankCorrelation(of: [1, 2], with: [1, 2]) == nil)
  }

  @Test("the cube of a gradient has its ranks and its signs, and less of its line")
  func cube() throws {
    let gradient = (-10...10).map { Double($0) / 10 }
    let agreement = try #require(
      GradientAgreement(of: gradient, with: gradient.map { $0 * $0 * $0 }))
    // Σ x⁴ / √(Σ x² Σ x⁶) of −10 … 10 are 50 666, 770 and 3 956 810.
    #expect(
      agreement.pearson.isClose(to: 50666 / (770 * 3_956_810.0).squareRoot(), within: 1e-14))
    #expect(agreement.spearman.isClose(to: 1, within: 1e-14))
    #expect(agreement.sameSign == 1)
  }

  @Test("a rule that climbs is opposed in all three")
  func opposed() throws {
    let agreement = try #require(GradientAgreement(of: [1, -2, 3, -4], with: [-1, 2, -3, 4]))
    #expect(agreement.pearson.isClose(to: -1, within: 1e-15))
    #expect(agreement.spearman.isClose(to: -1, within: 1e-15))
    #expect(agreement.sameSign == 0)
  }

  @Test("pairs with a zero have no sign to share")
  func zeros() throws {
    let agreement = try #require(
      GradientAgreement(of: [1, -2, 0, 3, 1e-200], with: [2, 1, 5, 0, 1e-200]))
    #expect(agreement.sameSign == 2.0 / 3)
    #expect(GradientAgreement(of: [0, 1, 0], with: [1, 0, 2]) == nil)
    #expect(GradientAgreement(of: [1, 1, 1], with: [1, 2, 3]) == nil)
  }

  @Test("of independent estimates half the signs agree")
  func independent() throws {
    var draws = Draws(seed: 72)
    let agreement = try #require(
      GradientAgreement(of: draws.normals(4000), with: draws.normals(4000)))
    // Standard deviations: 1/√4000 = 0.016 and ½/√4000 = 0.008.
    #expect(abs(agreement.pearson) < 0.06)
    #expect(abs(agreement.spearman) < 0.06)
    #expect(abs(agreement.sameSign - 0.5) < 0.03)
  }
}
