import Foundation
import Testing

@Suite("Runs by the local rule")
struct LocalRunTests {
  @Test(
    "a signal ends a run with a checkpoint and a sentence, and resumed it ends as if undisturbed",
    arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGUSR1, 75)] as [(Int32, Int32)])
  func interruption(signal: Int32, exitCode: Int32) throws {
    try Laboratory.open { laboratory in
      let train = "train dnms --seed 2 --trials 2100 --run"
      #expect(try laboratory.operant(train + " undisturbed").exitCode == 0)
      let agent = try laboratory.startOperant(train + " run")
      try agent.expect("three rows") { laboratory.validationCount(of: "run") >= 3 }
      agent.signal(signal)
      let stopped = try agent.end()
      #expect(stopped.exitCode == exitCode)
      #expect(stopped.output.hasPrefix("stopped after "))
      #expect(stopped.output.hasSuffix("trials; go on with: operant train --resume run\n"))
      #expect(try laboratory.names(in: "sockets") == [])
      let finished = try laboratory.operant("train --resume run")
      #expect(finished.exitCode == 0)
      #expect(finished.output.hasPrefix("learned after "))
      expectEqual(
        try laboratory.contents(of: "undisturbed"), try laboratory.contents(of: "run"))
    }
  }

  @Test("a killed agent, a killed server and a damaged checkpoint cost nothing")
  func mischief() throws {
    try Laboratory.open { laboratory in
      let train = "train dnms --seed 3 --trials 2100 --run"
      #expect(try laboratory.operant(train + " undisturbed").exitCode == 0)
      let agent = try laboratory.startOperant(train + " run")
      try agent.expect("a server") { agent.children.count == 1 }
      try agent.expect("two rows") { laboratory.validationCount(of: "run") >= 2 }
      kill(try #require(agent.children.first), SIGKILL)
      // Past two checkpoints, so that there is one to fall back on.
      try agent.expect("eleven rows") { laboratory.validationCount(of: "run") >= 11 }
      #expect(agent.errors.contains("operant: the server is gone (signal 9 ended it)"))
      agent.signal(SIGKILL)
      _ = try agent.end()
      #expect(waits(10) { laboratory.processIDs.isEmpty })
      let newest = try #require(
        laboratory.names(in: "run/checkpoints").filter { $0.hasPrefix("update-") }.last)
      let path = laboratory.path("run/checkpoints/\(newest)")
      var bytes = try Data(contentsOf: URL(filePath: path))
      bytes[bytes.count / 2] ^= 4
      try bytes.write(to: URL(filePath: path))
      let resumed = try laboratory.operant("train --resume run")
      #expect(resumed.exitCode == 0)
      #expect(resumed.errors.contains("operant: checkpoint 'run/checkpoints/\(newest)' is damaged"))
      expectEqual(
        try laboratory.contents(of: "undisturbed"), try laboratory.contents(of: "run"))
    }
  }

  @Test("a task learned by the local rule is evaluated condition by condition")
  func evaluation() throws {
    try Laboratory.open { laboratory in
      let trained = try laboratory.operant("train dnms --seed 1")
      #expect(trained.exitCode == 0)
      // 96 of 100 trials within the error: a network may still err on one in twenty-five.
      #expect(trained.output.hasPrefix("learned after "))
      #expect(trained.output.hasSuffix("next: operant evaluate runs/dnms-s1\n"))
      let evaluated = try laboratory.operant("evaluate runs/dnms-s1 --trials-per-condition 25")
      #expect(evaluated.exitCode == 0)
      let rows = try laboratory.table("runs/dnms-s1/trials.csv")
      #expect(rows.count == 100)
      #expect(rows.count { $0["correct"] == "1" } >= 90)
      for row in rows {
        let error = try #require(Double(row["error"] ?? ""))
        #expect((row["correct"] == "1") == (error < 1))
        #expect(abs((Double(row["reward"] ?? "") ?? .nan) + error) < 1e-5)
      }
      #expect(evaluated.output.hasPrefix("firstStimulus  secondStimulus  trials  correct  error\n"))
      let recorded = try laboratory.operant("evaluate runs/dnms-s1 --record")
      #expect(recorded.exitCode == 64)
      #expect(recorded.errors.contains("--record is for decision and value networks"))
    }
  }

  @Test("choices are learned by the local rule if that is asked for, and resumed to the same bits")
  func choices() throws {
    try Laboratory.open { laboratory in
      let train =
        "train rdm_fixed --local-rule --expectation reservoirOfInputs --expectation-time everyStep "
        + "--set fixation=100,coherences=51.2,noise=0.3 --trials 1700 --run"
      let undisturbed = try laboratory.operant(train + " undisturbed")
      #expect(undisturbed.exitCode == 0)
      #expect(undisturbed.errors.contains("correct "))
      let agent = try laboratory.startOperant(train + " run")
      try agent.expect("three rows") { laboratory.validationCount(of: "run") >= 3 }
      agent.signal(SIGTERM)
      #expect(try agent.end().exitCode == 143)
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(
        try laboratory.contents(of: "undisturbed"), try laboratory.contents(of: "run"))
      let evaluated = try laboratory.operant("evaluate run --trials-per-condition 20")
      #expect(evaluated.exitCode == 0)
      #expect(evaluated.output.hasPrefix("direction  coherence  trials  correct  reward\n"))
      let rows = try laboratory.table("run/trials.csv")
      #expect(rows.count == 40)
      for row in rows {
        let rewards: [String: Double] = ["correct": 1, "error": 0]
        #expect(Double(row["reward"] ?? "") == rewards[row["ending"] ?? ""] ?? -1)
        #expect(["left", "right"].contains(row["choice"]) || row["ending"] == "miss")
      }
      let refused = try laboratory.operant("train rdm_fixed --local-rule --baseline none")
      #expect(refused.exitCode == 64)
      #expect(refused.errors.contains("--baseline is for networks that learn along gradients"))
    }
  }

  @Test("figures that need no training are made at once, and what they say is kept")
  func figures() throws {
    try Laboratory.open { laboratory in
      let made = try laboratory.operant("reproduce miconi2017 fig8 fig9 --folder m")
      #expect(made.exitCode == 0)
      #expect(made.output.contains("  ✓ cubes: correlation with node perturbation"))
      #expect(made.output.contains("✗") == false)
      #expect(made.output.contains("tables are in m/tables\n"))
      // 253 pairs of trials by ten rules.
      #expect(try laboratory.table("m/tables/fig9.csv").count == 2530)
      #expect(try laboratory.table("m/findings/fig8.csv").count == 2)
    }
  }
}
