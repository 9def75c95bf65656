import Testing

@testable import Analysis

@Suite("Summary statistics")
struct SummaryStatisticsTests {

  @Test("the mean and the standard deviation of a sample, in the head")
  func meanAndDeviation() {
    #expect(mean(of: [2, 4, 4, 4, 5, 5, 7, 9]) == 5)
    // Squared differences sum to 32; 32/7.
    #expect(standardDeviation(of: [2, 4, 4, 4, 5, 5, 7, 9]).isClose(to: (32.0 / 7).squareRoot()))
    #expect(standardError(of: [2, 4, 4, 4, 5, 5, 7, 9]).isClose(to: (4.0 / 7).squareRoot()))
  }

  @Test(
    "a quantile lies on the line between the nearest order statistics, as NumPy's does",
    arguments: [(0, 1), (0.1, 1), (0.25, 1.75), (0.5, 3.5), (0.9, 6.9), (1, 9)])
  func quantiles(fraction: Double, wanted: Double) {
    // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], fraction)
    #expect(quantile(fraction, of: [3, 1, 4, 1, 5, 9, 2, 6]).isClose(to: wanted))
  }

  @Test("the median is the middle value, or half way between two")
  func medians() {
    #expect(median(of: [9, 1, 5]) == 5)
    #expect(median(of: [9, 1, 5, 6]) == 5.5)
    #expect(median(of: [7]) == 7)
  }

  @Test("what never came is later than all that did, in a median of times")
  func never() {
    #expect(medianTime(of: [5, 9, nil]) == 9)
    #expect(medianTime(of: [nil, 3, 5, 9]) == 7)  // of 3, 5, 9, ∞
    // Between 9 and ∞, and ∞, there is no time to tell.
    #expect(medianTime(of: [5, 9, nil, nil]) == nil)
    #expect(medianTime(of: [5, nil, nil]) == nil)
    #expect(medianTime(of: []) == nil)
  }

  @Test("an infinite value is a value, and no quantile is a NaN")
  func infinite() {
    #expect(quantile(0.5, of: [1, 2, .infinity]) == 2)
    #expect(quantile(0.9, of: [1, 2, .infinity]) == .infinity)
    #expect(quantile(0.75, of: [-.infinity, .infinity, .infinity]) == .infinity)
    #expect(quantile(0.25, of: [-.infinity, 0, 1]) == -.infinity)
  }
}
