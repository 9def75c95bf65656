import Analysis
import Testing

@Suite("Combination of cues")
struct CueCombinationTests {

  @Test(
    "the six networks of Song, Yang & Wang 2017, Table 2",
    arguments: [
      (2.124, 2.099, 1.451, 0.449, 0.475), (2.107, 2.086, 1.448, 0.455, 0.477),
      (2.276, 2.128, 1.552, 0.414, 0.415), (2.118, 2.155, 1.508, 0.438, 0.440),
      (2.077, 2.171, 1.582, 0.444, 0.400), (2.088, 2.149, 1.480, 0.446, 0.457),
    ])
  func table(visual: Double, auditory: Double, both: Double, optimal: Double, measured: Double)
    throws
  {
    let cues = try #require(
      CueCombination(visualSpread: visual, auditorySpread: auditory, bothSpread: both))
    // Printed to three digits.
    #expect(abs(cues.optimalReliability - optimal) < 0.001)
    #expect(abs(cues.reliability - measured) < 0.001)
    #expect(cues.ratio.isClose(to: cues.reliability / cues.optimalReliability))
    #expect(abs(cues.ratio - measured / optimal) < 0.003)
  }

  @Test("an optimal observer has a ratio of 1, and one that ignores a cue less")
  func ideal() throws {
    // 1/1.5² + 1/2² = 25/36.
    let optimal = try #require(
      CueCombination(visualSpread: 1.5, auditorySpread: 2, bothSpread: 1.2))
    #expect(optimal.ratio.isClose(to: 1))
    let visualOnly = try #require(
      CueCombination(visualSpread: 1.5, auditorySpread: 2, bothSpread: 1.5))
    #expect(visualOnly.ratio.isClose(to: 0.64))
  }

  @Test("steps and flat curves have no reliability to compare", arguments: [0, Double.infinity])
  func noReliability(spread: Double) {
    #expect(CueCombination(visualSpread: 2, auditorySpread: spread, bothSpread: 1.4) == nil)
  }
}
