import Analysis
import Testing

@Suite("Box summaries")
struct BoxSummaryTests {

  @Test("quartiles, whiskers and outliers are those of the numbers 1 … 9 and 30")
  func numbers() {
    let box = BoxSummary(of: [9, 1, 8, 2, 30, 7, 3, 6, 4, 5])
    #expect(box.count == 10)
    #expect(box.mean == 7.5)
    #expect(box.median == 5.5)
    #expect(box.box == 3.25...7.75)
    // The box is 4.5 high: limits −3.5 and 14.5.
    #expect(box.whiskers == 1...9)
    #expect(box.outliers == [30])
  }

  @Test("with a longer reach nothing is an outlier")
  func reach() {
    // 7.75 + 5 · 4.5 = 30.25
    let box = BoxSummary(of: [1, 2, 3, 4, 5, 6, 7, 8, 9, 30], reach: 5)
    #expect(box.whiskers == 1...30)
    #expect(box.outliers.isEmpty)
  }

  @Test("a single value is a box without height")
  func single() {
    let box = BoxSummary(of: [4])
    #expect(box.box == 4...4)
    #expect(box.whiskers == 4...4)
    #expect(box.median == 4)
  }

  @Test("where the nearest value is inside the box, the whisker is none")
  func inside() {
    // Quartiles 0 and 2.5, limits −3.75 and 6.25: the largest value within is 0.
    let box = BoxSummary(of: [0, 0, 0, 10])
    #expect(box.box == 0...2.5)
    #expect(box.whiskers == 0...2.5)
    #expect(box.outliers == [10])
  }

  @Test("responses are boxed by stimulus, in its order")
  func byStimulus() {
    let all = boxes(of: [(0.5, 1), (-0.5, -1), (0.5, 3), (-0.5, -2), (0, 0), (0.5, 2)])
    #expect(all.map(\.stimulus) == [-0.5, 0, 0.5])
    #expect(all.map(\.box.median) == [-1.5, 0, 2])
    #expect(all.map(\.box.count) == [2, 1, 3])
  }
}
