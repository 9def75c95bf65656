/// A network as it is at one moment: what it has learned and how it is wired.
public struct Network: Equatable, Sendable {
  public var parameters: Parameters
  public let connections: Connections

  public init(parameters: Parameters, connections: Connections) {
    self.parameters = parameters
    self.connections = connections
  }

  public var shape: NetworkShape { parameters.shape }
}
