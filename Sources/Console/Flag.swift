import Gym

/// A flag with a value: `--seed 97` or `--seed=97`.
///
/// The flag is also the key its value is asked for by: `arguments[seed]`. One whose value is
/// optional is nil unless it is given.
///
///     let seed = Flag<UInt64>("seed", "N", default: 1, help: "which random numbers are drawn")
public struct Flag<Value: ArgumentValue>: Sendable {
  /// Without the dashes.
  public let name: String
  /// What stands for the value in `--help`.
  public let placeholder: String
  /// What it is unless it is given.
  public let defaultValue: Value
  /// A phrase for `--help`.
  public let help: String
  /// What could have come.
  public let form: String

  private let accepts: @Sendable (Value) -> Bool
  private let choices: [String]

  /// A flag that takes any value of its type.
  public init(_ name: String, _ placeholder: String, default value: Value, help: String) {
    self.init(name, placeholder, value, help, Value.form, []) { _ in true }
  }

  private init(
    _ name: String, _ placeholder: String, _ value: Value, _ help: String, _ form: String,
    _ choices: [String], accepts: @escaping @Sendable (Value) -> Bool
  ) {
    precondition(!name.hasPrefix("-") && !name.isEmpty, "flag '\(name)' is named without dashes")
    precondition(accepts(value), "--\(name)'s own default, \(value.argument), is not \(form)")
    self.name = name
    self.placeholder = placeholder
    self.defaultValue = value
    self.help = help
    self.form = form
    self.choices = choices
    self.accepts = accepts
  }
}

extension Flag where Value: Comparable {
  /// A flag whose value lies in a range.
  public init(
    _ name: String, _ placeholder: String, default value: Value, within range: ClosedRange<Value>,
    help: String
  ) {
    self.init(name, placeholder, value, help, rangeForm(range), []) { range.contains($0) }
  }
}

extension Flag {
  /// A flag that may be left out, and whose value lies in a range if it isn't.
  public init<Number: ArgumentValue & Comparable>(
    _ name: String, _ placeholder: String, within range: ClosedRange<Number>, help: String
  ) where Value == Number? {
    self.init(name, placeholder, nil, help, rangeForm(range), []) { value in
      value.map(range.contains) ?? true
    }
  }
}

extension Flag where Value == String {
  /// A flag that takes one of a few words.
  public init(_ name: String, oneOf choices: [String], default value: String, help: String) {
    let form = "one of " + choices.joined(separator: ", ")
    self.init(name, "WORD", value, help + ": " + form, form, choices) { choices.contains($0) }
  }
}

/// "a whole number from 1 to 4096".
private func rangeForm<Value: ArgumentValue>(_ range: ClosedRange<Value>) -> String {
  let noun = Value.self == UInt64.self ? Int.form : Value.form
  return "\(noun) from \(range.lowerBound.argument) to \(range.upperBound.argument)"
}

/// A flag without a value: `--quiet`.
public struct Switch: Sendable {
  /// Without the dashes.
  public let name: String
  public let help: String

  public init(_ name: String, help: String) {
    precondition(!name.hasPrefix("-") && !name.isEmpty, "switch '\(name)' is named without dashes")
    self.name = name
    self.help = help
  }
}

/// What a command is given by its place: the TASK of `operant train TASK`. One whose value is
/// optional may be left out, if nothing follows that may not.
public struct Positional<Value: ArgumentValue>: Sendable {
  /// In capitals, as `--help` shows it.
  public let name: String
  public let help: String

  public init(_ name: String, help: String) {
    self.name = name
    self.help = help
  }
}

/// All that a command is given after its other places, be it nothing: the FIGURE… of `operant
/// reproduce PAPER [FIGURE…]`.
public struct PositionalList<Value: ArgumentValue>: Sendable {
  /// In capitals, as `--help` shows it.
  public let name: String
  public let help: String

  public init(_ name: String, help: String) {
    self.name = name
    self.help = help
  }
}

/// A `Flag` or `Switch`, whatever its value.
public protocol CommandFlag: Sendable {
  var name: String { get }
  /// What stands for the value; nil for a switch.
  var valueName: String? { get }
  var help: String { get }
  /// The default as a person would write it; empty if there is none to speak of.
  var defaultText: String { get }
  var form: String { get }
  /// - Throws: `ArgumentError.badValue`.
  func value(of argument: String) throws(ArgumentError) -> any Sendable
}

extension Flag: CommandFlag {
  public var valueName: String? { placeholder }
  public var defaultText: String { defaultValue.argument }

  public func value(of argument: String) throws(ArgumentError) -> any Sendable {
    guard let value = Value(argument: argument), accepts(value) else {
      throw .badValue(
        of: "--" + name, form: form, typed: argument,
        nearest: nearestName(to: argument, among: choices))
    }
    return value
  }
}

extension Switch: CommandFlag {
  public var valueName: String? { nil }
  public var defaultText: String { "" }
  public var form: String { "no value" }
  public func value(of argument: String) throws(ArgumentError) -> any Sendable {
    throw .badValue(of: "--" + name, form: form, typed: argument, nearest: nil)
  }
}

/// A `Positional` or `PositionalList`, whatever its value.
public protocol CommandPositional: Sendable {
  var name: String { get }
  var help: String { get }
  var mayBeLeftOut: Bool { get }
  /// Whether it takes all words that are left. Nothing can follow it.
  var isList: Bool { get }
  /// - Throws: `ArgumentError.badValue`.
  func value(of argument: String) throws(ArgumentError) -> any Sendable
  /// An array of all of them.
  func values(of arguments: ArraySlice<String>) throws(ArgumentError) -> any Sendable
}

extension CommandPositional {
  public func values(of arguments: ArraySlice<String>) throws(ArgumentError) -> any Sendable {
    preconditionFailure("'\(name)' is no list")
  }
}

extension Positional: CommandPositional {
  public var mayBeLeftOut: Bool { Value.isOptional }
  public var isList: Bool { false }

  public func value(of argument: String) throws(ArgumentError) -> any Sendable {
    guard let value = Value(argument: argument) else {
      throw .badValue(of: name, form: Value.form, typed: argument, nearest: nil)
    }
    return value
  }
}

extension PositionalList: CommandPositional {
  public var mayBeLeftOut: Bool { true }
  public var isList: Bool { true }

  public func value(of argument: String) throws(ArgumentError) -> any Sendable {
    try typedValue(of: argument)
  }

  public func values(of arguments: ArraySlice<String>) throws(ArgumentError) -> any Sendable {
    var values: [Value] = []
    for argument in arguments { values.append(try typedValue(of: argument)) }
    return values
  }

  private func typedValue(of argument: String) throws(ArgumentError) -> Value {
    guard let value = Value(argument: argument) else {
      throw .badValue(of: name, form: Value.form, typed: argument, nearest: nil)
    }
    return value
  }
}
