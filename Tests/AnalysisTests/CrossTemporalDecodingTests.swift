import Gym
import Testing

@testable import Analysis

@Suite("Cross-temporal decoding")
struct CrossTemporalDecodingTests {
  let unitCount = 30
  /// Every 100 ms; nothing is told before 200 ms.
  let times = Array(stride(from: 0, to: 800, by: 100))

  /// Forty trials of two classes, a pattern at each time signed by the class, and a little noise.
  private func trials(
    seed: UInt64, noise: Double = 0.2, pattern: (_ time: Milliseconds, _ unit: Int) -> Double
  ) -> [(label: Bool, rates: [Float])] {
    var draws = Draws(seed: seed)
    return (0..<40).map { trial in
      let sign = trial % 2 == 0 ? 1.0 : -1
      return (
        trial % 2 == 0,
        times.flatMap { time in
          (0..<unitCount).map { Float(sign * pattern(time, $0) + noise * draws.normal()) }
        }
      )
    }
  }

  private func pattern(_ seed: UInt64) -> [Double] {
    var draws = Draws(seed: seed)
    return draws.normals(unitCount)
  }

  @Test("a code that stays is read at any time, and only chance before it begins")
  func stable() throws {
    let code = pattern(81)
    let decoding = CrossTemporalDecoding(
      of: trials(seed: 1) { $0 < 200 ? 0 : code[$1] }, unitCount: unitCount, times: times, seed: 5)
    #expect(decoding.chance == 0.5)
    #expect(decoding.meanAccuracy(training: 200..<800, test: 200..<800) == 1)
    let before = try #require(decoding.meanDiagonal(over: 0..<200))
    #expect(abs(before - 0.5) < 0.15)
    #expect(decoding.meanDiagonal(over: 200..<800) == 1)
    #expect(decoding.meanDiagonal(over: 10..<90) == nil)
  }

  @Test("a code that moves on to other units is read only as of its own time")
  func moving() throws {
    // Other halves of the units, each with a mean of 0, so that centering keeps them apart.
    let decoding = CrossTemporalDecoding(
      of: trials(seed: 2, noise: 0.05) { time, unit in
        let isActive = (unit < 15) == (time < 400)
        return isActive ? [1, -1, 0][unit % 3] : 0
      }, unitCount: unitCount, times: times, seed: 5)
    #expect(decoding.meanDiagonal(over: 0..<800) == 1)
    let across = try #require(decoding.meanAccuracy(between: 0..<400, and: 400..<800))
    #expect(abs(across - 0.5) < 0.15)
    let forwards = try #require(decoding.meanAccuracy(training: 0..<400, test: 400..<800))
    let backwards = try #require(decoding.meanAccuracy(training: 400..<800, test: 0..<400))
    #expect(across.isClose(to: (forwards + backwards) / 2, within: 1e-14))
    #expect(decoding.meanAccuracy(training: 0..<400, test: 801..<900) == nil)
  }

  @Test("a code that turns round is read below chance across")
  func reversed() {
    let code = pattern(82)
    let decoding = CrossTemporalDecoding(
      of: trials(seed: 3) { ($0 < 400 ? 1 : -1) * code[$1] }, unitCount: unitCount, times: times,
      seed: 5)
    #expect(decoding.meanDiagonal(over: 0..<800) == 1)
    #expect(decoding.meanAccuracy(between: 0..<400, and: 400..<800) == 0)
  }

  @Test("rows are training times: what is told at one time is read by its own prototypes only")
  func orientation() {
    // Only the last time tells the class, in a pattern that all other times have, unsigned.
    let code = pattern(83)
    var draws = Draws(seed: 4)
    let trials = (0..<40).map { trial in
      let sign: Float = trial % 2 == 0 ? 1 : -1
      return (
        label: trial % 2,
        rates: (0..<2).flatMap { time in
          code.map { Float($0) * (time == 1 ? sign : 1) + 0.01 * Float(draws.normal()) }
        }
      )
    }
    let decoding = CrossTemporalDecoding(of: trials, unitCount: unitCount, times: [0, 10], seed: 6)
    #expect(decoding.accuracies[3] == 1)
    // Trained early, tested late: in each split chance decides which of two like prototypes reads
    // all trials of one class, so a split's accuracy is near 0 or near 1 (s.e.m. over 100: 0.05).
    #expect(abs(decoding.accuracies[1] - 0.5) < 0.2)
    #expect(decoding.diagonalFall(at: 0)! > 0.2)
    #expect(decoding.diagonalFall(at: 10) == 0)
    #expect(decoding.diagonalFall(at: 5) == nil)
  }

  @Test("it agrees with correlations written out, three classes and halves of odd size")
  func literal() {
    var draws = Draws(seed: 84)
    let codes = (0..<3).map { _ in draws.normals(7) }
    let trials = (0..<13).map { trial in
      (
        label: "abc".map(String.init)[trial % 3],
        rates: (0..<4).flatMap { _ in codes[trial % 3].map { Float($0 + draws.normal()) } }
      )
    }
    let decoding = CrossTemporalDecoding(
      of: trials, unitCount: 7, times: [0, 1, 2, 3], splitCount: 5, seed: 9)
    func state(_ trial: Int, _ time: Int) -> [Double] {
      trials[trial].rates[(time * 7)..<(time * 7 + 7)].map(Double.init)
    }
    var correct = [Double](repeating: 0, count: 16)
    for split in 0..<5 {
      var random = Random(
        seed: 9, stream: CrossTemporalDecoding.stream, trial: UInt64(split))
      let order = shuffled(13, using: &random)
      for training in 0..<4 {
        let prototypes = Dictionary(grouping: order[..<6], by: { trials[$0].label }).mapValues {
          members in
          (0..<7).map { unit in mean(of: members.map { state($0, training)[unit] }) }
        }
        for test in 0..<4 {
          for trial in order[6...] {
            let guess = prototypes.max {
              Correlation(of: $0.value, with: state(trial, test))!.coefficient
                < Correlation(of: $1.value, with: state(trial, test))!.coefficient
            }
            if guess?.key == trials[trial].label { correct[training * 4 + test] += 1 }
          }
        }
      }
    }
    #expect(decoding.accuracies == correct.map { $0 / 35 })
    #expect(decoding.diagonal == [0, 5, 10, 15].map { correct[$0] / 35 })
  }

  @Test("states that say nothing are guessed, and the same seed guesses the same")
  func silent() {
    let silent = (0..<8).map { (label: $0 % 4, rates: [Float](repeating: 0.5, count: 6)) }
    let decoding = CrossTemporalDecoding(
      of: silent, unitCount: 3, times: [0, 10], splitCount: 400, seed: 7)
    #expect(decoding.chance == 0.25)
    // A class whose trials are both tested is never guessed: P = 3/14. The others share.
    #expect(decoding.accuracies.allSatisfy { abs($0 - 0.25) < 0.1 })
    let again = CrossTemporalDecoding(
      of: silent, unitCount: 3, times: [0, 10], splitCount: 400, seed: 7)
    #expect(decoding == again)
  }
}
