import Foundation
import Testing

@Suite("A server that many agents share")
struct SharedServerTests {
  @Test("several agents at once get what each would get alone")
  func several() throws {
    try Laboratory.open { laboratory in
      let runs = (1...4).map { SmallRun(seed: $0, updateLimit: 60) }
      let alone = try runs.map { try laboratory.train($0, in: "alone-\($0.seed)") }
      let (_, endpoint) = try laboratory.startServer()
      let agents = try runs.map { run in
        try laboratory.startOperant(
          laboratory.arguments(for: run, in: "run-\(run.seed)") + " --connect \(endpoint)")
      }
      for agent in agents { #expect(try agent.end().exitCode == 0) }
      for (run, alone) in zip(runs, alone) {
        expectEqual(alone, try laboratory.contents(of: "run-\(run.seed)"))
      }
    }
  }

  @Test("a server that was asked to ends when its standard input does, whoever held it")
  func endOfInput() throws {
    try Laboratory.open { laboratory in
      let endpoint = "ipc://\(laboratory.socketFolder)/tethered"
      // The pipe's other end is held by a process that is killed as soon as the server listens.
      let ended = try laboratory.shell(
        "sleep 600 | { operant-server --bind \(endpoint) --until-end-of-input; echo $? > code; } "
          + "| { read line; echo \"$line\"; pkill -KILL -P $$ sleep; }")
      #expect(ended.output == "listening on \(endpoint)\n")
      let hasEnded = try waits { try laboratory.names(in: ".").contains("code") }
      #expect(hasEnded)
      #expect(try laboratory.text("code") == "0\n")
    }
  }

  @Test(
    "an agent that stands still or is killed disturbs nobody, and one that goes on is served again")
  func stopped() throws {
    try Laboratory.open { laboratory in
      let runs = (1...3).map { SmallRun(seed: $0, updateLimit: 100) }
      let alone = try runs.map { try laboratory.train($0, in: "alone-\($0.seed)") }
      let (_, endpoint) = try laboratory.startServer()
      let agents = try runs.map { run in
        try laboratory.startOperant(
          laboratory.arguments(for: run, in: "run-\(run.seed)") + " --connect \(endpoint)")
      }
      try agents[0].expect("training") { laboratory.validationCount(of: "run-1") >= 1 }
      agents[0].signal(SIGSTOP)
      try agents[1].expect("training") { laboratory.validationCount(of: "run-2") >= 1 }
      agents[1].signal(SIGKILL)
      #expect(try agents[2].end().exitCode == 0)
      expectEqual(alone[2], try laboratory.contents(of: "run-3"))
      #expect(!agents[0].isOver)
      agents[0].signal(SIGCONT)
      #expect(try agents[0].end().exitCode == 0)
      expectEqual(alone[0], try laboratory.contents(of: "run-1"))
      #expect(try laboratory.operant("train --resume run-2 --connect \(endpoint)").exitCode == 0)
      expectEqual(alone[1], try laboratory.contents(of: "run-2"))
    }
  }

  @Test("bytes that are no messages disturb nobody")
  func garbage() throws {
    try Laboratory.open { laboratory in
      let alone = try laboratory.train(SmallRun(), in: "alone")
      let (server, endpoint) = try laboratory.startServer()
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: SmallRun(), in: "run") + " --connect \(endpoint)")
      try agent.expect("training") { laboratory.validationCount(of: "run") >= 1 }
      let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
      var random = SplitMix(seed: 97)
      // A greeting as ZeroMQ's agents send it (ZMTP 3.0), and then anything at all.
      let greeting: [UInt8] =
        [0xff] + [UInt8](repeating: 0, count: 8) + [0x7f, 3, 0] + Array("NULL".utf8)
        + [UInt8](repeating: 0, count: 48)
      var count = 0
      while laboratory.validationCount(of: "run") < 9, !agent.isOver {
        let noise = (0..<Int.random(in: 1...4000, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        try sendBytes(count.isMultiple(of: 2) ? noise : greeting + noise, toPort: port)
        count += 1
      }
      #expect(count >= 10)
      #expect(try agent.end().exitCode == 0)
      #expect(!server.isOver)
      expectEqual(alone, try laboratory.contents(of: "run"))
    }
  }

  @Test(
    "a server told to stop ends at once, cleanly, and frees its endpoint",
    arguments: [SIGHUP, SIGINT, SIGTERM])
  func stop(signal: Int32) throws {
    try Laboratory.open { laboratory in
      let (server, endpoint) = try laboratory.startServer(
        at: "ipc://\(laboratory.path("server"))")
      #expect(try laboratory.operant("tasks --connect \(endpoint)").exitCode == 0)
      server.signal(signal)
      let ended = try server.end()
      #expect(ended.exitCode == 0)
      let log = ended.errors.split(separator: "\n")
      #expect(log.count == 2)
      #expect(
        log.first?.hasSuffix(" info: listening on \(endpoint), and nobody is asked for a key")
          == true)
      #expect(log.last?.hasSuffix(" info: stopped after 1 requests") == true)
      let (_, again) = try laboratory.startServer(at: endpoint)
      #expect(again == endpoint)
    }
  }

  @Test("a server that is told to stop the moment it listens does")
  func stopEarly() throws {
    try Laboratory.open { laboratory in
      for _ in 0..<20 {
        let (server, _) = try laboratory.startServer()
        server.signal(SIGTERM)
        #expect(try server.end().exitCode == 0)
      }
    }
  }

  private func sendBytes(_ bytes: [UInt8], toPort port: UInt16) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0, "the server takes no more connections")
    // A server that has heard enough may have hung up.
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
