import Testing

@testable import Analysis

@Suite("Bins of equally many trials")
struct EqualCountBinsTests {

  @Test("are neighbours in x, and the last takes what is left over")
  func remainder() {
    let points = [7, 3, 1, 6, 2, 5, 4].map { (x: Double($0), y: Double($0 * 10)) }
    #expect(
      equalCountBins(of: points, count: 3) == [
        EqualCountBin(trials: 2, meanX: 1.5, meanY: 15),
        EqualCountBin(trials: 2, meanX: 3.5, meanY: 35),
        EqualCountBin(trials: 3, meanX: 6, meanY: 60),
      ])
  }

  @Test("of equal x keep the order of the trials")
  func ties() {
    let points = [1.0, 0, 1, 0].map { (x: 300.0, y: $0) }
    #expect(equalCountBins(of: points, count: 2).map(\.meanY) == [0.5, 0.5])
    #expect(equalCountBins(of: points, count: 4).map(\.meanY) == [1, 0, 1, 0])
  }

  @Test("of fewer trials than bins are one, and of none are none")
  func few() {
    #expect(
      equalCountBins(of: [(2, 1), (4, 0)], count: 3) == [
        EqualCountBin(trials: 2, meanX: 3, meanY: 0.5)
      ])
    #expect(equalCountBins(of: [], count: 3).isEmpty)
  }
}
