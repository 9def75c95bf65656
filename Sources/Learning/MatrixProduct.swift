import CKernels
import COpenBLAS

/// A matrix of floats somewhere in memory, row after row.
struct MatrixView {
  let start: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  /// Floats from one row to the next.
  let stride: Int

  init(_ start: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }
}

/// C ← A B, or C ← C + A B.
func multiply(_ a: MatrixView, _ b: MatrixView, into c: MatrixView, adding: Bool) {
  precondition(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns)
  guard c.rows > 0 else { return }
  cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(c.rows), Int32(c.columns), Int32(a.columns),
    1, a.start, Int32(a.stride), b.start, Int32(b.stride), adding ? 1 : 0, c.start,
    Int32(c.stride))
}

/// C ← C + Aᵀ B.
func addTransposedProduct(_ a: MatrixView, _ b: MatrixView, to c: MatrixView) {
  precondition(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns)
  guard a.rows > 0 else { return }
  cblas_sgemm(
    CblasRowMajor, CblasTrans, CblasNoTrans, Int32(c.rows), Int32(c.columns), Int32(a.rows),
    1, a.start, Int32(a.stride), b.start, Int32(b.stride), 1, c.start, Int32(c.stride))
}

/// Σ Aᵢⱼ²
func sumOfSquares(of a: MatrixView) -> Double {
  (0..<a.rows).reduce(0.0) { sum, row in
    sum + operant_sum_of_squares(a.columns, a.start + row * a.stride)
  }
}

/// target ← sourceᵀ.
func transpose(_ source: MatrixView, into target: MatrixView) {
  precondition(source.rows == target.columns && source.columns == target.rows)
  for row in 0..<source.rows {
    for column in 0..<source.columns {
      target.start[column * target.stride + row] = source.start[row * source.stride + column]
    }
  }
}

/// The largest modulus of the eigenvalues of a square matrix, row after row.
func spectralRadius(of matrix: [Float], size: Int) -> Double {
  precondition(matrix.count == size * size)
  // Column-major is the transpose, which has the same eigenvalues.
  var a = matrix.map(Double.init)
  var order = Int32(size)
  var real = [Double](repeating: 0, count: size)
  var imaginary = [Double](repeating: 0, count: size)
  var work = [Double](repeating: 0, count: 8 * size)
  var workCount = Int32(work.count)
  var info: Int32 = 0
  // No eigenvectors are asked for, on either side.
  var (none, alsoNone) = (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "N")))
  var (lda, left, right) = (order, Int32(1), Int32(1))
  dgeev_(
    &none, &alsoNone, &order, &a, &lda, &real, &imaginary, nil, &left, nil, &right, &work,
    &workCount, &info)
  precondition(info == 0, "the eigenvalues of a \(size) × \(size) matrix did not converge")
  return zip(real, imaginary).map { ($0 * $0 + $1 * $1).squareRoot() }.max() ?? 0
}
