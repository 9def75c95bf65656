/// The lanes of an update, cut into shards, and the shards dealt out to ranks.
///
/// A sum of floats depends on its order, and a matrix product on its batch. So no product spans two
/// shards, and what shards come to is summed over a binary tree that the number of shards alone decides:
///
///     for d = 1, 2, 4, …:    xᵢ ← xᵢ + xᵢ₊d        i = 0, 2d, 4d, … where there is an i + d
///
/// Whoever holds xᵢ and wherever, the pairs are the same, and so are the bits of x₀, which is the sum.
public final class LaneShards {
  /// S
  public let count: Int
  /// The lanes of all ranks.
  public let laneCount: Int
  let team: any Team
  /// What another rank's shards came to.
  private var letter: UnsafeMutableRawBufferPointer

  /// - Parameter count: A multiple of the number of ranks; at most as many as lanes.
  public init(count: Int, laneCount: Int, team: any Team = Solo()) {
    precondition(
      count > 0 && count.isMultiple(of: team.size), "every rank has equally many shards")
    precondition(count <= laneCount, "every shard has a lane")
    self.count = count
    self.laneCount = laneCount
    self.team = team
    letter = .allocate(byteCount: 0, alignment: 64)
  }

  deinit { letter.deallocate() }

  /// The shards of this rank.
  var own: Range<Int> {
    let share = count / team.size
    return team.rank * share..<(team.rank + 1) * share
  }

  /// The lanes of this rank.
  public var lanes: Range<Int> { start(of: own.lowerBound)..<start(of: own.upperBound) }

  /// The lanes of each of this rank's shards, counted from this rank's first.
  var ownLanes: [Range<Int>] {
    let first = lanes.lowerBound
    return own.map { start(of: $0) - first..<start(of: $0 + 1) - first }
  }

  private func start(of shard: Int) -> Int { laneCount * shard / count }
  private func rank(of shard: Int) -> Int { shard / (count / team.size) }

  // MARK: Sums

  /// Whether other ranks have a part in the sum.
  var isShared: Bool { team.size > 1 }

  /// Writes the sum over all shards of all ranks into the first of `parts`, on every rank.
  ///
  /// - Parameter parts: one of each of this rank's shards; the others are spoiled.
  func sum<Number: AdditiveArithmetic & BitwiseCopyable>(
    _ parts: [UnsafeMutableBufferPointer<Number>]
  ) throws {
    precondition(parts.count == own.count)
    let first = own.lowerBound
    try forEachPair { left, right in
      switch (own.contains(left), own.contains(right)) {
      case (true, true): add(parts[right - first], to: parts[left - first])
      case (true, false):
        let part = parts[left - first]
        let letter = makeLetter(byteCount: part.count * MemoryLayout<Number>.stride)
        try team.receive(into: letter, from: rank(of: right))
        add(letter.bindMemory(to: Number.self), to: part)
      case (false, true):
        try team.send(UnsafeRawBufferPointer(parts[right - first]), to: rank(of: left))
      case (false, false): break
      }
    }
    try team.spread(UnsafeMutableRawBufferPointer(parts[0]))
  }

  /// As `sum`, where no other rank has a part in it.
  func sumHere<Number: AdditiveArithmetic>(_ parts: [UnsafeMutableBufferPointer<Number>]) {
    precondition(!isShared && parts.count == count)
    forEachPair { add(parts[$1], to: parts[$0]) }
  }

  /// The sum over all shards of all ranks, number by number.
  func sum(_ parts: [[Double]]) throws -> [Double] {
    var numbers = parts.flatMap { $0 }
    let width = parts[0].count
    try numbers.withUnsafeMutableBufferPointer { numbers in
      try sum(
        parts.indices.map { .init(rebasing: numbers[$0 * width..<($0 + 1) * width]) })
    }
    return Array(numbers[..<width])
  }

  private func forEachPair(_ work: (Int, Int) throws -> Void) rethrows {
    var distance = 1
    while distance < count {
      for left in stride(from: 0, to: count - distance, by: 2 * distance) {
        try work(left, left + distance)
      }
      distance *= 2
    }
  }

  private func makeLetter(byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if letter.count < byteCount {
      letter.deallocate()
      letter = .allocate(byteCount: byteCount, alignment: 64)
    }
    return .init(rebasing: letter[..<byteCount])
  }
}

private func add<Number: AdditiveArithmetic>(
  _ part: UnsafeMutableBufferPointer<Number>, to sum: UnsafeMutableBufferPointer<Number>
) {
  precondition(part.count == sum.count)
  guard let part = part.baseAddress, let start = sum.baseAddress else { return }
  for index in 0..<sum.count { start[index] += part[index] }
}
