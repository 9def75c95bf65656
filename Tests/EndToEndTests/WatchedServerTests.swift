import Foundation
import Glibc
import Gym
import Testing
import Wire

@Suite("A server seen from outside")
struct WatchedServerTests {
  @Test("status tells what was played, as a table and as JSON")
  func status() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let trained = try laboratory.operant(
        laboratory.arguments(for: SmallRun(updateLimit: 5), in: "run") + " --connect \(endpoint)")
      #expect(trained.exitCode == 0)
      #expect(try laboratory.operant("describe nothing --connect \(endpoint)").exitCode == 64)
      let table = try laboratory.operant("status \(endpoint) --over 0")
      #expect(table.exitCode == 0)
      let names = table.output.split(separator: "\n").map { line in
        String(line.prefix(16)).trimmingCharacters(in: .whitespaces)
      }
      #expect(
        names == [
          "server", "up", "sessions", "lane-steps", "trials", "requests", "refusals",
          "peers rejected", "a request took",
        ])
      let ended = try laboratory.operant("status \(endpoint) --json --over 0.1")
      let fields = try #require(
        JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
      #expect(fields["endpoint"] as? String == endpoint)
      #expect(fields["software"] as? String == "operant 0.1.0")
      #expect(fields["sessions"] as? Int == 0)
      #expect(fields["refusals"] as? Int == 1)
      #expect(fields["rejected_peers"] as? Int == 0)
      #expect(try #require(fields["lane_steps"] as? Int) > 100)
      #expect(try #require(fields["trials"] as? Int) >= 1)
      // The one request in that time is the first of the two that ask for the status.
      #expect(try #require(fields["requests_per_second"] as? Double) > 1)
      #expect(fields["lane_steps_per_second"] as? Double == 0)
      let latency = try #require(fields["latency"] as? [String: Int])
      #expect(try #require(latency["median_us"]) <= (try #require(latency["slow_us"])))
    }
  }

  @Test("metrics are what Prometheus reads, and agree with what was played")
  func metrics() throws {
    try Laboratory.open { laboratory in
      let (server, endpoint) = try laboratory.startServer(["--metrics", "127.0.0.1:0"])
      #expect(try laboratory.operant("tasks --connect \(endpoint)").exitCode == 0)
      #expect(try laboratory.operant("describe nothing --connect \(endpoint)").exitCode == 64)
      try server.expect("its address") { server.errors.contains("metrics at ") }
      let line = try #require(server.errors.split(separator: "\n").first { $0.contains("metrics") })
      let address = try #require(line.split(separator: " ").last.map(String.init))
      let page = try get(address)
      #expect(page.kind == "text/plain; version=0.0.4; charset=utf-8")
      let samples = try parse(page.text)
      #expect(samples["operant_sessions"] == 0)
      #expect(samples["operant_steps_total"] == 0)
      #expect(samples["operant_requests_total"] == 2)
      #expect(samples["operant_refusals_total{code=\"unknown_task\"}"] == 1)
      #expect(samples["operant_refusals_total{code=\"internal\"}"] == 0)
      #expect(samples["operant_rejected_peers_total"] == 0)
      #expect(samples["operant_request_seconds_count"] == 2)
      #expect(samples["operant_request_seconds_bucket{le=\"+Inf\"}"] == 2)
      let sum = try #require(samples["operant_request_seconds_sum"])
      #expect(sum > 0 && sum < 1)
      // Buckets add up, as a histogram's do.
      let buckets = page.text.split(separator: "\n").filter { $0.contains("_bucket{") }
        .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
      #expect(buckets.count == 19)
      #expect(buckets == buckets.sorted())
      #expect(try get(address.replacing("/metrics", with: "/")).code == 404)
    }
  }

  @Test("a metrics endpoint that can't be had is named")
  func noMetrics() throws {
    try Laboratory.open { laboratory in
      for (place, exitCode) in [("here", 64), (":9", 64), ("192.0.2.1:9464", 69)]
        as [(String, Int32)]
      {
        let ended = try laboratory.run(
          "operant-server", ["--bind", "tcp://127.0.0.1:*", "--metrics", place])
        #expect(ended.exitCode == exitCode, "\(place): \(ended.errors)")
        #expect(ended.errors.contains(place))
      }
    }
  }

  @Test("a log in JSON has an object in each line, and no peer's control characters")
  func log() throws {
    try Laboratory.open { laboratory in
      let (server, endpoint) = try laboratory.startServer(["--log-format", "json"])
      let trained = try laboratory.operant(
        laboratory.arguments(for: SmallRun(updateLimit: 2), in: "run") + " --connect \(endpoint)")
      #expect(trained.exitCode == 0)
      let escape = "\u{1B}[2J\u{7}\u{202E}"
      _ = try laboratory.run("operant", ["describe", escape, "--connect", endpoint])
      server.signal(SIGTERM)
      let log = try server.end().errors
      let events = try log.split(separator: "\n").map { line in
        try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      }
      let names = events.compactMap { $0["event"] as? String }
      #expect(names.first == "started" && names.last == "stopped")
      #expect(events.first?["endpoint"] as? String == endpoint)
      #expect(names.count { $0 == "opened" } == names.count { $0 == "closed" })
      #expect(names.contains("opened"))
      let refused = try #require(events.first { $0["event"] as? String == "refused" })
      #expect(refused["code"] as? String == "unknownTask")
      #expect((refused["reason"] as? String)?.contains(escape) == true)
      #expect(
        log.unicodeScalars.allSatisfy {
          $0 == "\n" || $0.properties.generalCategory != .control && $0.value != 0x202E
        })
    }
  }

  @Test("a log tells no more than its level, and nothing that could order a terminal about")
  func levels() throws {
    try Laboratory.open { laboratory in
      for (level, lines) in [("error", 0), ("warning", 0), ("info", 3), ("debug", 5)] {
        let (server, endpoint) = try laboratory.startServer(["--log-level", level])
        _ = try laboratory.run("operant", ["describe", "\u{1B}[31m", "--connect", endpoint])
        if level == "debug" {
          try server.expect("the end of the connection") {
            server.errors.contains(" debug: a connection ended\n")
          }
        }
        server.signal(SIGTERM)
        let log = try server.end().errors
        #expect(log.count { $0 == "\n" } == lines, "\(level): \(log)")
        #expect(!log.contains("\u{1B}"))
        if lines > 0 {
          #expect(log.contains(" info: refused (unknownTask): no task named '\\u{1b}[31m'"))
        }
      }
    }
  }

  @Test("a flood of refusals is told in some lines and a number")
  func flood() throws {
    try Laboratory.open { laboratory in
      let (server, endpoint) = try laboratory.startServer()
      let client = try Client(endpoint: endpoint)
      let start = ContinuousClock.now
      for _ in 0..<1000 {
        #expect(throws: RemoteError.self) { try client.describe("nothing") }
      }
      server.signal(SIGTERM)
      let log = try server.end().errors
      let told = log.split(separator: "\n").count { $0.contains(" info: refused ") }
      // A hundred a second, of which the first and the last may be cut short.
      let seconds = Int((ContinuousClock.now - start) / .seconds(1))
      #expect((100...100 * (seconds + 2)).contains(told))
      // A number for each second in which some were.
      let leftOut = leftOut(of: log)
      #expect(!leftOut.isEmpty)
      #expect(told + leftOut.reduce(0, +) == 1000)
    }
  }

  @Test("a flood of sessions is told in some lines and a number, and drowns no other kind of line")
  func sessionFlood() throws {
    try Laboratory.open { laboratory in
      let (server, endpoint) = try laboratory.startServer()
      let start = ContinuousClock.now
      for number in 0..<600 {
        try RemoteEnvironment(
          endpoints: [endpoint], task: "rdm_fixed", options: .init(seed: UInt64(number))
        ).close()
      }
      #expect(try laboratory.operant("describe nothing --connect \(endpoint)").exitCode == 64)
      server.signal(SIGTERM)
      let log = try server.end().errors
      let seconds = Int((ContinuousClock.now - start) / .seconds(1))
      var told = 0
      for words in [" opened: ", " closed"] {
        let count = log.split(separator: "\n").count { $0.contains(words) }
        #expect((100...100 * (seconds + 2)).contains(count), "\(words)")
        told += count
      }
      #expect(told + leftOut(of: log).reduce(0, +) == 1200)
      #expect(log.contains(" info: refused (unknownTask): "))
    }
  }

  /// How many lines a log says were left out, each time it does.
  private func leftOut(of log: String) -> [Int] {
    log.split(separator: "\n").compactMap { line in
      guard line.hasSuffix(" were left out here"), let words = line.split(separator: ": ").last
      else { return nil }
      return words.split(separator: " ").first.flatMap { Int($0) }
    }
  }

  @Test("a log that nobody reads holds up nobody")
  func unreadLog() throws {
    try Laboratory.open { laboratory in
      let log = laboratory.path("log")
      try #require(mkfifo(log, 0o600) == 0)
      // Holds the pipe open and does not read. It is full before the server's first line.
      let reader = Glibc.open(log, O_RDWR | O_NONBLOCK)
      defer { close(reader) }
      let filling = [UInt8](repeating: UInt8(ascii: "-"), count: 4096)
      while write(reader, filling, filling.count) > 0 {}
      var filled: Int32 = 0
      #expect(ioctl(reader, UInt(FIONREAD), &filled) == 0 && filled >= 65_536)
      let endpoint = "ipc://\(laboratory.socketFolder)/unread"
      let server = try laboratory.start(
        "sh", ["-c", "exec operant-server --bind \(endpoint) 2>log"])
      try server.expect("it listens") { server.output.hasPrefix("listening on ") }
      let start = ContinuousClock.now
      for number in 0..<1000 {
        let environment = try RemoteEnvironment(
          endpoints: [endpoint], task: "rdm_fixed", options: .init(seed: UInt64(number)))
        try environment.begin([.init(lane: 0)])
        environment.close()
      }
      #expect(ContinuousClock.now - start < .seconds(30))
      server.signal(SIGTERM)
      #expect(try server.end().exitCode == 0)
      // Nothing was written: all that time its log waited for a reader.
      var waiting: Int32 = 0
      #expect(ioctl(reader, UInt(FIONREAD), &waiting) == 0 && waiting == filled)
    }
  }

  // MARK: Reading the page

  /// Asks for a page as HTTP/1.0 does, over a socket of our own.
  private func get(_ address: String) throws -> (code: Int, kind: String, text: String) {
    let match = try #require(address.wholeMatch(of: #/http://127\.0\.0\.1:([0-9]+)(/.*)/#))
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = try #require(UInt16(match.1)).bigEndian
    place.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0)
    let request = "GET \(match.2) HTTP/1.0\r\nHost: here\r\n\r\n"
    try #require(send(descriptor, request, request.utf8.count, 0) == request.utf8.count)
    var answer: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(descriptor, &block, block.count, 0), count > 0 {
      answer += block[..<count]
    }
    let text = String(decoding: answer, as: UTF8.self)
    let halves = text.split(separator: "\r\n\r\n", maxSplits: 1)
    try #require(halves.count == 2, "\(text)")
    let head = halves[0].split(separator: "\r\n")
    let kind = try #require(head.first { $0.lowercased().hasPrefix("content-type: ") })
    return (
      try #require(Int(head[0].split(separator: " ")[1])), String(kind.dropFirst(14)),
      String(halves[1])
    )
  }

  /// The samples of a page in the text format, by their names and labels.
  ///
  /// - Throws: if a line is none of the format's, or a sample has no type.
  private func parse(_ page: String) throws -> [String: Double] {
    var samples: [String: Double] = [:]
    var types: [Substring: Substring] = [:]
    for line in page.split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix("# HELP ") { continue }
      if line.hasPrefix("# TYPE ") {
        try #require(words.count == 4 && ["counter", "gauge", "histogram"].contains(words[3]))
        types[words[2]] = words[3]
        continue
      }
      let match = try #require(
        line.wholeMatch(of: #/([a-z_]+)(\{[a-z]+="[^"]*"\})? ([0-9.e+-]+)/#), "\(line)")
      let family = ["_bucket", "_sum", "_count"].reduce(match.1) { name, end in
        name.hasSuffix(end) && types[name.dropLast(end.count)] != nil
          ? name.dropLast(end.count) : name
      }
      try #require(types[family] != nil, "\(line)")
      guard let value = Double(String(match.3)) else {
        Issue.record("no number: \(line)")
        continue
      }
      samples[String(match.1) + String(match.2 ?? "")] = value
    }
    return samples
  }
}
