import COpenBLAS

/// Least squares of functions that are not linear (Levenberg, *Q. Appl. Math.* 2, 1944; Marquardt,
/// *SIAM J. Appl. Math.* 11, 1963).
///
///     q(p) = ½ Σᵢ rᵢ(p)²,    J = ∂r/∂p
///     ( JᵀJ + λ diag JᵀJ ) δ = −Jᵀ r,    p ← p + δ
///
/// A step that does not lower q is not taken, and λ grows; so q never rises. It ends where q hardly
/// falls any more, where no step lowers it, where the slope Jᵀ r is as good as none, or where q is
/// small enough.
struct LevenbergMarquardt {
  /// What makes λ large enough for giving up.
  private static let largestDamping = 1e12
  /// The part of q that a step must take off it to be followed by another.
  private static let leastFall = 1e-14

  var stepLimit = 200
  /// q small enough.
  var enough = 0.0
  /// Of the cosine between r and the columns of J: below it r is taken to have no slope.
  var slopeTolerance = 1e-10
  /// Within which p is kept; nil for no bounds.
  var bounds: [ClosedRange<Double>]?

  struct Place {
    let parameters: [Double]
    /// r
    let residuals: [Double]
    /// q
    let value: Double

    init(_ parameters: [Double], _ residuals: ([Double]) -> [Double]) {
      self.parameters = parameters
      self.residuals = residuals(parameters)
      value = self.residuals.reduce(0) { $0 + $1 * $1 } / 2
    }
  }

  /// Descends.
  ///
  /// - Parameters:
  ///   - start: p at first; r must be finite there.
  ///   - residuals: r(p).
  ///   - jacobian: J(p), [residual × parameter].
  /// - Returns: Where the descent ends; and whether no better place is near: false if there was only
  ///   no time to go on.
  func minimum(
    from start: [Double], residuals: ([Double]) -> [Double],
    jacobian: ([Double]) -> ColumnMatrix
  ) -> (place: Place, isReached: Bool) {
    var place = Place(start, residuals)
    var damping = 1e-3
    for _ in 0..<stepLimit {
      guard place.value > enough else { return (place, true) }
      let (normal, slope) = normalEquations(jacobian(place.parameters), place.residuals)
      guard !hasNoSlope(slope, normal, place.value) else { return (place, true) }
      var next: Place?
      while next == nil && damping < Self.largestDamping {
        next = Self.step(normal, slope, damping).flatMap { step in
          let there = Place(bounded(zip(place.parameters, step).map { $0 + $1 }), residuals)
          // False too where it is not a number.
          return there.value < place.value ? there : nil
        }
        damping = next == nil ? 10 * damping : max(damping / 10, 1e-15)
      }
      guard let next, place.value - next.value > Self.leastFall * place.value else {
        return (next ?? place, true)
      }
      place = next
    }
    return (place, place.value <= enough)
  }

  private func bounded(_ p: [Double]) -> [Double] {
    guard let bounds else { return p }
    return zip(p, bounds).map { min(max($0, $1.lowerBound), $1.upperBound) }
  }

  /// Whether each column of J is as good as orthogonal to r.
  private func hasNoSlope(_ slope: [Double], _ normal: ColumnMatrix, _ value: Double) -> Bool {
    let length = (2 * value).squareRoot()
    return slope.indices.allSatisfy {
      abs(slope[$0]) <= slopeTolerance * normal[$0, $0].squareRoot() * length
    }
  }

  /// JᵀJ, its upper triangle, and Jᵀ r.
  private func normalEquations(_ j: ColumnMatrix, _ r: [Double]) -> (ColumnMatrix, [Double]) {
    precondition(j.rows == r.count && j.rows > 0)
    let (m, n) = (Int32(j.rows), Int32(j.columns))
    var normal = ColumnMatrix(rows: j.columns, columns: j.columns)
    cblas_dsyrk(
      CblasColMajor, CblasUpper, CblasTrans, n, m, 1, j.values, m, 0, &normal.values, n)
    var slope = [Double](repeating: 0, count: j.columns)
    cblas_dgemv(CblasColMajor, CblasTrans, m, n, 1, j.values, m, r, 1, 0, &slope, 1)
    return (normal, slope)
  }

  /// δ; nil where the matrix is too close to singular for its factors.
  private static func step(
    _ normal: ColumnMatrix, _ slope: [Double], _ damping: Double
  ) -> [Double]? {
    var a = normal
    let largest = (0..<a.rows).reduce(0) { max($0, a[$1, $1]) }
    for place in 0..<a.rows {
      // A parameter that does nothing here has no diagonal of its own.
      a[place, place] += damping * max(a[place, place], 1e-12 * largest)
    }
    var step = slope.map(-)
    var (upper, n, one, info) = (CChar(UInt8(ascii: "U")), Int32(a.rows), Int32(1), Int32(0))
    var (lda, ldb) = (n, n)
    dposv_(&upper, &n, &one, &a.values, &lda, &step, &ldb, &info)
    return info == 0 && step.allSatisfy(\.isFinite) ? step : nil
  }
}
