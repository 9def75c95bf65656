import Foundation
import Testing

@testable import Wire

@Suite("Drills: streams that are no messages")
struct StreamDrills {
  @Test("malformed streams disturb nobody, and the server is afterwards as large as before")
  func malformed() throws {
    try Laboratory.open { laboratory in
      let streamCount = Drill.count(1000, full: 30_000)
      let run = SmallRun(updateLimit: 60)
      let quiet = try laboratory.train(run, in: "quiet")
      let (server, endpoint) = try laboratory.startServer()
      let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
      var streams = MalformedStreams(seed: 97)
      func send(_ count: Int) throws {
        var kept: [Descriptor] = []
        for number in 0..<count {
          // From many addresses, since each has so many ports.
          let descriptor = try Descriptor.connected(to: port, from: "127.0.1.\(1 + number % 250)")
          descriptor.send(streams.next()[...])
          // Some hang up at once, some in an orderly manner, some only after a while.
          if number.isMultiple(of: 3) { descriptor.resetOnClose() }
          if number % 7 == 1 { kept.append(descriptor) }
          if kept.count > 50 { kept.removeFirst() }
        }
      }
      // By then every kind has been seen, and whatever is kept for good is there.
      try send(streamCount / 5)
      let before = try #require(residentKB(of: server.processID))
      let agent = try laboratory.startOperant(
        laboratory.arguments(for: run, in: "run") + " --connect \(endpoint)")
      try send(streamCount - streamCount / 5)
      #expect(try agent.end().exitCode == 0)
      expectEqual(quiet, try laboratory.contents(of: "run"))
      #expect(!server.isOver)
      // What is left of connections goes when the handshake's time is over.
      let isSettled = waits(20) { openDescriptors(of: server.processID) < 40 }
      #expect(isSettled, "\(openDescriptors(of: server.processID)) descriptors are left open")
      let after = try #require(residentKB(of: server.processID))
      #expect(after < before + 16 << 10, "from \(before) to \(after) KB")
      Drill.tell("malformed streams at a server", streamCount, "none did harm")
      Drill.tell("memory of the server, from", "\(before) to \(after)", "KB")
    }
  }

  private func openDescriptors(of process: Int32) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? .max
  }

  /// What the process has in memory.
  private func residentKB(of process: Int32) -> Int? {
    let status = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
    return String(decoding: status, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("VmRSS:") }
      .flatMap { Int($0.filter(\.isNumber)) }
  }
}

/// Streams of bytes that go wrong, each in its own way and at its own place: ZMTP 3.1's greeting, its
/// handshake, its frames, and the messages in them.
private struct MalformedStreams {
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  /// Signature, version 3.0, mechanism NULL, as a client.
  private let greeting: [UInt8] =
    [0xff] + [UInt8](repeating: 0, count: 8) + [0x7f, 3, 0] + Array("NULL".utf8)
    + [UInt8](repeating: 0, count: 48)
  /// A command of 5 + 1 + 11 + 4 + 6 bytes: READY, Socket-Type = DEALER.
  private let ready: [UInt8] =
    [4, 28, 5] + Array("READY".utf8) + [11] + Array("Socket-Type".utf8) + [0, 0, 0, 6]
    + Array("DEALER".utf8)

  private let requests: [[UInt8]] = [
    encoded(Request(sequence: 1, .hello(Hello()))),
    encoded(Request(sequence: 2, .describe(task: "rdm_fixed"))),
    encoded(Request(sequence: 3, .open(Opening(task: "rdm_fixed", seed: 97, laneCount: 4)))),
    encoded(Request(sequence: 1, session: .random(), .begin(Beginning(lanes: [0, 1])))),
    encoded(Request(sequence: 2, session: .random(), .step(.choices([0, 1, 2, 0])))),
    encoded(Request(sequence: 9, .status)),
  ]

  mutating func next() -> [UInt8] {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: noise(1...4000)
    case 1: Array(greeting.prefix(Int.random(in: 1..<greeting.count, using: &random)))
    case 2: greeting + noise(1...300)
    case 3: damaged(greeting) + ready
    case 4: greeting + damaged(ready)
    case 5: greeting + ready + frame(noise(0...200))
    case 6: greeting + ready + frame(damaged(requests.randomElement(using: &random)!))
    // A frame that says it has up to 2⁶³ bytes.
    case 7:
      greeting + ready + [2] + bigEndian(1 << UInt64.random(in: 20...63, using: &random))
        + noise(1...100)
    // So many parts before the request that no envelope holds them.
    case 8:
      greeting + ready
        + (0..<Int.random(in: 1...200, using: &random)).flatMap { _ in [1, 1, 0x61] as [UInt8] }
        + frame(requests.randomElement(using: &random)!)
    // Commands that nobody gave, with PING's name and without.
    default:
      greeting + ready + [4, 7, 4] + Array("PING".utf8) + noise(2...2) + [4] + noise(1...60)
    }
  }

  private mutating func noise(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: count, using: &random)).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
  }

  private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0...3, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
    }
    return Array(bytes.prefix(Int.random(in: bytes.count / 2...bytes.count, using: &random)))
  }

  private func frame(_ body: [UInt8]) -> [UInt8] {
    (body.count < 256 ? [0, UInt8(body.count)] : [2] + bigEndian(UInt64(body.count))) + body
  }

  private func bigEndian(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}

private func encoded(_ request: Request) -> [UInt8] {
  let message = Message()
  RequestEncoder().encode(request) { message.makeRoom($0) }
  return Array(message.bytes)
}
