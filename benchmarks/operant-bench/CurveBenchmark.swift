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
/// where a trip is shortest and what CURVE does is added to it in full. A training of `rdm_fixed` asks for
/// frames of 10 lanes, and of 1000 in its validations; what keys cost it as a whole is told too.
func benchmarkCurve() throws {
  try withServers { plain, keyed, keyFiles in
    try measureTrips("wherever", plain: plain, keyed: keyed, keyFiles)
    try measureTraining(plain: plain, keyed: keyed, keyFiles)
  }
  platform_stay_on_one_processor()
  try withServers { plain, keyed, keyFiles in
    try measureTrips("one processor", plain: plain, keyed: keyed, keyFiles)
  }
}

/// The files that let an agent in.
private struct KeyFiles {
  let server: String
  let agent: String
}

/// Starts a server that asks for no keys, and one that does.
private func withServers(
  _ use: (_ plain: String, _ keyed: String, _ keyFiles: KeyFiles) throws -> Void
) throws {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "operant-bench-\(ProcessInfo.processInfo.processIdentifier)")
  try FileManager.default.createDirectory(
    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  defer { removeFolder(folder) }
  let keyFolder = folder.appending(path: "keys").path
  try makeKeyFolder(at: keyFolder)
  try KeyFile.create("agent", in: keyFolder + "/authorised")

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
  try use(
    plainEndpoint, keyedEndpoint,
    KeyFiles(server: keyFolder + "/server.pub", agent: keyFolder + "/authorised/agent.key"))
}

private func measureTrips(
  _ placing: String, plain plainEndpoint: String, keyed keyedEndpoint: String, _ files: KeyFiles
) throws {
  let keys = try AgentKeys(serverKeyFile: files.server, keyFile: files.agent)
  for laneCount in [1, 10, 64, 256, 1000] {
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

/// The same training at both servers by turns, with the validations of the preset.
private func measureTraining(
  plain plainEndpoint: String, keyed keyedEndpoint: String, _ files: KeyFiles
) throws {
  let run = FileManager.default.temporaryDirectory.appending(
    path: "operant-bench-\(ProcessInfo.processInfo.processIdentifier)-run")
  func seconds(_ arguments: [String]) throws -> Double {
    defer { removeFolder(run) }
    let start = secondsNow()
    let training = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant"),
      arguments: [
        "train", "rdm_fixed", "--seed", "97", "--update-limit", "\(updates)", "--run", run.path,
        "--quiet",
      ] + arguments)
    guard training.waitForEnd(within: .seconds(600)) == .exited(0) else {
      throw ProgramError("operant train does not train at a server of the benchmark", .software)
    }
    return secondsNow() - start
  }
  let updates = 200
  var turns: [(plain: Double, keyed: Double)] = []
  for _ in 0..<7 {
    turns.append(
      (
        try seconds(["--connect", plainEndpoint]),
        try seconds([
          "--connect", keyedEndpoint, "--server-key", files.server, "--key", files.agent,
        ])
      ))
  }
  let turn = turns.sorted { $0.plain / $0.keyed < $1.plain / $1.keyed }[turns.count / 2]
  printFigure(
    "a training, \(updates) updates and validations: with keys", turn.keyed, "s",
    beside: String(format: "without %.3f s", turn.plain))
  printFigure("  of the speed without", turn.plain / turn.keyed, "of it", beside: "at least 0.9")
}

/// The rate that one turn in ten exceeds.
private func fastestTenth(_ rates: [Double]) -> Double { rates.sorted()[rates.count * 9 / 10] }
