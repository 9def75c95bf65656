/// One thing a program does, and what it takes to do it.
public struct Command: Sendable {
  /// `train`; empty for a program that does one thing only.
  public let name: String
  /// What it does, in a phrase.
  public let summary: String
  /// In the order they are typed.
  public let positionals: [any CommandPositional]
  /// In the order `--help` lists them.
  public let flags: [any CommandFlag]
  /// A whole command line that works.
  public let example: String
  /// Does it.
  public let run: @Sendable (Arguments) throws -> ExitCode

  /// What is optional among `positionals` comes last.
  public init(
    _ name: String, summary: String, takes positionals: [any CommandPositional] = [],
    flags: [any CommandFlag] = [], example: String,
    run: @escaping @Sendable (Arguments) throws -> ExitCode
  ) {
    let names = flags.map(\.name) + ["help", "version"]
    precondition(Set(names).count == names.count, "'\(name)' has two flags of one name")
    let firstOptional = positionals.firstIndex(where: \.mayBeLeftOut) ?? positionals.endIndex
    precondition(
      positionals[firstOptional...].allSatisfy(\.mayBeLeftOut),
      "'\(name)' wants something after something that may be left out")
    precondition(
      positionals.dropLast().allSatisfy { !$0.isList }, "'\(name)' wants something after a list")
    self.name = name
    self.summary = summary
    self.positionals = positionals
    self.flags = flags
    self.example = example
    self.run = run
  }
}

/// What a person asked a command to do.
public struct Arguments: Sendable {
  /// What should be done.
  public let command: Command
  /// By flag name, and by the name of a positional.
  let given: [String: any Sendable]

  /// The value given, or the flag's default.
  public subscript<Value>(flag: Flag<Value>) -> Value {
    expectDeclared(flag.name)
    guard let value = given["--" + flag.name] else { return flag.defaultValue }
    return typed(value, flag.name)
  }

  /// Whether the switch was given.
  public subscript(flag: Switch) -> Bool {
    expectDeclared(flag.name)
    return given["--" + flag.name] != nil
  }

  /// What was given in that place.
  public subscript<Value>(positional: Positional<Value>) -> Value {
    typed(given[positional.name], positional.name)
  }

  /// An optional positional; nil if it was left out.
  public subscript<Value>(positional: Positional<Value?>) -> Value? {
    guard let value = given[positional.name] else { return nil }
    return typed(value, positional.name)
  }

  /// All that was given there, in order.
  public subscript<Value>(positional: PositionalList<Value>) -> [Value] {
    guard let values = given[positional.name] else { return [] }
    return typed(values, positional.name)
  }

  /// Whether the person wrote it, be it with the default value.
  public func isGiven(_ flag: some CommandFlag) -> Bool {
    expectDeclared(flag.name)
    return given["--" + flag.name] != nil
  }

  private func expectDeclared(_ name: String) {
    precondition(
      command.flags.contains { $0.name == name }, "'\(command.name)' doesn't declare --\(name)")
  }

  private func typed<Value>(_ value: (any Sendable)?, _ name: String) -> Value {
    guard let value = value as? Value else {
      preconditionFailure("'\(command.name)' doesn't declare \(name) with this type")
    }
    return value
  }
}
