import COpenBLAS
import Gym

/// A map on which points lie as far apart as things differ (metric scaling by SMACOF: de Leeuw in
/// *Recent Developments in Statistics*, 1977; Borg & Groenen, *Modern Multidimensional Scaling*, 2005,
/// chapter 8).
///
///     σ(X)  = Σ_{i<j} ( δᵢⱼ − dᵢⱼ(X) )²                      δ: differences;  d: distances on the map
///     X     ← (1/n) B(X) X,    bᵢⱼ = −δᵢⱼ/dᵢⱼ (0 where dᵢⱼ = 0),    bᵢᵢ = −Σ_{j≠i} bᵢⱼ
///
/// σ falls with every step. It ends where it falls by less than a given part of itself. Where it ends
/// depends on where it starts: classical scaling is a good place, random ones are others.
public struct MultidimensionalScaling: Equatable, Sendable {
  /// X, [point][dimension]; around 0, turned to its principal axes, the longest first.
  public let points: [[Double]]
  /// σ, in squared units of the differences.
  public let stress: Double
  /// √( σ / Σ δ² ): 0 for a map without flaw, and in the differences' own proportion.
  public let relativeStress: Double
  /// How many steps were taken.
  public let iterationCount: Int

  /// Where the steps start from.
  public enum Start: Equatable, Sendable {
    /// The map of classical scaling.
    case classical
    /// The best of several starts at random places.
    case random(count: Int, seed: UInt64)
  }

  /// Makes a map.
  ///
  /// - Parameters:
  ///   - distances: δ, [i][j], symmetric, not below 0, 0 of each to itself; of one point or more.
  ///   - dimensionCount: Of the map.
  ///   - iterationLimit: Of a start's steps.
  ///   - tolerance: The part of σ by which a step must lower it to be followed by another.
  public init(
    of distances: [[Double]], dimensionCount: Int = 2, start: Start = .classical,
    iterationLimit: Int = 1000, tolerance: Double = 1e-9
  ) {
    let n = distances.count
    precondition(n > 0 && dimensionCount > 0, "a map has points and dimensions")
    precondition(distances.allSatisfy { $0.count == n }, "each point has a distance to each")
    precondition(
      distances.indices.allSatisfy { i in
        distances[i][i] == 0
          && distances.indices.allSatisfy {
            distances[i][$0] == distances[$0][i] && distances[i][$0] >= 0
              && distances[i][$0].isFinite
          }
      }, "distances are finite, symmetric, not below 0, and 0 of each point to itself")
    let delta = ColumnMatrix(columns: distances)
    let scale = delta.values.reduce(0) { $0 + $1 * $1 } / 2
    let starts: [ColumnMatrix] =
      switch start {
      case .classical: [classicalMap(of: delta, dimensionCount: dimensionCount)]
      case .random(let count, let seed):
        (0..<count).map { index in
          randomMap(
            of: n, dimensionCount: dimensionCount, scale: (scale / Double(n * n)).squareRoot(),
            random: Random(seed: seed, stream: Self.stream, trial: UInt64(index)))
        }
      }
    precondition(!starts.isEmpty, "a map has a start")
    let maps = starts.map {
      descend(from: $0, to: delta, iterationLimit: iterationLimit, tolerance: tolerance)
    }
    let best = maps.min { $0.stress < $1.stress }!
    points = turned(best.map)
    stress = best.stress
    relativeStress = scale > 0 ? (best.stress / scale).squareRoot() : 0
    iterationCount = best.iterations
  }

  /// The stream random starts are drawn from.
  static let stream = Stream("multidimensional scaling")
}

/// Euclid's distances between points.
///
///     dᵢⱼ = √( Σₐ (xᵢₐ − xⱼₐ)² )
///
/// - Parameter points: [point][coordinate], all with equally many.
/// - Returns: [i][j].
public func euclideanDistances(between points: [[Double]]) -> [[Double]] {
  precondition(
    points.allSatisfy { $0.count == points[0].count }, "points have equally many coordinates")
  return points.map { one in points.map { distance(one, $0) } }
}

func distance(_ one: [Double], _ other: [Double]) -> Double {
  zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
}

/// X of classical scaling, [point × dimension] (Torgerson, *Psychometrika* 17, 1952).
///
///     G = −½ C (δ²) C,   C = 1 − (1/n) 1 1ᵀ,     X = V √Λ      of G's largest eigenvalues
///
/// Euclidean distances in as many dimensions are met exactly.
private func classicalMap(of delta: ColumnMatrix, dimensionCount: Int) -> ColumnMatrix {
  let n = delta.rows
  var gram = ColumnMatrix(rows: n, columns: n)
  gram.values = delta.values.map { $0 * $0 }
  // Symmetric: the means of rows are those of columns.
  let means = gram.meanColumn
  let overall = mean(of: means)
  for j in 0..<n {
    for i in 0..<n { gram[i, j] = -(gram[i, j] - means[i] - means[j] + overall) / 2 }
  }
  let (values, vectors) = leadingEigenvectors(of: gram, count: min(dimensionCount, n))
  var map = ColumnMatrix(rows: n, columns: dimensionCount)
  for (axis, value) in values.enumerated() where value > 0 {
    for i in 0..<n { map[i, axis] = value.squareRoot() * vectors[i, axis] }
  }
  return map
}

/// Points of a normal distribution, [point × dimension].
private func randomMap(
  of n: Int, dimensionCount: Int, scale: Double, random: Random
) -> ColumnMatrix {
  var random = random
  var map = ColumnMatrix(rows: n, columns: dimensionCount)
  for place in map.values.indices { map.values[place] = scale * Double(random.normal()) }
  return map
}

/// SMACOF's steps from a map, [point × dimension].
private func descend(
  from start: ColumnMatrix, to delta: ColumnMatrix, iterationLimit: Int, tolerance: Double
) -> (map: ColumnMatrix, stress: Double, iterations: Int) {
  var map = start
  var (stress, guttman) = majorise(map, delta)
  for iteration in 0..<iterationLimit {
    let next = guttman.times(map, scale: 1 / Double(map.rows))
    let (below, following) = majorise(next, delta)
    guard below < stress else { return (map, stress, iteration) }
    let isSettled = stress - below <= tolerance * stress
    (map, stress, guttman) = (next, below, following)
    if isSettled { return (map, stress, iteration + 1) }
  }
  return (map, stress, iterationLimit)
}

/// σ(X) and B(X).
private func majorise(
  _ map: ColumnMatrix, _ delta: ColumnMatrix
) -> (stress: Double, guttman: ColumnMatrix) {
  let n = map.rows
  var b = ColumnMatrix(rows: n, columns: n)
  var stress = 0.0
  for j in 0..<n {
    for i in 0..<j {
      let d = (0..<map.columns).reduce(0.0) {
        $0 + (map[i, $1] - map[j, $1]) * (map[i, $1] - map[j, $1])
      }.squareRoot()
      stress += (delta[i, j] - d) * (delta[i, j] - d)
      guard d > 0 else { continue }
      let pull = delta[i, j] / d
      b[i, j] = -pull
      b[j, i] = -pull
      b[i, i] += pull
      b[j, j] += pull
    }
  }
  return (stress, b)
}

/// A map's points around 0 in the coordinates of its principal axes, [point][dimension].
private func turned(_ map: ColumnMatrix) -> [[Double]] {
  let means = (0..<map.columns).map { mean(of: map.column($0)) }
  let rows = (0..<map.rows).map { i in means.indices.map { map[i, $0] - means[$0] } }
  let axes = principalComponents(of: ColumnMatrix(columns: rows), count: map.columns)
  return rows.map { row in
    means.indices.map { axis in row.indices.reduce(0) { $0 + axes[$1, axis] * row[$1] } }
  }
}

extension ColumnMatrix {
  /// s A B.
  func times(_ other: ColumnMatrix, scale: Double = 1) -> ColumnMatrix {
    precondition(columns == other.rows)
    var product = ColumnMatrix(rows: rows, columns: other.columns)
    cblas_dgemm(
      CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(other.columns), Int32(columns),
      scale, values, Int32(rows), other.values, Int32(columns), 0, &product.values, Int32(rows))
    return product
  }
}
