import Glibc
import Testing

@testable import Learning

/// Numbers that were checked three ways when they were made: the analytic gradient against finite
/// differences, double precision against the reference program of Song, Yang & Wang 2017 in single
/// precision, and three steps of Adam against that program's.
@Suite("Golden numbers of the reference program")
struct GoldenNumbersTests {

  // MARK: What the numbers were made from

  /// s · sin(c + 1.3 k), k = 0, 1, 2, …
  static func fill(_ c: Double, _ count: Int, _ s: Double) -> [Double] {
    (0..<count).map { s * sin(c + 1.3 * Double($0)) }
  }

  static func parameters(_ shape: NetworkShape) -> Parameters {
    var parameters = Parameters(shape)
    let names = ["W_in", "b_in", "W_rec_gates", "W_rec", "W_out", "b_out", "x0"]
    for (index, name) in names.enumerated() {
      let count = parameters.block(name).range.count
      parameters[name] = fill(Double(index + 1), count, 0.5).map { Float($0) }
    }
    return parameters
  }

  /// Two trials: one of five actions that ends well, one of three that does not.
  static let actions = [[0, 0, 0, 0, 1], [0, 0, 2]]
  static let rewards: [[Float]] = [[0, 0, 0, 0, 1], [0, 0, -1]]
  static let shape = NetworkShape(inputs: 3, units: 4, outputs: 3)
  static let valueShape = NetworkShape(inputs: 7, units: 4, outputs: 1)
  static let leak: Float = 0.1
  /// The first trial's rows run on for one step, to the last state of the table; the second one's too.
  static let rowCounts = [6, 4]

  /// The entry of one trial's channel in an array [time][trial][channel].
  static func slice(_ all: [Double], _ time: Int, _ trial: Int, _ width: Int) -> [Float] {
    (0..<width).map { Float(all[(time * 2 + trial) * width + $0]) }
  }

  static func decide(with parameters: Parameters) -> FastPass {
    let inputs = fill(8, 36, 0.5).map { 0.5 + $0 }
    let noise = fill(9, 48, 0.5)
    return FastPass(
      parameters, leak: leak, lengths: rowCounts,
      inputs: { slice(inputs, $0 - 1, $1, 3) }, noise: { slice(noise, $0 - 1, $1, 4) })
  }

  static let advantages: [[Float]] = {
    let baseline = fill(10, 12, 0.1)
    return actions.indices.map { trial in
      Learning.advantages(
        of: rewards[trial],
        over: actions[trial].indices.map { Float(baseline[$0 * 2 + trial]) })
    }
  }()

  /// δz = −(1/trials) (1ₐ − π) A, and the loss.
  static func policyLoss(_ pass: FastPass) -> (loss: Double, slopes: [Float]) {
    var loss = 0.0
    var slopes = [Float](repeating: 0, count: pass.history.rowCount * 3)
    for (trial, taken) in actions.enumerated() {
      for (step, action) in taken.enumerated() {
        let policy = pass.policy(step, trial)
        let advantage = Double(advantages[trial][step])
        loss -= advantage * log(policy[action]) / 2
        for other in 0..<3 {
          let chosen = other == action ? 1.0 : 0
          slopes[pass.row(step, trial)! * 3 + other] =
            Float(-(chosen - policy[other]) * advantage / 2)
        }
      }
    }
    return (loss, slopes)
  }

  /// Single precision's 10⁻⁵, and half a unit of the last digit that was printed.
  func expect(
    _ values: [Double], _ golden: [Double], decimals: Int = 8,
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == golden.count, sourceLocation: location)
    for (value, wanted) in zip(values, golden) {
      let tolerance = 1e-5 * abs(wanted) + 0.5 * pow(10, -Double(decimals))
      #expect(abs(value - wanted) <= tolerance, sourceLocation: location)
    }
  }

  // MARK: The decision network

  @Test("the currents of both trials")
  func currents() {
    let pass = Self.decide(with: Self.parameters(Self.shape))
    expect(pass.currents(0, 0), [0.3284933, 0.45108592, -0.08716339, -0.49771813])
    expect(pass.currents(0, 1), [0.3284933, 0.45108592, -0.08716339, -0.49771813])
    expect(pass.currents(1, 0), [0.36217152, 0.38830682, -0.13267014, -0.48536054])
    expect(pass.currents(2, 0), [0.40034420, 0.39688631, -0.15927574, -0.49797204])
    expect(pass.currents(5, 0), [0.43064014, 0.31556435, -0.21453486, -0.47366997])
    expect(pass.currents(2, 1), [0.36827449, 0.40673994, -0.13317881, -0.49268551])
  }

  @Test("the policies of both trials, the first before anything has been seen")
  func policies() {
    let pass = Self.decide(with: Self.parameters(Self.shape))
    for trial in 0..<2 {
      expect(pass.policy(0, trial), [0.23555449, 0.37102762, 0.39341790])
    }
    expect(pass.policy(1, 0), [0.22400611, 0.37246152, 0.40353237])
    expect(pass.policy(2, 1), [0.22529903, 0.37159266, 0.40310831])
  }

  @Test("the advantages, the first action's from its immediate reward alone")
  func advantages() {
    expect(
      Self.advantages[0].map(Double.init), [0.054402, 0.996638, 0.951360, 1.086720, 0.900021],
      decimals: 6)
    expect(
      Self.advantages[1].map(Double.init), [0.095402, -1.097201, -0.928821], decimals: 6)
  }

  @Test("the loss and its gradient, part by part")
  func policyGradient() {
    let parameters = Self.parameters(Self.shape)
    let pass = Self.decide(with: parameters)
    let (loss, slopes) = Self.policyLoss(pass)
    expect([loss], [1.60670032])
    var gradient = Parameters(Self.shape)
    gradient.values = pass.gradient(of: slopes, with: parameters).values
    expect([norm(gradient.values.map(Double.init))], [1.61852266])
    let norms = gradient.blocks.map { norm(gradient[$0.name].map(Double.init)) }
    expect(
      norms,
      [0.11922569, 0.14527955, 0.01102593, 0.04560155, 0.64596427, 1.21636368, 0.82781832])
    expect(gradient["x0"].map(Double.init), [0.69568968, -0.44866361, 0, 0])
    expect(gradient["b_out"].map(Double.init), [-0.82550565, -0.06544756, 0.89095322])
  }

  @Test("three steps of Adam on gradients limited to norm 1")
  func threeSteps() {
    var parameters = Self.parameters(Self.shape)
    var optimiser = Adam(parameterCount: parameters.values.count)
    let norms = (0..<3).map { _ in
      let pass = Self.decide(with: parameters)
      let gradient = pass.gradient(of: Self.policyLoss(pass).slopes, with: parameters)
      return optimiser.update(
        &parameters.values, against: gradient, learningRate: 0.004, limit: 1)
    }
    expect(norms, [1.6185227, 1.6111756, 1.6039589], decimals: 7)
    expect(
      parameters["x0"].map(Double.init), [0.31649638, 0.46309173, -0.08716339, -0.49771813])
    expect(parameters["b_out"].map(Double.init), [-0.12770720, 0.43720528, 0.35519885])
  }

  // MARK: The value network

  @Test("the value network's predictions, loss and gradient, one step behind the decision network")
  func valueNetwork() {
    let decisions = Self.decide(with: Self.parameters(Self.shape))
    let parameters = Self.parameters(Self.valueShape)
    let noise = Self.fill(11, 48, 0.5)
    let pass = FastPass(
      parameters, leak: Self.leak, lengths: [5, 3],
      inputs: { step, trial in
        let rates = decisions.currents(step - 1, trial).map { Float(max(0, $0)) }
        return rates + (0..<3).map { $0 == Self.actions[trial][step - 1] ? 1 : 0 }
      },
      noise: { Self.slice(noise, $0 - 1, $1, 4) })
    let values = Self.actions.indices.map { trial in
      Self.actions[trial].indices.map { pass.output($0, trial)[0] }
    }
    expect(values[0], [-0.29341559, -0.28911627, -0.30820470, -0.32315748, -0.31879834])
    expect(values[1], [-0.29341559, -0.29679952, -0.32087196])

    var loss = 0.0
    var slopes = [Float](repeating: 0, count: pass.history.rowCount)
    for trial in values.indices {
      let targets = returns(of: Self.rewards[trial])
      for (step, value) in values[trial].enumerated() {
        let excess = value - Double(targets[step])
        loss += excess * excess / 8
        slopes[pass.row(step, trial)!] = Float(2 * excess / 8)
      }
    }
    expect([loss], [1.24888579])
    let gradient = pass.gradient(of: slopes, with: parameters)
    expect([norm(gradient.values.map(Double.init))], [1.34561045])
  }
}
