import Console
import Foundation
import Wire

private let serverKeyVariable = "OPERANT_SERVER_KEY"
private let keyVariable = "OPERANT_KEY"

/// Lets `--server-key` and `--key` stand for the variables of the same meaning, here and in the
/// programs this one starts. Call it before other threads are there.
func useKeys(of arguments: Arguments) {
  useKeys(server: arguments[SharedFlags.serverKey], own: arguments[SharedFlags.key])
}

/// The same of files that are named elsewhere; nil of one that is not.
func useKeys(server: String?, own: String?) {
  for (path, variable) in [(server, serverKeyVariable), (own, keyVariable)] {
    if let path { setenv(variable, path, 1) }
  }
}

/// The keys this agent is told to show; nil if it is told of none.
///
/// - Throws: `KeyError`; `ProgramError` if it is told of one half only.
func agentKeys() throws -> AgentKeys? {
  func path(_ variable: String) -> String? {
    let path = ProcessInfo.processInfo.environment[variable]
    return path == "" ? nil : path
  }
  switch (path(serverKeyVariable), path(keyVariable)) {
  case (nil, nil): return nil
  case (let server?, let own?): return try AgentKeys(serverKeyFile: server, keyFile: own)
  case (nil, _?):
    throw ProgramError(
      "there is a key of this agent, and none of the server it is for; name the server's public key, "
        + "too, by --server-key or in \(serverKeyVariable)", .usage)
  case (_?, nil):
    throw ProgramError(
      "there is a key of the server, and none of this agent to show it; name one, too, by --key or in "
        + "\(keyVariable); 'operant keygen' makes it", .usage)
  }
}

private let folder = Flag<String>(
  "folder", "FOLDER", default: "keys", help: "where to make the key")
private let name = Flag<String>(
  "name", "NAME", default: "agent", help: "what to call its files: NAME.key and NAME.pub")

/// `operant keygen`: makes a key for `--key`.
let keygenCommand = Command(
  "keygen", summary: "Make a key by which servers know this agent.", flags: [folder, name],
  example: "operant keygen --folder keys --name alice"
) { arguments in
  try naming {
    let (path, name) = (arguments[folder], arguments[name])
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
      throw ProgramError("--name takes the name of a file, and '\(name)' came", .usage)
    }
    try makeFolder(path)
    try KeyFile.create(name, in: path)
    print("wrote \(path)/\(name).key, which stays yours, and \(path)/\(name).pub")
    print("next: have \(name).pub put into 'authorised' in the server's folder of keys")
    return .success
  }
}
