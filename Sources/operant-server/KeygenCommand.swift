import Console
import Wire

private let folder = Flag<String>(
  "folder", "FOLDER", default: "keys", help: "where to make the keys")

/// `operant-server keygen`: makes what `--keys` takes.
let keygenCommand = Command(
  "keygen", summary: "Makes a folder of keys for --keys.", flags: [folder],
  example: "operant-server keygen --folder keys"
) { arguments in
  try naming {
    let path = arguments[folder]
    try makeKeyFolder(at: path)
    print("wrote \(path)/server.key, which stays here, and \(path)/server.pub, for the agents")
    print("next: put the .pub file of each agent that may come in into \(path)/authorised")
    return .success
  }
}

/// Does `work`, and gives what the world did to it an exit code.
func naming<Result>(_ work: () throws -> Result) throws -> Result {
  do { return try work() } catch let error as EndpointError {
    switch error {
    case .malformed, .remote, .pathTooLong: throw ProgramError("\(error)", .usage)
    case .inUse, .notASocket, .failed, .letsStrangersIn:
      throw ProgramError("\(error)", .unavailable)
    }
  } catch let error as KeyError {
    switch error {
    case .unreadable: throw ProgramError("\(error)", .noInput)
    case .unwritable, .exists: throw ProgramError("\(error)", .cannotCreate)
    case .malformed, .publicOnly: throw ProgramError("\(error)", .data)
    case .open, .openFolder, .openParent, .openFile, .link, .foreign:
      throw ProgramError("\(error)", .noPermission)
    }
  }
}
