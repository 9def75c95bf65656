import COpenBLAS

/// The directions in which samples vary most.
///
///     C = (1/n) Σᵢ (xᵢ − x̄)(xᵢ − x̄)ᵀ,   C v_a = λ_a v_a,   λ₁ ≥ λ₂ ≥ …
///
/// - Parameters:
///   - samples: x₁ … xₙ, a column each; at least one.
///   - count: How many directions, at most the rows of `samples`.
/// - Returns: v₁ … v_count, a column each, of length 1 and orthogonal. Their signs are arbitrary.
func principalComponents(of samples: ColumnMatrix, count: Int) -> ColumnMatrix {
  precondition(samples.columns > 0 && (1...samples.rows).contains(count))
  let size = samples.rows
  var means = [Double](repeating: 0, count: size)
  for sample in 0..<samples.columns {
    for row in 0..<size { means[row] += samples[row, sample] / Double(samples.columns) }
  }
  var covariance = ColumnMatrix(rows: size, columns: size)
  for sample in 0..<samples.columns {
    let deviation = (0..<size).map { samples[$0, sample] - means[$0] }
    for column in 0..<size {
      for row in 0..<size {
        covariance[row, column] += deviation[row] * deviation[column] / Double(samples.columns)
      }
    }
  }
  // Eigenvectors too, of the upper triangle.
  var (vectors, upper) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
  var (n, lda, info) = (Int32(size), Int32(size), Int32(0))
  var eigenvalues = [Double](repeating: 0, count: size)
  var work = [Double](repeating: 0, count: 34 * size)
  var workCount = Int32(work.count)
  dsyev_(
    &vectors, &upper, &n, &covariance.values, &lda, &eigenvalues, &work, &workCount, &info)
  precondition(info == 0, "the eigenvectors of a \(size) × \(size) covariance did not converge")
  // They come in ascending order.
  return ColumnMatrix(columns: (1...count).map { covariance.column(size - $0) })
}
