/// What came before the request in a message, and goes before its reply: ROUTER's name for the
/// connection, the empty part of a REQ socket, the names that proxies on the way have put there.
final class Envelope {
  /// More than any sane chain of proxies needs.
  static let capacity = 8

  var count = 0
  /// Whether more parts came than fit. Those that do are kept, so that an answer finds its way.
  var isTooLong = false

  private let parts: UnsafeMutablePointer<Message>

  init() {
    parts = .allocate(capacity: Self.capacity)
    for index in 0..<Self.capacity { (parts + index).initialize(to: Message()) }
  }

  deinit {
    parts.deinitialize(count: Self.capacity)
    parts.deallocate()
  }

  /// Moves a part in, if there is room.
  func append(_ part: borrowing Message) {
    guard count < Self.capacity else {
      isTooLong = true
      return
    }
    parts[count].take(part)
    count += 1
  }

  func withPart<Result>(
    _ index: Int, _ body: (borrowing Message) throws(SocketError) -> Result
  ) throws(SocketError) -> Result {
    precondition(index < count)
    return try body(parts[index])
  }
}
