import Glibc
import Testing

@testable import Learning

/// Adam as the reference states it, in double precision.
private struct LiteralAdam {
  var parameters: [Double]
  var m: [Double]
  var v: [Double]
  var count = 0

  mutating func update(_ gradient: [Double], learningRate: Double, limit: Double) {
    let size = norm(gradient)
    let isUsable = size.isFinite && size >= 0 && size <= 1e10
    let scale = size > limit ? limit / size : 1
    count += 1
    let i = Double(count)
    for place in parameters.indices {
      let g = isUsable ? gradient[place] * scale : 0
      m[place] = 0.9 * m[place] + 0.1 * g
      v[place] = 0.999 * v[place] + 0.001 * g * g
      parameters[place] -=
        learningRate * sqrt(1 - pow(0.999, i)) / (1 - pow(0.9, i)) * m[place]
        / (sqrt(v[place]) + 1e-8)
    }
  }
}

@Suite("Adam")
struct AdamTests {
  let count = 37

  func buffer(_ values: [Float]) -> FloatBuffer {
    let buffer = FloatBuffer(count: values.count)
    for (place, value) in values.enumerated() { buffer.start[place] = value }
    return buffer
  }

  @Test(
    "follows its equations step after step, above and below the limit",
    arguments: [0.01, 1, 40] as [Float])
  func equations(scale: Float) {
    var draws = Draws(seed: 31)
    var parameters = draws.normals(count)
    var optimiser = Adam(parameterCount: count)
    var literal = LiteralAdam(
      parameters: parameters.map(Double.init), m: .init(repeating: 0, count: count),
      v: .init(repeating: 0, count: count))
    for _ in 0..<20 {
      let gradient = draws.normals(count, scale: scale)
      let size = optimiser.update(
        &parameters, against: buffer(gradient), learningRate: 0.004, limit: 1)
      #expect(size.isClose(to: norm(gradient.map(Double.init))))
      literal.update(gradient.map(Double.init), learningRate: 0.004, limit: 1)
    }
    #expect(optimiser.updateCount == 20)
    for place in 0..<count {
      #expect(abs(Double(parameters[place]) - literal.parameters[place]) < 2e-6)
      #expect(abs(Double(optimiser.firstMoment[place]) - literal.m[place]) < 1e-6)
      #expect(abs(Double(optimiser.secondMoment[place]) - literal.v[place]) < 1e-6)
    }
  }

  @Test("the first step is of the learning rate's size, towards less")
  func firstStep() {
    // m/√v = 1 once both are corrected; with norm 1 nothing is scaled.
    var parameters: [Float] = [0, 0, 5]
    var optimiser = Adam(parameterCount: 3)
    let size = optimiser.update(
      &parameters, against: buffer([0.6, -0.8, 0]), learningRate: 0.004, limit: 1)
    #expect(size.isClose(to: 1))
    // 0.999 in single precision leaves 1 − β₂ right to 10⁻⁵.
    #expect(abs(parameters[0] + 0.004) < 4e-8)
    #expect(abs(parameters[1] - 0.004) < 4e-8)
    #expect(parameters[2] == 5)
  }

  @Test("a gradient of twice the limit counts half")
  func limit() {
    var parameters: [Float] = [0, 0]
    var optimiser = Adam(parameterCount: 2)
    let size = optimiser.update(
      &parameters, against: buffer([1.2, 1.6]), learningRate: 0.004, limit: 1)
    #expect(size.isClose(to: 2))
    #expect(abs(optimiser.firstMoment[0] - 0.06) < 1e-7)
    #expect(abs(optimiser.firstMoment[1] - 0.08) < 1e-7)
  }

  @Test(
    "a gradient that is no number, infinite or beyond 10¹⁰ counts as zero: moments decay, momentum carries on",
    arguments: [.nan, .infinity, -.infinity, 2e10] as [Float])
  func unusableGradients(stray: Float) {
    var draws = Draws(seed: 6)
    var parameters = draws.normals(count)
    var optimiser = Adam(parameterCount: count)
    _ = optimiser.update(
      &parameters, against: buffer(draws.normals(count)), learningRate: 0.004, limit: 1)
    let (before, start) = (optimiser, parameters)

    var gradient = draws.normals(count)
    gradient[5] = stray
    let size = optimiser.update(
      &parameters, against: buffer(gradient), learningRate: 0.004, limit: 1)

    #expect(!(size <= 1e10), "the norm is told as it was")
    #expect(optimiser.updateCount == 2)
    let step = 0.004 * sqrt(1 - pow(0.999, 2)) / (1 - pow(0.9, 2))
    for place in 0..<count {
      #expect(abs(optimiser.firstMoment[place] - 0.9 * before.firstMoment[place]) < 1e-9)
      #expect(abs(optimiser.secondMoment[place] - 0.999 * before.secondMoment[place]) < 1e-9)
      let moved =
        step * 0.9 * Double(before.firstMoment[place])
        / (sqrt(0.999 * Double(before.secondMoment[place])) + 1e-8)
      #expect(abs(Double(parameters[place]) - (Double(start[place]) - moved)) < 1e-6)
    }
  }

  @Test("a norm just below 10¹⁰ is a gradient like any other")
  func largestUsable() {
    var parameters: [Float] = [0]
    var optimiser = Adam(parameterCount: 1)
    _ = optimiser.update(&parameters, against: buffer([9e9]), learningRate: 0.004, limit: 1)
    #expect(abs(optimiser.firstMoment[0] - 0.1) < 1e-7)
  }

  @Test("a gradient of zero at the start moves nothing")
  func nothing() {
    var parameters: [Float] = [1, 2, 3]
    var optimiser = Adam(parameterCount: 3)
    let size = optimiser.update(
      &parameters, against: buffer([0, 0, 0]), learningRate: 0.004, limit: 1)
    #expect(size == 0)
    #expect(parameters == [1, 2, 3])
  }
}
