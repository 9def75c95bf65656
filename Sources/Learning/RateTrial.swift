import CKernels
import Gym

/// One trial of a network of rate units, step by step as it is needed for learning.
///
///     δ(t) = x(t) − x̄(t−1)         x̄ ← α_x x̄ + (1 − α_x) x
///
/// Rows are steps, and a few floats longer than there are units.
final class RateTrial {
  let units: Int
  let inputs: Int
  let stepCapacity: Int
  let stride: Int
  /// Row t holds r(t − 1); the last one is r of the last step.
  let rates: FloatBuffer
  /// Row t holds δ(t).
  let fluctuations: FloatBuffer
  /// u, [step × input].
  let heard: FloatBuffer
  /// Steps played.
  private(set) var stepCount = 0
  /// x̄; it goes on from trial to trial.
  let averages: FloatBuffer
  /// ξ of the whole trial.
  private(set) var perturbations = Perturbations()
  private let rule: LocalRule
  private let currents: FloatBuffer
  private let drive: FloatBuffer
  /// J and B, a column after the other.
  private let recurrent: FloatBuffer
  private let input: FloatBuffer

  init(_ rule: LocalRule, inputs: Int, stepCapacity: Int) {
    self.rule = rule
    units = rule.units
    self.inputs = inputs
    self.stepCapacity = stepCapacity
    stride = (units + 15) / 16 * 16
    rates = FloatBuffer(count: (stepCapacity + 1) * stride)
    fluctuations = FloatBuffer(count: stepCapacity * stride)
    heard = FloatBuffer(count: stepCapacity * inputs)
    averages = FloatBuffer(count: stride)
    currents = FloatBuffer(count: stride)
    drive = FloatBuffer(count: stride)
    recurrent = FloatBuffer(count: units * stride)
    input = FloatBuffer(count: inputs * stride)
    // What is held never moves, not even at first.
    for held in rule.heldUnits { averages.start[held.unit] = held.current }
  }

  /// Takes over the weights that the next steps are played with.
  func load(_ network: RateNetwork) {
    precondition(network.units == units && network.inputs == inputs)
    operant_columns(units, units, stride, network.recurrent, recurrent.start)
    operant_columns(units, inputs, stride, network.input, input.start)
  }

  /// Starts a trial: x ~ U(−0.1, 0.1), but for units that are held.
  func begin(seed: UInt64, trial: UInt64, perturbed perturbations: Perturbations) {
    var random = Random(seed: seed, stream: .initialCurrents, trial: trial)
    var start = (0..<units).map { _ in 0.2 * random.uniform() - 0.1 }
    for held in rule.heldUnits { start[held.unit] = held.current }
    begin(at: start, perturbed: perturbations)
  }

  /// Starts a trial at the currents x, held units included.
  func begin(at start: [Float], perturbed perturbations: Perturbations) {
    precondition(start.count == units)
    self.perturbations = perturbations
    stepCount = 0
    currents.start.update(from: start, count: units)
    withKernel { operant_rate_response($0, currents.start, rates.start) }
  }

  /// Plays steps on from where the trial is.
  ///
  /// - Parameter inputs: u, [step × input].
  func advance(_ inputs: UnsafeBufferPointer<Float>, steps: Int) {
    precondition(inputs.count == steps * self.inputs, "there is an input for each step")
    precondition(stepCount + steps <= stepCapacity, "a trial has outgrown its record")
    let place = heard.start + stepCount * self.inputs
    if let source = inputs.baseAddress { place.update(from: source, count: inputs.count) }
    let from = perturbations.places.firstIndex { Int($0) / units >= stepCount }
    let kicks = (from ?? perturbations.places.count)..<perturbations.places.count
    withKernel { kernel in
      perturbations.places[kicks].withUnsafeBufferPointer { places in
        perturbations.sizes[kicks].withUnsafeBufferPointer { sizes in
          operant_rate_steps(
            kernel, stepCount, steps, place, places.count, places.baseAddress, sizes.baseAddress,
            currents.start, averages.start, drive.start, rates.start, fluctuations.start)
        }
      }
    }
    stepCount += steps
  }

  /// r of a unit at a step.
  func rate(of unit: Int, at step: Int) -> Float { rates.start[(step + 1) * stride + unit] }

  /// δ of a unit at a step.
  func fluctuation(of unit: Int, at step: Int) -> Float {
    fluctuations.start[step * stride + unit]
  }

  /// Counts a kick that a unit got in a step that has been played, of which nothing came but a choice.
  ///
  /// - Parameter size: how far its current jumped.
  func kick(_ unit: Int, at step: Int, by size: Float) {
    fluctuations.start[step * stride + unit] += size
    perturbations.insert(size * Float(rule.unitTimeConstant), at: UInt32(step * units + unit))
  }

  private func withKernel(_ body: (UnsafePointer<operant_rate_network>) -> Void) {
    let places = rule.heldUnits.map { UInt32($0.unit) }
    let values = rule.heldUnits.map(\.current)
    places.withUnsafeBufferPointer { places in
      values.withUnsafeBufferPointer { values in
        var kernel = operant_rate_network()
        kernel.units = units
        kernel.inputs = inputs
        kernel.stride = stride
        kernel.recurrent = UnsafePointer(recurrent.start)
        kernel.input = UnsafePointer(input.start)
        kernel.response = Int32(
          rule.response == .tanh ? OPERANT_TANH : OPERANT_THRESHOLD_LINEAR)
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
