import Console
import Envs
import Foundation
import Wire

private let bind = Flag<String>(
  "bind", "ENDPOINT", default: "tcp://127.0.0.1:5555",
  help: "where to listen: tcp://127.0.0.1:PORT (* for any free one) or ipc:///PATH")
private let keys = Flag<String?>(
  "keys", "FOLDER", default: nil,
  help: "let in only agents whose keys lie there in 'authorised'; 'keygen' makes the folder")
private let allowStrangers = Switch(
  "allow-strangers",
  help: "let other machines connect without a key, though nobody is asked who they are")
private let metrics = Flag<String?>(
  "metrics", "ADDRESS:PORT", default: nil,
  help: "show counters to Prometheus there; a port alone is one of this machine")
private let logLevel = Flag<LogLevel>(
  "log-level", "LEVEL", default: .info,
  help: "what is told on standard error: " + LogLevel.form)
private let logFormat = Flag<LogFormat>(
  "log-format", "FORMAT", default: .text, help: "how it is told: " + LogFormat.form)
private let announce = Flag<String?>(
  "announce", "FILE", default: nil,
  help: "write there where the server listens, for 'operant train --connect'; gone when it ends")
private let untilEndOfInput = Switch(
  "until-end-of-input",
  help:
    "end when standard input does, as a pipe does when whoever holds it is gone; take the socket's "
    + "folder away if it is empty then")

/// `operant-server`: serves the catalogue until it is told to stop.
let serverProgram = Program(
  "operant-server", version: "0.1.0",
  command: Command(
    "", summary: "Plays cognitive tasks for agents that connect.",
    flags: [
      bind, keys, allowStrangers, announce, metrics, logLevel, logFormat, untilEndOfInput,
    ],
    example: "operant-server --bind tcp://127.0.0.1:5555"
  ) { arguments in
    StopSignal.holdAll()
    let log = ServerLog(arguments[logLevel], arguments[logFormat])
    defer { log.flush() }
    return try naming {
      let server = try Server(
        catalogue: catalogue, endpoint: arguments[bind], keyFolder: arguments[keys],
        allowsStrangers: arguments[allowStrangers], onEvent: log.note)
      let metricsEndpoint = try arguments[metrics].map {
        try MetricsEndpoint(at: $0, server.counters)
      }
      defer { withExtendedLifetime(metricsEndpoint) {} }
      if let metricsEndpoint {
        log.note(
          LogLine(
            level: .info, event: "metrics", sentence: "metrics at \(metricsEndpoint.address)",
            fields: [("address", .text(metricsEndpoint.address))]))
      }
      stopOnSignal(server)
      if arguments[untilEndOfInput] { stopAtEndOfInput(server) }
      let announcement = try arguments[announce].map {
        try Announcement(of: server.endpoint, at: $0)
      }
      defer { announcement?.remove() }
      // Whoever started this program waits for this line, through a pipe perhaps.
      print("listening on \(server.endpoint)")
      fflush(nil)
      try server.run()
      if arguments[untilEndOfInput] { removeFolder(of: server.endpoint) }
      return .success
    }
  }, besides: [keygenCommand])

/// Makes the first signal end `server` between two requests, and the next end the program.
private func stopOnSignal(_ server: Server) {
  Thread.detachNewThread {
    _ = StopSignal.nextHeld()
    server.stop()
    _exit(StopSignal.nextHeld().exitCode.rawValue)
  }
}

/// Makes the end of standard input end `server`: it comes however the program that holds the other end
/// of the pipe has ended.
private func stopAtEndOfInput(_ server: Server) {
  Thread.detachNewThread {
    while !FileHandle.standardInput.availableData.isEmpty {}
    server.stop()
  }
}

/// Takes away the folder of the socket, if nothing else is in it: whoever made it for this server may
/// have been killed.
private func removeFolder(of endpoint: String) {
  guard endpoint.hasPrefix("ipc://") else { return }
  rmdir(URL(filePath: String(endpoint.dropFirst(6))).deletingLastPathComponent().path)
}

func endProgram(with code: ExitCode) -> Never { exit(code.rawValue) }
