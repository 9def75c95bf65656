import Foundation
import Testing

@Suite("Drills: processes that are killed")
struct KillDrills {
  @Test(
    "servers killed in mid-trial: no trial is lost or doubled, and weights are those of a quiet run"
  )
  func servers() throws {
    try Laboratory.open { laboratory in
      let killCount = Drill.count(3, full: 50)
      let training = DrilledTraining(updateLimit: Drill.count(60, full: 600))
      let (_, quietEndpoint) = try laboratory.startServer()
      let quiet = try training.run(at: [quietEndpoint])

      let servers = try GuardedServers(2, in: laboratory)
      var random = SplitMix(seed: 6)
      let moments = Set((0..<quiet.stepsInTrials).shuffled(using: &random).prefix(killCount))
      var kills = 0
      let drilled = try training.run(at: servers.endpoints) { step in
        guard moments.contains(step) else { return }
        kills += 1
        servers.killAndRestart(
          kills / 2 % 2,
          // One in two while nothing is asked of it, the others within the step that comes.
          after: kills.isMultiple(of: 2) ? nil : UInt32.random(in: 0...500, using: &random))
      }
      try servers.settle()

      #expect(kills == killCount)
      #expect(drilled.trials == quiet.trials)
      #expect(drilled.doubledTrials == 0)
      #expect(drilled.end == quiet.end)
      Drill.tell("servers killed in mid-trial", kills, "kills")
      Drill.tell(
        "trials lost or doubled by them",
        quiet.trials.count - drilled.trials.count + drilled.doubledTrials,
        "of \(quiet.trials.count) trials")
    }
  }

  @Test("an agent killed at random moments and resumed ends with the bytes of a quiet run")
  func agents() throws {
    try Laboratory.open { laboratory in
      let killCount = Drill.count(2, full: 20)
      let run = SmallRun(updateLimit: Drill.count(200, full: 2000))
      let start = ContinuousClock.now
      let quiet = try laboratory.train(run, in: "quiet")
      let duration = Double((ContinuousClock.now - start) / .microseconds(1))

      let beginning = try laboratory.arguments(for: run, in: "run")
      var random = SplitMix(seed: 20)
      var kills = 0
      while kills < killCount {
        // A life goes on from the last checkpoint, so all of them together are longer than one.
        let life = Double.random(in: 0...(2 * duration / Double(killCount + 1)), using: &random)
        let hasBegun = FileManager.default.fileExists(atPath: laboratory.path("run/config.json"))
        let agent = try laboratory.startOperant(hasBegun ? "train --resume run" : beginning)
        usleep(UInt32(life))
        guard !agent.isOver else { break }
        agent.signal(SIGKILL)
        #expect(try agent.end().exitCode == nil)
        kills += 1
      }
      let hasBegun = FileManager.default.fileExists(atPath: laboratory.path("run/config.json"))
      #expect(
        try laboratory.operant(hasBegun ? "train --resume run" : beginning).exitCode == 0)
      expectEqual(quiet, try laboratory.contents(of: "run"))
      #expect(kills == killCount, "the run was over before the last kill")
      Drill.tell("agents killed and resumed", kills, "kills, every file as in a quiet run")
    }
  }
}

/// Servers that are killed, one at a time, and come back where they were.
private final class GuardedServers: @unchecked Sendable {
  private let laboratory: Laboratory
  private var servers: [(program: RunningProgram, endpoint: String)]
  private var errand: Errand?
  private var failure: (any Error)?

  init(_ count: Int, in laboratory: Laboratory) throws {
    self.laboratory = laboratory
    servers = try (0..<count).map { _ in try laboratory.startServer() }
  }

  var endpoints: [String] { servers.map(\.endpoint) }

  /// Kills one at once or, from another thread, after so many microseconds; starts it again from there.
  func killAndRestart(_ number: Int, after delay: UInt32?) {
    errand?.wait()
    if delay == nil { servers[number].program.signal(SIGKILL) }
    // Until the errand is over nobody else touches what it does.
    errand = Errand { [self] in
      usleep(delay ?? 0)
      do {
        servers[number].program.signal(SIGKILL)
        _ = try servers[number].program.end()
        servers[number] = try laboratory.startServer(at: servers[number].endpoint)
      } catch {
        failure = error
      }
    }
  }

  /// Waits for the last to be back.
  func settle() throws {
    errand?.wait()
    errand = nil
    if let failure { throw failure }
  }
}
