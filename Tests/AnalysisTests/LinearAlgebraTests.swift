import Testing

@testable import Analysis

@Suite("Least squares, orthonormal axes, principal components")
struct LinearAlgebraTests {

  @Test("a line through points is the one of the textbook")
  func line() {
    // y = 1 + 2 x exactly; and y = 0, 1, 5 at x = 0, 1, 2: slope 5/2, intercept −1/2.
    let design = ColumnMatrix(columns: [[1, 1, 1], [0, 1, 2]])
    let (b, rank) = leastSquares(design, ColumnMatrix(columns: [[1, 3, 5], [0, 1, 5]]))
    #expect(rank == 2)
    for (value, wanted) in zip(b.values, [1, 2, -0.5, 2.5]) {
      #expect(value.isClose(to: wanted, within: 1e-13))
    }
  }

  @Test("regressors that depend on each other lower the rank and share the coefficient")
  func dependent() {
    let design = ColumnMatrix(columns: [[1, 2, 3, 5], [1, 2, 3, 5]])
    let (b, rank) = leastSquares(design, ColumnMatrix(columns: [[2, 4, 6, 10]]))
    #expect(rank == 1)
    #expect(b.values.allSatisfy { $0.isClose(to: 1, within: 1e-12) })
  }

  @Test("many responses are fitted as each alone")
  func responses() {
    var draws = Draws(seed: 41)
    let design = ColumnMatrix(columns: (0..<5).map { _ in draws.normals(40) })
    let responses = (0..<60).map { _ in draws.normals(40) }
    let together = leastSquares(design, ColumnMatrix(columns: responses)).coefficients
    for (index, response) in responses.enumerated() {
      let alone = leastSquares(design, ColumnMatrix(columns: [response])).coefficients
      for row in 0..<5 { #expect(together[row, index].isClose(to: alone[row, 0], within: 1e-12)) }
      // The normal equations: what is left is orthogonal to every regressor.
      let left = (0..<40).map { trial in
        response[trial] - (0..<5).reduce(0) { $0 + design[trial, $1] * together[$1, index] }
      }
      for column in 0..<5 {
        let product = zip(left, design.column(column)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product) < 1e-11)
      }
    }
  }

  @Test("axes keep the direction of their columns")
  func axes() {
    // (3, 4) and, of (0, −5), what (3, 4)/5 has not: (0, −5) + 4 (3, 4)/5 = (12, −9)/5.
    let q = orthonormalAxes(of: ColumnMatrix(columns: [[3, 4], [0, -5]]))
    for (value, wanted) in zip(q.values, [0.6, 0.8, 0.8, -0.6]) {
      #expect(value.isClose(to: wanted, within: 1e-14))
    }
  }

  @Test("axes agree with Gram and Schmidt")
  func gramSchmidt() {
    var draws = Draws(seed: 42)
    let b = ColumnMatrix(columns: (0..<4).map { _ in draws.normals(30) })
    let q = orthonormalAxes(of: b)
    var literal: [[Double]] = []
    for column in 0..<4 {
      var rest = b.column(column)
      for axis in literal {
        let part = zip(rest, axis).reduce(0) { $0 + $1.0 * $1.1 }
        rest = zip(rest, axis).map { $0 - part * $1 }
      }
      let norm = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
      literal.append(rest.map { $0 / norm })
      for (value, wanted) in zip(q.column(column), literal[column]) {
        #expect(value.isClose(to: wanted, within: 1e-12))
      }
    }
  }

  @Test("the first component of points on a line is the line, wherever it is")
  func components() {
    // (1, 2) + s (3, 4)/5, and a little of (−4, 3)/5 that is smaller.
    let samples = [-2.0, -1, 0, 1, 2].enumerated().map { index, s in
      let across = 0.1 * [1, -2, 2, -2, 1][index]
      return [1 + 0.6 * s - 0.8 * across, 2 + 0.8 * s + 0.6 * across]
    }
    let found = principalComponents(of: ColumnMatrix(columns: samples), count: 2)
    #expect(abs(found[0, 0] * 0.6 + found[1, 0] * 0.8).isClose(to: 1, within: 1e-14))
    #expect(abs(found[0, 1] * -0.8 + found[1, 1] * 0.6).isClose(to: 1, within: 1e-14))
  }
}
