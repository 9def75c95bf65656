/// How many of a server's connections ended without a handshake: what came over them was not ZMTP 3.
///
/// libzmq tells which connections begin and end, by their descriptors. It tells, too, that a handshake
/// has succeeded or failed, but not whose; and of bytes that are none it tells nothing but the beginning
/// and the end of their connection, which is called *mute* here. So all are counted. A connection that
/// has ended, or is past its handshake, was mute or had an outcome told:
///
///     mute = ended + open and past their handshake − outcomes
///
/// Which of the open ones are past it is not always known. Those that can't be are left out, so the
/// number is never too high, and it is right as soon as no handshake is under way.
struct Handshakes {
  typealias Moment = ContinuousClock.Instant

  /// No handshake takes longer; nil where somebody may stay who never shakes hands.
  private let longest: Duration?
  /// The open ones that may not be past their handshake, in the order they began.
  private var young: [(descriptor: UInt32, start: Moment)] = []
  private var past: Set<UInt32> = []
  /// What is on the right of the equation above, less those that have been told.
  private var surplus = 0

  init(longest: Duration?) { self.longest = longest }

  /// Whether time alone may tell more.
  var isWaiting: Bool { longest != nil && !young.isEmpty }

  mutating func noteBeginning(of descriptor: UInt32, at now: Moment) {
    // Not every end is told; whoever had the descriptor has none any more.
    noteEnd(of: descriptor)
    young.append((descriptor, now))
  }

  /// A handshake has succeeded or failed.
  mutating func noteOutcome() { surplus -= 1 }

  mutating func noteEnd(of descriptor: UInt32) {
    if past.remove(descriptor) != nil { return }
    guard let index = young.firstIndex(where: { $0.descriptor == descriptor }) else { return }
    young.remove(at: index)
    surplus += 1
  }

  /// Takes those that have been open for longer than a handshake to be past it.
  ///
  /// - Parameter now: All that happened before it has been noted.
  mutating func noteTime(_ now: Moment) {
    guard let longest else { return }
    let count = young.prefix { now - $0.start > longest }.count
    pass(count)
  }

  /// - Returns: How many more mute connections there are than were told so far.
  mutating func settle() -> Int {
    // There are outcomes for all that are open.
    if surplus + young.count <= 0 { pass(young.count) }
    let count = max(0, surplus)
    surplus -= count
    // One connection may have had two outcomes; no other's silence is to be set off against the second.
    if young.isEmpty { surplus = 0 }
    return count
  }

  /// The first so many are past their handshake.
  private mutating func pass(_ count: Int) {
    past.formUnion(young.prefix(count).map(\.descriptor))
    young.removeFirst(count)
    surplus += count
  }
}
