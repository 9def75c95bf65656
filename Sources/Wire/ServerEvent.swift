import Gym

/// What becomes of a server and its agents, one at a time, for whoever keeps a log.
///
/// Texts in it may come from peers: nobody has looked for control characters in them.
public enum ServerEvent: Sendable {
  /// It answers agents from now on.
  case started(endpoint: String, asksForKeys: Bool)
  case stopped(requests: UInt64)
  /// Sessions are numbered in the order they were opened; their tokens are nobody else's business.
  case opened(session: UInt64, task: String, lanes: Int)
  case closed(session: UInt64)
  /// Its agent was silent for longer than its lease.
  case expired(session: UInt64)
  case refused(Refusal)
  /// An agent has shown a key that is authorised by the file of that name.
  case admitted(keyFile: String, address: String)
  /// A peer was not let in.
  case rejected(reason: String)
  /// The folder of authorised keys had changed.
  case keysRead(count: Int)
  case keyUnreadable(KeyError)
  /// Whoever asks to come in gets no answer any more.
  case doorClosed(reason: String)
  /// A handshake succeeded.
  case connected
  /// A connection ended.
  case disconnected
  /// A peer was gone before the handshake was over, where nobody is asked for a key.
  case hungUp

  /// Called on the thread where it happens, which waits for it.
  public typealias Handler = @Sendable (ServerEvent) -> Void
}
