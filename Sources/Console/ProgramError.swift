/// An error meant for a person: a sentence, and the code the program ends with.
public protocol ReportedError: Error, CustomStringConvertible {
  /// What a program that fails by it ends with.
  var exitCode: ExitCode { get }
}

/// A program can't go on.
public struct ProgramError: ReportedError, Equatable {
  public let description: String
  public let exitCode: ExitCode

  /// - Parameter sentence: what came, what could have come, what to do next; lower case, no full stop.
  public init(_ sentence: String, _ exitCode: ExitCode) {
    description = sentence
    self.exitCode = exitCode
  }
}

/// What `program` prints about `error`: `operant: port 5555 is taken`.
public func report(of error: any Error, by program: String) -> String {
  "\(program): \(error)\n"
}

/// The code a program ends with after `error`; one that isn't meant for a person is the program's fault.
public func exitCode(for error: any Error) -> ExitCode {
  (error as? any ReportedError)?.exitCode ?? .software
}
