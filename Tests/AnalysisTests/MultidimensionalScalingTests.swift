import Testing

@testable import Analysis

@Suite("Multidimensional scaling")
struct MultidimensionalScalingTests {

  private func points(_ count: Int, _ dimensions: Int, seed: UInt64) -> [[Double]] {
    var draws = Draws(seed: seed)
    return (0..<count).map { _ in draws.normals(dimensions) }
  }

  /// Σ_{i<j} (δ − d)², written out.
  private func stress(_ map: [[Double]], _ distances: [[Double]]) -> Double {
    var sum = 0.0
    for i in map.indices {
      for j in 0..<i {
        let d = zip(map[i], map[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        sum += (distances[i][j] - d) * (distances[i][j] - d)
      }
    }
    return sum
  }

  @Test("distances are Euclid's")
  func distances() {
    #expect(euclideanDistances(between: [[0, 0], [3, 4]]) == [[0, 5], [5, 0]])
    #expect(euclideanDistances(between: []) == [])
  }

  @Test(
    "points of a plane are found again, from either start",
    arguments: [MultidimensionalScaling.Start.classical, .random(count: 8, seed: 1)])
  func plane(start: MultidimensionalScaling.Start) {
    let distances = euclideanDistances(between: points(20, 2, seed: 91))
    let map = MultidimensionalScaling(of: distances, start: start)
    #expect(map.relativeStress < 1e-3)
    let found = euclideanDistances(between: map.points)
    for (row, wanted) in zip(found, distances) {
      for (distance, wanted) in zip(row, wanted) {
        #expect(distance.isClose(to: wanted, within: 1e-2))
      }
    }
  }

  @Test("four points that are all 1 apart become a square, with a stress of 3 − 2√2")
  func tetrahedron() {
    // A square of side s has σ = 4 (1 − s)² + 2 (1 − √2 s)², least at s = (2 + √2)/4.
    let distances = (0..<4).map { i in (0..<4).map { $0 == i ? 0.0 : 1 } }
    let map = MultidimensionalScaling(of: distances, start: .random(count: 8, seed: 2))
    #expect(map.stress.isClose(to: 3 - 2 * 2.0.squareRoot(), within: 1e-6))
    #expect(map.relativeStress.isClose(to: (map.stress / 6).squareRoot(), within: 1e-12))
    let sides = euclideanDistances(between: map.points)[0].sorted()
    let side = (2 + 2.0.squareRoot()) / 4
    for (length, wanted) in zip(sides, [0, side, side, side * 2.0.squareRoot()]) {
      #expect(abs(length - wanted) < 1e-3)
    }
  }

  @Test("stress is what it says, and never rises with more steps")
  func descent() {
    let distances = euclideanDistances(between: points(25, 10, seed: 92))
    let start = MultidimensionalScaling.Start.random(count: 1, seed: 3)
    var last = Double.infinity
    for limit in [0, 1, 2, 5, 20, 100, 1000] {
      let map = MultidimensionalScaling(of: distances, start: start, iterationLimit: limit)
      #expect(map.stress.isClose(to: stress(map.points, distances), within: 1e-9))
      #expect(map.stress <= last)
      #expect(map.iterationCount <= limit)
      last = map.stress
    }
    // No random start among ten is much better than the classical one.
    let classical = MultidimensionalScaling(of: distances)
    let best = MultidimensionalScaling(of: distances, start: .random(count: 10, seed: 4))
    #expect(classical.stress < 1.05 * best.stress)
  }

  @Test("clusters in many dimensions stay clusters, the widest spread along the first axis")
  func clusters() {
    var draws = Draws(seed: 93)
    let states = (0..<40).map { trial in
      (0..<200).map { _ in 0.1 * draws.normal() + (trial < 20 ? 0.5 : -0.5) }
    }
    let map = MultidimensionalScaling(of: euclideanDistances(between: states))
    let first = map.points.map { $0[0] }
    #expect(first[..<20].allSatisfy { $0 * first[0] > 0 })
    #expect(first[20...].allSatisfy { $0 * first[0] < 0 })
    // Half of √200 apart from the middle.
    #expect(first.allSatisfy { abs(abs($0) - 200.0.squareRoot() / 2) < 1 })
    #expect(mean(of: first).isClose(to: 0, within: 1e-9))
  }

  @Test("points at one place stay there")
  func coinciding() {
    let map = MultidimensionalScaling(of: [[0, 0, 2], [0, 0, 2], [2, 2, 0]])
    #expect(map.stress < 1e-20)
    #expect(map.points[0] == map.points[1])
    let single = MultidimensionalScaling(of: [[0]])
    #expect(single.points == [[0, 0]])
    #expect(single.relativeStress == 0)
  }

  @Test("conditions of one response count as close by their centers")
  func ratio() throws {
    // Centers: AA (0, 0), BB (0, 2), AB (6, 0), BA (6, 2). One response: 2 and 2; two: 6, 6, 2√10 twice.
    let trials: [(condition: String, response: Int, state: [Double])] = [
      ("AA", -1, [0, 1]), ("AA", -1, [0, -1]), ("BB", -1, [0, 2]), ("AB", 1, [6, 0]),
      ("BA", 1, [5, 2]), ("BA", 1, [7, 2]),
    ]
    let ratio = try #require(responseDistanceRatio(of: trials))
    #expect(ratio.isClose(to: 2 / ((6 + 40.0.squareRoot()) / 2), within: 1e-14))
    #expect(responseDistanceRatio(of: Array(trials[..<3])) == nil)
    #expect(responseDistanceRatio(of: [trials[0], trials[3]]) == nil)
  }
}
