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

  private let place: Endpoint
  private let context: Context
  private var listener: Listener?
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
  /// - Parameter allowsRemote: Whether `endpoint` may be reached from other machines.
  /// - Throws: `EndpointError`.
  public init(
    catalogue: Catalogue, endpoint text: String, limits: Limits = Limits(),
    allowsRemote: Bool = false
  ) throws {
    let endpoint = try Endpoint(text)
    guard endpoint.isLocal || allowsRemote else { throw EndpointError.remote(text) }
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
      try socket.bind(text)
      self.endpoint = try socket.boundEndpoint()
      listener = Listener(socket)
    } catch {
      throw error.isAddressInUse
        ? EndpointError.inUse(text) : EndpointError.failed(text, reason: error.description)
    }
    reception = Reception(catalogue: catalogue, limits: limits, at: .now)
    decoder = RequestDecoder(limits: limits)
  }

  /// Serves until `stop` is called. The endpoint is then free again.
  public func run() throws {
    precondition(listener != nil, "a server runs once")
    defer {
      listener = nil
      context.terminate()
      place.removeSocket()
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

  private func serveOnce(_ socket: borrowing Socket) throws(SocketError) {
    guard try socket.receive(into: incoming) else {
      reception.sweep(at: .now)
      return
    }
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
