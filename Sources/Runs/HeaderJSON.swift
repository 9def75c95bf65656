/// The JSON a safetensors header is made of: an object of objects of strings and lists of whole numbers.
///
/// Foundation's parser would take the last of two equal names without a word, so this is one of our
/// own. It knows nothing that can nest, hence nothing that nests too deep.
enum HeaderJSON {
  struct Entry: Equatable {
    var dtype: String
    var shape: [Int]
    /// Two of them: first byte, and the one past the last.
    var offsets: [Int]
  }

  struct Header: Equatable {
    var tensors: [String: Entry] = [:]
    var metadata: [String: String] = [:]
  }

  static func parse(_ bytes: ArraySlice<UInt8>) throws(SafeTensorsError) -> Header {
    var parser = Parser(rest: bytes)
    return try parser.header()
  }

  /// A string as JSON writes it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

private struct Parser {
  var rest: ArraySlice<UInt8>

  mutating func header() throws(SafeTensorsError) -> HeaderJSON.Header {
    var header = HeaderJSON.Header()
    var names: Set<String> = []
    try object { (parser, name) throws(SafeTensorsError) in
      guard names.insert(name).inserted else { throw parser.error("a second '\(name)'") }
      if name == "__metadata__" {
        header.metadata = try parser.strings()
      } else {
        header.tensors[name] = try parser.entry()
      }
    }
    skipSpace()
    guard rest.isEmpty else { throw error("something after the end") }
    return header
  }

  private mutating func strings() throws(SafeTensorsError) -> [String: String] {
    var strings: [String: String] = [:]
    try object { (parser, key) throws(SafeTensorsError) in
      guard strings[key] == nil else { throw parser.error("a second '\(key)'") }
      strings[key] = try parser.string()
    }
    return strings
  }

  private mutating func entry() throws(SafeTensorsError) -> HeaderJSON.Entry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser, key) throws(SafeTensorsError) in
      switch key {
      case "dtype" where dtype == nil: dtype = try parser.string()
      case "shape" where shape == nil: shape = try parser.list()
      case "data_offsets" where offsets == nil: offsets = try parser.list()
      default: throw parser.error("'\(key)', unknown or for the second time,")
      }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      throw error("a tensor without dtype, shape and two data_offsets")
    }
    return HeaderJSON.Entry(dtype: dtype, shape: shape, offsets: offsets)
  }

  /// `{ "key": …, … }`, where `member` reads what follows each key.
  private mutating func object(
    _ member: (inout Parser, String) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  private mutating func list() throws(SafeTensorsError) -> [Int] {
    var numbers: [Int] = []
    try expect("[")
    if take("]") { return [] }
    repeat {
      skipSpace()
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
        throw error("no whole number")
      }
      rest = rest[digits.endIndex...]
      numbers.append(number)
    } while take(",")
    try expect("]")
    return numbers
  }

  private mutating func string() throws(SafeTensorsError) -> String {
    try expect("\"")
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("no UTF-8") }
        return text
      case UInt8(ascii: "\\"): bytes += try escape()
      case 0..<0x20: throw error("a control character")
      default: bytes.append(byte)
      }
    }
    throw error("the end of the header inside a string")
  }

  /// What follows a backslash, in UTF-8.
  private mutating func escape() throws(SafeTensorsError) -> [UInt8] {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
    case UInt8(ascii: "/"): return [UInt8(ascii: "/")]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      // Half of a pair is followed by the other half.
      if UTF16.isLeadSurrogate(units[0]), rest.starts(with: Array("\\u".utf8)) {
        rest = rest.dropFirst(2)
        units.append(try codeUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw error("no UTF-16") }
      return Array(text.utf8)
    default: throw error("an unknown escape")
    }
  }

  private mutating func codeUnit() throws(SafeTensorsError) -> UInt16 {
    let digits = String(decoding: rest.prefix(4), as: UTF8.self)
    guard digits.count == 4, digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16)
    else { throw error("no four hexadecimal digits") }
    rest = rest.dropFirst(4)
    return unit
  }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafeTensorsError) {
    guard take(character) else { throw error("no '\(character)'") }
  }

  private func error(_ what: String) -> SafeTensorsError {
    .header(what, at: rest.startIndex)
  }
}
