import CZeroMQ
import Glibc
import Synchronization

/// The threads of libzmq behind some sockets. Can be shared by threads; a socket can't.
final class Context: @unchecked Sendable {
  fileprivate let handle: UnsafeMutableRawPointer
  private let isTerminated = Mutex(false)

  init() throws(SocketError) {
    guard let handle = zmq_ctx_new() else { throw SocketError() }
    self.handle = handle
  }

  /// Ends every wait on its sockets, now and from now on.
  func shutDown() {
    isTerminated.withLock { isTerminated in
      if !isTerminated { zmq_ctx_shutdown(handle) }
    }
  }

  /// Waits until what its sockets held is free again; they have to be closed before.
  func terminate() {
    let isFirst = isTerminated.withLock { isTerminated in
      defer { isTerminated = true }
      return !isTerminated
    }
    guard isFirst else { return }
    while zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
  }

  deinit { terminate() }
}

/// What libzmq says went wrong.
struct SocketError: Error, CustomStringConvertible {
  let number: Int32

  init() { number = zmq_errno() }

  var description: String { String(cString: zmq_strerror(number)) }

  /// The context was shut down.
  var isShutDown: Bool { number == ETERM }

  /// Somebody else has the address.
  var isAddressInUse: Bool { number == EADDRINUSE }
}

/// A ZeroMQ socket. Closed when its owner lets go of it; can't be copied, so there is one owner.
struct Socket: ~Copyable {
  enum Kind {
    /// A server's: knows whom each message is from.
    case router
    /// An agent's: sends and receives in any order.
    case dealer
    /// An agent's that can only send and receive in turn.
    case request
    /// The listening end of another socket's monitor.
    case pair
    /// Answers each question before it hears the next.
    case reply

    fileprivate var number: Int32 {
      switch self {
      case .router: ZMQ_ROUTER
      case .dealer: ZMQ_DEALER
      case .request: ZMQ_REQ
      case .pair: ZMQ_PAIR
      case .reply: ZMQ_REP
      }
    }
  }

  fileprivate let handle: UnsafeMutableRawPointer
  /// Outlives the socket.
  private let context: Context

  init(_ kind: Kind, in context: Context) throws(SocketError) {
    guard let handle = zmq_socket(context.handle, kind.number) else { throw SocketError() }
    self.handle = handle
    self.context = context
  }

  deinit { zmq_close(handle) }

  // MARK: Options

  /// After so many milliseconds a connection is given up that has not shaken hands.
  static let longestHandshake: Int32 = 5000

  private func set(_ option: Int32, _ value: Int32) throws(SocketError) {
    var value = value
    guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw SocketError()
    }
  }

  /// What every socket of ours wants: hosts that vanished are found out, and nothing is queued without
  /// end.
  private func setCommonOptions(longestMessage: Int64, linger: Int32) throws(SocketError) {
    var size = longestMessage
    guard zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &size, MemoryLayout<Int64>.size) == 0 else {
      throw SocketError()
    }
    try set(ZMQ_LINGER, linger)
    try set(ZMQ_SNDHWM, 64)
    try set(ZMQ_RCVHWM, 16)
    try set(ZMQ_HEARTBEAT_IVL, 2000)
    try set(ZMQ_HEARTBEAT_TIMEOUT, 6000)
    try set(ZMQ_HEARTBEAT_TTL, 6000)
    try set(ZMQ_HANDSHAKE_IVL, Self.longestHandshake)
  }

  /// Prepares a server's socket. Messages over `longestMessage` bytes cost their sender the connection.
  func setServerOptions(longestMessage: Int64) throws(SocketError) {
    try setCommonOptions(longestMessage: longestMessage, linger: 1000)
    // A reply that can't be delivered is an error to be seen, and not a success.
    try set(ZMQ_ROUTER_MANDATORY, 1)
    try set(ZMQ_BACKLOG, 4096)
  }

  /// Prepares an agent's socket, which is thrown away without regret.
  func setAgentOptions(longestMessage: Int64) throws(SocketError) {
    try setCommonOptions(longestMessage: longestMessage, linger: 0)
    try set(ZMQ_RECONNECT_IVL, 20)
    try set(ZMQ_RECONNECT_IVL_MAX, 200)
  }

  /// The longest `receive` and `send` wait, in milliseconds.
  func setPatience(_ milliseconds: Int32) throws(SocketError) {
    try set(ZMQ_RCVTIMEO, milliseconds)
    try set(ZMQ_SNDTIMEO, milliseconds)
  }

  func allowIPv6() throws(SocketError) { try set(ZMQ_IPV6, 1) }

  /// Nothing of what a closed socket has not sent is waited for.
  func forgetUnsent() throws(SocketError) { try set(ZMQ_LINGER, 0) }

  // MARK: Keys

  private func set(_ option: Int32, _ key: [UInt8]) throws(SocketError) {
    guard zmq_setsockopt(handle, option, key, key.count) == 0 else { throw SocketError() }
  }

  /// Makes it the socket of a server that proves to be who it is, and has whoever knocks at
  /// `keyQuestionEndpoint` of the same context say who may come in. If nobody answers there, libzmq lets
  /// in everybody: bind it before.
  func requireKeys(of server: KeyPair) throws(SocketError) {
    try set(ZMQ_CURVE_SERVER, 1)
    try set(ZMQ_CURVE_SECRETKEY, server.secret)
    let domain = "operant"
    guard zmq_setsockopt(handle, ZMQ_ZAP_DOMAIN, domain, domain.utf8.count) == 0 else {
      throw SocketError()
    }
  }

  /// Where libzmq asks whether a key may come in (ZAP 1.0, https://rfc.zeromq.org/spec/27).
  static let keyQuestionEndpoint = "inproc://zeromq.zap.01"

  /// Makes it the socket of an agent that proves to be who it is, to that server and no other.
  func showKeys(_ keys: AgentKeys) throws(SocketError) {
    try set(ZMQ_CURVE_SERVERKEY, keys.server.bytes)
    try set(ZMQ_CURVE_PUBLICKEY, keys.own.publicKey.bytes)
    try set(ZMQ_CURVE_SECRETKEY, keys.own.secret)
  }

  // MARK: Connections

  func bind(_ endpoint: String) throws(SocketError) {
    guard zmq_bind(handle, endpoint) == 0 else { throw SocketError() }
  }

  func connect(_ endpoint: String) throws(SocketError) {
    guard zmq_connect(handle, endpoint) == 0 else { throw SocketError() }
  }

  /// The endpoint that was bound, with the port the system chose.
  func boundEndpoint() throws(SocketError) -> String {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) {
      text throws(SocketError) -> String in
      var size = text.count
      guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, text.baseAddress, &size) == 0 else {
        throw SocketError()
      }
      return String(cString: text.baseAddress!)
    }
  }

  // MARK: Messages

  /// Waits for the next part of a message, as long as its patience lasts.
  ///
  /// - Returns: False if nothing came.
  func receive(into part: borrowing Message) throws(SocketError) -> Bool {
    if zmq_msg_recv(part.handle, handle, 0) >= 0 { return true }
    switch zmq_errno() {
    case EAGAIN, EINTR: return false
    default: throw SocketError()
    }
  }

  /// Takes the next part of a message if there is one.
  func receiveNow(into part: borrowing Message) throws(SocketError) -> Bool {
    if zmq_msg_recv(part.handle, handle, ZMQ_DONTWAIT) >= 0 { return true }
    switch zmq_errno() {
    case EAGAIN, EINTR: return false
    default: throw SocketError()
    }
  }

  /// Sends a part of a message, which is empty afterwards. Does not wait.
  ///
  /// - Returns: False if the peer is gone, or takes nothing more for now.
  func send(_ part: borrowing Message, hasMore: Bool) throws(SocketError) -> Bool {
    while true {
      if zmq_msg_send(part.handle, handle, ZMQ_DONTWAIT | (hasMore ? ZMQ_SNDMORE : 0)) >= 0 {
        return true
      }
      switch zmq_errno() {
      case EINTR: continue
      case EAGAIN, EHOSTUNREACH: return false
      default: throw SocketError()
      }
    }
  }

  // MARK: Monitoring

  /// What becomes of a socket's connections.
  enum Event: Equatable {
    /// Somebody has come to this side's door; the descriptor is that of the connection as long as it is
    /// open.
    case accepted(descriptor: UInt32)
    /// Somebody who speaks ZeroMQ is there, and both sides have let each other in.
    case connected
    case lost(descriptor: UInt32)
    /// This side's key, or the peer's, may not come in.
    case turnedAway
    /// One side asks for keys and the other knows none.
    case otherMechanism
    /// What the peer said in the handshake can't be, or can't be deciphered with the keys here.
    case badHandshake
    /// The peer was gone before the handshake was over.
    case hungUp
  }

  /// Opens the listening end of this socket's monitor.
  func monitor(named name: String, in context: Context) throws(SocketError) -> Socket {
    let endpoint = "inproc://" + name
    guard
      zmq_socket_monitor(
        handle, endpoint,
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED
          | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
          | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) == 0
    else { throw SocketError() }
    let monitor = try Socket(.pair, in: context)
    try monitor.forgetUnsent()
    try monitor.connect(endpoint)
    return monitor
  }

  /// Ends what `monitor` began. To be called before the listening end is closed: an event without a
  /// listener would hold up libzmq's thread, and with it all sockets of the context.
  func endMonitoring() { zmq_socket_monitor(handle, nil, 0) }

  /// The next event of the socket this one monitors, if there is one.
  ///
  /// - Parameter waits: Whether to wait for one, as long as this socket's patience lasts.
  func nextEvent(
    using part: borrowing Message, waits: Bool = false
  ) throws(SocketError) -> Event? {
    while waits ? try receive(into: part) : try receiveNow(into: part) {
      let bytes = part.bytes
      // The first part is the event's number and its value; the second names the endpoint.
      let number = bytes.count >= 2 ? bytes.loadUnaligned(as: UInt16.self) : 0
      let value =
        bytes.count >= 6 ? bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self) : 0
      while part.hasMore { _ = try receiveNow(into: part) }
      switch Int32(number) {
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .connected
      case ZMQ_EVENT_ACCEPTED: return .accepted(descriptor: value)
      case ZMQ_EVENT_DISCONNECTED: return .lost(descriptor: value)
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .turnedAway
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return Int32(bitPattern: value) == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
          ? .otherMechanism : .badHandshake
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .hungUp
      default: continue
      }
    }
    return nil
  }

  /// Waits until one of two sockets has something to receive.
  ///
  /// - Parameter milliseconds: How long at most; nil for as long as it takes.
  static func awaitEither(
    _ first: borrowing Socket, _ second: borrowing Socket, for milliseconds: Int?
  ) throws(SocketError) {
    let firstHandle = first.handle
    let secondHandle = second.handle
    var items = (
      zmq_pollitem_t(socket: firstHandle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
      zmq_pollitem_t(socket: secondHandle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
    )
    let count = withUnsafeMutablePointer(to: &items) {
      $0.withMemoryRebound(to: zmq_pollitem_t.self, capacity: 2) {
        zmq_poll($0, 2, milliseconds ?? -1)
      }
    }
    guard count >= 0 || zmq_errno() == EINTR else { throw SocketError() }
  }
}

/// The arithmetic of keys: CurveZMQ's, https://rfc.zeromq.org/spec/26.
enum Curve {
  /// Bytes of a key, public or secret.
  static let keyByteCount = 32
  /// Letters of the same in Z85.
  static let keyLetterCount = 40

  /// A secret key nobody can guess, in Z85; nil if libzmq was built without CURVE.
  static func newSecret() -> String? {
    letters { secret in letters { zmq_curve_keypair($0, secret) == 0 } != nil }
  }

  /// The public key that belongs to a secret one, both in Z85.
  static func publicKey(of secret: String) -> String? {
    letters { zmq_curve_public($0, secret) == 0 }
  }

  static func letters(of bytes: [UInt8]) -> String {
    precondition(bytes.count == keyByteCount, "a key has \(keyByteCount) bytes")
    return letters { zmq_z85_encode($0, bytes, bytes.count) != nil }!
  }

  /// Nil if the letters are not forty of Z85.
  static func bytes(of letters: String) -> [UInt8]? {
    guard letters.utf8.count == keyLetterCount, letters.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: keyByteCount)
    return zmq_z85_decode(&bytes, letters) == nil ? nil : bytes
  }

  private static func letters(_ write: (UnsafeMutablePointer<CChar>) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: keyLetterCount + 1) { text in
      write(text.baseAddress!) ? String(cString: text.baseAddress!) : nil
    }
  }
}

/// One part of a message, in libzmq's own memory; used again and again.
struct Message: ~Copyable {
  // At an address of its own: libzmq forbids moving it.
  fileprivate let handle: UnsafeMutablePointer<zmq_msg_t>

  init() {
    handle = .allocate(capacity: 1)
    zmq_msg_init(handle)
  }

  deinit {
    zmq_msg_close(handle)
    handle.deallocate()
  }

  /// What is in it, until it is used again.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: zmq_msg_data(handle), count: zmq_msg_size(handle))
  }

  /// Whether another part of the same message follows it.
  var hasMore: Bool { zmq_msg_more(handle) != 0 }

  /// Throws away what is in it and makes room for `byteCount` bytes.
  func makeRoom(_ byteCount: Int) -> UnsafeMutableRawPointer {
    zmq_msg_close(handle)
    guard zmq_msg_init_size(handle, byteCount) == 0 else {
      fatalError("out of memory: no room for a message of \(byteCount) bytes")
    }
    return zmq_msg_data(handle)
  }

  /// Takes over what is in `other`, which is empty afterwards.
  func take(_ other: borrowing Message) { zmq_msg_move(handle, other.handle) }

  /// Whether it has no bytes.
  var isEmpty: Bool { zmq_msg_size(handle) == 0 }
}
