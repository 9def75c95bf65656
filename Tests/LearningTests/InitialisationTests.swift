import Glibc
import Gym
import Testing

@testable import Learning

@Suite("How networks start")
struct InitialisationTests {
  static let seeds: [UInt64] = [97, 99, 100]

  static func task(inputs: Int, actions: Int) -> TaskDescription {
    TaskDescription(
      name: "task", aliases: [], summary: "", reference: "",
      channels: (0..<inputs).map { .init(name: "channel\($0)", width: 1) },
      actions: .discrete((0..<actions).map { "action\($0)" }), epochs: [], conditions: [[]],
      parameters: [], facts: [], presets: [], timeLimit: 2750, allowsLookAhead: true)
  }

  /// Both networks of a run with the defaults of the paper.
  static func start(
    seed: UInt64, inputs: Int = 3, actions: Int = 3, units: Int = 100, valueUnits: Int = 100
  ) -> Snapshot {
    var hyperparameters = Hyperparameters()
    hyperparameters.decisionUnits = units
    hyperparameters.valueUnits = valueUnits
    return Snapshot(
      for: task(inputs: inputs, actions: actions), hyperparameters: hyperparameters, seed: seed)
  }

  /// λ, γ and candidate matrices, [from × to].
  static func matrices(_ parameters: Parameters) -> [[Float]] {
    let n = parameters.shape.units
    let gates = parameters["W_rec_gates"]
    func gate(_ index: Int) -> [Float] {
      (0..<(n * n)).map { place in
        let (row, column) = (place / n, place % n)
        return gates[row * 2 * n + index * n + column]
      }
    }
    return [gate(0), gate(1), parameters["W_rec"]]
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  static func variance(_ values: [Double]) -> Double {
    let center = mean(values)
    return mean(values.map { ($0 - center) * ($0 - center) })
  }

  // MARK: Sizes

  @Test("two networks of 100 units have 31,603 and 61,401 parameters")
  func parameterCounts() {
    let start = Self.start(seed: 1)
    #expect(start.decision.parameters.values.count == 31_603)
    #expect(start.value.parameters.values.count == 61_401)
  }

  @Test(
    "the parts of the parameters follow one another without gaps, where the inner loops expect them"
  )
  func layout() {
    let shape = NetworkShape(inputs: 3, units: 5, outputs: 2)
    let parameters = Parameters(shape)
    var end = 0
    for block in parameters.blocks {
      #expect(block.range.lowerBound == end)
      #expect(block.range.count == block.shape.reduce(1, *))
      end = block.range.upperBound
    }
    #expect(end == parameters.values.count)
    let places = ParameterPlaces(shape)
    #expect(places.inputWeights == parameters.block("W_in").range.lowerBound)
    #expect(places.gateWeights == parameters.block("W_rec_gates").range.lowerBound)
    #expect(places.candidateWeights == parameters.block("W_rec").range.lowerBound)
    #expect(places.readOut == parameters.block("W_out").range.lowerBound)
    #expect(places.initialCurrents == parameters.block("x0").range.lowerBound)
  }

  // MARK: Connections

  @Test(
    "every unit hears exactly pN others, in each of the three matrices",
    arguments: [(100, 10), (150, 15), (50, 5)])
  func inDegree(units: Int, degree: Int) {
    for seed in Self.seeds {
      let exist = Connections(probability: 0.1, units: units, seed: seed, network: 0).exist
      #expect(exist.count == 3 * units * units)
      for column in 0..<(2 * units) {
        let count = (0..<units).count { exist[$0 * 2 * units + column] }
        #expect(count == degree)
      }
      for column in 0..<units {
        let count = (0..<units).count { exist[2 * units * units + $0 * units + column] }
        #expect(count == degree)
      }
    }
  }

  @Test("a weight is there where a connection is, and nowhere else", arguments: seeds)
  func weightsOfConnections(seed: UInt64) {
    let start = Self.start(seed: seed)
    let weights = start.decision.parameters["W_rec_gates"] + start.decision.parameters["W_rec"]
    #expect(weights.map { $0 != 0 } == start.decision.connections.exist)
    #expect(start.decision.connections.exist.count { $0 } == 3000)
    #expect(start.value.connections == .all)
    #expect(start.value.parameters["W_rec"].allSatisfy { $0 != 0 })
  }

  @Test("connections are drawn anew for each matrix, seed and network")
  func independentConnections() {
    func columns(seed: UInt64, network: UInt64) -> Set<[Bool]> {
      let exist = Connections(probability: 0.1, units: 100, seed: seed, network: network).exist
      let gates = (0..<200).map { column in (0..<100).map { exist[$0 * 200 + column] } }
      let candidate = (0..<100).map { column in (0..<100).map { exist[20_000 + $0 * 100 + column] }
      }
      return Set(gates + candidate)
    }
    let (first, other, value) = (
      columns(seed: 1, network: 0), columns(seed: 2, network: 0), columns(seed: 1, network: 1)
    )
    #expect(first.count == 300, "no two of 300 columns are alike")
    #expect(first.isDisjoint(with: other) && first.isDisjoint(with: value))
  }

  @Test("every unit is as likely a source as any other, itself included")
  func fairConnections() {
    var heard = [Int](repeating: 0, count: 20)
    for seed in 0..<200 as Range<UInt64> {
      let exist = Connections(probability: 0.25, units: 20, seed: seed, network: 0).exist
      for row in 0..<20 {
        for column in 0..<40 where exist[row * 40 + column] { heard[row] += 1 }
      }
    }
    // 8000 columns choose 5 of 20: binomial with mean 2000 and s.d. 38.7.
    for count in heard { #expect(abs(count - 2000) < 4 * 39) }
  }

  // MARK: Recurrent weights

  @Test("each recurrent matrix has a spectral radius of 2, in both networks", arguments: seeds)
  func spectralRadii(seed: UInt64) {
    let start = Self.start(seed: seed)
    for parameters in [start.decision.parameters, start.value.parameters] {
      for matrix in Self.matrices(parameters) {
        #expect(abs(spectralRadius(of: matrix, size: 100) - 2) <= 1e-5)
      }
    }
  }

  @Test("spectral radii that are known")
  func knownRadii() {
    #expect(spectralRadius(of: [3, 0, 0, -5], size: 2).isClose(to: 5))
    // A turn by a right angle, twice as long: eigenvalues ±2i.
    #expect(spectralRadius(of: [0, -2, 2, 0], size: 2).isClose(to: 2))
    #expect(spectralRadius(of: [0, 1, 0, 0], size: 2) == 0)
    // One cycle of three: the cube roots of 1 · 2 · 4.
    #expect(spectralRadius(of: [0, 1, 0, 0, 0, 2, 4, 0, 0], size: 3).isClose(to: 2))
  }

  @Test(
    "before scaling, magnitudes have mean 1 and variance ¼, and half are negative", arguments: seeds
  )
  func magnitudes(seed: UInt64) {
    // Scaling is by one number for each matrix, so what does not depend on it must be that of
    // Gamma(4, ¼) over its mean.
    let start = Self.start(seed: seed)
    for parameters in [start.decision.parameters, start.value.parameters] {
      for matrix in Self.matrices(parameters) {
        let weights = matrix.filter { $0 != 0 }.map(Double.init)
        let sizes = weights.map(abs)
        let scale = Self.mean(sizes)
        let count = Double(weights.count)
        // Gamma(4, ¼): s.d. ½, and a variance of the squared deviation of (μ₄ − σ⁴) = 0.21875.
        #expect(abs(Self.variance(sizes) / (scale * scale) - 0.25) < 5 * (0.3 / count).squareRoot())
        // Its skewness is 2/√4 = 1.
        let skewness =
          Self.mean(sizes.map { pow($0 / scale - 1, 3) })
          / pow(Self.variance(sizes) / (scale * scale), 1.5)
        #expect(abs(skewness - 1) < 5 * (30 / count).squareRoot())
        let negative = Double(weights.count { $0 < 0 }) / count
        #expect(abs(negative - 0.5) < 4 * 0.5 / count.squareRoot())
      }
    }
  }

  @Test("unscaled, the magnitudes' mean is 1")
  func unscaledMean() {
    // With a spectral radius of ρ the weights are proportional to ρ, so the size of the unscaled ones
    // is seen where the radius asked for is the one they have: by Girko's law √N · √(mean square).
    // Gamma(4, ¼) has mean square 1.25.
    let shape = NetworkShape(inputs: 1, units: 200, outputs: 1)
    var initialisation = Initialisation(connectionProbability: 1, inputDegree: 1, outputBias: 0)
    initialisation.spectralRadius = (200 * 1.25).squareRoot()
    let (parameters, _) = initialisation.draw(shape, seed: 3, network: 0)
    for matrix in Self.matrices(parameters) {
      #expect(abs(Self.mean(matrix.map { Double(abs($0)) }) - 1) < 0.1)
    }
  }

  // MARK: Input weights, read-out, initial state

  /// The reference's table of §1.4: task, inputs, actions, units, decision s.d., value s.d.
  static let deviations: [(String, Int, Int, Int, Double, Double)] = [
    ("random dots, memory", 3, 3, 100, 1.0541, 0.09709),
    ("context-dependent integration", 6, 3, 100, 0.5270, 0.09709),
    ("multisensory integration", 5, 3, 150, 0.7746, 0.08005),
    ("wager", 4, 4, 100, 0.7906, 0.09615),
    ("cart-pole", 4, 2, 50, 0.5590, 0.13598),
  ]

  @Test("input weights have the standard deviations of the paper's tasks", arguments: deviations)
  func inputWeights(
    task: String, inputs: Int, actions: Int, units: Int, decision: Double, value: Double
  ) {
    var (decisions, values): ([Double], [Double]) = ([], [])
    for seed in 0..<4 as Range<UInt64> {
      let start = Self.start(seed: seed, inputs: inputs, actions: actions, units: units)
      decisions += start.decision.parameters["W_in"].map(Double.init)
      values += start.value.parameters["W_in"].map(Double.init)
    }
    for (weights, deviation) in [(decisions, decision), (values, value)] {
      let count = Double(weights.count)
      #expect(abs(Self.mean(weights)) < 4 * deviation / count.squareRoot())
      // The s.d. of a standard deviation is σ/√(2n); the table has four digits.
      let found = Self.variance(weights).squareRoot()
      #expect(abs(found / deviation - 1) < 4 / (2 * count).squareRoot() + 1e-4)
    }
  }

  @Test("the input gain multiplies them: 0.9709 in the value network of the economic task")
  func inputGain() {
    var initialisation = Initialisation(connectionProbability: 1, inputDegree: 100, outputBias: -1)
    initialisation.inputGain = 10
    let (parameters, _) = initialisation.draw(
      .init(inputs: 103, units: 100, outputs: 1), seed: 100, network: 1)
    let found = Self.variance(parameters["W_in"].map(Double.init)).squareRoot()
    #expect(abs(found / 0.9709 - 1) < 4 / (2 * 30_900.0).squareRoot() + 1e-4)
  }

  @Test("biases and read-outs start at zero, the value at −1, currents at ½", arguments: seeds)
  func constants(seed: UInt64) {
    let start = Self.start(seed: seed)
    for (network, bias) in [(start.decision, Float(0)), (start.value, -1)] {
      #expect(network.parameters["b_in"].allSatisfy { $0 == 0 })
      #expect(network.parameters["W_out"].allSatisfy { $0 == 0 })
      #expect(network.parameters["b_out"].allSatisfy { $0 == bias })
      #expect(network.parameters["x0"].allSatisfy { $0 == 0.5 })
    }
    #expect(start.update == 0 && start.validatedUpdate == nil && start.best == nil)
    #expect(start.decisionOptimiser == Adam(parameterCount: 31_603))
    #expect(start.valueOptimiser == Adam(parameterCount: 61_401))
  }

  @Test("the same seed draws the same networks, another one others")
  func seeding() {
    #expect(Self.start(seed: 97) == Self.start(seed: 97))
    #expect(Self.start(seed: 97).decision.parameters != Self.start(seed: 98).decision.parameters)
    #expect(Self.start(seed: 97).value.parameters != Self.start(seed: 98).value.parameters)
  }
}
