import CKernels
import Gym

/// One trial of a network of rate units, step by step as it is needed for learning.
///
///     δ(t) = x(t) − x̄(t−1)         x̄ ← α_x x̄ + (1 − α_x) x
///
/// Rows are steps, and a few floats longer than there are units.
final class RateTrial {
  let units: Int
  let stepCapacity: Int
  let stride: Int
  /// Row t holds r(t − 1); the last one is r of the last step.
  let rates: FloatBuffer
  /// Row t holds δ(t).
  let fluctuations: FloatBuffer
  /// Steps played.
  private(set) var stepCount = 0
  /// x̄; it goes on from trial to trial.
  let averages: FloatBuffer
  private let currents: FloatBuffer
  private let drive: FloatBuffer
  /// J and B, a column after the other.
  private let recurrent: FloatBuffer
  private let input: FloatBuffer
  private var perturbations = Perturbations()

  init(units: Int, inputs: Int, stepCapacity: Int) {
    self.units = units
    self.stepCapacity = stepCapacity
    stride = (units + 15) / 16 * 16
    rates = FloatBuffer(count: (stepCapacity + 1) * stride)
    fluctuations = FloatBuffer(count: stepCapacity * stride)
    averages = FloatBuffer(count: stride)
    currents = FloatBuffer(count: stride)
    drive = FloatBuffer(count: stride)
    recurrent = FloatBuffer(count: units * stride)
    input = FloatBuffer(count: inputs * stride)
    // What is held never moves, not even at first.
    for (unit, current) in RateNetwork.held { averages.start[Int(unit)] = current }
  }

  /// Starts a trial: x ~ U(−0.1, 0.1), but for units that are held.
  func begin(
    _ network: RateNetwork, _ rule: LocalRule, seed: UInt64, trial: UInt64,
    perturbed perturbations: Perturbations
  ) {
    self.perturbations = perturbations
    stepCount = 0
    operant_columns(units, units, stride, network.recurrent, recurrent.start)
    operant_columns(units, network.inputs, stride, network.input, input.start)
    var random = Random(seed: seed, stream: .initialCurrents, trial: trial)
    for unit in 0..<units { currents.start[unit] = 0.2 * random.uniform() - 0.1 }
    for (unit, current) in RateNetwork.held { currents.start[Int(unit)] = current }
    withKernel(network, rule) { kernel in
      operant_rate_response(kernel, currents.start, rates.start)
    }
  }

  /// Plays steps on from where the trial is.
  ///
  /// - Parameter inputs: u, [step × input].
  func advance(
    _ network: RateNetwork, _ rule: LocalRule, inputs: UnsafeBufferPointer<Float>, steps: Int
  ) {
    precondition(inputs.count == steps * network.inputs, "there is an input for each step")
    precondition(stepCount + steps <= stepCapacity, "a trial has outgrown its record")
    let from = perturbations.places.firstIndex { Int($0) / units >= stepCount }
    let kicks = (from ?? perturbations.places.count)..<perturbations.places.count
    withKernel(network, rule) { kernel in
      perturbations.places[kicks].withUnsafeBufferPointer { places in
        perturbations.sizes[kicks].withUnsafeBufferPointer { sizes in
          operant_rate_steps(
            kernel, stepCount, steps, inputs.baseAddress!, places.count, places.baseAddress,
            sizes.baseAddress, currents.start, averages.start, drive.start, rates.start,
            fluctuations.start)
        }
      }
    }
    stepCount += steps
  }

  /// r of a unit at a step.
  func rate(of unit: Int, at step: Int) -> Float { rates.start[(step + 1) * stride + unit] }

  private func withKernel(
    _ network: RateNetwork, _ rule: LocalRule,
    _ body: (UnsafePointer<operant_rate_network>) -> Void
  ) {
    let (places, values) = (RateNetwork.held.map(\.unit), RateNetwork.held.map(\.current))
    places.withUnsafeBufferPointer { places in
      values.withUnsafeBufferPointer { values in
        var kernel = operant_rate_network()
        kernel.units = units
        kernel.inputs = network.inputs
        kernel.stride = stride
        kernel.recurrent = UnsafePointer(recurrent.start)
        kernel.input = UnsafePointer(input.start)
        kernel.response = Int32(
          network.response == .tanh ? OPERANT_TANH : OPERANT_THRESHOLD_LINEAR)
        kernel.rectified = rule.rectifiedUnits
        kernel.leak = Float(1 / rule.unitTimeConstant)
        kernel.memory = rule.currentMemory
        kernel.constants = places.count
        kernel.constant_units = places.baseAddress
        kernel.constant_currents = values.baseAddress
        body(&kernel)
      }
    }
  }
}
