import COpenBLAS

/// Ordinary least squares, of many responses to the same regressors.
///
///     B = argmin ‖Y − X B‖²
///
/// Where regressors depend on each other, of all such B it is the one of least norm, and the rank
/// tells.
///
/// - Parameters:
///   - x: X, [trial × regressor], with at least as many trials as regressors.
///   - y: Y, [trial × response].
/// - Returns: B, [regressor × response]; and how many regressors are independent, to within 10⁻¹⁰
///   of the largest.
func leastSquares(_ x: ColumnMatrix, _ y: ColumnMatrix) -> (coefficients: ColumnMatrix, rank: Int) {
  precondition(x.rows == y.rows && x.rows >= x.columns && x.columns > 0)
  var (m, n, responses) = (Int32(x.rows), Int32(x.columns), Int32(y.columns))
  var (a, b) = (x.values, y.values)
  var (lda, ldb) = (m, m)
  var pivots = [Int32](repeating: 0, count: x.columns)
  var (tolerance, rank, info) = (1e-10, Int32(0), Int32(0))
  var work = [Double](repeating: 0, count: 32 * (4 * x.columns + y.columns + 1))
  var workCount = Int32(work.count)
  dgelsy_(
    &m, &n, &responses, &a, &lda, &b, &ldb, &pivots, &tolerance, &rank, &work, &workCount, &info)
  precondition(info == 0, "argument \(-info) of dgelsy was refused")
  // B is in the first rows of what was Y.
  var coefficients = ColumnMatrix(rows: x.columns, columns: y.columns)
  for response in 0..<y.columns {
    for regressor in 0..<x.columns {
      coefficients[regressor, response] = b[response * y.rows + regressor]
    }
  }
  return (coefficients, Int(rank))
}
