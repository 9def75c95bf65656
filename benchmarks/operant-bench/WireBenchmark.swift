import CPlatform
import Console
import Foundation
import Gym
import Wire

/// Steps through a server process, beside libzmq passing the same bytes between two processes.
///
/// The task is `rdm_fixed`; the agent holds fixation while it is shown and then goes right. Ours and the
/// raw exchange take turns, and the ratio is that of neighbours.
///
/// Both are kept on one processor: where agent and server work for some ten microseconds a message,
/// waking up another processor takes longer than the work.
func benchmarkWire() throws {
  platform_stay_on_one_processor()
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "operant-bench-\(ProcessInfo.processInfo.processIdentifier)")
  try FileManager.default.createDirectory(
    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  defer { removeFolder(folder) }
  for (name, endpoint) in [
    ("ipc", "ipc://\(folder.path)/server"), ("tcp", "tcp://127.0.0.1:*"),
  ] {
    let server = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant-server"), arguments: ["--bind", endpoint])
    defer { server.terminate() }
    let line = try server.nextLine(within: .seconds(5))
    let bound = String(line.split(separator: " ").last ?? "")
    for laneCount in [1, 16, 64, 256] {
      let environment = try RemoteEnvironment(
        endpoints: [bound], task: "rdm_fixed",
        options: .init(seed: 1, laneCount: laneCount, restartRule: .nextStep))
      let roundTrips = 20_000 / (1 + laneCount / 64)
      var pairs: [(ours: Double, raw: Double)] = []
      for _ in 0..<5 {
        pairs.append(
          (
            try stepRate(environment, roundTrips: roundTrips),
            try rawRate(
              name == "ipc" ? "ipc://\(folder.path)/raw" : "tcp://127.0.0.1:*",
              laneCount: laneCount, roundTrips: roundTrips)
          ))
      }
      environment.close()
      let median = pairs.sorted { $0.ours / $0.raw < $1.ours / $1.raw }[pairs.count / 2]
      printFigure(
        "\(name), \(laneCount) lane\(laneCount == 1 ? "" : "s"): round trips", median.ours, "/s",
        beside: "raw libzmq \(Int(median.raw)) /s")
      printFigure("  of raw libzmq", median.ours / median.raw, "of raw", beside: "")
      let budget = [64: "at least 600,000", 256: "at least 1,500,000"][laneCount] ?? ""
      printFigure("  lane-steps", median.ours * Double(laneCount), "lane-steps/s", beside: budget)
    }
  }
}

/// Round trips a second of steps on all lanes.
func stepRate(_ environment: RemoteEnvironment, roundTrips: Int) throws -> Double {
  let laneCount = environment.specification.options.laneCount
  var actions = [UInt8](repeating: 0, count: laneCount)
  try environment.begin((0..<laneCount).map { TrialOrder(lane: $0) })
  var start = 0.0
  for trip in -(roundTrips / 10)..<roundTrips {
    if trip == 0 { start = secondsNow() }
    let observations = environment.frame.observations
    for lane in 0..<laneCount { actions[lane] = observations[3 * lane] > 0.5 ? 0 : 2 }
    try environment.step(actions)
  }
  return Double(roundTrips) / (secondsNow() - start)
}

/// The same of libzmq alone, with messages as long as ours.
private func rawRate(_ endpoint: String, laneCount: Int, roundTrips: Int) throws -> Double {
  // Number, token and one byte a lane; number and 12 + 4 + 1 bytes a lane; and what frames them.
  let request = 24 + 8 + laneCount
  let reply = 4 + 12 + 17 * laneCount
  let child = try ChildProcess(
    ChildProcess.siblingProgram(named: "raw-ping-pong"),
    arguments: [endpoint, "\(request)", "\(reply)", "\(roundTrips)"])
  let line = try child.nextLine(within: .seconds(120))
  guard let rate = Double(line) else {
    throw ProgramError("raw-ping-pong printed '\(line)'", .software)
  }
  return rate
}

/// Takes away what a benchmark wrote.
func removeFolder(_ folder: URL) {
  do { try FileManager.default.removeItem(at: folder) } catch {
    printError("operant-bench: left \(folder.path) behind: \(error)\n")
  }
}
