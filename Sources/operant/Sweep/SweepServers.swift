import Console

/// The servers at which a sweep's trainings play, where they play at others' servers, and the keys for them.
///
/// `servers.json` in the sweep's folder holds them: unlike what is swept over they may be others when the
/// sweep goes on.
struct SweepServers: Codable, Equatable {
  /// As `--connect` takes them; files and folders by absolute paths.
  var connect: [String] = []
  /// Files, by absolute paths; nil where the servers ask for no keys, or the environment names them.
  var serverKey: String?
  var key: String?

  /// The flags that a training is given.
  var arguments: [String] {
    let flags = [
      connect.isEmpty ? nil : "--connect=" + connect.joined(separator: ","),
      serverKey.map { "--server-key=" + $0 }, key.map { "--key=" + $0 },
    ]
    return flags.compactMap(\.self)
  }

  /// Takes what the command line says of them in the place of what was said before.
  ///
  /// - Throws: `ProgramError` for keys that are for no servers.
  mutating func take(from arguments: Arguments) throws {
    if arguments.isGiven(SharedFlags.connect) {
      connect = ServerList.absolute(arguments[SharedFlags.connect])
    }
    if let path = arguments[SharedFlags.serverKey] { serverKey = absolutePath(path) }
    if let path = arguments[SharedFlags.key] { key = absolutePath(path) }
    let keys = [SharedFlags.serverKey, SharedFlags.key]
    guard connect.isEmpty, let flag = keys.first(where: { arguments.isGiven($0) }) else { return }
    throw ProgramError(
      "--\(flag.name) is for servers that ask for keys, and none are named; name them by --connect",
      .usage)
  }

  /// - Throws: `RemoteError` if none of them answers: without them every training would fail.
  func expectAnswer() throws {
    guard !connect.isEmpty else { return }
    useKeys(server: serverKey, own: key)
    _ = try TaskServers(connect).client().hello()
  }
}
