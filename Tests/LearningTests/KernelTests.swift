import CKernels
import Glibc
import Gym
import Testing

@testable import Learning

@Suite("Kernels: many normals at a time")
struct NormalKernelTests {

  @Test(
    "are the numbers of Random.normal(), bit for bit",
    arguments: [1, 2, 3, 7, 8, 9, 100, 255, 256, 257, 300, 511, 512, 513, 1000])
  func bits(count: Int) {
    let lanes: [UInt64] = [0, 3, 1 << 32, .max]
    let trials: [UInt64] = [12, 0, 1 << 40, .max]
    let stream = Stream("kernel tests")
    let stride = count + 3
    let gap: Float = -77
    var out = [Float](repeating: gap, count: lanes.count * stride)
    for row in lanes.indices { for index in 0..<count { out[row * stride + index] = 0 } }
    operant_add_normals(
      lanes.count, count, stride, &out, 0.447_213_6, 0xDEAD_BEEF, stream.key, lanes, trials, 42)
    for row in lanes.indices {
      var random = Random(
        seed: 0xDEAD_BEEF, stream: stream, lane: lanes[row], trial: trials[row], step: 42)
      for index in 0..<count {
        let wanted = 0.447_213_6 * random.normal()
        #expect(out[row * stride + index].bitPattern == wanted.bitPattern, "\(row), \(index)")
      }
      for index in count..<stride { #expect(out[row * stride + index] == gap, "outside the row") }
    }
  }

  @Test("are those of their place whatever else is drawn", arguments: [0, 1, 97, .max] as [UInt64])
  func placesAreIndependent(seed: UInt64) {
    var together = [Float](repeating: 0, count: 3 * 10)
    operant_add_normals(3, 10, 10, &together, 1, seed, 5, [4, 5, 6], [7, 8, 9], 2)
    for row in 0..<3 {
      var alone = [Float](repeating: 0, count: 10)
      operant_add_normals(1, 10, 10, &alone, 1, seed, 5, [UInt64(4 + row)], [UInt64(7 + row)], 2)
      #expect(alone == Array(together[(row * 10)..<(row * 10 + 10)]))
    }
  }
}

@Suite("Kernels: exponentials")
struct ExponentialKernelTests {

  /// −60 to 60 and the tails, a few thousand of them.
  static let arguments: [Float] =
    stride(from: -60, through: 60, by: 0.037).map { Float($0) } + [-87, 87, 0]

  @Test("the sigmoid is right to four units in the last place")
  func sigmoidAccuracy() {
    for x in Self.arguments {
      // One unit: c, λ, γ.
      var drive: [Float] = [0.25, x, -x]
      var gated: [Float] = [0]
      operant_open_gates(1, 1, &drive, [2], &gated)
      for (value, wanted) in [(drive[1], sigmoid(Double(x))), (drive[2], sigmoid(-Double(x)))] {
        let error = abs(Double(value) - wanted)
        #expect(error <= 4 * 0x1p-23 * wanted, "at \(x)")
      }
      #expect(drive[0] == 0.25, "the candidate is left alone")
      #expect(gated[0] == 2 * drive[2])
    }
  }

  @Test(
    "the sigmoid of the largest numbers is shut or open, and a number",
    arguments: [88, 1e4, 3e38] as [Float])
  func sigmoidTails(x: Float) {
    var drive: [Float] = [0, x, -x]
    var gated: [Float] = [0]
    operant_open_gates(1, 1, &drive, [1], &gated)
    #expect(drive[1] == 1)
    #expect(drive[2] >= 0 && drive[2] < 2e-38)
  }

  @Test("a policy is right to four units in the last place and sums to one")
  func softmaxAccuracy() {
    var draws = Draws(seed: 8)
    for count in [1, 2, 3, 5, 16] {
      let logits = draws.normals(200 * count, scale: 6)
      var policies = logits
      operant_softmax(200, count, &policies)
      for row in 0..<200 {
        let range = (row * count)..<(row * count + count)
        // What single precision makes of z − max z is given; the rest is the kernel's doing.
        let largest = logits[range].max()!
        let wanted = softmax(logits[range].map { Double($0 - largest) })
        for (value, wanted) in zip(policies[range], wanted) {
          #expect(abs(Double(value) - wanted) <= 4 * 0x1p-23 * wanted)
        }
        #expect(abs(policies[range].reduce(0, +) - 1) <= 1e-6)
      }
    }
  }

  @Test("the exponential's relative error is below 2⁻²² but for the division")
  func exponentialAccuracy() {
    for x in Self.arguments where x <= 0 {
      var pair: [Float] = [0, x]
      operant_softmax(1, 2, &pair)
      let ratio = Double(pair[1]) / Double(pair[0])
      // The two divisions round, by 2⁻²⁴ each.
      #expect(abs(ratio / exp(Double(x)) - 1) < 0x1p-22 + 0x1p-23, "at \(x)")
    }
  }

  @Test("logits that would overflow alone make a policy", arguments: [90, 1000, 1e30] as [Float])
  func hugeLogits(logit: Float) {
    var policy: [Float] = [logit, logit, -logit]
    operant_softmax(1, 3, &policy)
    #expect(policy[0] == 0.5 && policy[1] == 0.5)
    #expect(policy[2] >= 0 && policy[2] < 1e-37)
  }

  @Test("equal logits make an exactly uniform policy", arguments: [2, 3, 4, 7])
  func uniform(count: Int) {
    for logit: Float in [0, -3.25, 17] {
      var policy = [Float](repeating: logit, count: count)
      operant_softmax(1, count, &policy)
      #expect(policy.allSatisfy { $0 == 1 / Float(count) })
    }
  }
}

@Suite("Kernels: sums of squares")
struct SumOfSquaresTests {

  @Test(
    "are exact for small whole numbers, whatever their count", arguments: [0, 1, 15, 16, 17, 33])
  func wholeNumbers(count: Int) {
    let values = (0..<count).map { Float($0 % 7 - 3) }
    let wanted = values.reduce(0.0) { $0 + Double($1 * $1) }
    #expect(operant_sum_of_squares(count, values) == wanted)
  }

  @Test("neither overflow nor vanish where single precision would")
  func range() {
    #expect(operant_sum_of_squares(2, [3e30, 4e30]).squareRoot().isClose(to: 5e30))
    #expect(operant_sum_of_squares(2, [3e-30, 4e-30]).squareRoot().isClose(to: 5e-30))
  }
}

extension Double {
  /// Whether the two differ by no more than single precision does.
  func isClose(to other: Double) -> Bool { abs(self - other) <= 1e-6 * abs(other) }
}
