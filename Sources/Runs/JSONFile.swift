import Foundation

/// A value kept as JSON a person can read and change: `config.json`.
public enum JSONFile {
  /// Writes `value`, its keys sorted, whole or not at all.
  public static func write(_ value: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(value)) + [UInt8(ascii: "\n")], to: path)
  }

  /// Reads a value. Comments, single quotes and trailing commas (JSON5) are fine; a key nobody knows is
  /// not, since it is most likely a misspelled one.
  ///
  /// - Throws: `JSONFileError`, which names file and key, or `FileError`.
  public static func read<Value: Codable>(_ type: Value.Type, from path: String) throws -> Value {
    let data = Data(try OpenFile.contents(of: path))
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let value: Value
    do {
      value = try decoder.decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw JSONFileError(path: path, error)
    }
    // What the value would write is all it could have read.
    let known = try decoder.decode(JSONTree.self, from: JSONEncoder().encode(value))
    let found = try decoder.decode(JSONTree.self, from: data)
    if let unknown = found.firstKey(unknownTo: known) {
      throw JSONFileError(path: path, key: unknown.key, problem: unknown.problem)
    }
    return value
  }

  /// Whether there is a value under keys that lead to one another, whatever it is.
  public static func has(_ keys: [String], in path: String) throws -> Bool {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    do {
      var tree = try decoder.decode(JSONTree.self, from: Data(try OpenFile.contents(of: path)))
      for key in keys {
        guard case .object(let members) = tree, let member = members[key] else { return false }
        tree = member
      }
      return true
    } catch let error as DecodingError {
      throw JSONFileError(path: path, error)
    }
  }
}

/// JSON as nothing but its keys.
private indirect enum JSONTree: Decodable {
  case object([String: JSONTree])
  case list([JSONTree])
  case null
  case leaf

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let object = try? value.decode([String: JSONTree].self) {
      self = .object(object)
    } else if let list = try? value.decode([JSONTree].self) {
      self = .list(list)
    } else {
      self = .leaf
    }
  }

  /// A key in here that has no counterpart; one that is null says nothing and may stay.
  func firstKey(unknownTo known: JSONTree) -> (key: String, problem: String)? {
    switch (self, known) {
    case (.object(let found), .object(let known)):
      for (key, value) in found.sorted(by: { $0.key < $1.key }) {
        if case .null = value { continue }
        guard let counterpart = known[key] else {
          return (key, "is not known; there are " + known.keys.sorted().joined(separator: ", "))
        }
        if let inner = value.firstKey(unknownTo: counterpart) {
          return ("\(key).\(inner.key)", inner.problem)
        }
      }
    case (.list(let found), .list(let known)):
      for (index, pair) in zip(found, known).enumerated() {
        if let inner = pair.0.firstKey(unknownTo: pair.1) {
          return ("\(index).\(inner.key)", inner.problem)
        }
      }
    default: break
    }
    return nil
  }
}

/// A JSON file that doesn't say what it should.
public struct JSONFileError: Error, Equatable, CustomStringConvertible {
  public let path: String
  /// With the keys it lies under: "learning.rate"; empty for the file as a whole.
  public let key: String
  /// What is wrong with it, as the rest of a sentence.
  public let problem: String

  public var description: String { "'\(path)': " + (key.isEmpty ? "" : "'\(key)' ") + problem }

  init(path: String, key: String, problem: String) {
    self.path = path
    self.key = key
    self.problem = problem
  }

  init(path: String, _ error: DecodingError) {
    func name(_ keys: [any CodingKey]) -> String {
      keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      self.init(path: path, key: name(context.codingPath + [key]), problem: "is missing")
    case .valueNotFound(let type, let context):
      self.init(
        path: path, key: name(context.codingPath), problem: "is null and should be \(noun(type))")
    case .typeMismatch(let type, let context):
      self.init(path: path, key: name(context.codingPath), problem: "should be \(noun(type))")
    case .dataCorrupted(let context):
      let detail =
        (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
      self.init(
        path: path, key: name(context.codingPath),
        problem: context.codingPath.isEmpty
          ? "this is not JSON: " + (detail ?? context.debugDescription)
          : "doesn't fit: " + context.debugDescription)
    @unknown default:
      self.init(path: path, key: "", problem: "\(error)")
    }
  }
}

/// A type as a person would call it.
private func noun(_ type: any Any.Type) -> String {
  switch type {
  case is any BinaryInteger.Type: "a whole number"
  case is any BinaryFloatingPoint.Type: "a number"
  case is String.Type: "a string"
  case is Bool.Type: "true or false"
  case is any Collection.Type: "\(type)".hasPrefix("Dictionary") ? "an object" : "a list"
  default: "an object"
  }
}
