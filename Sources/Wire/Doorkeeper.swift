import Glibc
import Synchronization

/// Says who may come in, and counts who may not, on a thread of its own.
///
/// libzmq asks it about every key that is shown in a handshake, and tells it of every handshake that
/// failed for another reason; of what is no handshake it finds out. While it is silent nobody comes in.
final class Doorkeeper: @unchecked Sendable {
  private let questions: Socket
  private let monitor: Socket
  private let keys: AuthorisedKeys?
  private let counters: ServerCounters
  private let onEvent: ServerEvent.Handler?
  private let part = Message()
  /// Used by its thread alone.
  private var handshakes: Handshakes
  /// The key with which the server tries its own door; asking with it counts as nothing.
  private let expectedStranger = Mutex<PublicKey?>(nil)
  private var thread: pthread_t?

  /// How much later than it should libzmq may give up a handshake.
  private static let slack = Duration.seconds(1)

  /// Has to be there before `socket` is bound.
  ///
  /// - Parameter keys: Nil where nobody is asked for a key.
  init(
    of socket: borrowing Socket, keys: AuthorisedKeys?, counters: ServerCounters,
    onEvent: ServerEvent.Handler?, in context: Context
  ) throws(SocketError) {
    questions = try Socket(.reply, in: context)
    try questions.forgetUnsent()
    try questions.bind(Socket.keyQuestionEndpoint)
    monitor = try socket.monitor(named: "door", in: context)
    self.keys = keys
    // Where there are no keys libzmq lets stay who speaks ZMTP 1 or 2, which have no handshake.
    handshakes = Handshakes(
      longest: keys == nil ? nil : .milliseconds(Socket.longestHandshake) + Self.slack)
    self.counters = counters
    self.onEvent = onEvent
  }

  /// Lets it begin.
  func start() {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { doorkeeper in
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        Unmanaged<Doorkeeper>.fromOpaque(doorkeeper!).takeRetainedValue().attend()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(code == 0, "can't start a thread: " + String(cString: strerror(code)))
    self.thread = thread
  }

  /// Waits for its thread's end, which comes when the context is shut down.
  func join() {
    if let thread { pthread_join(thread, nil) }
    thread = nil
  }

  /// Does not count that one.
  func expect(stranger: PublicKey) { expectedStranger.withLock { $0 = stranger } }

  private func attend() {
    do {
      while true {
        try Socket.awaitEither(questions, monitor, for: handshakes.isWaiting ? 1000 : nil)
        while try questions.receiveNow(into: part) { try answerQuestion() }
        let now = ContinuousClock.now
        while let event = try monitor.nextEvent(using: part) {
          count(event, at: now)
          note(event)
        }
        handshakes.noteTime(now)
        rejectMute()
      }
    } catch {
      if !error.isShutDown { onEvent?(.doorClosed(reason: error.description)) }
    }
  }

  // MARK: Keys

  /// Answers what libzmq asks: version, number, domain, address, name, mechanism and the key.
  private func answerQuestion() throws(SocketError) {
    var parts = [Array(part.bytes)]
    while part.hasMore, try questions.receiveNow(into: part) { parts.append(Array(part.bytes)) }
    let name = parts.count == 7 ? admit(parts) : nil
    try send(Array("1.0".utf8))
    try send(parts.count > 1 ? parts[1] : [])
    // 300: ask again, as opposed to 400: never.
    let refusal = keys?.isListed == false ? "300" : "400"
    try send(Array((name == nil ? refusal : "200").utf8))
    try send(Array((name == nil ? "not authorised" : "").utf8))
    try send(Array((name ?? "").utf8))
    try send([], hasMore: false)
  }

  private func send(_ bytes: [UInt8], hasMore: Bool = true) throws(SocketError) {
    bytes.withUnsafeBytes { bytes in
      let room = part.makeRoom(bytes.count)
      if let start = bytes.baseAddress { room.copyMemory(from: start, byteCount: bytes.count) }
    }
    _ = try questions.send(part, hasMore: hasMore)
  }

  /// The name of the file that lets a key in; nil if none does.
  private func admit(_ question: [[UInt8]]) -> String? {
    let address = String(decoding: question[3], as: UTF8.self)
    guard let keys, question[5] == Array("CURVE".utf8), question[6].count == Curve.keyByteCount
    else {
      reject("somebody at \(address) showed no key")
      return nil
    }
    if let change = keys.reread() {
      onEvent?(.keysRead(count: change.keyCount))
      for error in change.errors { onEvent?(.keyUnreadable(error)) }
    }
    let key = PublicKey(bytes: question[6])
    guard let name = keys.name(of: key) else {
      if expectedStranger.withLock({ $0 }) != key {
        reject("the key \(key) of somebody at \(address) is not authorised")
      }
      return nil
    }
    onEvent?(.admitted(keyFile: name, address: address))
    return name
  }

  // MARK: Handshakes that failed

  private func count(_ event: Socket.Event, at now: ContinuousClock.Instant) {
    switch event {
    case .accepted(let descriptor): handshakes.noteBeginning(of: descriptor, at: now)
    case .lost(let descriptor): handshakes.noteEnd(of: descriptor)
    case .connected, .turnedAway, .otherMechanism, .badHandshake, .hungUp: handshakes.noteOutcome()
    }
    rejectMute()
  }

  private func rejectMute() {
    for _ in 0..<handshakes.settle() { reject("somebody sent what is not ZMTP 3") }
  }

  private func note(_ event: Socket.Event) {
    switch event {
    case .otherMechanism:
      reject(
        keys == nil
          ? "somebody wants this server to have keys" : "somebody came without any key")
    case .badHandshake:
      reject(
        keys == nil
          ? "somebody's handshake made no sense"
          : "somebody's handshake can't be deciphered; it takes this for another server")
    case .connected: onEvent?(.connected)
    case .lost: onEvent?(.disconnected)
    case .hungUp where keys != nil:
      // An agent without keys may see that it is wrong here sooner than this server does.
      reject("somebody left before showing a key")
    case .hungUp: onEvent?(.hungUp)
    // Has been counted when libzmq asked.
    case .turnedAway: break
    case .accepted: break
    }
  }

  private func reject(_ reason: String) {
    counters.rejectedPeers.add(1)
    onEvent?(.rejected(reason: reason))
  }
}
