import Foundation
import Testing

@Suite("Many servers")
struct ManyServersTests {
  /// Long enough to be hit in the middle.
  static let run = SmallRun(updateLimit: 120)

  @Test(
    "1, 2 and 5 servers that announce themselves in a folder, or are listed in a file: the same bytes"
  )
  func lists() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun()
      let alone = try laboratory.train(run, in: "alone")
      var endpoints: [String] = []
      try FileManager.default.createDirectory(
        atPath: laboratory.path("announced"), withIntermediateDirectories: true)
      for count in 1...5 {
        let (_, endpoint) = try laboratory.startAnnouncedServer("announced/\(count)")
        endpoints.append(endpoint)
        #expect(try laboratory.text("announced/\(count)") == endpoint + "\n")
        guard [1, 2, 5].contains(count) else { continue }
        let together = try laboratory.train(
          run, in: "together-\(count)", with: "--connect announced")
        expectEqual(alone, together)
      }
      try laboratory.write(
        "# two of them\n\(endpoints[0])  # the first\n\n\(endpoints[3])\n", to: "servers.txt")
      let listed = try laboratory.train(run, in: "listed", with: "--connect @servers.txt")
      expectEqual(alone, listed)
    }
  }

  @Test("servers killed for good in mid-training: others play on, nothing is lost or doubled")
  func killed() throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(Self.run, in: "undisturbed")
      let servers = try (0..<3).map { _ in try laboratory.startServer() }
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: Self.run, in: "run") + " --connect "
          + servers.map(\.1).joined(separator: ","))
      for (victim, validations) in [(0, 1), (2, 3)] {
        try agent.expect("validation \(validations)") {
          laboratory.validationCount(of: "run") >= validations
        }
        servers[victim].0.signal(SIGKILL)
        try agent.expect("a move") {
          agent.errors.contains("moved from \(servers[victim].1) to ")
        }
      }
      #expect(try agent.end().exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("a server that returns is given its lanes back")
  func returned() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: 400)
      let undisturbed = try laboratory.train(run, in: "undisturbed")
      let (_, steady) = try laboratory.startServer()
      let (server, endpoint) = try laboratory.startServer()
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: run, in: "run") + " --connect \(steady),\(endpoint)")
      try agent.expect("a validation") { laboratory.validationCount(of: "run") >= 1 }
      server.signal(SIGKILL)
      try agent.expect("a move") { agent.errors.contains("moved from \(endpoint) to \(steady): ") }
      let (again, _) = try laboratory.startServer(at: endpoint)
      try agent.expect("a return") {
        agent.errors.contains("operant: \(endpoint) is back; lanes 5 to 9 returned to it from ")
      }
      #expect(try agent.end().exitCode == 0)
      #expect(!again.isOver)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("servers that return elsewhere, by name or line, are given their lanes, to the same bytes")
  func returnedElsewhere() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: 400)
      let undisturbed = try laboratory.train(run, in: "undisturbed")
      try FileManager.default.createDirectory(
        atPath: laboratory.path("announced"), withIntermediateDirectories: true)
      let (listed, a) = try laboratory.startServer()
      try laboratory.write(a, to: "servers.txt")
      let (named, b) = try laboratory.startAnnouncedServer("announced/b")
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: run, in: "run") + " --connect @servers.txt,announced")
      try agent.expect("a validation") { laboratory.validationCount(of: "run") >= 1 }

      named.signal(SIGKILL)
      try agent.expect("a move") { agent.errors.contains("moved from \(b) to \(a): ") }
      let (_, elsewhere) = try laboratory.startAnnouncedServer("announced/b")
      try agent.expect("a return to the name") {
        agent.errors.contains(
          "operant: \(elsewhere) is back; lanes 5 to 9 returned to it from \(a)")
      }

      // One whose name is new has no lanes, so it comes first when a server is lost.
      let (_, newcomer) = try laboratory.startAnnouncedServer("announced/c")
      let (_, replacement) = try laboratory.startServer()
      try laboratory.write("\(replacement)  # in place of \(a)\n", to: "servers.txt")
      listed.signal(SIGKILL)
      try agent.expect("a move to the one that is new") {
        agent.errors.contains("lanes 0 to 4 moved from \(a) to \(newcomer): ")
      }
      try agent.expect("a return to the line") {
        agent.errors.contains(
          "operant: \(replacement) is back; lanes 0 to 4 returned to it from \(newcomer)")
      }
      #expect(try agent.end().exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("an announcement goes with its server, and not with one that has taken its place")
  func announcement() throws {
    try Laboratory.open { laboratory in
      let (first, endpoint) = try laboratory.startAnnouncedServer("server")
      #expect(try laboratory.names(in: ".").contains("server"))
      let (second, other) = try laboratory.startAnnouncedServer("server")
      #expect(endpoint != other)
      first.signal(SIGTERM)
      #expect(try first.end().exitCode == 0)
      #expect(try laboratory.text("server") == other + "\n")
      // One that has the same port, on another machine or as soon as it is free, says the same.
      let (third, words) = try laboratory.startAnnouncedServer("same")
      try laboratory.write(words + "\n", to: ".same")
      #expect(rename(laboratory.path(".same"), laboratory.path("same")) == 0)
      third.signal(SIGTERM)
      #expect(try third.end().exitCode == 0)
      #expect(try laboratory.text("same") == words + "\n")
      second.signal(SIGTERM)
      #expect(try second.end().exitCode == 0)
      #expect(try laboratory.names(in: ".").contains("server") == false)
    }
  }

  @Test("lists that name no server are told from servers that don't answer")
  func emptyLists() throws {
    try Laboratory.open { laboratory in
      try FileManager.default.createDirectory(
        atPath: laboratory.path("nobody"), withIntermediateDirectories: true)
      try laboratory.write("# none yet\n", to: "empty.txt")
      for (list, exitCode, words) in [
        ("@nowhere.txt", 66, "can't read the list of servers 'nowhere.txt'"),
        ("@empty.txt", 65, "'empty.txt' names no server"),
        ("nobody", 69, "no server announces itself in 'nobody'"),
      ] as [(String, Int32, String)] {
        let ended = try laboratory.operant("tasks --connect \(list)")
        #expect(ended.exitCode == exitCode)
        #expect(ended.errors.contains(words))
      }
      let ended = try laboratory.run(
        "operant-server", ["--bind", "tcp://127.0.0.1:*", "--announce", "missing/folder"])
      #expect(ended.exitCode == 73)
      #expect(ended.errors.contains("can't announce the server"))
    }
  }
}

extension Laboratory {
  /// Starts a server on a port of its own that announces itself in a file here.
  fileprivate func startAnnouncedServer(_ name: String) throws -> (RunningProgram, String) {
    let server = try start(
      "operant-server", ["--bind", "tcp://127.0.0.1:*", "--announce", name])
    let prefix = "listening on "
    try server.expect("it listens") { server.output.hasSuffix("\n") }
    return (server, String(server.output.dropFirst(prefix.count).dropLast()))
  }
}
