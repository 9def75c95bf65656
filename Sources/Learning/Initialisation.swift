import Gym

/// How a network of gated units starts (Song, Yang & Wang 2017, Methods; reference program).
public struct Initialisation: Equatable, Sendable {
  public var units = UnitKind.gated
  /// p: the fraction of recurrent connections that exist.
  public var connectionProbability: Double
  /// ρ₀: the spectral radius of each of the three recurrent matrices.
  public var spectralRadius = 2.0
  /// g: scales the input weights.
  public var inputGain = 1.0
  /// K of the input weights' standard deviation g √K / N_in.
  public var inputDegree: Double
  /// The read-out's biases; its weights start at zero.
  public var outputBias: Float
  /// Every unit's current at t = 0.
  public var initialCurrent: Float = 0.5
  /// Whether an input reaches a unit: [input × unit]. Empty if all do.
  public var inputsExist: [Bool] = []

  /// The bias of gates that stand open: sigmoid(100) is 1 to the last bit, and its slope 0.
  static let openGate: Float = 100

  public init(connectionProbability: Double, inputDegree: Double, outputBias: Float) {
    self.connectionProbability = connectionProbability
    self.inputDegree = inputDegree
    self.outputBias = outputBias
  }

  /// Draws connections and parameters.
  ///
  ///     V   ~ Normal(0, g² K / N_in²)
  ///     W   ~ ± Gamma(shape 4, scale ¼) where a connection exists, scaled to spectral radius ρ₀
  ///
  /// - Parameter network: a number that tells the networks of a run apart.
  public func draw(_ shape: NetworkShape, seed: UInt64, network: UInt64) -> (
    parameters: Parameters, connections: Connections
  ) {
    guard shape.units > 0 else { return (startOfReadOut(shape), .all) }
    var connections = Connections(
      probability: connectionProbability, units: shape.units, seed: seed, network: network,
      inputsExist: inputsExist)
    if units == .leaky { connections = connections.withoutGates(units: shape.units) }
    var parameters = Parameters(shape)
    let n = shape.units

    var inputs = Random(seed: seed, stream: .initialWeights, lane: network, trial: 0)
    let deviation = Float(inputGain * inputDegree.squareRoot() / Double(shape.inputs))
    parameters["W_in"] = (0..<(shape.inputs * 3 * n)).map { _ in deviation * inputs.normal() }

    // λ, γ and candidate each have a spectral radius of their own.
    let matrices = (1...3).map { matrix in
      var random = Random(
        seed: seed, stream: .initialWeights, lane: network, trial: UInt64(matrix))
      return (0..<(n * n)).map { _ in
        let size = Float(gamma4(using: &random))
        return random.uniform() < 0.5 ? size : -size
      }
    }
    parameters["W_rec_gates"] = (0..<n).flatMap { row -> [Float] in
      let columns = (row * n)..<(row * n + n)
      return Array(matrices[0][columns]) + Array(matrices[1][columns])
    }
    parameters["W_rec"] = matrices[2]
    parameters.values.withUnsafeMutableBufferPointer {
      connections.clearAbsent(in: $0.baseAddress!, shape: shape)
    }
    scaleToSpectralRadius(&parameters)
    if units == .leaky { openGates(&parameters) }

    parameters["b_out"] = .init(repeating: outputBias, count: shape.outputs)
    parameters["x0"] = .init(repeating: initialCurrent, count: n)
    return (parameters, connections)
  }

  private func scaleToSpectralRadius(_ parameters: inout Parameters) {
    let n = parameters.shape.units
    var gates = parameters["W_rec_gates"]
    for gate in 0..<2 where units == .gated {
      let places = (0..<(n * n)).map { $0 / n * 2 * n + gate * n + $0 % n }
      let scale = Float(
        spectralRadius / Learning.spectralRadius(of: places.map { gates[$0] }, size: n))
      for place in places { gates[place] *= scale }
    }
    parameters["W_rec_gates"] = gates
    let candidate = parameters["W_rec"]
    let scale = Float(spectralRadius / Learning.spectralRadius(of: candidate, size: n))
    parameters["W_rec"] = candidate.map { $0 * scale }
  }

  /// Makes λ = γ = 1 whatever is heard, now and after any update: no slope gets past such a gate.
  private func openGates(_ parameters: inout Parameters) {
    let (k, n) = (parameters.shape.inputs, parameters.shape.units)
    let weights = parameters["W_in"]
    parameters["W_in"] = (0..<(k * 3 * n)).map { $0 % (3 * n) < n ? weights[$0] : 0 }
    parameters["b_in"] = (0..<(3 * n)).map { $0 < n ? 0 : Self.openGate }
  }

  /// A read-out of the inputs: its weights start at zero, and what stands for them at t = 0 as units
  /// would.
  private func startOfReadOut(_ shape: NetworkShape) -> Parameters {
    var parameters = Parameters(shape)
    parameters["b_out"] = .init(repeating: outputBias, count: shape.outputs)
    if shape.inputs > 0 { parameters["x0"] = .init(repeating: initialCurrent, count: shape.inputs) }
    return parameters
  }

  /// A gamma variable of shape 4 and scale ¼: mean 1, variance ¼. It is the sum of four exponentials.
  private func gamma4(using random: inout Random) -> Double {
    let product = (0..<4).reduce(1.0) { product, _ in product * (1 - random.preciseUniform()) }
    return -0.25 * naturalLogarithm(of: product)
  }
}
