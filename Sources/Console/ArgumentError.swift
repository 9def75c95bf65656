import Gym

/// A command line that can't be understood.
public enum ArgumentError: ReportedError, Equatable {
  case noCommand(program: String, known: [String])
  case unknownCommand(String, known: [String])
  case flagBeforeCommand(String, program: String)
  case unknownFlag(String, known: [String], usage: String)
  case missingValue(of: String, form: String, next: String?)
  case badValue(of: String, form: String, typed: String, nearest: String?)
  case givenTwice(String)
  case missingPositional(String, usage: String)
  case extraPositional(String, usage: String)

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .noCommand(let program, let known):
      "what should be done? write '\(program) COMMAND', where COMMAND is one of "
        + known.joined(separator: ", ")
    case .unknownCommand(let typed, let known):
      "unknown command '\(typed)'" + suggestion(for: typed, among: known)
        + (nearestName(to: typed, among: known) == nil
          ? "; there are " + known.joined(separator: ", ") : "")
    case .flagBeforeCommand(let typed, let program):
      "'\(typed)' comes before the command; write '\(program) COMMAND \(typed) …'"
    case .unknownFlag(let typed, let known, let usage):
      "unknown flag '\(typed)'"
        + (nearestName(to: typed, among: known).map { "; did you mean '\($0)'?" }
          ?? "; '\(usage) --help' lists those there are")
    case .missingValue(let name, let form, let next):
      "\(name) takes \(form), and "
        + (next.map { "'\($0)' follows; write \(name)=\($0) if that is meant" } ?? "nothing follows")
    case .badValue(let name, let form, let typed, let nearest):
      "\(name) takes \(form), and '\(typed)' came"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .givenTwice(let name):
      "\(name) is given twice; give it once"
    case .missingPositional(let name, let usage):
      "\(name) is missing; write '\(usage)'"
    case .extraPositional(let typed, let usage):
      "'\(typed)' is one too many; write '\(usage)'"
    }
  }
}
