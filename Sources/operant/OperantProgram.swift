import Console
import Glibc
import Gym
import Learning
import Recording
import Runs
import Wire

/// `operant`: trains networks on tasks that servers play, and looks at what they have learned.
let operantProgram = Program(
  "operant", version: "0.1.0",
  summary: "Trains recurrent networks on the tasks animals learn in the laboratory.",
  commands: [
    trainCommand, evaluateCommand, fixedPointsCommand, reproduceCommand, sweepCommand, tasksCommand,
    describeCommand, statusCommand, keygenCommand,
  ])

/// Flags that several commands share.
enum SharedFlags {
  static let connect = Flag<[String]>(
    "connect", "ENDPOINT,…", default: [],
    help:
      "servers that are running, which share the lanes: endpoints, @FILE of endpoints, or the folder "
      + "they announce themselves in; without it one is started")
  static let serverKey = Flag<String?>(
    "server-key", "FILE", default: nil,
    help: "the servers' public key, where they ask for keys; OPERANT_SERVER_KEY unless given")
  static let key = Flag<String?>(
    "key", "FILE", default: nil,
    help: "this agent's own key for them, as 'keygen' makes it; OPERANT_KEY unless given")
  /// Which servers, and the keys for them.
  static let servers: [any CommandFlag] = [connect, serverKey, key]
  static let quiet = Switch("quiet", help: "show no progress")
}

func endProgram(with code: ExitCode) -> Never { exit(code.rawValue) }

/// What a command ends with that a signal stopped before it wrote anything.
func stoppedBeforeWriting() -> ExitCode {
  print("stopped; nothing was written")
  return StopSignal.raised?.exitCode ?? .success
}

/// Does `work`, and gives what the world did to it an exit code.
///
/// The rooms that throw these errors know no programs.
func naming<Result>(_ work: () throws -> Result) throws -> Result {
  do {
    return try work()
  } catch let error as EndpointError {
    throw ProgramError("\(error)", exitCode(of: error))
  } catch let error as RemoteError {
    if case .refused(_, let refusal) = error {
      switch refusal.code {
      case .unknownTask, .unknownPreset, .badSetting, .outOfRange:
        throw ProgramError(refusal.sentence, .usage)
      default: break
      }
    }
    throw ProgramError("\(error)", exitCode(of: error))
  } catch let error as KeyError {
    throw ProgramError("\(error)", exitCode(of: error))
  } catch let error as RequestError {
    throw ProgramError("\(error)", .usage)
  } catch let error as RunFolderError {
    switch error {
    case .none: throw ProgramError("\(error)", .noInput)
    case .inUse: throw ProgramError("\(error)", .temporary)
    case .exists, .notEmpty: throw ProgramError("\(error)", .cannotCreate)
    }
  } catch let error as CheckpointError {
    throw ProgramError("\(error)", .data)
  } catch let error as TeamError {
    throw ProgramError("\(error)", .data)
  } catch let error as CheckpointContentError {
    throw ProgramError("\(error)", .data)
  } catch let error as JSONFileError {
    throw ProgramError("\(error)", .data)
  } catch let error as ProgressTableError {
    throw ProgramError("\(error)", .data)
  } catch let error as RecordingError {
    throw ProgramError("\(error)", .inputOutput)
  } catch let error as FileError {
    throw ProgramError("\(error)", exitCode(of: error))
  }
}

private func exitCode(of error: EndpointError) -> ExitCode {
  switch error {
  case .malformed, .remote, .pathTooLong: .usage
  case .inUse, .notASocket, .failed, .letsStrangersIn: .unavailable
  }
}

private func exitCode(of error: RemoteError) -> ExitCode {
  switch error {
  case .turnedAway, .needsKeys, .knowsNoKeys, .hangsUp: .noPermission
  case .noSubstitute(let loss, _): exitCode(of: loss)
  default: .unavailable
  }
}

private func exitCode(of error: KeyError) -> ExitCode {
  switch error {
  case .unreadable: .noInput
  case .unwritable, .exists: .cannotCreate
  case .malformed, .publicOnly: .data
  case .open, .openFolder, .openParent, .openFile, .link, .foreign: .noPermission
  }
}

private func exitCode(of error: FileError) -> ExitCode {
  if error.operation.hasPrefix("create") { return .cannotCreate }
  return error.operation == "read" && error.code == ENOENT ? .noInput : .inputOutput
}
