import COpenBLAS

/// Orthonormal axes that span the columns of a matrix, one after the other.
///
///     B = Q R,   QᵀQ = 1,   R upper triangular with R_ii ≥ 0
///
/// The first axis has the direction of the first column; each later one that of its column less what
/// earlier axes have of it, and not the opposite direction.
///
/// - Parameter b: B, with at least as many rows as columns.
/// - Returns: Q, of B's shape.
func orthonormalAxes(of b: ColumnMatrix) -> ColumnMatrix {
  precondition(b.rows >= b.columns && b.columns > 0)
  var (m, n, reflectors) = (Int32(b.rows), Int32(b.columns), Int32(b.columns))
  var q = b
  var (lda, info) = (m, Int32(0))
  var scales = [Double](repeating: 0, count: b.columns)
  var work = [Double](repeating: 0, count: 32 * b.columns)
  var workCount = Int32(work.count)
  dgeqrf_(&m, &n, &q.values, &lda, &scales, &work, &workCount, &info)
  precondition(info == 0, "argument \(-info) of dgeqrf was refused")
  let points = (0..<b.columns).map { q[$0, $0] >= 0 ? 1.0 : -1.0 }
  dorgqr_(&m, &n, &reflectors, &q.values, &lda, &scales, &work, &workCount, &info)
  precondition(info == 0, "argument \(-info) of dorgqr was refused")
  for column in 0..<b.columns {
    for row in 0..<b.rows { q[row, column] *= points[column] }
  }
  return q
}
