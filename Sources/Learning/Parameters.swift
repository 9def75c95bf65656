/// The sizes of a network: inputs, gated units, and a linear read-out.
public struct NetworkShape: Equatable, Sendable {
  public let inputs: Int
  /// 0 if the inputs themselves are read out.
  public let units: Int
  public let outputs: Int

  public init(inputs: Int, units: Int, outputs: Int) {
    precondition(inputs >= 0 && units >= 0 && outputs > 0)
    precondition(inputs > 0 || units == 0, "units hear at least one input")
    self.inputs = inputs
    self.units = units
    self.outputs = outputs
  }
}

/// All that is learned in a network, in one array.
///
///     W_in  [inputs × 3 units]      V, V_λ, V_γ side by side
///     b_in  [3 units]               b, b_λ, b_γ
///     W_rec_gates [units × 2 units] W_λ, W_γ side by side
///     W_rec [units × units]         W
///     W_out [units × outputs]
///     b_out [outputs]
///     x0    [units]                 the currents at t = 0
///
/// Without units the inputs are read out:
///
///     W_out [inputs × outputs]
///     b_out [outputs]
///     x0    [inputs]                what stands for the inputs at t = 0
///
/// Rows are where a connection comes from, columns where it goes to: currents are row vectors times
/// these. Biases stand right below their weights, so that [u | 1] times both is one product.
public struct Parameters: Equatable, Sendable {
  public let shape: NetworkShape
  /// In the order above.
  public var values: [Float]

  /// All zero.
  public init(_ shape: NetworkShape) {
    self.shape = shape
    values = .init(repeating: 0, count: Self.layout(of: shape).total)
  }

  /// One part of the parameters.
  public struct Block: Equatable, Sendable {
    public let name: String
    /// [rows, columns], or [count].
    public let shape: [Int]
    /// Where in `values`.
    public let range: Range<Int>
  }

  /// The parts, by the names above and in that order.
  public var blocks: [Block] { Self.layout(of: shape).blocks }

  /// The part of that name.
  ///
  /// - Precondition: there is one.
  public func block(_ name: String) -> Block {
    guard let block = blocks.first(where: { $0.name == name }) else {
      preconditionFailure("no parameters named '\(name)'")
    }
    return block
  }

  /// The numbers of one part.
  public subscript(name: String) -> [Float] {
    get { Array(values[block(name).range]) }
    set {
      let range = block(name).range
      precondition(newValue.count == range.count)
      values.replaceSubrange(range, with: newValue)
    }
  }

  /// A number that tells sets of values apart whose bits differ, 0 or more (FNV-1a, in 62 bits).
  var digest: Int {
    let hash = values.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, value in
      (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
    }
    return Int(hash >> 2)
  }

  /// Lends the values to products that only read them, on any thread.
  func lend<Result>(_ body: (UnsafeMutablePointer<Float>) throws -> Result) rethrows -> Result {
    try values.withUnsafeBufferPointer {
      try body(UnsafeMutablePointer(mutating: $0.baseAddress!))
    }
  }

  private static func layout(of shape: NetworkShape) -> (blocks: [Block], total: Int) {
    let (k, n, a) = (shape.inputs, shape.units, shape.outputs)
    let units: [(String, [Int])] = [
      ("W_in", [k, 3 * n]), ("b_in", [3 * n]), ("W_rec_gates", [n, 2 * n]), ("W_rec", [n, n]),
    ]
    let heard = n > 0 ? n : k
    let readOut = [("W_out", [heard, a]), ("b_out", [a]), ("x0", [heard])]
    var blocks: [Block] = []
    var start = 0
    for (name, shape) in n > 0 ? units + readOut : readOut {
      let count = shape.reduce(1, *)
      guard count > 0 else { continue }
      blocks.append(Block(name: name, shape: shape, range: start..<(start + count)))
      start += count
    }
    return (blocks, start)
  }
}

/// Where the parts of the parameters begin: what the inner loops go by.
struct ParameterPlaces {
  let inputWeights: Int
  let gateWeights: Int
  let candidateWeights: Int
  let readOut: Int
  let initialCurrents: Int

  init(_ shape: NetworkShape) {
    inputWeights = 0
    gateWeights = (shape.inputs + 1) * 3 * shape.units
    candidateWeights = gateWeights + shape.units * 2 * shape.units
    readOut = candidateWeights + shape.units * shape.units
    let heard = shape.units > 0 ? shape.units : shape.inputs
    initialCurrents = readOut + (heard + 1) * shape.outputs
  }
}
