import Glibc
import Gym
import Testing

@testable import Learning

@Suite("Dynamics for a search for fixed points")
struct FixedPointDynamicsTests {

  /// Central differences of F, [from × to].
  private func differences(of dynamics: some FixedPointDynamics, at x: [Double]) -> [Double] {
    let step = 1e-6
    return x.indices.flatMap { j -> [Double] in
      var (above, below) = (x, x)
      above[j] += step
      below[j] -= step
      return zip(dynamics.velocity(at: above), dynamics.velocity(at: below)).map {
        ($0 - $1) / (2 * step)
      }
    }
  }

  private func expectSlopes(of dynamics: some FixedPointDynamics, at x: [Double]) {
    let slopes = dynamics.jacobian(at: x)
    #expect(slopes.count == x.count * x.count)
    for (slope, wanted) in zip(slopes, differences(of: dynamics, at: x)) {
      #expect(abs(slope - wanted) < 1e-8 * max(1, abs(wanted)))
    }
  }

  // MARK: Gated units

  @Test(
    "gated units move as the referee's do without noise",
    arguments: [(inputs: 3, units: 4), (1, 1), (5, 23)])
  func gatedVelocity(inputs: Int, units: Int) {
    var draws = Draws(seed: 31)
    let shape = NetworkShape(inputs: inputs, units: units, outputs: 2)
    let parameters = draws.parameters(shape)
    let input = draws.normals(inputs).map(Double.init)
    let leak = 0.2
    let referee = LiteralNetwork(parameters, leak: leak)
    let dynamics = GatedDynamics(parameters, input: input)
    #expect(dynamics.unitCount == units)
    let path = dynamics.path(from: referee.initialCurrents, stepCount: 20, leak: leak)
    let moments = referee.run(
      inputs: .init(repeating: input, count: 20),
      noise: .init(repeating: .init(repeating: 0, count: units), count: 20))
    #expect(path.count == 20)
    for (state, moment) in zip(path, moments.dropFirst()) {
      for (current, wanted) in zip(state, moment.currents) {
        #expect(abs(current - wanted) < 1e-13 * max(1, abs(wanted)))
      }
    }
  }

  @Test("the Jacobian of gated units is the slope of their velocity, silent units or not")
  func gatedSlopes() {
    var draws = Draws(seed: 32)
    let parameters = draws.parameters(NetworkShape(inputs: 3, units: 15, outputs: 2))
    let dynamics = GatedDynamics(parameters, input: [1, 0.3, -0.7])
    for _ in 0..<3 {
      let x = draws.normals(15).map(Double.init)
      #expect(x.contains { $0 > 0 } && x.contains { $0 < 0 })
      expectSlopes(of: dynamics, at: x)
    }
  }

  @Test("at full speed the velocity is the way to the candidate, so it stays in the same places")
  func fullSpeed() {
    var draws = Draws(seed: 39)
    let parameters = draws.parameters(NetworkShape(inputs: 2, units: 11, outputs: 1))
    let dynamics = GatedDynamics(parameters, input: [1, -0.4]).atFullSpeed
    let x = draws.normals(11).map(Double.init)
    let referee = LiteralNetwork(parameters, leak: 1)
    let last = LiteralNetwork.Moment(currents: x, rates: x.map { max(0, $0) }, output: [])
    let next = referee.advance(
      from: last, input: [1, -0.4], noise: .init(repeating: 0, count: 11))
    for (unit, velocity) in dynamics.velocity(at: x).enumerated() {
      #expect(abs(velocity - (next.candidate[unit] - x[unit])) < 1e-13)
    }
    expectSlopes(of: dynamics, at: x)
  }

  @Test("gates that stand open leave the plain leaky unit")
  func leaky() {
    let shape = NetworkShape(inputs: 2, units: 9, outputs: 1)
    var initialisation = Initialisation(connectionProbability: 1, inputDegree: 2, outputBias: 0)
    initialisation.units = .leaky
    let parameters = initialisation.draw(shape, seed: 4, network: 0).parameters
    let dynamics = GatedDynamics(parameters, input: [0.5, 1])
    var draws = Draws(seed: 33)
    let x = draws.normals(9).map(Double.init)
    let (w, v) = (parameters["W_rec"], parameters["W_in"])
    for (unit, velocity) in dynamics.velocity(at: x).enumerated() {
      // The second input's weights come after three blocks of nine of the first's.
      var wanted: Double = 0.5 * Double(v[unit]) + Double(v[27 + unit])
      wanted -= x[unit]
      for from in 0..<9 { wanted += max(0, x[from]) * Double(w[from * 9 + unit]) }
      #expect(abs(velocity - wanted) < 1e-12)
    }
  }

  // MARK: Rate units

  /// J of standard deviation 1.5/√N, B and u.
  private func rateNetwork(
    _ n: Int, seed: UInt64
  ) -> (recurrent: [Float], weights: [Float], input: [Double]) {
    var draws = Draws(seed: seed)
    return (
      draws.normals(n * n, scale: 1.5 / Float(n).squareRoot()), draws.normals(n * 2), [1, -0.5]
    )
  }

  @Test("rate units move by what they hear, written out")
  func rateVelocity() {
    let (j, b, u) = rateNetwork(13, seed: 34)
    let dynamics = RateDynamics(
      recurrent: j, inputWeights: b, input: u, held: [1: 1, 11: -1], rectifiedUnits: 3)
    var draws = Draws(seed: 35)
    let x = draws.normals(13).map(Double.init)
    let r = x.enumerated().map { $0 < 3 ? max(0, tanh($1)) : tanh($1) }
    let velocity = dynamics.velocity(at: x)
    for i in 0..<13 where i != 1 && i != 11 {
      var wanted = -x[i] + Double(b[2 * i]) - 0.5 * Double(b[2 * i + 1])
      for from in 0..<13 { wanted += Double(j[i * 13 + from]) * r[from] }
      #expect(abs(velocity[i] - wanted) < 1e-13)
    }
    #expect(velocity[1] == 1 - x[1])
    #expect(velocity[11] == -1 - x[11])
  }

  @Test(
    "the Jacobian of rate units is the slope of their velocity", arguments: RateResponse.allCases)
  func rateSlopes(response: RateResponse) {
    let (j, b, u) = rateNetwork(13, seed: 36)
    let dynamics = RateDynamics(
      recurrent: j, inputWeights: b, input: u, response: response, held: [1: 1, 11: -1],
      rectifiedUnits: 3)
    var draws = Draws(seed: 37)
    // Silent, graded and saturated units of the threshold-linear kind.
    let x = draws.normals(13, scale: 8).map(Double.init)
    expectSlopes(of: dynamics, at: x)
    expectSlopes(of: dynamics, at: x.map { $0 / 10 })
  }

  @Test("without input 0 is a fixed point of tanh units, with the eigenvalues of J less 1")
  func origin() {
    let (j, _, _) = rateNetwork(7, seed: 38)
    let dynamics = RateDynamics(recurrent: j, inputWeights: [], input: [])
    let zero = [Double](repeating: 0, count: 7)
    #expect(dynamics.velocity(at: zero) == zero)
    for from in 0..<7 {
      for to in 0..<7 {
        let wanted = Double(j[to * 7 + from]) - (from == to ? 1 : 0)
        #expect(dynamics.jacobian(at: zero)[from * 7 + to] == wanted)
      }
    }
  }

  @Test("two units that excite each other settle in the state that is known")
  func settling() {
    // x = 2 tanh x.
    let dynamics = RateDynamics(recurrent: [0, 2, 2, 0], inputWeights: [], input: [])
    for start in [0.3, -0.3] {
      let end = dynamics.path(from: [start, start / 2], stepCount: 2000, leak: 1.0 / 30).last!
      let wanted = start > 0 ? 1.9150080481545375 : -1.9150080481545375
      for current in end { #expect(abs(current - wanted) < 1e-9) }
    }
  }
}
