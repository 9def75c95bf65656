import Glibc

/// A program as its person sees it: commands, flags, help.
///
/// Flags are long and spelled out; a value follows after a space or `=`. What comes after `--` is not a
/// flag, whatever it looks like.
public struct Program: Sendable {
  /// As it is typed.
  public let name: String
  /// What `--version` prints after the name.
  public let version: String
  /// What it is, in a sentence.
  public let summary: String
  /// In the order `--help` lists them.
  public let commands: [Command]
  /// Whether a command is named on the command line, or the first is meant where none is.
  let hasCommandNames: Bool

  /// A program that does several things: `operant train …`, `operant evaluate …`.
  public init(_ name: String, version: String, summary: String, commands: [Command]) {
    self.name = name
    self.version = version
    self.summary = summary
    self.commands = commands
    hasCommandNames = true
  }

  /// A program that does one thing: `operant-server --bind …`.
  ///
  /// - Parameter besides: what it does when it is called by that name: `operant-server keygen …`.
  public init(_ name: String, version: String, command: Command, besides: [Command] = []) {
    self.name = name
    self.version = version
    summary = command.summary
    commands = [command] + besides
    hasCommandNames = false
  }

  /// What a command line asks for.
  public enum Request: Sendable {
    case run(Arguments)
    /// Help, or the version.
    case print(String)
  }

  /// Understands a command line, the program's own name left off.
  public func parse(_ words: [String]) throws(ArgumentError) -> Request {
    guard hasCommandNames else {
      if let besides = commands.dropFirst().first(where: { $0.name == words.first }) {
        return try parse(words.dropFirst(), for: besides)
      }
      return try parse(words[...], for: commands[0])
    }
    let known = commands.map(\.name)
    guard let first = words.first else { throw .noCommand(program: name, known: known) }
    switch first {
    case "--version": return .print(versionText)
    case "--help", "-h": return .print(help)
    case "help" where words.count == 1: return .print(help)
    case "help": return .print(help(for: try command(named: words[1])))
    case _ where first.hasPrefix("-"):
      let global = ["--help", "--version"]
      let declared = commands.flatMap { $0.flags.map { "--" + $0.name } }
      guard declared.contains(first.prefix { $0 != "=" }.description) else {
        throw .unknownFlag(first, known: global, usage: name)
      }
      throw .flagBeforeCommand(first, program: name)
    default: return try parse(words.dropFirst(), for: try command(named: first))
    }
  }

  /// Does what the command line asks for, and prints what stopped it.
  ///
  /// - Parameter words: the command line, the program's own name left off.
  /// - Returns: what the program should end with.
  public func run(_ words: [String] = Array(CommandLine.arguments.dropFirst())) -> ExitCode {
    // A reader that goes away, as `head` does, is no reason to leave work and servers lying about.
    signal(SIGPIPE, SIG_IGN)
    do {
      switch try parse(words) {
      case .print(let text):
        print(text, terminator: "")
        return .success
      case .run(let arguments):
        return try arguments.command.run(arguments)
      }
    } catch {
      writeToStandardError(report(of: error, by: name))
      return exitCode(for: error)
    }
  }

  private var versionText: String { "\(name) \(version)\n" }

  private func command(named typed: String) throws(ArgumentError) -> Command {
    guard let command = commands.first(where: { $0.name == typed }) else {
      throw .unknownCommand(typed, known: commands.map(\.name))
    }
    return command
  }

  private func parse(_ words: ArraySlice<String>, for command: Command) throws(ArgumentError)
    -> Request
  {
    var given: [String: any Sendable] = [:]
    var loose: [String] = []
    var rest = words
    while let word = rest.popFirst() {
      if word == "--" {
        loose += rest
        break
      }
      if word == "--help" || word == "-h" { return .print(help(for: command)) }
      if word == "--version" { return .print(versionText) }
      guard word.hasPrefix("-"), word != "-", Double(word) == nil else {
        loose.append(word)
        continue
      }
      let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let typed = String(halves[0])
      guard let flag = command.flags.first(where: { "--" + $0.name == typed }) else {
        throw .unknownFlag(
          typed, known: command.flags.map { "--" + $0.name } + ["--help", "--version"],
          usage: callOf(command))
      }
      guard given[typed] == nil else { throw .givenTwice(typed) }
      if halves.count == 2 {
        given[typed] = try flag.value(of: String(halves[1]))
      } else if flag.valueName == nil {
        given[typed] = true
      } else {
        guard let value = rest.popFirst() else {
          throw .missingValue(of: typed, form: flag.form, next: nil)
        }
        guard !value.hasPrefix("--") else {
          throw .missingValue(of: typed, form: flag.form, next: value)
        }
        given[typed] = try flag.value(of: value)
      }
    }
    for (index, positional) in command.positionals.enumerated() {
      guard index < loose.count else {
        if positional.mayBeLeftOut { break }
        throw .missingPositional(positional.name, usage: usage(of: command))
      }
      guard !positional.isList else {
        given[positional.name] = try positional.values(of: loose[index...])
        return .run(Arguments(command: command, given: given))
      }
      given[positional.name] = try positional.value(of: loose[index])
    }
    if loose.count > command.positionals.count {
      throw .extraPositional(loose[command.positionals.count], usage: usage(of: command))
    }
    return .run(Arguments(command: command, given: given))
  }
}
