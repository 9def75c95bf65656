import Foundation
import Testing

@Suite("Training")
struct TrainingTests {
  @Test("a run has its configuration, a table, events and checkpoints, and says what to do next")
  func files() throws {
    try Laboratory.open { laboratory in
      let ended = try laboratory.operant(
        "train rdm_fixed --seed 5 --update-limit 120 --run first")
      #expect(ended.exitCode == 0)
      #expect(
        ended.output == """
          not learned within the limit of 1,200 trials; the run is in first
          to go on, raise updateLimit in first/config.json, then: operant train --resume first

          """)
      #expect(
        try laboratory.names(in: "first") == [
          ".lock", "checkpoints", "config.json", "events.out.tfevents.0.operant", "progress.csv",
        ])
      #expect(
        try laboratory.names(in: "first/checkpoints") == [
          "best.safetensors", "update-000050.safetensors", "update-000100.safetensors",
          "update-000120.safetensors",
        ])
      let progress = try laboratory.table("first/progress.csv")
      #expect(progress.map { $0["update"] } == ["0", "50", "100"])
      #expect(progress.map { $0["trials"] } == ["0", "500", "1000"])
      // Before it has learned anything a network lets go of fixation at once.
      #expect(progress[0]["decided"] == "0.0")
      #expect(progress[0]["correct"] == "")
    }
  }

  @Test("the agent's own server is a child on a private socket, and both are gone afterwards")
  func ownServer() throws {
    try Laboratory.open { laboratory in
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: SmallRun(updateLimit: 400), in: "run"))
      try agent.expect("training") { laboratory.validationCount(of: "run") >= 2 }
      let servers = agent.children
      #expect(servers.count == 1)
      let words = servers.map(commandLine).joined()
      #expect(words.contains("operant-server --bind ipc://\(laboratory.socketFolder)/operant-"))
      let folder = try #require(laboratory.names(in: "sockets").first)
      let attributes = try FileManager.default.attributesOfItem(
        atPath: laboratory.path("sockets/" + folder))
      #expect(attributes[.posixPermissions] as? Int == 0o700)
      #expect(try agent.end().exitCode == 0)
      #expect(laboratory.processIDs == [])
      #expect(try laboratory.names(in: "sockets") == [])
    }
  }

  @Test(
    "progress comes as plain lines where there is no terminal, and not at all if nobody wants it")
  func lines() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: 60)
      let ended = try laboratory.operant(laboratory.arguments(for: run, in: "told"))
      let lines = ended.errors.split(separator: "\n")
      #expect(lines.first?.hasPrefix("rdm_fixed  trials       0  reward −1.00  correct") == true)
      #expect(lines.count { $0.contains("trials     400") } == 1)
      #expect(!ended.errors.contains("\r") && !ended.errors.contains("\u{1B}"))
      let quiet = try laboratory.operant(
        laboratory.arguments(for: run, in: "untold") + " --quiet")
      #expect(quiet.errors == "")
      #expect(quiet.output.hasPrefix("not learned within"))
    }
  }

  @Test("a reader that goes away does not end a training")
  func closedPipe() throws {
    try Laboratory.open { laboratory in
      let command = try laboratory.arguments(for: SmallRun(updateLimit: 60), in: "run")
      let ended = try laboratory.shell("{ operant \(command) 2>&1; echo $? > code; } | head -n 1")
      #expect(ended.output.hasPrefix("rdm_fixed  trials       0"))
      #expect(try laboratory.text("code") == "0\n")
      #expect(laboratory.validationCount(of: "run") == 4)
    }
  }

  @Test("raising the limit of a run goes on to where the higher limit would have led at once")
  func raisedLimit() throws {
    try Laboratory.open { laboratory in
      let whole = try laboratory.train(SmallRun(updateLimit: 100), in: "whole")
      _ = try laboratory.train(SmallRun(updateLimit: 35), in: "parts")
      let config = try laboratory.text("parts/config.json")
      try laboratory.write(
        config.replacing("\"updateLimit\" : 35", with: "\"updateLimit\" : 100"),
        to: "parts/config.json")
      #expect(try laboratory.operant("train --resume parts").exitCode == 0)
      expectEqual(try laboratory.contents(of: "parts"), whole)
    }
  }
}
