import Analysis
import Testing

/// (n_B, n_A) of the task with 1A = 2.2B.
private let offers: [(b: Double, a: Double)] = [
  (0, 1), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (2, 0),
]

@Suite("Indifference points")
struct IndifferencePointTests {

  @Test("a subject that is indifferent at a ratio is found to be", arguments: [2.0, 2.2, 4.0])
  func recovery(ratio: Double) throws {
    let middle = offerContrast(atRatio: ratio)
    let counts = offers.map { offer in
      let x = offerContrast(amountOfA: offer.a, amountOfB: offer.b)
      let height = NormalDistribution.cumulative(at: (x - middle) / 0.2)
      return OfferCount(
        amountOfA: offer.a, amountOfB: offer.b, trials: 1_000_000,
        choseB: Int((height * 1_000_000).rounded()))
    }
    let point = try #require(IndifferencePoint(fittedTo: counts))
    #expect(try #require(point.ratio).isClose(to: ratio, within: 1e-4))
    #expect(point.curve.spread.isClose(to: 0.2, within: 1e-4))
  }

  @Test("ratios and offers on the line from A to B belong together")
  func contrasts() {
    // μ = 0.375 at 1A = 2.2B, 0.608 at 4.1, 1/3 at 2, 0.6 at 4.
    #expect(offerContrast(atRatio: 2.2).isClose(to: 0.375))
    #expect(offerContrast(atRatio: 4.1).isClose(to: 3.1 / 5.1))
    #expect(offerContrast(amountOfA: 1, amountOfB: 4).isClose(to: offerContrast(atRatio: 4)))
    #expect(offerContrast(amountOfA: 1, amountOfB: 0) == -1)
    #expect(offerContrast(amountOfA: 0, amountOfB: 2) == 1)
  }

  @Test("agrees with SciPy on counts like a network's")
  func peer() throws {
    // scipy.optimize.curve_fit from p0 = (mean(x), std(x)): μ, σ.
    let counts = zip(offers, [0, 1, 6, 40, 230, 410, 470, 497, 500]).map {
      OfferCount(amountOfA: $0.a, amountOfB: $0.b, trials: 500, choseB: $1)
    }
    let point = try #require(IndifferencePoint(fittedTo: counts))
    #expect(try #require(point.curve.mean).isClose(to: 0.3421639358328622, within: 1e-6))
    #expect(point.curve.spread.isClose(to: 0.17837796905345532, within: 1e-6))
    #expect(try #require(point.ratio).isClose(to: 1.3421639358 / 0.6578360642, within: 1e-6))
  }

  @Test("a subject that always takes B has no ratio")
  func always() throws {
    let counts = offers.map {
      OfferCount(amountOfA: $0.a, amountOfB: $0.b, trials: 50, choseB: 50)
    }
    #expect(try #require(IndifferencePoint(fittedTo: counts)).ratio == nil)
    #expect(IndifferencePoint(fittedTo: []) == nil)
  }
}
