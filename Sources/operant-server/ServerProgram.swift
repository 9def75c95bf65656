import Console
import Dispatch
import Envs
import Glibc
import Wire

private let bind = Flag<String>(
  "bind", "ENDPOINT", default: "tcp://127.0.0.1:5555",
  help: "where to listen: tcp://127.0.0.1:PORT (* for any free one) or ipc:///PATH")
private let allowRemote = Switch(
  "allow-remote", help: "let other machines connect, though nobody is asked who they are")

/// `operant-server`: serves the catalogue until it is told to stop.
let serverProgram = Program(
  "operant-server", version: "0.1.0",
  command: Command(
    "", summary: "Plays cognitive tasks for agents that connect.", flags: [bind, allowRemote],
    example: "operant-server --bind tcp://127.0.0.1:5555"
  ) { arguments in
    let server: Server
    do {
      server = try Server(
        catalogue: catalogue, endpoint: arguments[bind], allowsRemote: arguments[allowRemote])
    } catch let error as EndpointError {
      switch error {
      case .malformed, .remote, .pathTooLong: throw ProgramError("\(error)", .usage)
      case .inUse, .notASocket, .failed: throw ProgramError("\(error)", .unavailable)
      }
    }
    stopOnSignals(server)
    // Whoever started this program waits for this line, through a pipe perhaps.
    print("listening on \(server.endpoint)")
    fflush(nil)
    try server.run()
    return .success
  })

/// Makes Ctrl-C and SIGTERM end `server` between two requests.
private func stopOnSignals(_ server: Server) {
  for number in [SIGINT, SIGTERM] {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler { @Sendable in server.stop() }
    source.resume()
    keptSources.append(source)
  }
}

/// A source that nobody holds is cancelled.
nonisolated(unsafe) private var keptSources: [any DispatchSourceSignal] = []

func endProgram(with code: ExitCode) -> Never { exit(code.rawValue) }
