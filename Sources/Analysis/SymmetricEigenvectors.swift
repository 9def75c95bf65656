import COpenBLAS

/// The largest eigenvalues of a symmetric matrix, and their vectors.
///
///     A v_a = λ_a v_a,   λ₁ ≥ λ₂ ≥ …
///
/// - Parameters:
///   - matrix: A; only its upper triangle is read.
///   - count: How many, at most the size of A.
/// - Returns: λ₁ … λ_count; v₁ … v_count, a column each, of length 1 and orthogonal. Their signs are
///   arbitrary.
func leadingEigenvectors(
  of matrix: ColumnMatrix, count: Int
) -> (values: [Double], vectors: ColumnMatrix) {
  let size = matrix.rows
  precondition(size == matrix.columns && (1...size).contains(count))
  var a = matrix
  var (vectors, upper) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
  var (n, lda, info) = (Int32(size), Int32(size), Int32(0))
  var eigenvalues = [Double](repeating: 0, count: size)
  var work = [Double](repeating: 0, count: 34 * size)
  var workCount = Int32(work.count)
  dsyev_(&vectors, &upper, &n, &a.values, &lda, &eigenvalues, &work, &workCount, &info)
  precondition(info == 0, "the eigenvectors of a \(size) × \(size) matrix did not converge")
  // They come in ascending order.
  return (
    (1...count).map { eigenvalues[size - $0] },
    ColumnMatrix(columns: (1...count).map { a.column(size - $0) })
  )
}
