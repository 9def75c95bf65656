import Foundation

/// Tables as text (RFC 4180, with plain line ends), which every tool of the field reads.
public enum CSV {
  /// One field of a row.
  public enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int)
    /// NaN is an empty field: nothing was measured.
    case single(Float)
    case double(Double)
    /// Nothing to tell.
    case none
  }

  /// One row, its line end included.
  public static func row(_ values: [Value]) -> String {
    // A row of one empty field would be an empty line, and those are skipped by readers.
    if values.count == 1, text(of: values[0]).isEmpty { return "\"\"\n" }
    return values.map(text(of:)).joined(separator: ",") + "\n"
  }

  /// Numbers have the fewest digits that read back as the same number.
  static func text(of value: Value) -> String {
    switch value {
    case .text(let text): quotedIfNeeded(text)
    case .integer(let number): String(number)
    case .single(let number): number.isNaN ? "" : number.description
    case .double(let number): number.isNaN ? "" : number.description
    case .none: ""
    }
  }

  private static func quotedIfNeeded(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      byte != UInt8(ascii: ",") && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\n")
        && byte != UInt8(ascii: "\r")
    }
    guard !isPlain || text.hasPrefix(" ") || text.hasSuffix(" ") else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}

extension CSV.Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral
{
  public init(stringLiteral text: String) { self = .text(text) }
  public init(integerLiteral number: Int) { self = .integer(number) }
  public init(floatLiteral number: Double) { self = .double(number) }
}

/// Reads tables that `CSV` wrote.
///
/// A field is found by its column's name, so a table of an older version, which has fewer columns, is read
/// as one whose further fields are empty.
public struct CSVReader: Sendable {
  /// Row by row, what is not empty, by column. A row of too few or too many fields, as one that was cut
  /// short, is left out.
  public let rows: [[String: String]]

  /// The rows of the file at `path`; none if there is no such file.
  public init(path: String) {
    self.init(text: FileManager.default.contents(atPath: path) ?? Data())
  }

  init(text: Data) {
    let lines = Self.fields(of: String(decoding: text, as: UTF8.self))
    let columns = lines.first ?? []
    rows = lines.dropFirst().filter { $0.count == columns.count }.map { fields in
      Dictionary(zip(columns, fields).filter { !$0.1.isEmpty }) { first, _ in first }
    }
  }

  /// Fields, line by line; lines without any text are left out.
  private static func fields(of text: String) -> [[String]] {
    var lines: [[String]] = []
    var (line, field): ([String], String) = ([], "")
    var (isQuoted, wasQuote) = (false, false)
    func end() {
      line.append(field)
      if line != [""] { lines.append(line) }
      (line, field) = ([], "")
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"":
        // A quote within quotes is written twice.
        if wasQuote, !isQuoted { field.unicodeScalars.append(scalar) }
        isQuoted.toggle()
      case "," where !isQuoted:
        line.append(field)
        field = ""
      case "\n" where !isQuoted: end()
      default: field.unicodeScalars.append(scalar)
      }
      wasQuote = scalar == "\""
    }
    end()
    return lines
  }
}

/// A whole table, written at once: `trials.csv`.
public struct CSVTable: Sendable {
  /// The header.
  public let columns: [String]
  /// The rows as text so far, the header first.
  private var rows: String

  /// A table without rows.
  public init(columns: [String]) {
    precondition(!columns.isEmpty && Set(columns).count == columns.count, "columns need own names")
    self.columns = columns
    rows = CSV.row(columns.map(CSV.Value.text))
  }

  /// Adds a row.
  public mutating func append(_ values: [CSV.Value]) {
    precondition(
      values.count == columns.count, "\(values.count) values for \(columns.count) columns")
    rows += CSV.row(values)
  }

  /// The file's text.
  public var text: String { rows }

  /// Writes the file, whole or not at all.
  public func write(to path: String) throws(FileError) { try AtomicFile.write(rows, to: path) }
}
