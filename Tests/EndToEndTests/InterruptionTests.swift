import Foundation
import Testing

@Suite("Interrupted runs")
struct InterruptionTests {
  @Test(
    "a signal ends a run with a checkpoint and a sentence, and resumed it ends as if undisturbed",
    arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129), (SIGUSR1, 75)] as [(Int32, Int32)])
  func signals(signal: Int32, exitCode: Int32) throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(), in: "undisturbed")
      var command = try laboratory.arguments(for: SmallRun(), in: "run")
      for validations in [1, 2, 5] {
        let agent = try laboratory.startOperant(command)
        try agent.expect("validation \(validations)") {
          laboratory.validationCount(of: "run") >= validations
        }
        agent.signal(signal)
        let ended = try agent.end()
        #expect(ended.exitCode == exitCode)
        #expect(ended.output.hasPrefix("stopped after "))
        #expect(ended.output.hasSuffix("trials; go on with: operant train --resume run\n"))
        #expect(ended.errors.contains("operant:") == false)
        #expect(try laboratory.names(in: "sockets") == [])
        command = "train --resume run"
      }
      #expect(try laboratory.operant(command).exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("a signal before the first update leaves a run that can be resumed")
  func early() throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(updateLimit: 40), in: "undisturbed")
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: SmallRun(updateLimit: 40), in: "run"))
      try agent.expect("its folder") { try laboratory.names(in: ".").contains("run") }
      agent.signal(SIGINT)
      #expect(try agent.end().exitCode == 130)
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("an agent that is killed again and again goes on to the weights of an undisturbed run")
  func killedAgent() throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(), in: "undisturbed")
      var command = try laboratory.arguments(for: SmallRun(), in: "run")
      for validations in [1, 2, 4, 7] {
        let agent = try laboratory.startOperant(command)
        try agent.expect("validation \(validations)") {
          laboratory.validationCount(of: "run") >= validations
        }
        #expect(agent.children.count == 1)
        agent.signal(SIGKILL)
        #expect(try agent.end().exitCode == nil)
        // The system ends the server with the agent.
        #expect(waits(10) { laboratory.processIDs.isEmpty })
        command = "train --resume run"
      }
      #expect(try laboratory.operant(command).exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("a server of the agent's own that is killed is started again, and the weights are the same")
  func killedServer() throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(), in: "undisturbed")
      let agent = try laboratory.startOperant(laboratory.arguments(for: SmallRun(), in: "run"))
      let sentence = "operant: the server is gone (signal 9 ended it); starting it again\n"
      for (deaths, validations) in [2, 4, 7].enumerated() {
        try agent.expect("validation \(validations)") {
          laboratory.validationCount(of: "run") >= validations && agent.children.count == 1
        }
        kill(try #require(agent.children.first), SIGKILL)
        try agent.expect("the server's return") {
          agent.errors.components(separatedBy: sentence).count == deaths + 2
        }
      }
      #expect(try agent.end().exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
      #expect(try laboratory.names(in: "sockets") == [])
    }
  }

  @Test(
    "a server of somebody else's that is killed and started again: the weights are the same",
    arguments: ["tcp", "ipc"])
  func replacedServer(kind: String) throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(), in: "undisturbed")
      // The steady one keeps the other's share of lanes company.
      let (_, steady) = try laboratory.startServer()
      var (server, endpoint) = try laboratory.startServer(
        at: kind == "tcp" ? "tcp://127.0.0.1:*" : "ipc://\(laboratory.path("server"))")
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: SmallRun(), in: "run") + " --connect \(steady),\(endpoint)")
      for validations in [2, 6] {
        try agent.expect("validation \(validations)") {
          laboratory.validationCount(of: "run") >= validations
        }
        server.signal(SIGKILL)
        _ = try server.end()
        (server, _) = try laboratory.startServer(at: endpoint)
      }
      #expect(try agent.end().exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("a run that was over is not trained any further by resuming it")
  func over() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: 40)
      let ended = try laboratory.train(run, in: "run")
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(ended, try laboratory.contents(of: "run"))

      // A criterion that any network meets is met before the first update.
      try laboratory.write(
        run.json.replacing("\"correctToReach\": 1", with: "\"correctToReach\": 0")
          .replacing("\"decisionsToReach\": 1", with: "\"decisionsToReach\": 0"),
        to: "easy.json")
      let words = "learned after 0 trials; the run is in easy\nnext: operant evaluate easy\n"
      let first = try laboratory.operant("train --config easy.json --run easy")
      #expect(first.output == words)
      let learned = try laboratory.contents(of: "easy")
      let again = try laboratory.operant("train --resume easy")
      #expect(again.output == words)
      expectEqual(learned, try laboratory.contents(of: "easy"))
    }
  }
}
