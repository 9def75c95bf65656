import CPlatform
import Console
import Foundation
import Gym
import Wire

/// Steps of `rdm_fixed` over tcp at a server that asks for keys, beside the same at one that does not.
///
/// Each round trip is a request enciphered and deciphered, and a reply. The two servers take turns, a few
/// milliseconds each; of all turns the fastest tenth counts, which nothing else on the machine
/// interrupted. First as the system places agent and servers, then with all of them on one processor,
/// where a trip is shortest and what CURVE does is added to it in full.
func benchmarkCurve() throws {
  try measureCurve("wherever")
  platform_stay_on_one_processor()
  try measureCurve("one processor")
}

private func measureCurve(_ placing: String) throws {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "operant-bench-\(ProcessInfo.processInfo.processIdentifier)")
  try FileManager.default.createDirectory(
    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  defer { removeFolder(folder) }
  let keyFolder = folder.appending(path: "keys").path
  try makeKeyFolder(at: keyFolder)
  try KeyFile.create("agent", in: keyFolder + "/authorised")
  let keys = try AgentKeys(
    serverKeyFile: keyFolder + "/server.pub", keyFile: keyFolder + "/authorised/agent.key")

  func start(_ arguments: [String]) throws -> (ChildProcess, String) {
    let server = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant-server"),
      arguments: ["--bind", "tcp://127.0.0.1:*", "--log-level", "warning"] + arguments)
    let line = try server.nextLine(within: .seconds(10))
    return (server, String(line.split(separator: " ").last ?? ""))
  }
  let (plainServer, plainEndpoint) = try start([])
  defer { plainServer.terminate() }
  let (keyedServer, keyedEndpoint) = try start(["--keys", keyFolder])
  defer { keyedServer.terminate() }
  for laneCount in [1, 16, 64, 256] {
    func open(_ endpoint: String, _ keys: AgentKeys?) throws -> RemoteEnvironment {
      try RemoteEnvironment(
        endpoints: [endpoint], task: "rdm_fixed",
        options: .init(seed: 1, laneCount: laneCount, restartRule: .nextStep), keys: keys)
    }
    let plain = try open(plainEndpoint, nil)
    let keyed = try open(keyedEndpoint, keys)
    var plainRates: [Double] = []
    var keyedRates: [Double] = []
    for _ in 0..<300 {
      plainRates.append(try stepRate(plain, roundTrips: 60))
      keyedRates.append(try stepRate(keyed, roundTrips: 60))
    }
    plain.close()
    keyed.close()
    let without = fastestTenth(plainRates)
    let with = fastestTenth(keyedRates)
    printFigure(
      "\(placing), \(laneCount) lane\(laneCount == 1 ? "" : "s"): with keys", with, "/s",
      beside: "without \(Int(without)) /s")
    printFigure(
      "  of the rate without", with / without, "of it",
      beside: String(format: "at least 0.9; a trip takes %+.1f µs", 1e6 / with - 1e6 / without))
  }
}

/// The rate that one turn in ten exceeds.
private func fastestTenth(_ rates: [Double]) -> Double { rates.sorted()[rates.count * 9 / 10] }
