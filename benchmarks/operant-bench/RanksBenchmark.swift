import Console
import Foundation

/// Two ranks beside one: the same run, the same bits, each rank with a server of its own on one core.
///
/// Under mpirun every rank keeps to its core and shares it with the server it plays at, so one rank has
/// half of a machine of two cores and two have all of it. Efficiency is T₁ / 2T₂, T the time of an update.
/// What is lost of it goes to two things, which are told apart by one rank that has half the trials: what
/// that takes beyond T₁/2 is work that does not shrink with the trials (Adam, products over fewer rows);
/// what T₂ takes beyond that is exchange, waiting for the longer half, and the shared machine.
func benchmarkRanks() throws {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "operant-bench-ranks-\(ProcessInfo.processInfo.processIdentifier)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { removeFolder(folder) }
  for (name, units, trials, updates, floor) in [
    ("rdm_fixed, 100 units, 10 trials", 100, 10, 400, ""),
    ("512 units, 64 trials", 512, 64, 6, "at least 0.8"),
  ] {
    let size = RankedRun(units: units, trials: trials, updates: updates)
    var turns: [(one: Double, two: Double, half: Double)] = []
    // By turns, so that whatever else the machine does befalls all three alike.
    for _ in 0..<3 {
      turns.append(
        (
          try size.secondsOfUpdate(ranks: 1, in: folder),
          try size.secondsOfUpdate(ranks: 2, in: folder),
          try size.halved.secondsOfUpdate(ranks: 1, in: folder)
        ))
    }
    let turn = turns.sorted { $0.one / $0.two < $1.one / $1.two }[1]
    printFigure(name + ", one rank", turn.one * 1000, "ms an update", beside: "on one core")
    printFigure("  two ranks", turn.two * 1000, "ms an update", beside: "on two")
    printFigure("  parallel efficiency", turn.one / turn.two / 2, "of 1", beside: floor)
    printFigure(
      "  lost to work that is not halved", (turn.half - turn.one / 2) * 1000, "ms an update",
      beside: "Adam, smaller products; below 0: half of it fits the cache better")
    printFigure(
      "  lost to exchange and waiting", (turn.two - turn.half) * 1000, "ms an update",
      beside: "\(size.bytesOfGradients / 1000) kB there and back")
  }
}

/// A training of a size, whose updates are timed.
private struct RankedRun {
  var units: Int
  var trials: Int
  var updates: Int
  var shards = 2

  /// One rank's share, played alone.
  var halved: RankedRun {
    RankedRun(units: units, trials: trials / 2, updates: updates, shards: 1)
  }

  /// Of both networks: three inputs and actions, N + 3 inputs of the value network.
  var bytesOfGradients: Int {
    func count(_ inputs: Int, _ outputs: Int) -> Int {
      3 * units * (inputs + 1) + 3 * units * units + (units + 1) * outputs + units
    }
    return 4 * (count(3, 3) + count(units + 3, 1))
  }

  /// Seconds of an update: what a long run takes beyond one that only begins.
  func secondsOfUpdate(ranks: Int, in folder: URL) throws -> Double {
    let first = try seconds(updates: 1, ranks, folder)
    return (try seconds(updates: 1 + updates, ranks, folder) - first) / Double(updates)
  }

  private func seconds(updates: Int, _ ranks: Int, _ folder: URL) throws -> Double {
    let run = folder.appending(path: "run")
    try writeConfiguration(updates: updates, to: folder.appending(path: "config.json"), folder)
    defer { removeFolder(run) }
    let start = secondsNow()
    let child = try ChildProcess(
      "/usr/bin/env",
      arguments: [
        "mpirun", "-n", "\(ranks)", "--bind-to", "core",
        try ChildProcess.siblingProgram(named: "operant"), "train", "--quiet",
        "--config", folder.path + "/config.json", "--run", run.path,
      ],
      environment: ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"])
    guard child.waitForEnd(within: .seconds(600)) == .exited(0) else {
      throw ProgramError("\(ranks) ranks did not end well; is there 'make mpi'?", .unavailable)
    }
    return secondsNow() - start
  }

  /// What the program itself makes of the task, but for validations: two trials before all begins.
  private func writeConfiguration(updates: Int, to file: URL, _ folder: URL) throws {
    let example = folder.appending(path: "example")
    defer { removeFolder(example) }
    let child = try ChildProcess(
      ChildProcess.siblingProgram(named: "operant"),
      arguments: [
        "train", "rdm_fixed", "--seed", "97", "--run", example.path, "--quiet",
        "--decision-units", "\(units)", "--value-units", "\(units)", "--trials-per-update",
        "\(trials)", "--shards", "\(shards)", "--update-limit", "0",
      ])
    guard child.waitForEnd(within: .seconds(60)) == .exited(0) else {
      throw ProgramError("operant train does not write its configuration", .software)
    }
    let text = try String(contentsOf: example.appending(path: "config.json"), encoding: .utf8)
    try text.replacing("\"updateLimit\" : 0", with: "\"updateLimit\" : \(updates)")
      .replacing("\"validationInterval\" : 50", with: "\"validationInterval\" : 1000000")
      .replacing("\"validationTrials\" : 1000", with: "\"validationTrials\" : 2")
      .write(to: file, atomically: true, encoding: .utf8)
  }
}
