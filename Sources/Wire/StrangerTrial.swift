/// Tries a server's own door with a key that nobody has authorised.
///
/// That strangers stay out hangs on one socket that has to be there when libzmq asks; where it is not,
/// libzmq lets in everybody, and nothing else would show it.
enum StrangerTrial {
  /// How long a handshake may take, in milliseconds.
  private static let patience: Int32 = 5000

  /// - Parameters:
  ///   - endpoint: where the server has been bound.
  ///   - stranger: a key that is authorised nowhere.
  /// - Throws: `EndpointError` if the stranger is let in, or can't be told whether.
  static func run(
    at endpoint: Endpoint, of server: PublicKey, as stranger: KeyPair
  ) throws {
    let place = endpoint.fromHere
    do {
      let context = try Context()
      let socket = try Socket(.dealer, in: context)
      try socket.setAgentOptions(longestMessage: 1024)
      if endpoint.isIPv6 { try socket.allowIPv6() }
      try socket.showKeys(AgentKeys(server: server, own: stranger))
      let monitor = try socket.monitor(named: "trial", in: context)
      try monitor.setPatience(patience)
      let part = Message()
      try socket.connect(place)
      switch try monitor.nextEvent(using: part, waits: true) {
      case .turnedAway: return
      case .connected: throw EndpointError.letsStrangersIn(endpoint.text)
      case .otherMechanism, .badHandshake, .hungUp, .accepted, .lost, nil:
        throw EndpointError.failed(
          endpoint.text, reason: "it can't be tried whether strangers stay out")
      }
    } catch let error as SocketError {
      throw EndpointError.failed(endpoint.text, reason: error.description)
    }
  }
}
