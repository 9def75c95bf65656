/// What can be written on a command line.
public protocol ArgumentValue: Sendable {
  /// What could have come, for errors: "a whole number".
  static var form: String { get }
  /// Whether it may be left out altogether, as an optional may.
  static var isOptional: Bool { get }
  init?(argument: String)
  /// How a person would write it.
  var argument: String { get }
}

extension ArgumentValue {
  public static var isOptional: Bool { false }
}

/// One of a few words.
extension ArgumentValue where Self: CaseIterable & RawRepresentable, RawValue == String {
  public static var form: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
  public init?(argument: String) { self.init(rawValue: argument) }
  public var argument: String { rawValue }
}

extension String: ArgumentValue {
  public static var form: String { "a text" }
  public init?(argument: String) { self = argument }
  public var argument: String { self }
}

extension Int: ArgumentValue {
  public static var form: String { "a whole number" }
  public init?(argument: String) { self.init(argument) }
  public var argument: String { description }
}

extension UInt64: ArgumentValue {
  public static var form: String { "a whole number from 0 to 2⁶⁴ − 1" }
  public init?(argument: String) { self.init(argument) }
  public var argument: String { description }
}

extension Double: ArgumentValue {
  public static var form: String { "a number" }
  /// Infinity and NaN are not numbers anybody means.
  public init?(argument: String) {
    guard let value = Double(argument), value.isFinite else { return nil }
    self = value
  }
  public var argument: String { description }
}

/// A value that may be left out; nil if it was.
extension Optional: ArgumentValue where Wrapped: ArgumentValue {
  public static var form: String { Wrapped.form }
  public static var isOptional: Bool { true }
  public init?(argument: String) {
    guard let value = Wrapped(argument: argument) else { return nil }
    self = .some(value)
  }
  public var argument: String { self?.argument ?? "" }
}

/// A list with commas: `--connect tcp://a:5555,tcp://b:5555`.
extension Array: ArgumentValue where Element: ArgumentValue {
  public static var form: String { "a list with commas, each " + Element.form }
  public init?(argument: String) {
    var elements: [Element] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard !part.isEmpty, let element = Element(argument: String(part)) else { return nil }
      elements.append(element)
    }
    self = elements
  }
  public var argument: String { map(\.argument).joined(separator: ",") }
}
