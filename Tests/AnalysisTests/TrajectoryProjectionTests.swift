import Glibc
import Testing

@testable import Analysis

@Suite("Projections of trajectories")
struct TrajectoryProjectionTests {

  /// Loops in a plane of 20 units, 3 along one axis and 1 along another, around a rate of 2.
  private func loops(_ lengths: [Int], axes: [[Double]]) -> [[Float]] {
    lengths.map { length in
      (0..<length).flatMap { step -> [Float] in
        let phase = 2 * Double.pi * Double(step) / Double(length)
        return axes[0].indices.map {
          Float(2 + 3 * cos(phase) * axes[0][$0] + sin(phase) * axes[1][$0])
        }
      }
    }
  }

  private func plane() -> [[Double]] {
    var draws = Draws(seed: 95)
    let q = orthonormalAxes(of: ColumnMatrix(columns: (0..<2).map { _ in draws.normals(20) }))
    return (0..<2).map { axis in
      let column = q.column(axis)
      return column.max { abs($0) < abs($1) }! < 0 ? column.map(-) : column
    }
  }

  @Test("loops in a plane are found with their axes, shares and sizes")
  func loop() {
    let axes = plane()
    let trials = loops([40, 100, 60], axes: axes)
    let projection = TrajectoryProjection(of: trials, unitCount: 20)
    // Variances 9/2 and 1/2.
    for (share, wanted) in zip(projection.explainedVariances, [0.9, 0.1, 0]) {
      #expect(abs(share - wanted) < 1e-6)
    }
    for (axis, wanted) in zip(projection.axes, axes) {
      for (weight, wanted) in zip(axis, wanted) { #expect(abs(weight - wanted) < 1e-5) }
    }
    #expect(projection.center.allSatisfy { abs($0 - 2) < 1e-6 })
    for (step, position) in projection.positions(of: trials[0]).enumerated() {
      let phase = 2 * Double.pi * Double(step) / 40
      for (place, wanted) in zip(position, [3 * cos(phase), sin(phase), 0]) {
        #expect(abs(place - wanted) < 1e-5)
      }
    }
  }

  @Test("components of trials are those of all their steps at once")
  func together() {
    var draws = Draws(seed: 96)
    let trials = [5, 1, 9].map { draws.floats($0 * 6) }
    let projection = TrajectoryProjection(of: trials, unitCount: 6, axisCount: 6)
    let steps = stride(from: 0, to: 90, by: 6).map { start in
      trials.flatMap(\.self)[start..<(start + 6)].map(Double.init)
    }
    let components = principalComponents(of: ColumnMatrix(columns: steps), count: 6)
    for axis in 0..<6 {
      let product = zip(projection.axes[axis], components.column(axis)).reduce(0) {
        $0 + $1.0 * $1.1
      }
      #expect(abs(product).isClose(to: 1, within: 1e-10))
    }
    #expect(projection.explainedVariances.reduce(0, +).isClose(to: 1, within: 1e-12))
  }

  @Test("what stands still explains nothing, and stays at 0")
  func still() {
    let projection = TrajectoryProjection(of: [[1, 2, 1, 2]], unitCount: 2, axisCount: 2)
    #expect(projection.explainedVariances == [0, 0])
    #expect(projection.positions(of: [1, 2]) == [[0, 0]])
  }
}
