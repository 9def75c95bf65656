import Envs
import Gym
import Testing

@testable import Learning

@Suite("Variants of the networks")
struct VariantTests {
  let seed: UInt64 = 53

  /// Ten updates from an opinionated start.
  private func trained(_ hyperparameters: Hyperparameters) throws -> (
    start: Snapshot, decision: Network, value: Network
  ) {
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let reinforce = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: try HurriedDots.open(seed: seed, laneCount: 10, lookAhead: 4),
        shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)
    for trial in 0..<10 as Range<UInt64> { _ = try reinforce.update(trial: trial) }
    reinforce.finish()
    return (start, reinforce.decision, reinforce.value)
  }

  // MARK: Leaky units

  /// x = (1 − α) x₋ + α (W r₋ + V u + b + q), as the plain leaky threshold-linear unit has it.
  private func leakyStep(
    _ parameters: Parameters, from x: [Double], input u: [Double], noise q: [Double], leak: Double
  ) -> [Double] {
    let n = parameters.shape.units
    let (v, b, w) = (parameters["W_in"], parameters["b_in"], parameters["W_rec"])
    return (0..<n).map { unit in
      var drive = Double(b[unit]) + q[unit]
      for input in u.indices { drive += u[input] * Double(v[input * 3 * n + unit]) }
      for from in 0..<n { drive += max(0, x[from]) * Double(w[from * n + unit]) }
      return (1 - leak) * x[unit] + leak * drive
    }
  }

  @Test("leaky units follow the leaky unit's equation: their gates stand open")
  func leaky() throws {
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.units = .leaky
    let start = try HurriedDots.start(hyperparameters, seed: seed)
    var draws = Draws(seed: seed)
    for network in [start.decision, start.value] {
      let (k, n) = (network.shape.inputs, network.shape.units)
      let inputs = (0..<6).map { _ in draws.normals(k) }
      let noise = (0..<6).map { _ in draws.normals(n, scale: 0.4) }
      let pass = FastPass(
        network.parameters, leak: 0.1, lengths: [6], inputs: { step, _ in inputs[step] },
        noise: { step, _ in noise[step] })
      var x = network.parameters["x0"].map(Double.init)
      for step in 1..<6 {
        x = leakyStep(
          network.parameters, from: x, input: inputs[step].map(Double.init),
          noise: noise[step].map(Double.init), leak: 0.1)
        for (found, wanted) in zip(pass.currents(step, 0), x) {
          #expect(abs(found - wanted) < 1e-5)
        }
      }
    }
  }

  @Test("no update moves a gate that stands open, and the rest learns")
  func gatesStayOpen() throws {
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.units = .leaky
    let (start, decision, value) = try trained(hyperparameters)
    for (before, after) in [(start.decision, decision), (start.value, value)] {
      let n = before.shape.units
      #expect(after.parameters["W_rec_gates"].allSatisfy { $0 == 0 })
      #expect(after.parameters["b_in"].suffix(2 * n) == before.parameters["b_in"].suffix(2 * n))
      let gateInputs = after.parameters["W_in"].indices.filter { $0 % (3 * n) >= n }
      #expect(gateInputs.allSatisfy { after.parameters["W_in"][$0] == 0 })
      #expect(after.parameters["W_rec"] != before.parameters["W_rec"])
      #expect(after.parameters["W_in"] != before.parameters["W_in"])
    }
  }

  // MARK: Input masks

  @Test("a masked channel reaches its units alone, at the start and after updates")
  func masks() throws {
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.inputMasks = [
      .init(channels: ["left", "right"], units: 0..<6), .init(channels: ["right"], units: 10..<12),
    ]
    let (start, decision, _) = try trained(hyperparameters)
    let reached: [[Int]] = [
      Array(0..<16),  // fixation: every unit
      Array(0..<6),
      Array(0..<6) + [10, 11],
    ]
    for network in [start.decision, decision] {
      let weights = network.parameters["W_in"]
      for (channel, units) in reached.enumerated() {
        for column in 0..<48 {
          #expect((weights[channel * 48 + column] != 0) == units.contains(column % 16))
        }
      }
    }
    #expect(start.decision.parameters["W_in"] != decision.parameters["W_in"])
  }

  @Test("a wide channel's mask covers all of its numbers")
  func wideChannels() {
    let exist = Connections.inputs(
      through: [.init(channels: ["ring"], units: 1..<2)],
      channels: [.init(name: "ring", width: 2), .init(name: "cue", width: 1)], units: 3)
    #expect(exist == [false, true, false, false, true, false, true, true, true])
    #expect(
      Connections.inputs(
        through: [], channels: [.init(name: "cue", width: 1)], units: 3) == [])
  }

  // MARK: Gains

  @Test("the value network's input gain scales its input weights and nothing else")
  func inputGain() throws {
    var hyperparameters = HurriedDots.hyperparameters
    let plain = try HurriedDots.start(hyperparameters, seed: seed)
    hyperparameters.valueInputGain = 8
    let strong = try HurriedDots.start(hyperparameters, seed: seed)
    #expect(strong.decision == plain.decision)
    #expect(strong.value.parameters["W_in"] == plain.value.parameters["W_in"].map { 8 * $0 })
    #expect(strong.value.parameters["W_rec"] == plain.value.parameters["W_rec"])
  }
}
