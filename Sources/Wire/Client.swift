import Gym

/// Asks a server what it is and what it offers; opens nothing.
///
///     let client = try Client(endpoint: "tcp://127.0.0.1:5555")
///     for task in try client.hello().tasks { print(task.name) }
public final class Client {
  private let connection: Connection
  private var sequence: UInt64 = 0

  /// - Parameter keys: Nil where the server asks for none.
  /// - Throws: `EndpointError` if `endpoint` is none. Whether anybody is there shows at the first
  ///   question.
  public init(
    endpoint: String, timeOut: Duration = .seconds(5), keys: AgentKeys? = nil
  ) throws {
    connection = try Connection(
      endpoint: endpoint, timeOut: timeOut, keys: keys, in: try Context())
  }

  /// What the server says of itself.
  public func hello() throws -> Welcome { try connection.hello(sequence: next()) }

  /// All about the task of that name or alias.
  ///
  /// - Throws: `RemoteError.refused` if there is none; the sentence knows the nearest name.
  public func describe(_ task: String) throws -> TaskDescription {
    guard case .task(let description) = try answer(.describe(task: task)) else {
      throw connection.unexpected("'describe'")
    }
    return description
  }

  /// How the server is doing.
  public func status() throws -> ServerStatus {
    guard case .status(let status) = try answer(.status) else {
      throw connection.unexpected("'status'")
    }
    return status
  }

  private func answer(_ body: Request.Body) throws -> Reply.Body {
    try connection.answer(Request(sequence: next(), body))
  }

  private func next() -> UInt64 {
    sequence += 1
    return sequence
  }
}

extension Connection {
  /// Asks; a refusal is thrown.
  func answer(_ request: Request) throws -> Reply.Body {
    let body = try ask(request)
    if case .refusal(let refusal) = body {
      throw RemoteError.refused(endpoint: endpoint, refusal)
    }
    return body
  }

  /// Introduces this agent.
  func hello(sequence: UInt64) throws -> Welcome {
    guard case .welcome(let welcome) = try answer(Request(sequence: sequence, .hello(Hello())))
    else { throw unexpected("'hello'") }
    guard welcome.major == ProtocolVersion.major else {
      throw RemoteError.otherVersion(endpoint: endpoint, theirs: welcome.major)
    }
    return welcome
  }

  /// The error of a reply that does not answer what was asked.
  func unexpected(_ request: String) -> RemoteError {
    .malformedReply(endpoint: endpoint, reason: "it does not answer \(request)")
  }
}
