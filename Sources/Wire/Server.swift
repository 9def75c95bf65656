import Gym

/// Serves a catalogue of tasks at an endpoint, to any number of agents.
///
///     let server = try Server(catalogue: catalogue, endpoint: "tcp://127.0.0.1:5555")
///     print(server.endpoint)
///     try server.run()                                 // until `stop()`
///
/// Whatever comes in is answered, if only with a refusal, and does not concern the other agents. One
/// thread runs it; `stop` may be called from any other.
public final class Server: @unchecked Sendable {
  /// The endpoint as it was bound, with the port the system chose.
  public let endpoint: String

  /// What it counts; may be read by any thread.
  public let counters = ServerCounters()

  private let place: Endpoint
  private let context: Context
  private var listener: Listener?
  private var doorkeeper: Doorkeeper?
  private let asksForKeys: Bool
  private let onEvent: ServerEvent.Handler?
  private var reception: Reception
  private let decoder: RequestDecoder
  private let encoder = ReplyEncoder()
  private let incoming = Message()
  private let outgoing = Message()
  private let envelope = Envelope()

  /// The socket, which has to be closed as soon as nobody is served any more.
  private final class Listener {
    let socket: Socket
    init(_ socket: consuming Socket) { self.socket = socket }
  }

  /// Binds `endpoint`; agents that connect from now on are answered as soon as `run` is called.
  ///
  /// - Parameters:
  ///   - keyFolder: Where its key and those of the agents lie that may come in, as `AuthorisedKeys`
  ///     says; nil if nobody is to be asked for a key. With keys it tries itself first, and is not
  ///     made if a stranger gets in.
  ///   - allowsStrangers: Whether `endpoint` may be reached from other machines though nobody is asked
  ///     for a key.
  ///   - onEvent: Is told what becomes of it and of its agents.
  /// - Throws: `EndpointError`, `KeyError`.
  public init(
    catalogue: Catalogue, endpoint text: String, limits: Limits = Limits(),
    keyFolder: String? = nil, allowsStrangers: Bool = false,
    onEvent: ServerEvent.Handler? = nil
  ) throws {
    let endpoint = try Endpoint(text)
    let keys = try keyFolder.map { path throws(KeyError) in try AuthorisedKeys(folder: path) }
    guard endpoint.isLocal || keys != nil || allowsStrangers else {
      throw EndpointError.remote(text)
    }
    try endpoint.clearForBinding()
    place = endpoint
    do {
      context = try Context()
      let socket = try Socket(.router, in: context)
      // Up to twice the limit a sentence says what is wrong; beyond, the connection is cut.
      try socket.setServerOptions(longestMessage: 2 * Int64(min(limits.messageBytes, 1 << 40)))
      // Sessions are swept at least this often.
      try socket.setPatience(1000)
      if endpoint.isIPv6 { try socket.allowIPv6() }
      if let keys { try socket.requireKeys(of: keys.server) }
      doorkeeper = try Doorkeeper(
        of: socket, keys: keys, counters: counters, onEvent: onEvent, in: context)
      try socket.bind(text)
      self.endpoint = try socket.boundEndpoint()
      listener = Listener(socket)
    } catch {
      throw error.isAddressInUse
        ? EndpointError.inUse(text) : EndpointError.failed(text, reason: error.description)
    }
    asksForKeys = keys != nil
    self.onEvent = onEvent
    reception = Reception(
      catalogue: catalogue, limits: limits, counters: counters, onEvent: onEvent, at: .now)
    decoder = RequestDecoder(limits: limits)
    doorkeeper!.start()
    guard let keys else { return }
    let stranger = KeyPair()
    doorkeeper!.expect(stranger: stranger.publicKey)
    try StrangerTrial.run(
      at: Endpoint(self.endpoint), of: keys.server.publicKey, as: stranger)
  }

  deinit { close() }

  /// Serves until `stop` is called. The endpoint is then free again.
  public func run() throws {
    precondition(listener != nil, "a server runs once")
    onEvent?(.started(endpoint: endpoint, asksForKeys: asksForKeys))
    defer {
      close()
      context.terminate()
      place.removeSocket()
      onEvent?(.stopped(requests: counters.requests.value))
    }
    do {
      while true { try serveOnce(listener!.socket) }
    } catch {
      if error.isShutDown { return }
      throw EndpointError.failed(endpoint, reason: error.description)
    }
  }

  /// Makes `run` return, soon and for good. Any thread may call it.
  public func stop() { context.shutDown() }

  /// Closes its sockets; the doorkeeper's last, since without one anybody comes in.
  private func close() {
    listener = nil
    context.shutDown()
    doorkeeper?.join()
    doorkeeper = nil
  }

  private func serveOnce(_ socket: borrowing Socket) throws(SocketError) {
    guard try socket.receive(into: incoming) else {
      reception.sweep(at: .now)
      return
    }
    let start = nanosecondsNow()
    envelope.isTooLong = false
    envelope.count = 0
    while incoming.hasMore {
      envelope.append(incoming)
      guard try socket.receive(into: incoming) else { return }
    }
    // The first part is ROUTER's own; a peer that sent nothing after it gets nothing.
    guard envelope.count > 0 else { return }
    let reply = answer(incoming.bytes)
    encoder.encode(reply) { outgoing.makeRoom($0) }
    try send(through: socket)
    counters.requestTimes.note(nanoseconds: nanosecondsNow() &- start)
  }

  private func answer(_ bytes: UnsafeRawBufferPointer) -> Reply {
    do throws(Refusal) {
      guard !envelope.isTooLong else {
        throw Refusal(
          .malformed,
          "the message has more than \(Envelope.capacity) parts before its last; "
            + "send the request as one part")
      }
      return reception.reply(to: try decoder.decode(bytes), at: .now)
    } catch {
      return reception.refuse(error, sequence: Outline(of: bytes).sequence)
    }
  }

  /// Sends the reply back in the envelope the request came in. An agent that has gone, or that does
  /// not read its replies, will ask again.
  private func send(through socket: borrowing Socket) throws(SocketError) {
    for index in 0..<envelope.count {
      guard
        try envelope.withPart(
          index,
          { part throws(SocketError) in
            try socket.send(part, hasMore: true)
          })
      else { return }
    }
    _ = try socket.send(outgoing, hasMore: false)
  }
}
