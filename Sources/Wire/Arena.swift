import CProtobufC
import Glibc

/// Memory for one message at a time, with a budget.
///
/// A message of a few bytes can ask its parser for a hundred times as much; what it asks for beyond the
/// budget is not given, and the parser gives up. Nothing is freed piece by piece: `reset` takes it all
/// back and keeps the block for the next message, so that parsing allocates nothing in the long run.
final class Arena {
  /// Hands the arena to protobuf-c.
  var allocator: ProtobufCAllocator

  private let state: UnsafeMutablePointer<State>

  fileprivate struct State {
    /// Kept from message to message.
    var home: UnsafeMutableRawPointer
    var homeCapacity: Int
    /// Where memory is being taken from: the home block, or the newest of the further ones.
    var block: UnsafeMutableRawPointer
    var used = 0
    var capacity: Int
    /// Blocks taken when the home block was full, each beginning with a link to the one before.
    var furtherBlocks: UnsafeMutableRawPointer?
    var spent = 0
    var budget = Int.max
    var isExhausted = false
  }

  /// Every piece is preceded by its size, so that the length of a string is known even where it holds a
  /// zero byte.
  private static let header = 16
  private static let smallestBlock = 64 << 10
  private static let largestHome = 4 << 20

  init() {
    let home = malloc(Self.smallestBlock)!
    state = .allocate(capacity: 1)
    state.initialize(
      to: State(
        home: home, homeCapacity: Self.smallestBlock, block: home, capacity: Self.smallestBlock))
    allocator = ProtobufCAllocator(
      alloc: { data, size in
        Arena.take(size, from: data!.assumingMemoryBound(to: State.self))
      },
      free: { _, _ in }, allocator_data: UnsafeMutableRawPointer(state))
  }

  deinit {
    freeFurtherBlocks()
    free(state.pointee.home)
    state.deallocate()
  }

  /// Takes everything back, and gives at most `budget` bytes until the next time.
  func reset(budget: Int = .max) {
    if state.pointee.furtherBlocks != nil {
      freeFurtherBlocks()
      let wanted = state.pointee.spent
      if wanted > state.pointee.homeCapacity && wanted <= Self.largestHome {
        free(state.pointee.home)
        state.pointee.home = malloc(wanted)!
        state.pointee.homeCapacity = wanted
      }
    }
    state.pointee.block = state.pointee.home
    state.pointee.capacity = state.pointee.homeCapacity
    state.pointee.used = 0
    state.pointee.spent = 0
    state.pointee.budget = budget
    state.pointee.isExhausted = false
  }

  /// Whether more was asked for than the budget allows.
  var isExhausted: Bool { state.pointee.isExhausted }

  /// The size of a piece; nil if it isn't one of this arena's.
  func byteCount(of piece: UnsafeRawPointer) -> Int? {
    guard owns(piece) else { return nil }
    return (piece - Self.header).load(as: Int.self)
  }

  /// Memory for `count` values that live until the next `reset`.
  func allocate<Value>(_: Value.Type, count: Int) -> UnsafeMutablePointer<Value> {
    guard let piece = Self.take(count * MemoryLayout<Value>.stride, from: state) else {
      preconditionFailure("values of our own are placed without a budget")
    }
    return piece.bindMemory(to: Value.self, capacity: count)
  }

  private func owns(_ piece: UnsafeRawPointer) -> Bool {
    let home = UnsafeRawPointer(state.pointee.home)
    if piece >= home && piece < home + state.pointee.homeCapacity { return true }
    var block = state.pointee.furtherBlocks
    while let this = block {
      let size = (this + 8).load(as: Int.self)
      if piece >= UnsafeRawPointer(this) && piece < UnsafeRawPointer(this) + size { return true }
      block = this.load(as: UnsafeMutableRawPointer?.self)
    }
    return false
  }

  private func freeFurtherBlocks() {
    while let block = state.pointee.furtherBlocks {
      state.pointee.furtherBlocks = block.load(as: UnsafeMutableRawPointer?.self)
      free(block)
    }
  }

  private static func take(
    _ size: Int, from state: UnsafeMutablePointer<State>
  ) -> UnsafeMutableRawPointer? {
    guard size >= 0, size <= Int.max / 2, state.pointee.spent <= state.pointee.budget else {
      state.pointee.isExhausted = true
      return nil
    }
    let needed = header + (size + 15) & ~15
    guard needed <= state.pointee.budget - state.pointee.spent else {
      state.pointee.isExhausted = true
      return nil
    }
    if needed > state.pointee.capacity - state.pointee.used {
      let capacity = max(smallestBlock, header + needed)
      guard let block = malloc(capacity) else {
        state.pointee.isExhausted = true
        return nil
      }
      block.storeBytes(of: state.pointee.furtherBlocks, as: UnsafeMutableRawPointer?.self)
      (block + 8).storeBytes(of: capacity, as: Int.self)
      state.pointee.furtherBlocks = block
      state.pointee.block = block
      state.pointee.capacity = capacity
      state.pointee.used = header
    }
    let piece = state.pointee.block + state.pointee.used + header
    (piece - header).storeBytes(of: size, as: Int.self)
    state.pointee.used += needed
    state.pointee.spent += needed
    return piece
  }
}
