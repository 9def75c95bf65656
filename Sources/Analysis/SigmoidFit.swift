import Glibc

/// A sigmoid between any two levels, fitted to responses by least squares.
///
///     y(x) = a + b / ( 1 + c e^{−k x} )  =  a + b / ( 1 + e^{−k (x − x₀)} ),      c = e^{k x₀}
///     S    = Σᵢ (yᵢ − y(xᵢ))²   made least                          (Miconi, eLife 6:e20899, 2017)
///
/// k > 0, so b tells whether the curve rises or falls. As it stands S need not have a least value: it
/// may only fall as the curve becomes a step, or a straight line of endless height, or moves out of
/// sight. So k and x₀ are kept within what the stimuli can tell, and `isDetermined` says whether
/// that was of any use to them:
///
///     ½ ≤ k h ≤ 20 h/d,    |x₀ − middle| ≤ 2 h        h: half the range of x;  d: least distance
///
/// At the lower end the curve is straight to within 2 %, at the upper a step to within 10⁻⁴. a and b
/// are linear, and found along with each of many starts.
public struct SigmoidFit: Equatable, Sendable {
  /// a, the level on the left.
  public let floor: Double
  /// b, how much higher the right is.
  public let height: Double
  /// k, per unit of the stimulus.
  public let steepness: Double
  /// x₀, where the curve is half-way.
  public let center: Double
  /// S
  public let residual: Double
  /// Whether steepness and center are inside their bounds, and the responses not all the same.
  public let isDetermined: Bool

  /// c
  public var offset: Double { exp(steepness * center) }

  /// y(x).
  public func response(at stimulus: Double) -> Double {
    floor + height * logistic(steepness * (stimulus - center))
  }

  /// Fits; nil with fewer than four different stimuli, as many as the curve has parameters.
  ///
  /// - Parameter points: Stimulus and response, finite, of single trials or means; in any order.
  public init?(fittedTo points: [(x: Double, y: Double)]) {
    precondition(points.allSatisfy { $0.x.isFinite && $0.y.isFinite }, "a fit is to finite numbers")
    let stimuli = Set(points.map(\.x)).sorted()
    guard stimuli.count >= 4, let lowest = stimuli.first, let highest = stimuli.last else {
      return nil
    }
    let (middle, half) = ((highest + lowest) / 2, (highest - lowest) / 2)
    let closest = zip(stimuli, stimuli.dropFirst()).map { ($1 - $0) / half }.min()!
    // In z = (x − middle)/h.
    let curve = NormalisedSigmoid(
      points: points.map { (($0.x - middle) / half, $0.y) }, steepness: 0.5...(20 / closest),
      center: -2...2)
    let level = points[0].y
    let isFlat = points.allSatisfy { $0.y == level }
    let (minimum, isInside) = curve.fit()
    floor = isFlat ? level : minimum.parameters[0]
    height = isFlat ? 0 : minimum.parameters[1]
    steepness = minimum.parameters[2] / half
    center = middle + half * minimum.parameters[3]
    residual = isFlat ? 0 : 2 * minimum.value
    isDetermined = isInside && !isFlat
  }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The sigmoid of stimuli in −1...1; its parameters are a, b, k and x₀.
private struct NormalisedSigmoid {
  let points: [(z: Double, y: Double)]
  let steepness: ClosedRange<Double>
  let center: ClosedRange<Double>

  /// The best of the descents from several steepnesses, each from its best center.
  func fit() -> (LevenbergMarquardt.Place, isInside: Bool) {
    let anything = -Double.infinity...Double.infinity
    let descent = LevenbergMarquardt(
      stepLimit: 1000, slopeTolerance: 1e-13, bounds: [anything, anything, steepness, center])
    let minima = sequence(first: steepness.lowerBound) { $0 * 2 }
      .prefix { steepness.contains($0) }.map { k in
        let starts = stride(from: -1, through: 1, by: 0.125).map {
          withBestLevels(steepness: k, center: $0)
        }
        let start = starts.min { squares(residuals($0)) < squares(residuals($1)) }!
        return descent.minimum(from: start, residuals: residuals, jacobian: jacobian).place
      }
    let best = minima.min { $0.value < $1.value }!
    let (k, x0) = (best.parameters[2], best.parameters[3])
    let isInside =
      k > steepness.lowerBound && k < steepness.upperBound && x0 > center.lowerBound
      && x0 < center.upperBound
    return (best, isInside)
  }

  /// The best a and b, which are linear, for a k and x₀.
  private func withBestLevels(steepness k: Double, center x0: Double) -> [Double] {
    let design = ColumnMatrix(columns: [
      .init(repeating: 1, count: points.count), points.map { logistic(k * ($0.z - x0)) },
    ])
    let (line, _) = leastSquares(design, ColumnMatrix(columns: [points.map(\.y)]))
    return [line[0, 0], line[1, 0], k, x0]
  }

  private func squares(_ residuals: [Double]) -> Double { residuals.reduce(0) { $0 + $1 * $1 } }

  /// y(z) − y.
  private func residuals(_ p: [Double]) -> [Double] {
    points.map { p[0] + p[1] * logistic(p[2] * ($0.z - p[3])) - $0.y }
  }

  ///     ∂y/∂a = 1   ∂y/∂b = s   ∂y/∂k = b s (1 − s) (z − x₀)   ∂y/∂x₀ = −b s (1 − s) k
  private func jacobian(_ p: [Double]) -> ColumnMatrix {
    var j = ColumnMatrix(rows: points.count, columns: 4)
    for (row, point) in points.enumerated() {
      let s = logistic(p[2] * (point.z - p[3]))
      let slope = p[1] * s * (1 - s)
      j[row, 0] = 1
      j[row, 1] = s
      j[row, 2] = slope * (point.z - p[3])
      j[row, 3] = -slope * p[2]
    }
    return j
  }
}
