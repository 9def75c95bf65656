import Glibc
import Testing

@testable import Analysis

/// Starts all over a cube of a given half width.
private func starts(_ count: Int, _ dimension: Int, width: Double, seed: UInt64) -> [[Double]] {
  var draws = Draws(seed: seed)
  return (0..<count).map { _ in (0..<dimension).map { _ in width * (2 * draws.uniform() - 1) } }
}

private func product(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

@Suite("Fixed and slow points")
struct FixedPointsTests {

  // MARK: Linear systems

  @Test("a linear flow has one point, with the eigenvalues of its matrix")
  func linear() throws {
    // F = A (x − (1, 2, 3)): a spiral that shrinks, and a direction that grows.
    let field = VelocityField(dimension: 3) { x in
      let d = [x[0] - 1, x[1] - 2, x[2] - 3]
      return [-d[0] - 2 * d[1], 2 * d[0] - d[1], 0.5 * d[2]]
    }
    let found = FixedPoints(of: field, from: starts(10, 3, width: 20, seed: 1))
    let point = try #require(found.points.first)
    #expect(found.points.count == 1)
    #expect(found.lostStartCount == 0)
    #expect(point.kind == .fixed)
    #expect(point.startCount == 10)
    for (value, wanted) in zip(point.state, [1.0, 2, 3]) { #expect(abs(value - wanted) < 1e-8) }
    let modes = point.modes
    for (mode, wanted) in zip(modes, [(0.5, 0.0), (-1, 2), (-1, -2)]) {
      #expect(abs(mode.eigenvalue.real - wanted.0) < 1e-8)
      #expect(abs(mode.eigenvalue.imaginary - wanted.1) < 1e-8)
      #expect(mode.rate == mode.eigenvalue.real)
    }
    #expect(point.growingModes().count == 1)
    #expect(point.growingModes(fasterThan: 0.6).isEmpty)
    #expect(abs(abs(modes[0].direction.real[2]) - 1) < 1e-8)
    #expect(abs(modes[0].timeConstant + 2) < 1e-7)
    #expect(abs(modes[1].timeConstant - 1) < 1e-7)
  }

  @Test("directions are eigenvectors, of complex pairs too")
  func eigenvectors() {
    var draws = Draws(seed: 2)
    let n = 12
    // [from × to].
    let a = draws.normals(n * n)
    let modes = Mode.all(of: a, time: .continuous)
    #expect(modes.contains { $0.eigenvalue.imaginary != 0 })
    for mode in modes {
      let (v, w) = mode.direction
      #expect((product(v, v) + product(w, w)).isClose(to: 1, within: 1e-12))
      for to in 0..<n {
        let row = (0..<n).map { a[$0 * n + to] }
        let (real, imaginary) = mode.eigenvalue
        // A (v + i w) = (real + i imaginary) (v + i w)
        #expect(product(row, v).isClose(to: real * v[to] - imaginary * w[to], within: 1e-12))
        #expect(product(row, w).isClose(to: real * w[to] + imaginary * v[to], within: 1e-12))
      }
    }
    #expect(zip(modes, modes.dropFirst()).allSatisfy { $0.rate >= $1.rate })
  }

  @Test("along a line attractor every point stays, and one direction is slow")
  func line() {
    // F = −x + u vᵀ x with vᵀ u = 1: states decay onto u, and stay there.
    var draws = Draws(seed: 3)
    let n = 20
    let u = draws.normals(n)
    let length = product(u, u)
    let w = draws.normals(n)
    let v = u.indices.map { (u[$0] + 0.3 * (w[$0] - product(w, u) / length * u[$0])) / length }
    let field = VelocityField(dimension: n) { x in
      let along = product(v, x)
      return x.indices.map { -x[$0] + along * u[$0] }
    }
    let found = FixedPoints(of: field, from: starts(15, n, width: 3, seed: 4))
    #expect(found.points.count > 10)
    #expect(found.lostStartCount == 0)
    for point in found.points {
      #expect(point.kind == .fixed)
      let slow = point.slowModes(longerThan: 1000)
      #expect(slow.count == 1)
      #expect(point.growingModes().isEmpty)
      for direction in [slow[0].direction.real, point.state] {
        let cosine =
          product(direction, u) / (product(direction, direction) * length).squareRoot()
        #expect(abs(cosine).isClose(to: 1, within: 1e-6))
      }
      #expect(point.modes.dropFirst().allSatisfy { abs($0.timeConstant - 1) < 1e-6 })
    }
  }

  // MARK: Networks

  @Test("two units that excite each other have two stable states and a saddle between")
  func bistable() throws {
    // τ x₁′ = −x₁ + 2 tanh x₂, and the other way round: x₁ = x₂ = a with a = 2 tanh a, or 0.
    let field = VelocityField(
      dimension: 2,
      jacobian: { x in
        let slopes = x.map { 2 * (1 - tanh($0) * tanh($0)) }
        return [-1, slopes[0], slopes[1], -1]
      }, velocity: { x in [-x[0] + 2 * tanh(x[1]), -x[1] + 2 * tanh(x[0])] })
    let found = FixedPoints(of: field, from: starts(60, 2, width: 3, seed: 5))
    let a = 1.9150080481545375
    #expect((2 * tanh(a)).isClose(to: a, within: 1e-14))
    let places = found.points.sorted { $0.state[0] < $1.state[0] }
    #expect(places.map(\.kind) == [.fixed, .fixed, .fixed])
    #expect(places.reduce(0) { $0 + $1.startCount } + found.lostStartCount == 60)
    for (point, wanted) in zip(places, [-a, 0, a]) {
      for value in point.state { #expect(abs(value - wanted) < 1e-8) }
    }
    // λ = −1 ± 2 (1 − tanh² a), tanh a = a/2; at 0 they are 1 and −3.
    let slope = 2 * (1 - a * a / 4)
    for (index, wanted) in [(0, slope - 1), (1, 1.0), (2, slope - 1)] {
      #expect(places[index].modes[0].eigenvalue.real.isClose(to: wanted, within: 1e-7))
      #expect(places[index].modes[1].eigenvalue.real.isClose(to: -2 - wanted, within: 1e-7))
    }
    let saddle = try #require(places[1].growingModes().first?.direction.real)
    #expect((saddle[0] * saddle[1]).isClose(to: 0.5, within: 1e-7))
    #expect(places[1].growingModes().count == 1)
    #expect(places[0].growingModes().isEmpty && places[2].growingModes().isEmpty)
  }

  @Test("a network of orthogonal memories keeps each of them, and its opposite")
  func memories() {
    // Walsh's functions on 64 units: W = (1/N) Σ p pᵀ, so W tanh(2 a p) = tanh(2 a) p.
    let n = 64
    let patterns = [1, 6, 35].map { mask in
      (0..<n).map { ($0 & mask).nonzeroBitCount % 2 == 0 ? 1.0 : -1 }
    }
    let field = VelocityField(dimension: n) { x in
      let r = x.map { tanh(2 * $0) }
      let overlaps = patterns.map { product($0, r) / Double(n) }
      return x.indices.map { unit in
        -x[unit] + (0..<3).reduce(0) { $0 + overlaps[$1] * patterns[$1][unit] }
      }
    }
    // a = tanh 2a.
    let a = 0.9575040240772687
    #expect(tanh(2 * a).isClose(to: a, within: 1e-14))
    let memories = patterns.flatMap { p in [p.map { a * $0 }, p.map { -a * $0 }] }
    let found = FixedPoints(
      of: field,
      from: memories.flatMap { drawStarts(along: [$0], count: 2, deviation: 0.1, seed: 6) })
    #expect(found.points.map(\.startCount) == .init(repeating: 2, count: 6))
    for memory in memories {
      let point = found.points.first { distance($0.state, memory) < 1e-7 }
      #expect(point?.kind == .fixed)
      #expect(point?.growingModes().isEmpty == true)
      // λ = −1 + 2 (1 − a²) along the three memories, −1 across.
      let slope = 2 * (1 - a * a)
      let wanted = .init(repeating: slope - 1, count: 3) + .init(repeating: -1.0, count: 61)
      for (mode, wanted) in zip(point?.modes ?? [], wanted) {
        #expect(mode.eigenvalue.real.isClose(to: wanted, within: 1e-6))
      }
    }
  }

  // MARK: Slow points and maps

  @Test("where two fixed points have just met and gone there is a slow one", arguments: [2, 7])
  func ghost(dimension: Int) throws {
    // F = ε + z² along a direction, −y across it: no zero, and q = ε²/2 least at 0.
    let epsilon = 1e-3
    var draws = Draws(seed: 7)
    let axis = draws.normals(dimension)
    let length = product(axis, axis).squareRoot()
    let e = axis.map { $0 / length }
    let field = VelocityField(dimension: dimension) { x in
      let z = product(x, e)
      return x.indices.map { -(x[$0] - z * e[$0]) + (epsilon + z * z) * e[$0] }
    }
    let starts = starts(12, dimension, width: 1, seed: 8)
    let found = FixedPoints(of: field, from: starts)
    let point = try #require(found.points.first)
    #expect(found.points.count == 1)
    #expect(found.lostStartCount == 0)
    #expect(point.kind == .slow)
    #expect(point.slowness.isClose(to: epsilon * epsilon / 2, within: 1e-12))
    #expect(product(point.state, point.state).squareRoot() < 1e-4)
    var strict = FixedPoints.Bounds()
    strict.slow = 1e-8
    let none = FixedPoints(of: field, from: starts, within: strict)
    #expect(none.points.isEmpty)
    #expect(none.lostStartCount == 12)
  }

  @Test("a state that drifts everywhere has no such point")
  func drift() {
    let field = VelocityField(dimension: 2) { _ in [1, 0.5] }
    let found = FixedPoints(of: field, from: starts(5, 2, width: 1, seed: 9))
    #expect(found.points.isEmpty)
    #expect(found.lostStartCount == 5)
  }

  @Test("a guide leads to zeros where a field alone only leads to where it is slow")
  func guide() throws {
    // F = e^{−x²} (1 − x): far out, q falls outwards, and soon is below any bound.
    let field = VelocityField(dimension: 1) { x in [exp(-x[0] * x[0]) * (1 - x[0])] }
    let guide = VelocityField(dimension: 1) { x in [1 - x[0]] }
    let starts = [[-3.0], [0.5], [4]]
    let alone = FixedPoints(of: field, from: starts)
    #expect(alone.points.contains { abs($0.state[0] - 1) > 1 })
    let guided = FixedPoints(of: field, guidedBy: guide, from: starts)
    let point = try #require(guided.points.first)
    #expect(guided.points.count == 1)
    #expect(point.startCount == 3)
    #expect(abs(point.state[0] - 1) < 1e-8)
    // Modes are the field's own.
    #expect(point.modes[0].rate.isClose(to: -exp(-1), within: 1e-7))
  }

  @Test("where a guide finds nothing, the field itself is searched")
  func uselessGuide() {
    let field = VelocityField(dimension: 1) { x in [1 - x[0]] }
    let guide = VelocityField(dimension: 1) { _ in [1] }
    #expect(
      FixedPoints(of: field, guidedBy: guide, from: [[3]])
        == FixedPoints(of: field, from: [[3]]))
  }

  @Test("the logistic map has an unstable 0 and a 1 − 1/a that draws states in by turns")
  func logistic() throws {
    let a = 2.8
    for jacobian in [nil, { (x: [Double]) in [a * (1 - 2 * x[0])] }] {
      let field = VelocityField.map(
        dimension: 1, jacobian: jacobian, next: { x in [a * x[0] * (1 - x[0])] })
      let found = FixedPoints(of: field, from: [[0.9], [0.1], [-0.2], [0.6]])
      let points = found.points.sorted { $0.state[0] < $1.state[0] }
      #expect(points.count == 2)
      for (point, wanted) in zip(points, [0, 1 - 1 / a]) {
        #expect(abs(point.state[0] - wanted) < 1e-8)
      }
      // Multipliers a and 2 − a.
      #expect(points[0].modes[0].rate.isClose(to: log(2.8), within: 1e-8))
      #expect(points[1].modes[0].rate.isClose(to: log(0.8), within: 1e-8))
      #expect(points[0].growingModes().count == 1)
      #expect(points[1].growingModes().isEmpty)
    }
  }

  // MARK: Odds and ends

  @Test("differences stand in for a Jacobian")
  func differences() {
    let field = VelocityField(dimension: 2) { x in [sin(x[0]) * x[1], exp(x[1]) - 100 * x[0]] }
    let x = [0.4, -1.3]
    let wanted = [cos(x[0]) * x[1], -100, sin(x[0]), exp(x[1])]
    for (slope, wanted) in zip(field.jacobian(x), wanted) {
      #expect(slope.isClose(to: wanted, within: 1e-9))
    }
  }

  @Test("points closer than the bound are one, those farther are two")
  func merging() {
    // Zeros at 0 and 0.01.
    let field = VelocityField(dimension: 1) { x in [x[0] * (x[0] - 0.01)] }
    let beside = [[-0.005], [0.002], [0.008], [0.02], [0.03]]
    #expect(FixedPoints(of: field, from: beside).points.map(\.startCount) == [3, 2])
    var wide = FixedPoints.Bounds()
    wide.sameness = 0.02
    #expect(FixedPoints(of: field, from: beside, within: wide).points.map(\.startCount) == [5])
  }

  @Test("starts lie on states, or beside them, the same for a seed")
  func drawing() {
    let states = [[1.0, 10], [2, 20], [3, 30]]
    let on = drawStarts(along: states, count: 50, deviation: 0, seed: 1)
    #expect(on.count == 50)
    #expect(Set(on) == Set(states))
    let beside = drawStarts(along: states, count: 2000, deviation: 0.5, seed: 1)
    #expect(beside == drawStarts(along: states, count: 2000, deviation: 0.5, seed: 1))
    let offsets = beside.map { $0[1] - 10 * ($0[1] / 10).rounded() }
    #expect(abs(standardDeviation(of: offsets) - 0.5) < 0.03)
  }
}
