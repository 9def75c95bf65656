import Gym
import Synchronization

/// Asks a server and gets its answer, whatever becomes of sockets and servers in between.
///
/// A socket that is silent for too long is thrown away, another is opened, and the request is sent
/// again; its number keeps it from being carried out twice. (The *Lazy Pirate* of the ZeroMQ guide.)
///
/// Who is silent may be dead, or busy with a long step. A handshake on the new socket shows that the
/// process is alive; it is also asked for its status, which it answers as soon as it is between two
/// steps. A live server is waited for twelve times as long as one that gives no sign of life.
final class Connection {
  let endpoint: String
  private let timeOut: Duration
  /// How long a server is waited for that is not there; nil for as long as one that is silent.
  private let absence: Duration?
  /// Called before each new attempt; lets the program that owns the server start it again.
  private let onSilence: (@Sendable () throws -> Void)?
  /// Nil where the server asks for none.
  private let keys: AgentKeys?

  private let context: Context
  private var line: Line?
  private let incoming = Message()
  private let outgoing = Message()
  let encoder = RequestEncoder()
  let decoder = ReplyDecoder()
  private static let lineCount = Atomic(0)
  private var questionsOutsideSessions: UInt64 = 0
  /// Whether somebody was there and did not shake hands, since anybody last did.
  private var wasHungUpOn = false

  /// A socket, and what is known of the connection behind it.
  private final class Line {
    let monitor: Socket
    let socket: Socket
    var isConnected = false

    init(socket: consuming Socket, monitor: consuming Socket) {
      self.socket = socket
      self.monitor = monitor
    }

    deinit { socket.endMonitoring() }
  }

  /// The longest reply that is read.
  private static let longestReply: Int64 = 256 << 20
  /// How long one wait lasts before the connection is looked at, in milliseconds.
  private static let slice: Int32 = 50
  /// How much longer a server is waited for that is alive.
  private static let patienceWithTheBusy = 12
  /// How often a server may be silent, be started again and be silent again.
  private static let mostRevivals = 3
  /// How often a request is sent again to a server that loses every connection.
  private static let mostAttempts = 20
  private static let slicesOfAMoment = 10

  init(
    endpoint: String, timeOut: Duration, absence: Duration? = nil, keys: AgentKeys? = nil,
    onSilence: (@Sendable () throws -> Void)? = nil, in context: Context
  ) throws {
    _ = try Endpoint(endpoint)
    self.endpoint = endpoint
    self.timeOut = timeOut
    self.absence = absence
    self.onSilence = onSilence
    self.keys = keys
    self.context = context
  }

  // MARK: One request at a time

  /// Sends `request` and waits for its reply.
  ///
  /// - Throws: `RemoteError` if there is no answer; a refusal is an answer.
  func ask(_ request: Request) throws -> Reply.Body {
    try send(request)
    return try awaitReply(to: request)
  }

  /// Sends `request` and does not wait. If that fails, `awaitReply` finds out.
  func send(_ request: Request) throws {
    try trap {
      if line == nil { try openLine() }
      encoder.encode(request) { outgoing.makeRoom($0) }
      _ = try line!.socket.send(outgoing, hasMore: false)
    }
  }

  /// Waits for the reply to `request`, which has been sent; sends it again as often as it takes.
  func awaitReply(to request: Request) throws -> Reply.Body {
    if let body = try receive(sequence: request.sequence) { return body }
    return try awaitPatiently(request)
  }

  /// The first slice of a wait did not bring the reply.
  private func awaitPatiently(_ request: Request) throws -> Reply.Body {
    let clock = ContinuousClock()
    let start = clock.now - .milliseconds(Self.slice)
    var lastSign = start
    var lastSent = start
    var lastThere = start
    var attempts = 0
    while true {
      let wasLost = try lookAtConnection()
      let isConnected = line?.isConnected ?? false
      let now = clock.now
      if isConnected { lastThere = now }
      if let absence, now - lastThere >= absence {
        throw RemoteError.noReply(endpoint: endpoint, waited: absence)
      }
      if isConnected && now - lastSign >= timeOut * Self.patienceWithTheBusy {
        throw RemoteError.busy(endpoint: endpoint, waited: now - lastSign)
      }
      let isSilent = now - lastSent >= timeOut
      if isSilent && !isConnected && (onSilence == nil || attempts >= Self.mostRevivals)
        || attempts > Self.mostAttempts
      {
        if wasHungUpOn {
          throw RemoteError.hangsUp(endpoint: endpoint, expected: keys?.server)
        }
        throw RemoteError.noReply(endpoint: endpoint, waited: timeOut)
      }
      if wasLost || isSilent {
        line = nil
        attempts += 1
        if let onSilence, !isConnected {
          try onSilence()
          lastSign = clock.now
        }
        // Its number is one that no request of a session has.
        try send(Request(sequence: 0, .status))
        try send(request)
        lastSent = clock.now
      }
      if let body = try receive(sequence: request.sequence, onStatus: { lastSign = clock.now }) {
        return body
      }
    }
  }

  /// Sends `request` and does without its reply, if that is not there in a moment.
  func tell(_ request: Request) throws {
    try send(request)
    for _ in 0..<Self.slicesOfAMoment {
      if try receive(sequence: request.sequence) != nil { return }
    }
  }

  /// Whether the reply to `request`, which has been sent, is there already. Does not wait.
  func hasReply(to request: Request) throws -> Bool {
    try trap {
      // Events that nobody takes would hold up libzmq's thread, and with it all sockets.
      while try line!.monitor.nextEvent(using: incoming) != nil {}
      while try line!.socket.receiveNow(into: incoming) {
        while incoming.hasMore { _ = try line!.socket.receiveNow(into: incoming) }
        guard let reply = try? decoder.decode(incoming.bytes) else { continue }
        if reply.sequence == request.sequence { return true }
      }
      return false
    }
  }

  /// Waits one slice for the reply of that number.
  private func receive(
    sequence: UInt64, onStatus: () -> Void = {}
  ) throws -> Reply.Body? {
    while try trap({ try line!.socket.receive(into: incoming) }) {
      while incoming.hasMore { _ = try trap { try line!.socket.receive(into: incoming) } }
      let reply: Reply
      do throws(Refusal) { reply = try decoder.decode(incoming.bytes) } catch {
        throw RemoteError.malformedReply(endpoint: endpoint, reason: error.sentence)
      }
      if reply.sequence == sequence { return reply.body }
      // A sign of life, or a late reply to what has been answered since.
      if case .status = reply.body { onStatus() }
    }
    return nil
  }

  /// A number for a request that belongs to no session, and that no other request here has: a reply that
  /// comes twice is never taken for another's.
  func numberOutsideSessions() -> UInt64 {
    questionsOutsideSessions += 1
    return UInt64.max - questionsOutsideSessions
  }

  // MARK: The socket

  /// Throws the socket away, and with it whatever is still on its way; the next request opens another.
  func hangUp() { line = nil }

  private func openLine() throws(SocketError) {
    let socket = try Socket(.dealer, in: context)
    try socket.setAgentOptions(longestMessage: Self.longestReply)
    try socket.setPatience(Self.slice)
    if endpoint.hasPrefix("tcp://[") { try socket.allowIPv6() }
    if let keys { try socket.showKeys(keys) }
    // libzmq takes its time to free a name, so none is used twice.
    let number = Self.lineCount.add(1, ordering: .relaxed).newValue
    let name = "monitor-\(number)"
    let monitor = try socket.monitor(named: name, in: context)
    try socket.connect(endpoint)
    line = Line(socket: socket, monitor: monitor)
  }

  /// Learns what became of the connection.
  ///
  /// - Returns: Whether it was lost, and perhaps a request or a reply with it.
  /// - Throws: `RemoteError` if the server does not let this agent in, and never will.
  private func lookAtConnection() throws -> Bool {
    try trap {
      var wasLost = false
      while let event = try line!.monitor.nextEvent(using: incoming) {
        switch event {
        case .accepted: break
        case .connected:
          line!.isConnected = true
          wasHungUpOn = false
        case .lost:
          line!.isConnected = false
          wasLost = true
        case .turnedAway:
          throw RemoteError.turnedAway(endpoint: endpoint, key: keys?.own.publicKey)
        case .otherMechanism:
          throw keys == nil
            ? RemoteError.needsKeys(endpoint: endpoint)
            : RemoteError.knowsNoKeys(endpoint: endpoint)
        // A server that was killed in the handshake hangs up, too: it may be back in a moment.
        case .badHandshake, .hungUp: wasHungUpOn = true
        }
      }
      return wasLost
    }
  }

  /// Says which endpoint it was that a socket failed for.
  private func trap<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SocketError {
      throw EndpointError.failed(endpoint, reason: error.description)
    }
  }
}

/// Why a server is of no use.
public enum RemoteError: Error, Equatable, Sendable {
  case noReply(endpoint: String, waited: Duration)
  case busy(endpoint: String, waited: Duration)
  case refused(endpoint: String, Refusal)
  case malformedReply(endpoint: String, reason: String)
  case otherVersion(endpoint: String, theirs: UInt32)
  case differentTrial(endpoint: String, lane: Int)
  case turnedAway(endpoint: String, key: PublicKey?)
  case needsKeys(endpoint: String)
  case knowsNoKeys(endpoint: String)
  case hangsUp(endpoint: String, expected: PublicKey?)
  /// The server is lost, and somebody who might have taken its place is of no use.
  indirect case noSubstitute(for: RemoteError, because: String)
}

extension RemoteError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noReply(let endpoint, let waited):
      "no reply from \(endpoint) within \(waited.seconds); is a server running there?"
    case .busy(let endpoint, let waited):
      "the server at \(endpoint) is there but has not answered for \(waited.seconds); "
        + "it is stuck, or needs a longer time-out"
    case .refused(_, let refusal):
      refusal.sentence
    case .malformedReply(let endpoint, let reason):
      "can't believe the reply of \(endpoint): \(reason)"
    case .otherVersion(let endpoint, let theirs):
      "the server at \(endpoint) speaks version \(theirs) of the protocol, this agent version "
        + "\(ProtocolVersion.major); update the \(theirs < ProtocolVersion.major ? "server" : "agent")"
    case .differentTrial(let endpoint, let lane):
      "the session at \(endpoint) was lost, and the trial of lane \(lane) could not be played again "
        + "as it was; start the run again, with the server it was begun with"
    case .turnedAway(let endpoint, let key):
      "the server at \(endpoint) does not let this agent in: "
        + (key.map { "its key, \($0), is not authorised" } ?? "it has no key that is authorised")
        + "; put its .pub file into 'authorised' in the server's folder of keys"
    case .needsKeys(let endpoint):
      "the server at \(endpoint) lets in nobody without a key; name the server's by --server-key and "
        + "your own by --key, or in OPERANT_SERVER_KEY and OPERANT_KEY"
    case .knowsNoKeys(let endpoint):
      "the server at \(endpoint) has no keys, so nobody can tell whose it is; start it with --keys, or "
        + "do without --server-key, --key, OPERANT_SERVER_KEY and OPERANT_KEY"
    case .hangsUp(let endpoint, let expected?):
      "somebody at \(endpoint) hangs up in the handshake: it is not the server whose key is "
        + "\(expected); take the server.pub of the one that runs there"
    case .hangsUp(let endpoint, nil):
      "somebody at \(endpoint) hangs up in the handshake; if it is a server that asks for keys, name "
        + "its own by --server-key and yours by --key"
    case .noSubstitute(let loss, let reason):
      "\(loss) (another server can't take its place: \(reason))"
    }
  }
}

extension Duration {
  /// "5 s", "0.3 s".
  fileprivate var seconds: String {
    let tenths = (milliseconds + 50) / 100
    return tenths.isMultiple(of: 10) ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
  }
}
