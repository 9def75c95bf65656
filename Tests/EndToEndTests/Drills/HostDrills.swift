import Foundation
import Testing

@Suite("Drills: two hosts")
struct HostDrills {
  @Test(
    "a line between two hosts that breaks and heals: the weights are those of a quiet run",
    .enabled(if: Hosts.canBeMade, "network name spaces can't be made here"))
  func partition() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: Drill.count(200, full: 1000))
      let quiet = try laboratory.train(run, in: "quiet")
      let hosts = try Hosts(in: laboratory)
      defer { hosts.remove() }
      let server = try laboratory.start(
        "ip",
        [
          "netns", "exec", hosts.server, "operant-server", "--bind", hosts.endpoint,
          "--allow-strangers",
        ])
      try server.expect("it listens") { server.output.hasPrefix("listening on ") }
      let training = try laboratory.arguments(for: run, in: "run") + " --connect \(hosts.endpoint)"
      func start(_ arguments: String) throws -> RunningProgram {
        try laboratory.start(
          "ip",
          ["netns", "exec", hosts.agent, "operant"]
            + arguments.split(separator: " ").map(String.init))
      }

      // A break that TCP bridges: nobody notices but by the wait.
      var agent = try start(training)
      for validations in Drill.isFull ? [1, 5, 9] : [1] {
        try agent.expect("training") { laboratory.validationCount(of: "run") >= validations }
        try hosts.setLine(isUp: false)
        let count = laboratory.validationCount(of: "run")
        usleep(Drill.isFull ? 3_000_000 : 1_000_000)
        #expect(laboratory.validationCount(of: "run") <= count + 1, "the line is not broken")
        try hosts.setLine(isUp: true)
        try agent.expect("training after the break") {
          laboratory.validationCount(of: "run") > count + 1
        }
      }
      guard Drill.isFull else {
        #expect(try agent.end().exitCode == 0)
        return expectEqual(quiet, try laboratory.contents(of: "run"))
      }

      // One that outlasts the agent's patience: it says so and ends, and goes on once the line is there.
      let broken = ContinuousClock.now
      try hosts.setLine(isUp: false)
      let ended = try agent.end()
      let wait = (ContinuousClock.now - broken) / .seconds(1)
      #expect(ended.exitCode == 69)
      #expect(ended.errors.contains("no reply from \(hosts.endpoint)"))
      try hosts.setLine(isUp: true)
      agent = try start("train --resume run --connect \(hosts.endpoint)")
      #expect(try agent.end().exitCode == 0)
      expectEqual(quiet, try laboratory.contents(of: "run"))
      Drill.tell("agent beyond a broken line gone after", wait, "s, same files when resumed")
    }
  }
}

/// Two hosts on this machine, as far as the network goes: name spaces with a line between them.
private struct Hosts {
  let server: String
  let agent: String
  let endpoint = "tcp://10.97.6.1:5597"
  private let laboratory: Laboratory
  private let line: String

  static let canBeMade: Bool = {
    do {
      return try Laboratory.open { laboratory in
        let hosts = try Hosts(in: laboratory)
        hosts.remove()
        return true
      }
    } catch {
      return false
    }
  }()

  init(in laboratory: Laboratory) throws {
    self.laboratory = laboratory
    let number = getpid()
    (server, agent, line) = ("operant-s\(number)", "operant-a\(number)", "op\(number)")
    do {
      try ip("netns add \(server)")
      try ip("netns add \(agent)")
      try ip("link add \(line)s netns \(server) type veth peer name \(line)a netns \(agent)")
      for (host, end, address) in [(server, "s", "10.97.6.1"), (agent, "a", "10.97.6.2")] {
        try ip("-n \(host) addr add \(address)/24 dev \(line)\(end)")
        try ip("-n \(host) link set \(line)\(end) up")
        try ip("-n \(host) link set lo up")
      }
    } catch {
      remove()
      throw error
    }
  }

  /// Joins the hosts or parts them.
  func setLine(isUp: Bool) throws {
    try ip("-n \(server) link set \(line)s \(isUp ? "up" : "down")")
  }

  func remove() {
    for host in [server, agent] { _ = try? laboratory.run("ip", ["netns", "del", host]) }
  }

  private func ip(_ arguments: String) throws {
    let ended = try laboratory.run("ip", arguments.split(separator: " ").map(String.init))
    guard ended.exitCode == 0 else { throw Failure(words: ended.errors) }
  }
}
