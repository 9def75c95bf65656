import Console
import Foundation
import Gym
import Synchronization
import Wire

/// The servers an agent plays at: others' that are running, or one of its own.
final class TaskServers {
  private let own: OwnServer?
  /// Nil if the server is one's own.
  private let list: ServerList?
  /// Nil where nobody asks for any.
  private let keys: AgentKeys?
  private var environments: [RemoteEnvironment] = []

  /// - Parameter names: of servers that are running, as `ServerList` takes them; if there are none, one is
  ///   started on a private endpoint.
  init(_ names: [String]) throws {
    if names.isEmpty {
      let server = try OwnServer()
      own = server
      list = nil
      // Nobody else can reach it.
      keys = nil
    } else {
      own = nil
      keys = try agentKeys()
      list = try ServerList(names)
    }
  }

  /// Those of a command line, with the keys it names. Call it before other threads are there.
  convenience init(of arguments: Arguments) throws {
    useKeys(of: arguments)
    try self.init(arguments[SharedFlags.connect])
  }

  /// Where they were last known to be.
  private var endpoints: [String] { own.map { [$0.endpoint] } ?? list!.endpoints }

  /// Opens `task` on all of them.
  func open(
    _ task: String, preset: String, settings: [ParameterSetting], options: EnvironmentOptions
  ) throws -> RemoteEnvironment {
    var restart: (@Sendable () throws -> Void)?
    if let own { restart = { try own.restartIfEnded() } }
    var endpointsNow: (@Sendable () -> [String])?
    if let list { endpointsNow = { list.endpointsNow() } }
    let environment = try RemoteEnvironment(
      endpoints: endpoints, task: task, preset: preset, settings: settings, options: options,
      keys: keys, onSilence: restart, endpointsNow: endpointsNow,
      onMove: { move in writeToStandardError("operant: \(move)\n") })
    environments.append(environment)
    return environment
  }

  /// Asks the first of them that answers.
  func client() throws -> Client {
    let endpoints = endpoints
    for endpoint in endpoints.dropLast() {
      let client = try Client(endpoint: endpoint, timeOut: .seconds(1), keys: keys)
      do {
        _ = try client.hello()
        return client
      } catch RemoteError.noReply, RemoteError.busy, RemoteError.hangsUp {
        continue
      }
    }
    return try Client(endpoint: endpoints.last!, keys: keys)
  }

  /// Closes what was opened, and ends the server of one's own.
  func close() {
    for environment in environments { environment.close() }
    own?.close()
  }
}

/// A server process on a private endpoint, which ends with this one.
private final class OwnServer: Sendable {
  let endpoint: String
  private let folder: String
  private let child: Mutex<ChildProcess>

  init() throws {
    let folder = try Self.makeFolder()
    let endpoint = "ipc://\(folder)/server"
    let server: ChildProcess
    do { server = try Self.start(at: endpoint) } catch {
      removeSocketFolder(folder)
      throw error
    }
    self.folder = folder
    self.endpoint = endpoint
    child = Mutex(server)
  }

  /// A folder for the socket, whose mode is 0700: nobody else can reach what is in it.
  private static func makeFolder() throws -> String {
    // The first is named in many sessions where nobody has made it.
    let parents = [ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"], "/tmp"].compactMap { $0 }
    for parent in parents {
      var template = Array((parent + "/operant-XXXXXX").utf8CString)
      if mkdtemp(&template) != nil {
        let folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        _ = socketFolders.withLock { $0.insert(folder) }
        return folder
      }
    }
    throw ProgramError(
      "can't make a folder for the server's socket in '\(parents.last!)': "
        + String(cString: strerror(errno)).lowercased(), .cannotCreate)
  }

  private static func start(at endpoint: String) throws -> ChildProcess {
    let server = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant-server"),
      arguments: ["--bind", endpoint, "--log-level", "warning"])
    // It says where it listens as soon as it does.
    _ = try server.nextLine(within: .seconds(10))
    return server
  }

  /// Starts the server again if something ended it.
  func restartIfEnded() throws {
    try child.withLock { (child: inout ChildProcess) throws -> Void in
      guard let ending = child.ending else { return }
      writeToStandardError("operant: the server is gone (\(ending)); starting it again\n")
      child = try Self.start(at: endpoint)
    }
  }

  func close() {
    child.withLock { child in _ = child.terminate() }
    removeSocketFolder(folder)
  }
}

/// The folders of the servers that this process has.
private let socketFolders = Mutex<Set<String>>([])

private func removeSocketFolder(_ folder: String) {
  unlink(folder + "/server")
  rmdir(folder)
  _ = socketFolders.withLock { $0.remove(folder) }
}

/// Ends this process where it is, with nothing more said to servers, threads or other ranks.
///
/// The servers it started end with it; their sockets would stay.
func endAtOnce(with code: ExitCode) -> Never {
  for folder in socketFolders.withLock({ $0 }) { removeSocketFolder(folder) }
  _exit(code.rawValue)
}
