import CKernels

/// How a network's recurrent products are carried out: as matrices, or connection by connection.
///
/// The decision network has a tenth of the connections it could have, and going through those takes
/// half the time of a matrix product that multiplies with nine zeros of ten. A rollout and whoever
/// learns from it share one.
final class Recurrence {
  /// Above this fraction of connections the matrix product is faster.
  private static let densestSparse = 0.2

  private let shape: NetworkShape
  private var connections: Connections = .all
  /// From r₋ to both gates and from s to the candidate, and the other way; nil if dense.
  private(set) var lists: Lists?

  struct Lists {
    var gates: ConnectionList
    var candidate: ConnectionList
    var gatesBack: ConnectionList
    var candidateBack: ConnectionList
  }

  init(_ shape: NetworkShape) { self.shape = shape }

  /// Takes over a network's connections and the weights they have now.
  func load(_ network: Network) {
    precondition(network.shape == shape)
    if network.connections != connections {
      connections = network.connections
      lists = makeLists()
    }
    lists?.gates.load(network.parameters.values)
    lists?.candidate.load(network.parameters.values)
    lists?.gatesBack.load(network.parameters.values)
    lists?.candidateBack.load(network.parameters.values)
  }

  private func makeLists() -> Lists? {
    let count = connections.exist.count { $0 }
    let possible = connections.exist.count
    guard possible > 0, Double(count) <= Self.densestSparse * Double(possible) else { return nil }
    let n = shape.units
    let places = ParameterPlaces(shape)
    let gates = (places.gateWeights, connections.exist[..<(2 * n * n)])
    let candidate = (places.candidateWeights, connections.exist[(2 * n * n)...])
    return Lists(
      gates: ConnectionList(gates.1, at: gates.0, rows: n, columns: 2 * n, leadTo: .columns),
      candidate: ConnectionList(
        candidate.1, at: candidate.0, rows: n, columns: n, leadTo: .columns),
      gatesBack: ConnectionList(gates.1, at: gates.0, rows: n, columns: 2 * n, leadTo: .rows),
      candidateBack: ConnectionList(
        candidate.1, at: candidate.0, rows: n, columns: n, leadTo: .rows))
  }
}

/// The connections of one matrix, ordered by where they lead.
struct ConnectionList {
  enum Direction { case columns, rows }

  let inputs: Int
  let outputs: Int
  /// The connections to output j are starts[j] ..< starts[j + 1].
  let starts: [UInt32]
  let sources: [UInt32]
  /// Where among all parameters each one's weight is.
  let places: [UInt32]
  private(set) var weights: [Float]

  /// - Parameters:
  ///   - exist: [rows × columns]
  ///   - start: where the matrix begins among the parameters.
  init(
    _ exist: ArraySlice<Bool>, at start: Int, rows: Int, columns: Int, leadTo direction: Direction
  ) {
    (inputs, outputs) = direction == .columns ? (rows, columns) : (columns, rows)
    var (starts, sources, places): ([UInt32], [UInt32], [UInt32]) = ([0], [], [])
    for output in 0..<outputs {
      for input in 0..<inputs {
        let (row, column) = direction == .columns ? (input, output) : (output, input)
        let place = row * columns + column
        guard exist[exist.startIndex + place] else { continue }
        sources.append(UInt32(input))
        places.append(UInt32(start + place))
      }
      starts.append(UInt32(sources.count))
    }
    (self.starts, self.sources, self.places) = (starts, sources, places)
    weights = .init(repeating: 0, count: places.count)
  }

  mutating func load(_ parameters: [Float]) {
    for index in places.indices { weights[index] = parameters[Int(places[index])] }
  }

  /// C ← A M, or C ← C + A M, where M has these connections.
  func multiply(
    _ a: MatrixView, into c: MatrixView, adding: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(a.columns == inputs && c.columns == outputs && a.rows == c.rows)
    operant_sparse_product(
      a.rows, inputs, outputs, starts, sources, weights, a.start, a.stride, c.start, c.stride,
      adding ? 1 : 0, scratch)
  }

  /// Adds Aᵀ B, as far as connections exist, to a gradient laid out like the parameters.
  func addTransposedProduct(
    _ a: MatrixView, _ b: MatrixView, to gradient: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(a.columns == inputs && b.columns == outputs && a.rows == b.rows)
    operant_sparse_outer_product(
      a.rows, inputs, outputs, starts, sources, places, a.start, a.stride, b.start, b.stride,
      gradient, scratch)
  }
}
