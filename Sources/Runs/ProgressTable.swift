/// `progress.csv`: a row per validation, on the disk before the next one begins.
///
/// The first column is the update. A run that is resumed cuts the table back to where it goes on from,
/// so that in the end it is the table of a run that was never interrupted.
public struct ProgressTable: Sendable {
  /// `update` and the rest.
  public let columns: [String]
  private let file: OpenFile

  /// Begins a table.
  ///
  /// - Parameter columns: `update` and the rest.
  public init(creating path: String, columns: [String]) throws(FileError) {
    Self.expectColumns(columns)
    try AtomicFile.write(CSV.row(columns.map(CSV.Value.text)), to: path)
    self.columns = columns
    file = try OpenFile(path, .append)
  }

  /// Goes on with a table after `update`. One that was lost begins anew.
  ///
  /// - Throws: `ProgressTableError` if the table has other columns.
  public init(resuming path: String, columns: [String], after update: Int) throws {
    Self.expectColumns(columns)
    guard let size = try Self.keptSize(of: path, columns, after: update) else {
      try self.init(creating: path, columns: columns)
      return
    }
    try self.init(path, columns, keeping: size)
  }

  private init(_ path: String, _ columns: [String], keeping size: Int) throws(FileError) {
    self.columns = columns
    file = try OpenFile(path, .append)
    try file.cut(to: size)
    try file.synchronize()
  }

  /// How much of the table is about updates up to `update`; nil if not even its header is there.
  private static func keptSize(
    of path: String, _ columns: [String], after update: Int
  ) throws -> Int? {
    guard let bytes = try OpenFile.contentsIfPresent(of: path) else { return nil }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last line end was never finished.
    let finished = lines.dropLast()
    guard let first = finished.first else { return nil }
    let found = String(decoding: first, as: UTF8.self)
    let expected = String(CSV.row(columns.map(CSV.Value.text)).dropLast())
    guard found == expected else {
      throw ProgressTableError(path: path, found: found, expected: expected)
    }
    var size = first.count + 1
    for line in finished.dropFirst() {
      let number = line.prefix { $0 != UInt8(ascii: ",") }
      guard let row = Int(String(decoding: number, as: UTF8.self)), row <= update else { break }
      size += line.count + 1
    }
    return size
  }

  /// Adds a row.
  public func append(_ values: [CSV.Value]) throws(FileError) {
    precondition(
      values.count == columns.count, "\(values.count) values for \(columns.count) columns")
    guard case .integer = values[0] else {
      preconditionFailure("a row begins with its update")
    }
    try file.write(Array(CSV.row(values).utf8))
    try file.synchronize()
  }

  private static func expectColumns(_ columns: [String]) {
    precondition(columns.first == "update", "the first column is the update")
    precondition(Set(columns).count == columns.count, "columns need names of their own")
  }
}

/// A table to go on with has other columns.
public struct ProgressTableError: Error, Equatable, CustomStringConvertible {
  public let path: String
  /// The header that is there.
  public let found: String
  /// The header that should be.
  public let expected: String

  public var description: String {
    "'\(path)' has the columns \(found) where this program writes \(expected); "
      + "go on with the version that began the run, or start afresh"
  }
}
