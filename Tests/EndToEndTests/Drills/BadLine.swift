import Foundation
import Synchronization

/// A bad line between agents and a server: bytes come late, in pieces, or not at all because the
/// connection is cut.
///
/// Stands between them at a port of its own. What happens to a connection's bytes is drawn from the seed
/// and the connection's number.
final class BadLine: Sendable {
  /// How bad it is.
  struct Badness {
    /// How often a piece of bytes is late, and by how much at most.
    var lateness = 0.1
    var longestDelay: UInt32 = 5000  // µs
    /// How often a connection is cut, a piece of bytes half sent.
    var cuts = 0.002
  }

  /// Where agents find it.
  let endpoint: String
  private let listener: Descriptor
  private let counts = Mutex((connections: 0, cuts: 0, delays: 0))
  private let open = Mutex<[Descriptor]>([])

  init(to port: UInt16, seed: UInt64, _ badness: Badness = Badness()) throws {
    let (listener, ownPort) = try Descriptor.listening()
    self.listener = listener
    endpoint = "tcp://127.0.0.1:\(ownPort)"
    Thread.detachNewThread { [self] in
      while let agent = listener.accepted() {
        // Nobody there, or not yet: the agent will try again.
        guard let server = try? Descriptor.connected(to: port) else { continue }
        let number = counts.withLock {
          $0.connections += 1
          return UInt64($0.connections)
        }
        open.withLock { $0 += [agent, server] }
        for (way, from, to) in [(0 as UInt64, agent, server), (1, server, agent)] {
          let random = SplitMix(seed: seed &+ 2 * number + way)
          Thread.detachNewThread { [self] in carry(from, to, badness, random) }
        }
      }
    }
  }

  var cuts: Int { counts.withLock { $0.cuts } }
  var delays: Int { counts.withLock { $0.delays } }

  /// Ends it and all that goes through it.
  func close() {
    listener.shutDown()
    open.withLock { for descriptor in $0 { descriptor.shutDown() } }
  }

  private func carry(
    _ from: Descriptor, _ to: Descriptor, _ badness: Badness, _ random: SplitMix
  ) {
    var random = random
    defer {
      from.shutDown()
      to.shutDown()
      open.withLock { $0.removeAll { $0 === from || $0 === to } }
    }
    while true {
      let bytes = from.receive(atMost: 1 << 16)
      if bytes.isEmpty { return }
      let half = Int.random(in: 0...bytes.count, using: &random)
      if Double.random(in: 0..<1, using: &random) < badness.cuts {
        counts.withLock { $0.cuts += 1 }
        to.send(bytes[..<half])
        return
      }
      guard Double.random(in: 0..<1, using: &random) < badness.lateness else {
        guard to.send(bytes[...]) else { return }
        continue
      }
      counts.withLock { $0.delays += 1 }
      guard to.send(bytes[..<half]) else { return }
      usleep(UInt32.random(in: 0...badness.longestDelay, using: &random))
      guard to.send(bytes[half...]) else { return }
    }
  }
}
