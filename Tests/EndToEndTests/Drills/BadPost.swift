import Foundation
import Synchronization

@testable import Wire

/// A bad post between agents and a server: whole requests and replies are lost, come twice, or late and
/// so in another order.
///
/// A proxy of ROUTER and DEALER, which hands messages on with their envelopes. What happens to a message
/// is drawn from the seed, message by message.
final class BadPost: Sendable {
  /// How bad it is: the fraction of messages something happens to.
  struct Badness {
    var lost = 0.004
    var doubled = 0.1
    var late = 0.1
    /// How late at most, a late one and the second of two.
    var longestDelay = Duration.milliseconds(40)
  }

  struct Counts {
    var messages = 0
    var lost = 0
    var doubled = 0
    /// Overtaken by one of the same agent's that was sent later.
    var overtaken = 0
  }

  /// Where agents find it.
  let endpoint: String
  private let office: Office
  private let carrying: Errand

  init(to server: String, seed: UInt64, _ badness: Badness = Badness()) throws {
    let office = try Office(before: server, badness, seed: seed)
    self.office = office
    endpoint = office.endpoint
    carrying = Errand { office.work() }
  }

  var counts: Counts { office.counts.withLock { $0 } }

  /// Ends it; what it still had is lost.
  func close() {
    office.context.shutDown()
    carrying.wait()
  }
}

/// The sockets of a bad post, and what lies between them. Used by one thread.
private final class Office: @unchecked Sendable {
  let endpoint: String
  let context: Context
  let counts = Mutex(BadPost.Counts())

  private let front: Socket
  private let back: Socket
  private let part = Message()
  private let badness: BadPost.Badness
  private var random: SplitMix
  private var letters: [Letter] = []
  private var lettersTaken = 0
  /// The number of the letter that was delivered last, by agent and direction.
  private var delivered: [[UInt8]: Int] = [:]

  private struct Letter {
    let parts: [[UInt8]]
    let isReply: Bool
    let number: Int
    let due: ContinuousClock.Instant
  }

  init(before server: String, _ badness: BadPost.Badness, seed: UInt64) throws {
    context = try Context()
    front = try Socket(.router, in: context)
    back = try Socket(.dealer, in: context)
    self.badness = badness
    random = SplitMix(seed: seed)
    try front.setServerOptions(longestMessage: 1 << 30)
    try front.bind("tcp://127.0.0.1:*")
    try back.setAgentOptions(longestMessage: 1 << 30)
    try back.connect(server)
    endpoint = try front.boundEndpoint()
  }

  /// Carries messages to and fro until the context is shut down.
  func work() {
    do {
      while true {
        var isIdle = true
        while let parts = try take(from: front) {
          post(parts, isReply: false)
          isIdle = false
        }
        while let parts = try take(from: back) {
          post(parts, isReply: true)
          isIdle = false
        }
        let now = ContinuousClock.now
        for letter in letters.filter({ $0.due <= now }).sorted(by: { $0.due < $1.due }) {
          try deliver(letter)
          isIdle = false
        }
        letters.removeAll { $0.due <= now }
        if isIdle { usleep(50) }
      }
    } catch {
      // It is over: nothing else is thrown here.
    }
  }

  private func take(from socket: borrowing Socket) throws(SocketError) -> [[UInt8]]? {
    guard try socket.receiveNow(into: part) else { return nil }
    var parts = [Array(part.bytes)]
    while part.hasMore {
      guard try socket.receiveNow(into: part) else { return nil }
      parts.append(Array(part.bytes))
    }
    return parts
  }

  private func post(_ parts: [[UInt8]], isReply: Bool) {
    let now = ContinuousClock.now
    lettersTaken += 1
    func draw() -> Double { Double.random(in: 0..<1, using: &random) }
    func later() -> ContinuousClock.Instant { now + badness.longestDelay * draw() }
    func add(due: ContinuousClock.Instant) {
      letters.append(Letter(parts: parts, isReply: isReply, number: lettersTaken, due: due))
    }
    let isLost = draw() < badness.lost
    let isDoubled = draw() < badness.doubled
    let isLate = draw() < badness.late
    counts.withLock {
      $0.messages += 1
      if isLost { $0.lost += 1 } else if isDoubled { $0.doubled += 1 }
    }
    if isLost { return }
    add(due: isLate ? later() : now)
    if isDoubled { add(due: later()) }
  }

  private func deliver(_ letter: Letter) throws(SocketError) {
    // The first part of an envelope is the agent's, both ways.
    let way = letter.parts[0] + [letter.isReply ? 1 : 0]
    if delivered[way, default: 0] > letter.number { counts.withLock { $0.overtaken += 1 } }
    delivered[way] = max(letter.number, delivered[way, default: 0])
    for (index, bytes) in letter.parts.enumerated() {
      bytes.withUnsafeBytes { part.makeRoom(bytes.count).copyBytes(of: $0) }
      let hasMore = index < letter.parts.count - 1
      // An agent that has gone gets nothing.
      guard
        try letter.isReply ? front.send(part, hasMore: hasMore) : back.send(part, hasMore: hasMore)
      else { return }
    }
  }
}

extension UnsafeMutableRawPointer {
  fileprivate func copyBytes(of bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { copyMemory(from: start, byteCount: bytes.count) }
  }
}
