import Console
import Envs
import Foundation
import Gym
import Learning
import Wire

/// Trials of delayed non-match to sample by the reward-modulated Hebbian rule: with the task in this
/// process, and over loopback with a server of its own. Beside it the floor: 2 N² T operations each for
/// the network and for the eligibility, at the speed of the machine's matrix product.
///
/// The original program makes 25 to 40 trials a second.
func benchmarkLocalRule() throws {
  let (units, steps) = (200, 1000)
  let options = EnvironmentOptions(seed: 1, timeStep: 1, lookAhead: steps)
  let near = try catalogue.find("dnms").entry.makeEnvironment([], options)
  let server = try ChildProcess(
    ChildProcess.siblingProgram(named: "operant-server"),
    arguments: ["--bind", "tcp://127.0.0.1:*"])
  defer { server.terminate() }
  let endpoint = try server.nextLine(within: .seconds(5)).split(separator: " ").last ?? ""
  let far = try RemoteEnvironment(
    endpoints: [String(endpoint)], task: "dnms", options: options)
  defer { far.close() }
  let learner = HebbianLearner(
    LocalRule(), inputs: near.specification.task.observationSize,
    conditionCount: near.specification.task.conditions.count,
    stepCapacity: near.specification.stepLimit + steps, seed: 1)
  // The first trials teach nothing.
  for _ in 0..<120 { try learner.play(in: near) }
  var found: [(near: Double, far: Double, floor: Double)] = []
  for _ in 0..<5 {
    let here = try medianSeconds(runs: 3) { for _ in 0..<50 { try learner.play(in: near) } } / 50
    let there = try medianSeconds(runs: 3) { for _ in 0..<50 { try learner.play(in: far) } } / 50
    let floor = 4 * Double(units * units * steps) / productPeak()
    found.append((here, there, floor))
  }
  let median = found.sorted { $0.far < $1.far }[2]
  printFigure(
    "DNMS by the local rule, in process", 1 / median.near, "trials/s", beside: "original 25–40")
  printFigure("DNMS by the local rule, tcp", 1 / median.far, "trials/s", beside: "at least 300")
  printFigure(
    "  of the sgemm floor", median.floor / median.far, "of floor",
    beside: "floor \((median.floor * 1e4).rounded() / 10) ms")
  printFigure(
    "  most memory held, agent and server",
    peakMegabytes(of: "self")
      + peakMegabytes(of: "\(server.processID)"), "MB", beside: "at most 200")
}

/// The most memory that a process has held so far; nothing if the system doesn't say.
private func peakMegabytes(of process: String) -> Double {
  let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
  let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
  return (kilobytes ?? .nan) / 1024
}
