import Gym

/// Where the states of a network stay, or all but stay (Sussillo & Barak, *Neural Comput.* 25, 2013).
///
///     q(x) = ½ |F(x)|²
///     fixed points   F = 0                 slow points   minima of q with q > 0 that is small
///
/// From each of many starts, best taken where the network really goes, q is brought down by Levenberg &
/// Marquardt's iteration. What comes to the same place is one point.
///
/// Where a field slows down because of how it is driven and not of where it leads, as units with closing
/// gates do, descents end at no zero. A guide helps: a field that is 0 in the same places.
///
///     let starts = drawStarts(along: states, count: 200, deviation: 0.1, seed: 1)
///     let found = FixedPoints(of: field, from: starts)
///     found.points[0].growingModes().count       // 1: a saddle between two choices
public struct FixedPoints: Equatable, Sendable {
  /// Fixed points first, then slow ones; each by how many starts came there, most first.
  public let points: [FixedPoint]
  /// Starts that came to no minimum of q, or to one where the state still moves fast.
  public let lostStartCount: Int

  /// What counts as what.
  public struct Bounds: Equatable, Sendable {
    /// q below which a point is fixed.
    public var fixed = 1e-18
    /// q below which a minimum is a slow point.
    public var slow = 1e-4
    /// Points no farther from each other than this are the same: the root mean square, over units, of
    /// what their states differ by.
    public var sameness = 1e-3
    /// Steps of the descent from a start.
    public var stepLimit = 500

    public init() {}
  }

  /// Searches.
  ///
  /// - Parameters:
  ///   - guide: A field with the same zeros, in which fixed points are searched for first; what comes
  ///     to none there starts again in the field itself.
  ///   - starts: [start][unit].
  public init(
    of field: VelocityField, guidedBy guide: VelocityField? = nil, from starts: [[Double]],
    within bounds: Bounds = .init()
  ) {
    precondition(guide?.dimension ?? field.dimension == field.dimension, "a guide has equal states")
    precondition(
      starts.allSatisfy { $0.count == field.dimension },
      "a start has \(field.dimension) numbers")
    precondition(bounds.fixed > 0 && bounds.slow >= bounds.fixed, "fixed is slower than slow")
    // Close to a fixed point a step squares the distance, so that one or two more are worth it.
    let descent = LevenbergMarquardt(stepLimit: bounds.stepLimit, enough: 1e-6 * bounds.fixed)
    var found: [Candidate] = []
    var lost = 0
    for start in starts {
      if let guide {
        let there = descent.minimum(in: guide, from: start).place
        let slowness = LevenbergMarquardt.Place(there.parameters, field.velocity).value
        if max(there.value, slowness) <= bounds.fixed {
          found.append(Candidate(state: there.parameters, slowness: slowness, kind: .fixed))
          continue
        }
      }
      let (place, isReached) = descent.minimum(in: field, from: start)
      if place.value <= bounds.fixed {
        found.append(Candidate(state: place.parameters, slowness: place.value, kind: .fixed))
      } else if isReached && place.value <= bounds.slow {
        found.append(Candidate(state: place.parameters, slowness: place.value, kind: .slow))
      } else {
        lost += 1
      }
    }
    points = merged(found, within: bounds.sameness).map { FixedPoint($0, of: field) }
    lostStartCount = lost
  }
}

/// A state that stays, or all but stays, and how states near it move.
public struct FixedPoint: Equatable, Sendable {
  public enum Kind: Equatable, Sendable { case fixed, slow }

  public let kind: Kind
  /// x*
  public let state: [Double]
  /// q(x*)
  public let slowness: Double
  /// How many starts came here.
  public let startCount: Int
  /// Of ∂F/∂x at x*, from the fastest growing one to the fastest decaying.
  public let modes: [Mode]

  fileprivate init(_ candidate: Candidate, of field: VelocityField) {
    kind = candidate.kind
    state = candidate.state
    slowness = candidate.slowness
    startCount = candidate.startCount
    modes = Mode.all(of: field.jacobian(candidate.state), time: field.time)
  }

  /// Modes that grow, faster than rounding makes one seem to.
  public func growingModes(fasterThan rate: Double = 1e-6) -> [Mode] {
    modes.filter { $0.rate > rate }
  }

  /// Modes along which states stay for long, growing or decaying: a line attractor has one.
  ///
  /// - Parameter timeConstant: In the field's unit of time, or in steps of a map.
  public func slowModes(longerThan timeConstant: Double) -> [Mode] {
    modes.filter { abs($0.timeConstant) > timeConstant }
  }
}

/// Starts for a search: places where states went, and a little beside them.
///
///     x = x(t) + Normal(0, s²)      t: any of the states, as likely as the others
///
/// - Parameters:
///   - states: Of trials, all together: [state][unit].
///   - deviation: s, of each unit.
///   - seed: The same seed gives the same starts.
public func drawStarts(
  along states: [[Double]], count: Int, deviation: Double, seed: UInt64
) -> [[Double]] {
  precondition(!states.isEmpty && deviation >= 0, "starts are drawn from states")
  return (0..<count).map { start in
    var random = Random(seed: seed, stream: Stream("fixed point starts"), trial: UInt64(start))
    return random.element(of: states).map { $0 + deviation * Double(random.normal()) }
  }
}

extension LevenbergMarquardt {
  /// A minimum of q of a field.
  fileprivate func minimum(
    in field: VelocityField, from start: [Double]
  ) -> (place: Place, isReached: Bool) {
    let n = field.dimension
    return minimum(
      from: start, residuals: field.velocity,
      jacobian: { ColumnMatrix(rows: n, columns: n, values: field.jacobian($0)) })
  }
}

private struct Candidate {
  let state: [Double]
  let slowness: Double
  let kind: FixedPoint.Kind
  var startCount = 1
}

/// One of each place, the slowest there.
private func merged(_ found: [Candidate], within sameness: Double) -> [Candidate] {
  var places: [Candidate] = []
  for candidate in found.sorted(by: { $0.slowness < $1.slowness }) {
    let reach = sameness * Double(candidate.state.count).squareRoot()
    let known = places.firstIndex { distance($0.state, candidate.state) <= reach }
    if let known { places[known].startCount += 1 } else { places.append(candidate) }
  }
  return places.filter { $0.kind == .fixed }.sorted { $0.startCount > $1.startCount }
    + places.filter { $0.kind == .slow }.sorted { $0.startCount > $1.startCount }
}
