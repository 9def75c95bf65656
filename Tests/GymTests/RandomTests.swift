import Foundation
import Testing

@testable import Gym

/// Every suite of draws is seeded: what passes once passes always. Bounds are 4 standard errors
/// wide, so that a right generator with another seed would nearly always pass as well.
@Suite("Random")
struct RandomTests {
  var random = Random(seed: 2017, stream: Gym.Stream("tests"))

  // MARK: Uniform

  @Test("uniforms have 24 bits, lie in 0..<1 and are spread evenly")
  mutating func uniform() {
    let values = (0..<40_000).map { _ in random.uniform() }
    #expect(values.allSatisfy { (0..<1).contains($0) && ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
    // Mean 1/2, variance 1/12; the standard error of the mean of 40 000 is 0.00144.
    #expect(abs(mean(values.map(Double.init)) - 0.5) < 4 * 0.00144)
    #expect(chiSquare(values.map { Int($0 * 32) }, bins: 32) < 31 + 4 * (2 * 31.0).squareRoot())
  }

  @Test("precise uniforms have 53 bits, lie in 0..<1 and are spread evenly")
  mutating func preciseUniform() {
    let values = (0..<40_000).map { _ in random.preciseUniform() }
    #expect(values.allSatisfy { (0..<1).contains($0) && ($0 * 0x1p53).rounded() == $0 * 0x1p53 })
    #expect(values.contains { ($0 * 0x1p52).rounded() != $0 * 0x1p52 })
    #expect(abs(mean(values) - 0.5) < 4 * 0.00144)
    #expect(chiSquare(values.map { Int($0 * 32) }, bins: 32) < 31 + 4 * (2 * 31.0).squareRoot())
  }

  @Test("indices are drawn without bias", arguments: [1, 2, 3, 10, 12, 97])
  mutating func index(count: Int) {
    let draws = (0..<20_000).map { _ in random.index(below: count) }
    #expect(draws.allSatisfy { (0..<count).contains($0) })
    let freedom = Double(count - 1)
    #expect(chiSquare(draws, bins: count) <= freedom + 4 * (2 * freedom).squareRoot())
  }

  /// With 3·2⁶¹ indices, the upper 64 bits of word × count alone would hit those that are 2 modulo
  /// 3 half as often as the others: a quarter of all draws in place of a third.
  @Test("even when there are nearly as many as words")
  mutating func indexBelowMany() {
    let count = 3 << 61
    let draws = (0..<9000).map { _ in random.index(below: count) }
    #expect(draws.allSatisfy { (0..<count).contains($0) })
    #expect(chiSquare(draws.map { $0 % 3 }, bins: 3) < 2 + 4 * 2)
  }

  @Test("elements are drawn without bias")
  mutating func element() {
    let draws = (0..<9000).map { _ in random.element(of: [7, 8, 9]) - 7 }
    #expect(chiSquare(draws, bins: 3) < 2 + 4 * 2)
  }

  // MARK: Normal

  @Test("normals have the normal's moments")
  mutating func moments() {
    let count = 100_000
    let values = (0..<count).map { _ in Double(random.normal()) }
    let root = Double(count).squareRoot()
    // Standard errors of the first four moments: 1, √2, √15, √96, over √n.
    #expect(abs(mean(values)) < 4 / root)
    #expect(abs(mean(values.map { $0 * $0 }) - 1) < 4 * 2.0.squareRoot() / root)
    #expect(abs(mean(values.map { $0 * $0 * $0 })) < 4 * 15.0.squareRoot() / root)
    #expect(abs(mean(values.map { $0 * $0 * $0 * $0 }) - 3) < 4 * 96.0.squareRoot() / root)
    // Successive ones, which come in pairs from one word, are independent.
    let products = zip(values, values.dropFirst()).map { $0 * $1 }
    #expect(abs(mean(products)) < 4 / root)
    let squares = zip(values, values.dropFirst()).map { ($0 * $0 - 1) * ($1 * $1 - 1) }
    #expect(abs(mean(squares)) < 4 * 2 / root)
  }

  @Test("normals fill the normal's bins and tails")
  mutating func bins() {
    let count = 100_000
    var found = [Int](repeating: 0, count: 34)
    for _ in 0..<count {
      let z = Double(random.normal())
      // Quarters of a standard deviation from −4 to 4, and the two tails beyond.
      found[min(33, max(0, Int((z + 4.25) * 4)))] += 1
    }
    let edges = (0...32).map { -4 + Double($0) / 4 }
    let below = [0] + edges.map { (1 + erf($0 / 2.0.squareRoot())) / 2 } + [1]
    var statistic = 0.0
    for bin in 0..<34 {
      let expected = (below[bin + 1] - below[bin]) * Double(count)
      statistic += (Double(found[bin]) - expected) * (Double(found[bin]) - expected) / expected
    }
    #expect(statistic < 33 + 4 * (2 * 33.0).squareRoot())
  }

  /// The same transform with the C library's functions, in double precision.
  @Test("a pair is Box and Muller's, to single precision")
  mutating func boxMuller() {
    // Every quarter turn's first and last angle, the least and the largest radius, then any.
    let corners: [UInt64] = (0...8).flatMap { eighth -> [UInt64] in
      let turn = min(UInt64(eighth) << 21, 0xFF_FFFF) << 8
      return [turn, turn | 0xFFFF_FF00_0000_0000, turn | 0x8000_0000_0000_0000]
    }
    var worst = 0.0
    for word in corners + (0..<20_000).map({ _ in random.next() }) {
      // u itself is a single-precision number, 1 at most: nothing tells its last bit from noise.
      let u = Double(Float((Double(word >> 40) + 0.5) * 0x1p-24))
      let turn = Double(UInt32(truncatingIfNeeded: word) >> 8) * 0x1p-24
      // A quarter's angles run from −π/4 to π/4.
      let angle = 2 * Double.pi * (turn - 0.125)
      let radius = (-2 * log(u)).squareRoot()
      let pair = Normal.pair(from: word)
      worst = max(
        worst, abs(Double(pair.0) - radius * cos(angle)), abs(Double(pair.1) - radius * sin(angle)))
    }
    // 4 units in the last place of the largest normals; most of it is the sine's series, cut at x⁷.
    #expect(worst < 2e-6)
  }

  @Test("no normal exceeds 5.9, and the largest radius exceeds 5.8")
  func largestNormal() {
    let (a, b) = Normal.pair(from: 0)
    let radius = (a * a + b * b).squareRoot()
    #expect(radius > 5.8 && radius < 5.9)
  }

  // MARK: Exponential

  /// Mean and median after rounding down from Song, Yang & Wang's reference program: draws of
  /// Exp(330) until one lies in 80..<1500, in steps of 10.
  @Test("viewing times have the published mean, median and range")
  mutating func exponential() {
    let draws = (0..<40_000).map { _ in
      random.exponential(mean: 330, within: 80..<1500, roundedDownTo: 10)
    }
    let sorted = draws.sorted()
    #expect(draws.allSatisfy { $0 % 10 == 0 })
    #expect(sorted.first == 80)
    #expect(sorted.last == 1490)
    // Their standard deviation is 280, hence that of the mean 1.4.
    #expect(abs(mean(draws.map(Double.init)) - 386) < 4 * 1.4)
    #expect(abs(sorted[20_000] - 300) <= 10)
  }

  @Test("each step of the range is as likely as the exponential says")
  mutating func exponentialBins() {
    let count = 40_000
    var found = [Int](repeating: 0, count: 14)
    for _ in 0..<count {
      found[random.exponential(mean: 330, within: 100..<1500, roundedDownTo: 100) / 100 - 1] += 1
    }
    let total = exp(-100.0 / 330) - exp(-1500.0 / 330)
    var statistic = 0.0
    for bin in 0..<14 {
      let share =
        (exp(-100 * Double(bin + 1) / 330) - exp(-100 * Double(bin + 2) / 330)) / total
      let expected = share * Double(count)
      statistic += (Double(found[bin]) - expected) * (Double(found[bin]) - expected) / expected
    }
    #expect(statistic < 13 + 4 * (2 * 13.0).squareRoot())
  }

  @Test("a range of one moment leaves no choice")
  mutating func exponentialWithoutChoice() {
    for _ in 0..<100 {
      #expect(random.exponential(mean: 330, within: 80..<81, roundedDownTo: 1) == 80)
    }
  }

  @Test("uniform durations are as likely at each step of their range, and rounded down")
  mutating func uniformDurations() {
    let count = 40_000
    var found = [Int](repeating: 0, count: 60)
    for _ in 0..<count {
      let duration = random.uniform(in: 2700..<3300, roundedDownTo: 10)
      #expect(duration % 10 == 0)
      found[duration / 10 - 270] += 1
    }
    let expected = Double(count) / 60
    let statistic = found.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) }
    #expect(statistic / expected < 59 + 4 * (2 * 59.0).squareRoot())
    // Rounded down even below the range, as the clock has no time in between.
    for _ in 0..<100 {
      #expect([1001, 1008].contains(random.uniform(in: 1005..<1010, roundedDownTo: 7)))
      #expect(random.uniform(in: 3000..<3001, roundedDownTo: 1) == 3000)
    }
  }

  @Test("the logarithm agrees with the C library's within 3 units in the last place")
  mutating func logarithm() {
    var worst = 0.0
    let special: [Double] = [
      1, 2, 0.5, .leastNormalMagnitude, .greatestFiniteMagnitude, 1 - 0x1p-53, 1 + 0x1p-52,
      0x1p-53, 1.414_213_562_373_095_1, 0.707_106_781_186_547_5,
    ]
    let any = (0..<20_000).map { _ in 1 - random.preciseUniform() }
    for x in special + any {
      let expected = log(x)
      let difference = abs(naturalLogarithm(of: x) - expected)
      worst = max(worst, difference == 0 ? 0 : difference / expected.ulp)
    }
    #expect(worst <= 3)
  }

  // MARK: Purposes

  @Test("every part of key and counter makes other numbers")
  func purposes() {
    let streams: [Gym.Stream] = [.condition, .trial, .stimulusNoise]
    var words: Set<UInt64> = []
    for stream in streams {
      for seed in UInt64(0)..<2 {
        for lane in UInt64(0)..<2 {
          for trial in UInt64(0)..<2 {
            for step in UInt64(0)..<2 {
              var random = Random(
                seed: seed, stream: stream, lane: lane, trial: trial, step: step)
              for _ in 0..<5 { words.insert(random.next()) }
            }
          }
        }
      }
    }
    #expect(words.count == 3 * 16 * 5)
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// Pearson's statistic for `draws` that should be uniform over 0..<`bins`: its mean is one less
  /// than there are bins, its variance twice that.
  private func chiSquare(_ draws: [Int], bins: Int) -> Double {
    var found = [Int](repeating: 0, count: bins)
    for draw in draws { found[draw] += 1 }
    let expected = Double(draws.count) / Double(bins)
    return found.reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
  }

  @Test("trials that have numbers in common have them alone, and lose none of their own")
  func common() {
    func words(trial: UInt64, lane: UInt64 = 3, count: UInt64 = 2) -> [UInt64] {
      let own = Random(seed: 97, stream: .trial, lane: lane, trial: trial)
      var common = own.common(toTrials: count)
      return (0..<6).map { _ in common.next() }
    }
    #expect(words(trial: 4) == words(trial: 5))
    #expect(words(trial: 5) != words(trial: 6) && words(trial: 3) != words(trial: 4))
    #expect(words(trial: 4) != words(trial: 4, lane: 2))
    #expect(words(trial: 3, count: 3) == words(trial: 5, count: 3))
    // They are those of a stream of their own at trial ⌊4/2⌋.
    var stream = Random(seed: 97, stream: Stream("trial group"), lane: 3, trial: 2)
    #expect(words(trial: 4) == (0..<6).map { _ in stream.next() })
  }
}
