import Glibc

@testable import Learning

/// The referee: the equations of Song, Yang & Wang, *eLife* 6:e21492 (2017), as they stand in the
/// paper's Methods. Double precision, one trial, one unit at a time, no thought of speed.
///
///     λ = sigmoid(W_λ r₋ + V_λ u + b_λ)      γ = sigmoid(W_γ r₋ + V_γ u + b_γ)
///     c = W (γ ⊙ r₋) + V u + b + q           x = (1 − α λ) ⊙ x₋ + α λ ⊙ c
///     r = max(0, x)                          z = W_out r + b_out
struct LiteralNetwork {
  /// What a current is driven by; the reference's order of the blocks.
  enum Drive: Int, CaseIterable { case candidate, lambda, gamma }

  let shape: NetworkShape
  /// α
  let leak: Double
  /// V, V_λ, V_γ: [drive][from][to].
  var input: [[[Double]]]
  /// b, b_λ, b_γ: [drive][unit].
  var bias: [[Double]]
  /// W, W_λ, W_γ: [drive][from][to].
  var recurrent: [[[Double]]]
  /// W_out: [unit][output].
  var readOut: [[Double]]
  /// b_out
  var readOutBias: [Double]
  /// x₀
  var initialCurrents: [Double]

  /// Takes the numbers in the order of the parameter table: input weights, input biases, gates,
  /// candidate, read-out, read-out bias, x₀.
  init(_ values: [Double], shape: NetworkShape, leak: Double) {
    self.shape = shape
    self.leak = leak
    let (k, n, a) = (shape.inputs, shape.units, shape.outputs)
    var rest = values[...]
    func matrix(_ rows: Int, _ columns: Int) -> [[Double]] {
      (0..<rows).map { _ in
        defer { rest = rest.dropFirst(columns) }
        return Array(rest.prefix(columns))
      }
    }
    func columns(_ matrix: [[Double]], of block: Int) -> [[Double]] {
      matrix.map { Array($0[(block * n)..<(block * n + n)]) }
    }
    let inputs = matrix(k, 3 * n)
    input = Drive.allCases.map { columns(inputs, of: $0.rawValue) }
    let biases = matrix(1, 3 * n)
    bias = Drive.allCases.map { columns(biases, of: $0.rawValue)[0] }
    let gates = matrix(n, 2 * n)
    let candidate = matrix(n, n)
    recurrent = [candidate, columns(gates, of: 0), columns(gates, of: 1)]
    readOut = matrix(n, a)
    readOutBias = matrix(1, a)[0]
    initialCurrents = matrix(1, n)[0]
    precondition(rest.isEmpty)
  }

  init(_ parameters: Parameters, leak: Double) {
    self.init(parameters.values.map(Double.init), shape: parameters.shape, leak: leak)
  }

  /// All numbers, in the order in which `init` takes them.
  var values: [Double] {
    let n = shape.units
    var values: [Double] = []
    for from in 0..<shape.inputs { for drive in 0..<3 { values += input[drive][from] } }
    for drive in 0..<3 { values += bias[drive] }
    for from in 0..<n { for drive in 1..<3 { values += recurrent[drive][from] } }
    for from in 0..<n { values += recurrent[0][from] }
    for from in 0..<n { values += readOut[from] }
    return values + readOutBias + initialCurrents
  }

  // MARK: Forward

  /// The network at one step, and what took it there; the latter is empty at t = 0.
  struct Moment {
    var input: [Double] = []
    var currentsBefore: [Double] = []
    var ratesBefore: [Double] = []
    var lambda: [Double] = []
    var gamma: [Double] = []
    var candidate: [Double] = []
    var currents: [Double]
    var rates: [Double]
    /// z
    var output: [Double]
  }

  func begin() -> Moment {
    let rates = initialCurrents.map { max(0, $0) }
    return Moment(currents: initialCurrents, rates: rates, output: read(rates))
  }

  func advance(from last: Moment, input u: [Double], noise q: [Double]) -> Moment {
    let units = 0..<shape.units
    func heard(_ drive: Drive, _ sources: [Double], at unit: Int) -> Double {
      var sum = bias[drive.rawValue][unit]
      for from in 0..<shape.inputs { sum += u[from] * input[drive.rawValue][from][unit] }
      for from in units { sum += sources[from] * recurrent[drive.rawValue][from][unit] }
      return sum
    }
    let lambda = units.map { sigmoid(heard(.lambda, last.rates, at: $0)) }
    let gamma = units.map { sigmoid(heard(.gamma, last.rates, at: $0)) }
    let gated = units.map { gamma[$0] * last.rates[$0] }
    let candidate = units.map { heard(.candidate, gated, at: $0) + q[$0] }
    let currents = units.map {
      (1 - leak * lambda[$0]) * last.currents[$0] + leak * lambda[$0] * candidate[$0]
    }
    let rates = currents.map { max(0, $0) }
    return Moment(
      input: u, currentsBefore: last.currents, ratesBefore: last.rates, lambda: lambda,
      gamma: gamma, candidate: candidate, currents: currents, rates: rates, output: read(rates))
  }

  /// A whole trial. `inputs[t]` and `noise[t]` drive the state at t + 1.
  func run(inputs: [[Double]], noise: [[Double]]) -> [Moment] {
    var moments = [begin()]
    for (u, q) in zip(inputs, noise) {
      moments.append(advance(from: moments[moments.count - 1], input: u, noise: q))
    }
    return moments
  }

  private func read(_ rates: [Double]) -> [Double] {
    (0..<shape.outputs).map { output in
      var sum = readOutBias[output]
      for unit in 0..<shape.units { sum += rates[unit] * readOut[unit][output] }
      return sum
    }
  }

  // MARK: Backward

  /// The gradient of Σₜ δzₜ · zₜ in all parameters, laid out like `values`.
  ///
  /// - Parameter slopes: δz, [step][output].
  func gradient(of slopes: [[Double]], through moments: [Moment]) -> [Double] {
    var gradient = LiteralNetwork(
      .init(repeating: 0, count: values.count), shape: shape, leak: leak)
    let units = 0..<shape.units
    var dx = [Double](repeating: 0, count: shape.units)
    for step in moments.indices.reversed() {
      let now = moments[step]
      for output in 0..<shape.outputs {
        gradient.readOutBias[output] += slopes[step][output]
        for unit in units {
          gradient.readOut[unit][output] += now.rates[unit] * slopes[step][output]
          if now.currents[unit] > 0 { dx[unit] += slopes[step][output] * readOut[unit][output] }
        }
      }
      if step == 0 { break }

      // ∂x/∂c = α λ,  ∂x/∂λ = α (c − x₋),  ∂sigmoid = y (1 − y)
      let dCandidate = units.map { leak * now.lambda[$0] * dx[$0] }
      let dLambda = units.map {
        leak * (now.candidate[$0] - now.currentsBefore[$0]) * dx[$0]
          * now.lambda[$0] * (1 - now.lambda[$0])
      }
      let dGated = units.map { from in
        units.reduce(0) { $0 + recurrent[0][from][$1] * dCandidate[$1] }
      }
      let dGamma = units.map {
        dGated[$0] * now.ratesBefore[$0] * now.gamma[$0] * (1 - now.gamma[$0])
      }
      let dDrives = [dCandidate, dLambda, dGamma]
      for drive in Drive.allCases {
        for to in units {
          let slope = dDrives[drive.rawValue][to]
          gradient.bias[drive.rawValue][to] += slope
          for from in 0..<shape.inputs {
            gradient.input[drive.rawValue][from][to] += now.input[from] * slope
          }
          for from in units {
            let source = drive == .candidate ? now.gamma[from] : 1
            gradient.recurrent[drive.rawValue][from][to] += source * now.ratesBefore[from] * slope
          }
        }
      }
      dx = units.map { unit in
        var dRate = now.gamma[unit] * dGated[unit]
        for to in units {
          dRate += recurrent[1][unit][to] * dLambda[to] + recurrent[2][unit][to] * dGamma[to]
        }
        return (1 - leak * now.lambda[unit]) * dx[unit] + (now.currentsBefore[unit] > 0 ? dRate : 0)
      }
    }
    gradient.initialCurrents = dx
    return gradient.values
  }
}

func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

func softmax(_ logits: [Double]) -> [Double] {
  let largest = logits.max() ?? 0
  let powers = logits.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

func norm(_ values: some Sequence<Double>) -> Double {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

/// Gₜ = Σₖ≥ₜ Rₖ, as a sum for each t.
func literalReturns(of rewards: [Double]) -> [Double] {
  rewards.indices.map { rewards[$0...].reduce(0, +) }
}
