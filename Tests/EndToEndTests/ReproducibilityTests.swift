import Foundation
import Testing

@Suite("The same seed")
struct ReproducibilityTests {
  @Test("the same seed gives the same bytes in every file, another seed others")
  func seeds() throws {
    try Laboratory.open { laboratory in
      let first = try laboratory.train(SmallRun(), in: "first")
      expectEqual(first, try laboratory.train(SmallRun(), in: "second"))
      let other = try laboratory.train(SmallRun(seed: 98), in: "other")
      #expect(other.keys.sorted() == first.keys.sorted())
      for (name, bytes) in first where name != ".lock" {
        #expect(other[name] != bytes, "\(name) is the same for two seeds")
      }
    }
  }

  @Test(
    "one server, two or three that share the lanes, over ipc or tcp: the same bytes",
    arguments: [
      ["tcp://127.0.0.1:*"], ["ipc", "tcp://127.0.0.1:*"],
      ["tcp://127.0.0.1:*", "ipc", "tcp://127.0.0.1:*"],
    ])
  func servers(kinds: [String]) throws {
    try Laboratory.open { laboratory in
      let alone = try laboratory.train(SmallRun(), in: "alone")
      let endpoints = try kinds.map {
        try laboratory.startServer(at: $0 == "ipc" ? "ipc://\(laboratory.path("server"))" : $0).1
      }
      let together = try laboratory.train(
        SmallRun(), in: "together", with: "--connect " + endpoints.joined(separator: ","))
      expectEqual(alone, together)
    }
  }

  @Test("more servers than lanes: the same bytes")
  func idleServers() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: 40, trialsPerUpdate: 1)
      let alone = try laboratory.train(run, in: "alone")
      let endpoints = try (0..<2).map { _ in try laboratory.startServer().1 }
      let together = try laboratory.train(
        run, in: "together", with: "--connect " + endpoints.joined(separator: ","))
      expectEqual(alone, together)
    }
  }

  @Test("what config.json says of a run trains it once more")
  func configuration() throws {
    try Laboratory.open { laboratory in
      #expect(
        try laboratory.operant(
          "train rdm_rt --seed 3 --set rewardForAbort=-0.5 --update-limit 30 --run first"
        ).exitCode == 0)
      #expect(try laboratory.operant("train --config first/config.json --run second").exitCode == 0)
      expectEqual(try laboratory.contents(of: "first"), try laboratory.contents(of: "second"))
      #expect(
        try laboratory.operant("train --config first/config.json --seed 4 --run third").exitCode
          == 0)
      #expect(try laboratory.text("third/config.json").contains("\"seed\" : 4,"))
    }
  }

  @Test("an evaluation comes out the same, and another seed's does not")
  func evaluation() throws {
    try Laboratory.open { laboratory in
      _ = try laboratory.train(SmallRun(updateLimit: 40), in: "run")
      let trials = try [1, 1, 2].map { seed in
        let ended = try laboratory.operant(
          "evaluate run --trials-per-condition 20 --seed \(seed)")
        #expect(ended.exitCode == 0)
        return try laboratory.bytes("run/trials.csv")
      }
      #expect(trials[0] == trials[1])
      #expect(trials[0] != trials[2])
    }
  }
}
