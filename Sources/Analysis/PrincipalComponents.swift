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
  var covariance = Covariance(size: samples.rows, around: samples.meanColumn)
  covariance.add(samples)
  return covariance.components(count).vectors
}

/// How much samples vary, and together, where they come a few at a time.
struct Covariance {
  private let means: [Double]
  private var sampleCount = 0
  /// Σᵢ (xᵢ − x̄)(xᵢ − x̄)ᵀ, the upper triangle.
  private var squares: ColumnMatrix

  /// - Parameter means: x̄, of all the samples that will come.
  init(size: Int, around means: [Double]) {
    precondition(means.count == size)
    self.means = means
    squares = ColumnMatrix(rows: size, columns: size)
  }

  /// Adds samples, a column each.
  mutating func add(_ samples: ColumnMatrix) {
    precondition(samples.rows == means.count)
    guard samples.columns > 0 else { return }
    var deviations = samples
    for sample in 0..<samples.columns {
      for row in means.indices { deviations[row, sample] -= means[row] }
    }
    let (n, k) = (Int32(means.count), Int32(samples.columns))
    cblas_dsyrk(
      CblasColMajor, CblasUpper, CblasNoTrans, n, k, 1, deviations.values, n, 1, &squares.values,
      n)
    sampleCount += samples.columns
  }

  /// trace C = Σ λ_a of all components.
  var total: Double {
    means.indices.reduce(0) { $0 + squares[$1, $1] } / Double(sampleCount)
  }

  /// λ and v of the leading components.
  func components(_ count: Int) -> (values: [Double], vectors: ColumnMatrix) {
    precondition(sampleCount > 0, "components need a sample")
    var covariance = squares
    for place in covariance.values.indices { covariance.values[place] /= Double(sampleCount) }
    return leadingEigenvectors(of: covariance, count: count)
  }
}

extension ColumnMatrix {
  /// The mean of the columns.
  var meanColumn: [Double] {
    var sums = [Double](repeating: 0, count: rows)
    for column in 0..<columns {
      for row in 0..<rows { sums[row] += self[row, column] }
    }
    return sums.map { $0 / Double(columns) }
  }
}
