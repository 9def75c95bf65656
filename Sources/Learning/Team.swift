/// The processes that train one network together, as one of them sees the others.
///
/// Each of them holds both networks and both optimisers, plays its share of the lanes, and takes every
/// step with the gradient of all lanes: they decide the same things at the same update. What goes from
/// one to another are sums and small agreements; `LaneShards` and the extension below know which.
public protocol Team: AnyObject {
  /// The number of this process, from 0 on.
  var rank: Int { get }
  /// How many there are.
  var size: Int { get }
  /// Gives bytes to another rank. Two ranks' messages arrive in the order in which they were sent.
  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws
  /// Waits for as many bytes from another rank, but not for ever.
  func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws
}

/// A process that trains alone.
public final class Solo: Team {
  public let rank = 0
  public let size = 1

  public init() {}

  public func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) {
    preconditionFailure("nobody else is there to send to")
  }

  public func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) {
    preconditionFailure("nobody else is there to receive from")
  }
}

extension Team {
  /// Gives rank 0's bytes to all, handed on by those that have them to as many that don't.
  public func spread(_ bytes: UnsafeMutableRawBufferPointer) throws {
    var knowing = 1
    while knowing < size {
      if rank < knowing, rank + knowing < size {
        try send(UnsafeRawBufferPointer(bytes), to: rank + knowing)
      } else if rank >= knowing, rank < 2 * knowing {
        try receive(into: bytes, from: rank - knowing)
      }
      knowing *= 2
    }
  }

  /// Rank 0's bytes on every rank; what the others bring is not looked at.
  public func spread(_ bytes: [UInt8]) throws -> [UInt8] {
    guard size > 1 else { return bytes }
    var count = bytes.count
    try withUnsafeMutableBytes(of: &count) { try spread($0) }
    var all = rank == 0 ? bytes : [UInt8](repeating: 0, count: count)
    try all.withUnsafeMutableBytes { try spread($0) }
    return all
  }

  /// The largest of all ranks' numbers, on every rank.
  public func largest(of number: Int) throws -> Int {
    var largest = number
    try withUnsafeMutableBytes(of: &largest) { bytes in
      var distance = 1
      while distance < size {
        if rank % (2 * distance) == distance {
          try send(UnsafeRawBufferPointer(bytes), to: rank - distance)
        } else if rank % (2 * distance) == 0, rank + distance < size {
          var other = 0
          try withUnsafeMutableBytes(of: &other) { try receive(into: $0, from: rank + distance) }
          bytes.storeBytes(of: max(bytes.load(as: Int.self), other), as: Int.self)
        }
        distance *= 2
      }
      try spread(bytes)
    }
    return largest
  }

  /// Whether every rank says yes.
  public func isUnanimous(_ yes: Bool) throws -> Bool {
    try size == 1 ? yes : largest(of: yes ? 0 : 1) == 0
  }
}

/// What ranks that train one network together can't go on from.
public enum TeamError: Error, Equatable, CustomStringConvertible {
  /// Their weights are no longer the same.
  case driftedApart(update: Int)

  public var description: String {
    switch self {
    case .driftedApart(let update):
      "ranks have different weights after update \(update); the same sums round differently on "
        + "processors of different kinds: run all ranks on one kind, and resume"
    }
  }
}
