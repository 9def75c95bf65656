import Dispatch
import Foundation
import Synchronization

@testable import Learning

/// Ranks that are threads of one process, and their messages queues in memory.
final class ThreadTeam: Team {
  let rank: Int
  let size: Int
  private let post: Post

  private init(rank: Int, size: Int, post: Post) {
    self.rank = rank
    self.size = size
    self.post = post
  }

  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) {
    post.put(Array(bytes), from: self.rank, to: rank)
  }

  func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws {
    bytes.copyBytes(from: try post.take(bytes.count, from: rank, to: self.rank))
  }

  /// What each of `size` ranks comes to, in their order.
  static func each<Result: Sendable>(
    of size: Int, _ work: @escaping @Sendable (ThreadTeam) throws -> Result
  ) throws -> [Result] {
    let post = Post()
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    let ranks = DispatchGroup()
    for rank in 0..<size {
      ranks.enter()
      Thread.detachNewThread {
        let result = Swift.Result {
          try work(ThreadTeam(rank: rank, size: size, post: post))
        }
        results.withLock { $0[rank] = result }
        ranks.leave()
      }
    }
    ranks.wait()
    return try results.withLock { results in
      try results.sorted { $0.key < $1.key }.map { try $0.value.get() }
    }
  }

  /// A message did not come, or was another than expected.
  struct Lost: Error {
    let from: Int
    let to: Int
  }

  private final class Post: @unchecked Sendable {
    private let change = NSCondition()
    private var letters: [[Int]: [[UInt8]]] = [:]

    func put(_ letter: [UInt8], from: Int, to: Int) {
      change.withLock {
        letters[[from, to], default: []].append(letter)
        change.broadcast()
      }
    }

    func take(_ count: Int, from: Int, to: Int) throws -> [UInt8] {
      let deadline = Date(timeIntervalSinceNow: 60)
      return try change.withLock {
        while letters[[from, to]]?.isEmpty ?? true {
          guard change.wait(until: deadline) else { throw Lost(from: from, to: to) }
        }
        let letter = letters[[from, to]]!.removeFirst()
        guard letter.count == count else { throw Lost(from: from, to: to) }
        return letter
      }
    }
  }
}
