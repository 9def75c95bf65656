import Glibc
import Gym
import Testing

@testable import Learning

/// Numbers for tests, standard normal.
struct Draws {
  private var random: Random

  init(seed: UInt64) { random = Random(seed: seed, stream: Stream("tests")) }

  mutating func normals(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in scale * random.normal() }
  }

  mutating func index(below bound: Int) -> Int { random.index(below: bound) }

  /// Parameters of a size that keeps gates open halfway and currents near one.
  mutating func parameters(_ shape: NetworkShape) -> Parameters {
    var parameters = Parameters(shape)
    let scale = 1 / Float(shape.units + shape.inputs).squareRoot()
    parameters.values = normals(parameters.values.count, scale: scale)
    parameters["x0"] = normals(shape.units, scale: 0.5).map { 0.5 + $0 }
    return parameters
  }
}

@Suite("The fast units against a literal referee")
struct RefereeTests {

  struct Case: CustomTestStringConvertible, Sendable {
    let shape: NetworkShape
    let laneCount: Int
    let longest: Int
    /// Steps of a frame: rows run on to its end after their trials.
    var span = 1
    /// The fraction of recurrent connections that exist.
    var density = 1.0

    var testDescription: String {
      "\(shape.inputs)-\(shape.units)-\(shape.outputs), \(laneCount) lanes of \(longest) steps, "
        + "spans of \(span), density \(density)"
    }
  }

  static let cases = [
    Case(shape: .init(inputs: 1, units: 1, outputs: 1), laneCount: 1, longest: 2),
    Case(shape: .init(inputs: 3, units: 4, outputs: 3), laneCount: 2, longest: 6),
    Case(shape: .init(inputs: 2, units: 7, outputs: 2), laneCount: 5, longest: 9, span: 4),
    Case(
      shape: .init(inputs: 5, units: 17, outputs: 4), laneCount: 10, longest: 40, span: 16,
      density: 0.3),
    Case(
      shape: .init(inputs: 3, units: 33, outputs: 3), laneCount: 3, longest: 24, density: 0.2),
    // More lanes than weight gradients wait for, so that every step stands alone.
    Case(
      shape: .init(inputs: 1, units: 5, outputs: 2), laneCount: 130, longest: 7, span: 2),
    Case(
      shape: .init(inputs: 3, units: 100, outputs: 3), laneCount: 2, longest: 12, density: 0.1),
  ]

  @Test("states, outputs and gradients agree to float rounding", arguments: cases)
  func agreement(_ size: Case) {
    var draws = Draws(seed: 11)
    let shape = size.shape
    var parameters = draws.parameters(shape)
    let exist = (0..<(3 * shape.units * shape.units)).map { _ in
      Double(draws.index(below: 1000)) < 1000 * size.density
    }
    let connections = Connections(exist: exist)
    parameters.values.withUnsafeMutableBufferPointer {
      connections.clearAbsent(in: $0.baseAddress!, shape: shape)
    }
    // Every lane has a length of its own; one of them the longest, one a single step.
    let lengths = (0..<size.laneCount).map { lane in
      lane == 0 ? size.longest : lane == 1 ? 1 : 1 + draws.index(below: size.longest)
    }
    let stepCount = (size.longest + size.span - 1) / size.span * size.span
    let inputs = lengths.map { _ in (0..<stepCount).map { _ in draws.normals(shape.inputs) } }
    let noise = lengths.map { _ in
      (0..<stepCount).map { _ in draws.normals(shape.units, scale: 0.447) }
    }
    let leak: Float = 0.1

    let fast = FastPass(
      parameters, leak: leak, lengths: lengths, span: size.span,
      inputs: { inputs[$1][$0 - 1] }, noise: { noise[$1][$0 - 1] })
    var slopes = [Float](repeating: 0, count: fast.history.rowCount * shape.outputs)
    let literal = LiteralNetwork(parameters, leak: Double(leak))
    var gradient = [Double](repeating: 0, count: parameters.values.count)
    for (lane, length) in lengths.enumerated() {
      let moments = literal.run(
        inputs: inputs[lane].prefix(length - 1).map { $0.map(Double.init) },
        noise: noise[lane].prefix(length - 1).map { $0.map(Double.init) })
      var laneSlopes: [[Double]] = []
      for (step, moment) in moments.enumerated() {
        #expect(distance(fast.currents(step, lane), moment.currents) < 2e-6)
        #expect(distance(fast.output(step, lane), moment.output) < 1e-5)
        let slope = draws.normals(shape.outputs)
        laneSlopes.append(slope.map(Double.init))
        let row = fast.row(step, lane)!
        for (output, value) in slope.enumerated() { slopes[row * shape.outputs + output] = value }
      }
      for (place, value) in literal.gradient(of: laneSlopes, through: moments).enumerated() {
        gradient[place] += value
      }
    }
    let found = fast.gradient(of: slopes, with: parameters)
    connections.clearAbsent(in: found.start, shape: shape)
    let firstConnection = ParameterPlaces(shape).gateWeights
    for (place, exists) in exist.enumerated() where !exists {
      gradient[firstConnection + place] = 0
    }
    for block in parameters.blocks {
      let wanted = Array(gradient[block.range])
      let values = block.range.map { Double(found.start[$0]) }
      let largest = wanted.map(abs).max() ?? 0
      #expect(distance(values, wanted) <= 1e-5 * largest, "\(block.name)")
      if size.longest > 2 { #expect(largest > 0, "\(block.name) has a gradient at all") }
    }
  }

  /// The largest difference.
  func distance(_ a: [Double], _ b: [Double]) -> Double {
    #expect(a.count == b.count)
    return zip(a, b).map { abs($0 - $1) }.max() ?? 0
  }

  @Test("a gradient is added to what is there already")
  func accumulation() {
    var draws = Draws(seed: 5)
    let shape = NetworkShape(inputs: 2, units: 6, outputs: 2)
    let parameters = draws.parameters(shape)
    let (u, q) = (draws.normals(2), draws.normals(6))
    let pass = FastPass(
      parameters, leak: 0.2, lengths: [4, 2], inputs: { _, _ in u }, noise: { _, _ in q })
    var slopes = draws.normals(pass.history.rowCount * 2)
    let once = pass.gradient(of: slopes, with: parameters)
    let twice = pass.gradient(of: slopes, with: parameters)
    var values = parameters.values
    values.withUnsafeMutableBufferPointer {
      pass.units.backpropagate(
        &slopes, through: pass.history, with: $0.baseAddress!,
        using: BackwardScratch(shape, laneCount: 2), into: twice.start)
    }
    for place in once.values.indices {
      #expect(abs(twice.start[place] - 2 * once.start[place]) <= 1e-6)
    }
  }
}

@Suite("The literal referee against finite differences")
struct FiniteDifferenceTests {
  let shape = NetworkShape(inputs: 2, units: 5, outputs: 3)
  var draws = Draws(seed: 23)

  /// ∂L/∂θ by central differences, against the analytic gradient.
  func check(
    _ values: [Double], _ gradient: [Double], _ loss: ([Double]) -> Double
  ) {
    let step = 1e-6
    for place in values.indices {
      var (above, below) = (values, values)
      above[place] += step
      below[place] -= step
      let slope = (loss(above) - loss(below)) / (2 * step)
      #expect(abs(slope - gradient[place]) < 1e-8, "parameter \(place)")
    }
  }

  @Test("of the policy's loss, −Σₜ Aₜ log πₜ(aₜ)")
  mutating func policyLoss() {
    let values = draws.parameters(shape).values.map(Double.init)
    let inputs = (0..<7).map { _ in draws.normals(2).map(Double.init) }
    let noise = (0..<7).map { _ in draws.normals(5, scale: 0.447).map(Double.init) }
    let actions = (0..<8).map { _ in draws.index(below: 3) }
    let advantages = draws.normals(8).map(Double.init)
    func moments(_ values: [Double]) -> [LiteralNetwork.Moment] {
      LiteralNetwork(values, shape: shape, leak: 0.1).run(inputs: inputs, noise: noise)
    }
    let slopes = moments(values).enumerated().map { step, moment in
      softmax(moment.output).enumerated().map { action, probability in
        -((action == actions[step] ? 1 : 0) - probability) * advantages[step]
      }
    }
    let literal = LiteralNetwork(values, shape: shape, leak: 0.1)
    check(values, literal.gradient(of: slopes, through: moments(values))) { values in
      moments(values).enumerated().reduce(0) { loss, now in
        loss - advantages[now.offset] * log(softmax(now.element.output)[actions[now.offset]])
      }
    }
  }

  @Test("of the value network's loss, Σₜ (vₜ − Gₜ)² / Σ 1")
  mutating func valueLoss() {
    let shape = NetworkShape(inputs: 2, units: 5, outputs: 1)
    let values = draws.parameters(shape).values.map(Double.init)
    let inputs = (0..<6).map { _ in draws.normals(2).map(Double.init) }
    let noise = (0..<6).map { _ in draws.normals(5, scale: 0.447).map(Double.init) }
    let targets = draws.normals(7).map(Double.init)
    func moments(_ values: [Double]) -> [LiteralNetwork.Moment] {
      LiteralNetwork(values, shape: shape, leak: 0.1).run(inputs: inputs, noise: noise)
    }
    let slopes = zip(moments(values), targets).map { [2 * ($0.output[0] - $1) / 7] }
    let literal = LiteralNetwork(values, shape: shape, leak: 0.1)
    check(values, literal.gradient(of: slopes, through: moments(values))) { values in
      zip(moments(values), targets).reduce(0) { $0 + pow($1.0.output[0] - $1.1, 2) / 7 }
    }
  }
}
