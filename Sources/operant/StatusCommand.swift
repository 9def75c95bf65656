import Console
import Foundation
import Gym
import Wire

private let endpoint = Positional<String>("ENDPOINT", help: "where the server listens")
private let json = Switch("json", help: "print it as JSON")
private let over = Flag<Double>(
  "over", "SECONDS", default: 1, within: 0...3600,
  help: "measure what it does in a second over so long; 0: since it started")

/// `operant status ENDPOINT`: how a server is doing.
let statusCommand = Command(
  "status", summary: "Tell how a server is doing.", takes: [endpoint],
  flags: [json, over, SharedFlags.serverKey, SharedFlags.key],
  example: "operant status tcp://127.0.0.1:5555"
) { arguments in
  try naming {
    useKeys(of: arguments)
    let client = try Client(endpoint: arguments[endpoint], keys: try agentKeys())
    var report = StatusReport(endpoint: arguments[endpoint], now: try client.status())
    if arguments[over] > 0 {
      let before = report.now
      Thread.sleep(forTimeInterval: arguments[over])
      report.now = try client.status()
      // A server that was started again meanwhile has counted from its start.
      if report.now.uptime > before.uptime { report.before = before }
    }
    print(arguments[json] ? try report.json() : report.table)
    return .success
  }
}

/// What a server says of itself, once or twice.
private struct StatusReport {
  let endpoint: String
  var now: ServerStatus
  /// What it said before; nil stands for its start.
  var before: ServerStatus?

  init(endpoint: String, now: ServerStatus) {
    self.endpoint = endpoint
    self.now = now
  }

  /// How often something is counted in a second.
  private func rate(_ count: (ServerStatus) -> UInt64) -> Double {
    let milliseconds = Double(now.uptime) - Double(before?.uptime ?? 0)
    let more = Double(count(now)) - Double(before.map(count) ?? 0)
    return milliseconds > 0 ? more / milliseconds * 1000 : 0
  }

  var table: String {
    func counted(_ count: KeyPath<ServerStatus, UInt64>) -> String {
      let rate = Int(min(rate { $0[keyPath: count] }, 1e15).rounded())
      return "\(Figures.grouped(Int(now[keyPath: count])))  (\(Figures.grouped(rate)) /s)"
    }
    var rows = [
      ("server", "\(now.software) at \(endpoint)"),
      ("up", Figures.duration(Double(now.uptime) / 1000)), ("sessions", "\(now.sessions)"),
      ("lane-steps", counted(\.laneSteps)), ("trials", counted(\.trials)),
      ("requests", counted(\.requests)),
      ("refusals", Figures.grouped(Int(clamping: now.refusals))),
      ("peers rejected", Figures.grouped(Int(clamping: now.rejectedPeers))),
    ]
    if let latency = now.latency, now.requests > 0 {
      rows.append(
        (
          "a request took",
          "\(Figures.grouped(Int(clamping: latency.sum / now.requests))) µs on average; half of them up to "
            + "\(Figures.grouped(Int(clamping: latency.median))) µs, 99 % up to "
            + "\(Figures.grouped(Int(clamping: latency.slow))) µs"
        ))
    }
    return rows.map { name, value in
      name + String(repeating: " ", count: 16 - name.count) + value
    }.joined(separator: "\n")
  }

  private struct Fields: Encodable {
    struct Latency: Encodable {
      var sumUs: UInt64
      var medianUs: UInt64
      var slowUs: UInt64
    }
    var endpoint: String
    var software: String
    var uptimeMs: UInt64
    var sessions: UInt32
    var laneSteps: UInt64
    var laneStepsPerSecond: Double
    var trials: UInt64
    var requests: UInt64
    var requestsPerSecond: Double
    var refusals: UInt64
    var rejectedPeers: UInt64
    var latency: Latency?
  }

  /// The schema's names.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let fields = Fields(
      endpoint: endpoint, software: now.software, uptimeMs: now.uptime, sessions: now.sessions,
      laneSteps: now.laneSteps, laneStepsPerSecond: rate { $0.laneSteps },
      trials: now.trials, requests: now.requests, requestsPerSecond: rate { $0.requests },
      refusals: now.refusals, rejectedPeers: now.rejectedPeers,
      latency: now.latency.map { .init(sumUs: $0.sum, medianUs: $0.median, slowUs: $0.slow) })
    return String(decoding: try encoder.encode(fields), as: UTF8.self)
  }
}
