import Console
import Foundation

/// Whole trainings on `rdm_fixed`, from the start of the program to the paper's criterion: a server
/// process, an agent process, validations included. The original program takes 12 to 18 minutes.
func benchmarkCriterion() throws {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "operant-bench-runs-\(ProcessInfo.processInfo.processIdentifier)")
  defer { removeFolder(folder) }
  let program = try ChildProcess.siblingProgram(named: "operant")
  var figures: [(trials: Double, seconds: Double)] = []
  for seed in [97, 101, 102, 103, 104, 105] {
    let run = folder.appending(path: "s\(seed)")
    let start = secondsNow()
    let child = try ChildProcess(
      program,
      arguments: ["train", "rdm_fixed", "--seed", "\(seed)", "--run", run.path, "--quiet"])
    guard child.waitForEnd(within: .seconds(600)) == .exited(0) else {
      throw ProgramError("training with seed \(seed) did not end well", .software)
    }
    let seconds = secondsNow() - start
    let table = try String(contentsOf: run.appending(path: "progress.csv"), encoding: .utf8)
    let last = table.split(separator: "\n").last?.split(separator: ",") ?? []
    guard last.count > 4, let trials = Double(last[1]), let correct = Double(last[4]) else {
      throw ProgramError("the progress table of seed \(seed) ends with \(last)", .software)
    }
    figures.append((trials, seconds))
    printFigure(
      "rdm_fixed to criterion, seed \(seed)", seconds, "s",
      beside: "\(Int(trials)) trials, \(Figures.percent(correct)) correct")
  }
  let trials = figures.map(\.trials).sorted()
  let seconds = figures.map(\.seconds).sorted()
  printFigure(
    "  median trials", (trials[2] + trials[3]) / 2, "trials",
    beside: "at most 9,000; paper about 7,000")
  printFigure("  median wall time", (seconds[2] + seconds[3]) / 2, "s", beside: "at most 20")
}
