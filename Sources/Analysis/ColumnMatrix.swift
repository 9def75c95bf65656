/// A matrix of doubles, column after column, as LAPACK takes it.
struct ColumnMatrix: Equatable {
  let rows: Int
  let columns: Int
  /// [column × row].
  var values: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = .init(repeating: 0, count: rows * columns)
  }

  /// - Parameter values: [column × row].
  init(rows: Int, columns: Int, values: [Double]) {
    precondition(
      values.count == rows * columns, "\(values.count) values are no \(rows) × \(columns) matrix")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// Of columns that are equally long.
  init(columns: [[Double]]) {
    self.columns = columns.count
    rows = columns.first?.count ?? 0
    precondition(columns.allSatisfy { [rows] in $0.count == rows }, "columns are equally long")
    values = columns.flatMap(\.self)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[column * rows + row] }
    set { values[column * rows + row] = newValue }
  }

  func column(_ column: Int) -> [Double] { Array(values[(column * rows)..<((column + 1) * rows)]) }
}
