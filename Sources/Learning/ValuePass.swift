import CKernels
import Gym

/// The value network's pass over trials that have been played.
///
///     input at t ≥ 1:  (rₜ₋₁, eₜ₋₁)      the decision network's rates and its last action
///     v₀ = W_out r₀ + b_out              from the value network's own x₀
///
/// The rates lag by one step where a baseline is wanted, and do not in the reference program's
/// roll-outs: there the input is (rₜ, eₜ₋₁), and what analyses look at comes from it. The value network
/// never sees the task's inputs, and never an action before it has been taken.
final class ValuePass {
  /// Which of the decision network's rates are heard at t.
  enum Hearing {
    /// rₜ₋₁: in training.
    case ratesBefore
    /// rₜ: in recordings.
    case ratesNow
  }

  let units: GatedUnits
  /// In place of the units if there are none.
  private let readOut: LinearReadOut?
  let history: History
  /// v, [row], of every row of `history`.
  let values: FloatBuffer
  /// Rows whose inputs are heard in one product: few enough to stay in the cache until the steps they
  /// belong to are taken, enough for the product to run at full speed.
  private static let rowsHeardAtOnce = 128
  private let noise: Float

  init(_ shape: NetworkShape, _ dynamics: Dynamics, laneCount: Int, stepCount: Int) {
    precondition(shape.outputs == 1)
    readOut = shape.units == 0 ? LinearReadOut(shape) : nil
    units = GatedUnits(shape, leak: dynamics.leak)
    noise = dynamics.noise
    history = History(shape, laneCount: laneCount, stepCount: stepCount, isKept: true)
    values = FloatBuffer(count: laneCount * stepCount)
  }

  /// Predicts the return at every step of a tile's trials.
  ///
  /// - Parameters:
  ///   - decisions: what the decision network went through on the tile's lanes.
  ///   - trial: the number of each lane's trial.
  func predict(
    _ played: PlayedTrials, by decisions: Tile, hearing: Hearing = .ratesBefore, trial: UInt64,
    seed: UInt64, with parameters: UnsafeMutablePointer<Float>
  ) {
    layOut(played, lanes: decisions.lanes)
    if let readOut {
      for index in history.steps.indices.dropFirst() {
        copyInputs(played, decisions.history, hearing, index)
      }
      readOut.predict(history, with: parameters, into: values.start)
      return
    }
    units.begin(history, with: parameters)
    var heard = 1
    for index in history.steps.indices.dropFirst() {
      if index == heard {
        // Nothing the network hears depends on its own state, so one product serves several steps.
        let start = history.steps[heard].rows.lowerBound
        repeat {
          copyInputs(played, decisions.history, hearing, heard)
          heard += 1
        } while heard < history.steps.count
          && history.steps[heard].rows.upperBound - start <= Self.rowsHeardAtOnce
        units.hearInputs(
          history, rows: start..<history.steps[heard - 1].rows.upperBound, with: parameters)
      }
      addNoise(index, decisions, trial: trial, seed: seed)
      units.advance(history, to: index, with: parameters)
    }
    units.readOut(history, rows: 0..<history.rowCount, with: parameters, into: values.start)
  }

  /// Adds what the slopes mean for every parameter.
  ///
  /// - Parameters:
  ///   - slopes: δv, [row].
  ///   - rateSlopes: as `GatedUnits.backpropagate` takes them.
  func backpropagate(
    _ slopes: UnsafeMutablePointer<Float>, rateSlopes: UnsafeMutablePointer<Float>?,
    with parameters: UnsafeMutablePointer<Float>, using scratch: BackwardScratch,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    if let readOut {
      readOut.backpropagate(slopes, through: history, with: parameters, into: gradient)
    } else {
      units.backpropagate(
        slopes, rateSlopes: rateSlopes, through: history, with: parameters, using: scratch,
        into: gradient)
    }
  }

  /// Gives every step that was played a row.
  private func layOut(_ played: PlayedTrials, lanes: Range<Int>) {
    history.begin(lanes: Array(lanes))
    let longest = lanes.map { played.stepCounts[$0] }.max() ?? 0
    for step in 1..<max(1, longest) {
      let lanes = history.steps[step - 1].lanes
      let goingOn = lanes.indices.filter { played.stepCounts[lanes[$0]] > step }
      history.extend(goingOn: goingOn.count == lanes.count ? nil : goingOn)
    }
  }

  private func addNoise(_ index: Int, _ decisions: Tile, trial: UInt64, seed: UInt64) {
    let step = history.steps[index]
    let n = units.shape.units
    operant_add_normals(
      step.rows.count, n, 3 * n, history.drive.start + step.rows.lowerBound * 3 * n, noise, seed,
      Stream.valueNoise.key, step.lanes.map { decisions.firstLane &+ UInt64($0) },
      [UInt64](repeating: trial, count: step.rows.count), UInt64(index))
  }

  private func copyInputs(
    _ played: PlayedTrials, _ decisions: History, _ hearing: Hearing, _ index: Int
  ) {
    let (step, decided) = (history.steps[index], decisions.steps[index])
    let (k, n) = (units.shape.inputs, decisions.shape.units)
    let heard = hearing == .ratesBefore ? decisions.ratesBefore : decisions.rates
    var source = 0
    for (row, lane) in zip(step.rows, step.lanes) {
      while decided.lanes[source] != lane { source += 1 }
      let input = history.inputs.start + row * (k + 1)
      input[k] = 1
      // A constant hears nothing.
      guard k > 0 else { continue }
      input.update(from: heard.start + (decided.rows.lowerBound + source) * n, count: n)
      (input + n).update(repeating: 0, count: k - n)
      input[n + Int(played.actions[(index - 1) * played.laneCount + lane])] = 1
    }
  }
}
