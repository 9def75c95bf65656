import CKernels
import Gym

/// The value network's pass over trials that have been played.
///
///     input at t ≥ 1:  (rₜ₋₁, eₜ₋₁)      the decision network's rates and its last action
///     v₀ = W_out r₀ + b_out              from the value network's own x₀
///
/// The rates lag by one step here and do not in a roll-out, in the reference program; it is this pass
/// that gives the baseline. The value network never sees the task's inputs, and never an action
/// before it has been taken.
final class ValuePass {
  let units: GatedUnits
  let history: History
  /// v, [row], of every row of `history`.
  let values: FloatBuffer
  /// The lanes it is about.
  private let lanes: Range<Int>
  private let noise: Float

  init(_ shape: NetworkShape, _ dynamics: Dynamics, lanes: Range<Int>, stepCount: Int) {
    precondition(shape.outputs == 1)
    units = GatedUnits(shape, leak: dynamics.leak)
    noise = dynamics.noise
    self.lanes = lanes
    let laneCount = lanes.count
    history = History(shape, laneCount: laneCount, stepCount: stepCount, isKept: true)
    values = FloatBuffer(count: laneCount * stepCount)
  }

  /// Predicts the return at every step of every trial.
  ///
  /// - Parameters:
  ///   - decisions: what the decision network went through on the same lanes.
  ///   - noise: where each lane's noise comes from; any lane's, by its number.
  func predict(
    _ played: PlayedTrials, by decisions: History, noise key: (Int) -> NoiseKey, seed: UInt64,
    with parameters: UnsafeMutablePointer<Float>
  ) {
    layOut(played)
    units.begin(history, with: parameters)
    let n = units.shape.units
    for index in 1..<max(1, history.steps.count) {
      let step = history.steps[index]
      copyInputs(played, decisions, index)
      let drive = history.drive.start + step.rows.lowerBound * 3 * n
      drive.update(repeating: 0, count: step.rows.count * 3 * n)
      let keys = step.lanes.map(key)
      operant_normals(
        step.rows.count, n, 3 * n, drive, noise, seed, Stream.valueNoise.key, keys.map(\.lane),
        keys.map(\.trial), UInt64(index))
    }
    // Nothing the network hears depends on its own state, so one product serves all steps.
    let heard = history.steps[0].rows.upperBound..<history.rowCount
    units.hearInputs(history, rows: heard, with: parameters)
    for index in 1..<max(1, history.steps.count) {
      units.advance(history, to: index, with: parameters)
    }
    units.readOut(history, rows: 0..<history.rowCount, with: parameters, into: values.start)
  }

  /// Gives every step that was played a row.
  private func layOut(_ played: PlayedTrials) {
    history.begin(lanes: Array(lanes))
    let longest = lanes.map { played.stepCounts[$0] }.max() ?? 0
    for step in 1..<max(1, longest) {
      let lanes = history.steps[step - 1].lanes
      let goingOn = lanes.indices.filter { played.stepCounts[lanes[$0]] > step }
      history.extend(goingOn: goingOn.count == lanes.count ? nil : goingOn)
    }
  }

  private func copyInputs(_ played: PlayedTrials, _ decisions: History, _ index: Int) {
    let (step, decided) = (history.steps[index], decisions.steps[index])
    let (k, n) = (units.shape.inputs, decisions.shape.units)
    var source = 0
    for (row, lane) in zip(step.rows, step.lanes) {
      while decided.lanes[source] != lane { source += 1 }
      let input = history.inputs.start + row * (k + 1)
      input.update(
        from: decisions.ratesBefore.start + (decided.rows.lowerBound + source) * n, count: n)
      (input + n).update(repeating: 0, count: k - n)
      input[n + Int(played.actions[(index - 1) * played.laneCount + lane])] = 1
      input[k] = 1
    }
  }
}

/// Where in its streams a lane's noise is.
struct NoiseKey {
  let lane: UInt64
  let trial: UInt64
}
