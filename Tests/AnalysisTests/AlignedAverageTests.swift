import Testing

@testable import Analysis

@Suite("Averages aligned to an event")
struct AlignedAverageTests {

  @Test("trials drop out after they end")
  func dropOut() {
    var average = AlignedAverage<Side>(maximumStepCount: 4)
    average.add([1, 2, 3, 4], alignedAt: 1, to: .right)
    average.add([10, 20], alignedAt: 0, to: .right)
    #expect(
      average.points(of: .right) == [
        AlignedPoint(step: -1, mean: 1, trials: 1),
        AlignedPoint(step: 0, mean: 6, trials: 2),
        AlignedPoint(step: 1, mean: 11.5, trials: 2),
        AlignedPoint(step: 2, mean: 4, trials: 1),
      ])
  }

  @Test("groups are averaged apart, and listed as they came")
  func groups() {
    var average = AlignedAverage<Side>(steps: 0...1)
    average.add([1, 1], alignedAt: 0, to: .right)
    average.add([5, 7], alignedAt: 0, to: .left)
    average.add([3, 3], alignedAt: 0, to: .right)
    #expect(average.groups == [.right, .left])
    #expect(average.points(of: .right).map(\.mean) == [2, 2])
    #expect(average.points(of: .left).map(\.mean) == [5, 7])
    #expect(AlignedAverage<Side>(steps: 0...1).points(of: .left).isEmpty)
  }

  @Test("a window leaves out what is outside, and may lie outside the trial")
  func window() {
    var average = AlignedAverage<Int>(steps: -1...1)
    average.add([1, 2, 3, 4, 5], alignedAt: 4, to: 0)
    average.add([1, 2, 3, 4, 5], alignedAt: 40, to: 0)
    average.add([1, 2, 3, 4, 5], alignedAt: -40, to: 0)
    average.add([6], alignedAt: -1, to: 0)
    #expect(
      average.points(of: 0) == [
        AlignedPoint(step: -1, mean: 4, trials: 1), AlignedPoint(step: 0, mean: 5, trials: 1),
        AlignedPoint(step: 1, mean: 6, trials: 1),
      ])
  }

  @Test("a mask keeps steps out that were not played, with what they hold")
  func mask() {
    var average = AlignedAverage<Int>(steps: 0...2)
    average.add([1, 99, 3], mask: [true, false, true], alignedAt: 0, to: 0)
    average.add([5, .nan, .nan], mask: [true, false, false], alignedAt: 0, to: 0)
    #expect(
      average.points(of: 0) == [
        AlignedPoint(step: 0, mean: 3, trials: 2), AlignedPoint(step: 2, mean: 3, trials: 1),
      ])
  }

  @Test("many units and trials agree with the literal sum")
  func literal() {
    let (units, longest, trials) = (5, 20, 60)
    var average = AlignedAverage<Int>(signalCount: units, maximumStepCount: longest)
    var random = Draws(seed: 4)
    var played: [(rates: [Float], event: Int, group: Int)] = []
    for trial in 0..<trials {
      let stepCount = 1 + random.index(below: longest)
      let rates = random.floats(stepCount * units)
      played.append((rates, random.index(below: stepCount), trial % 3))
      average.add(rates, alignedAt: played[trial].event, to: played[trial].group)
    }
    for group in 0..<3 {
      for unit in 0..<units {
        for point in average.points(of: group, signal: unit) {
          let values = played.filter { $0.group == group }.compactMap { trial -> Double? in
            let step = trial.event + point.step
            guard (0..<(trial.rates.count / units)).contains(step) else { return nil }
            return Double(trial.rates[step * units + unit])
          }
          #expect(point.trials == values.count)
          #expect(point.mean.isClose(to: mean(of: values), within: 1e-12))
        }
      }
    }
  }

  @Test("a mean rate in a window is over the steps that were played")
  func windowed() {
    // Two units over four steps.
    let rates: [Float] = [1, 10, 2, 20, 3, 30, 4, 40]
    #expect(meanRates(of: rates, unitCount: 2, in: 1..<3) == [2.5, 25])
    #expect(meanRates(of: rates, unitCount: 2, in: -50..<1) == [1, 10])
    #expect(meanRates(of: rates, unitCount: 2, in: 3..<99) == [4, 40])
    #expect(meanRates(of: rates, unitCount: 2, in: 4..<99) == nil)
  }
}
