import CKernels

@testable import Learning

/// Drives the fast units with inputs and noise of a test's own making.
///
/// Rows drop out as the units would have it in a rollout: a lane plays `lengths[lane]` steps, and its
/// rows run on to the end of the frame of `span` steps in which its trial ended.
final class FastPass {
  let units: GatedUnits
  let history: History
  /// z of all rows.
  let outputs: FloatBuffer
  /// The currents of every row, where the history keeps only the latest step's.
  private(set) var currents: [[Float]] = []
  private let scratch: BackwardScratch

  /// - Parameters:
  ///   - inputs: u that drives step t (1, 2, …) of a lane.
  ///   - noise: q that does.
  init(
    _ parameters: Parameters, leak: Float, lengths: [Int], span: Int = 1,
    inputs: (_ step: Int, _ lane: Int) -> [Float], noise: (_ step: Int, _ lane: Int) -> [Float]
  ) {
    let shape = parameters.shape
    let played = lengths.map { ($0 + span - 1) / span * span }
    let stepCount = played.max() ?? 0
    units = GatedUnits(shape, leak: leak)
    history = History(shape, laneCount: lengths.count, stepCount: stepCount, isKept: true)
    outputs = FloatBuffer(count: lengths.count * stepCount * shape.outputs)
    scratch = BackwardScratch(shape, laneCount: lengths.count)
    let (k, n) = (shape.inputs, shape.units)
    var values = parameters.values
    values.withUnsafeMutableBufferPointer { values in
      let start = values.baseAddress!
      history.begin(lanes: Array(lengths.indices))
      units.begin(history, with: start)
      keepCurrents()
      for step in 1..<stepCount {
        let lanes = history.steps[step - 1].lanes
        let goingOn = lanes.indices.filter { played[lanes[$0]] > step }
        history.extend(goingOn: goingOn.count == lanes.count ? nil : goingOn)
        let now = history.steps[step]
        for (row, lane) in zip(now.rows, now.lanes) {
          for (index, value) in (inputs(step, lane) + [1]).enumerated() {
            history.inputs.start[row * (k + 1) + index] = value
          }
        }
        units.hearInputs(history, rows: now.rows, with: start)
        for (row, lane) in zip(now.rows, now.lanes) {
          let drive = history.drive.start + row * 3 * n
          for (unit, value) in noise(step, lane).enumerated() { drive[unit] += value }
        }
        units.advance(history, to: step, with: start)
        keepCurrents()
      }
      units.readOut(history, rows: 0..<history.rowCount, with: start, into: outputs.start)
    }
  }

  private func keepCurrents() {
    let n = units.shape.units
    for row in history.steps[history.steps.count - 1].rows.indices {
      let place = row - history.steps[history.steps.count - 1].rows.lowerBound
      currents.append((0..<n).map { history.currents.start[place * n + $0] })
    }
  }

  /// The row of a lane at a step; nil if it did not play then.
  func row(_ step: Int, _ lane: Int) -> Int? {
    let now = history.steps[step]
    return now.lanes.firstIndex(of: lane).map { now.rows.lowerBound + $0 }
  }

  /// x of a row that was played.
  func currents(_ step: Int, _ lane: Int) -> [Double] {
    currents[row(step, lane)!].map(Double.init)
  }

  /// z of a row that was played.
  func output(_ step: Int, _ lane: Int) -> [Double] {
    let count = units.shape.outputs
    let start = row(step, lane)! * count
    return (0..<count).map { Double(outputs.start[start + $0]) }
  }

  /// softmax(z) of a row, by the kernel.
  func policy(_ step: Int, _ lane: Int) -> [Double] {
    var policy = output(step, lane).map { Float($0) }
    operant_softmax(1, policy.count, &policy)
    return policy.map(Double.init)
  }

  /// The gradient in all parameters.
  ///
  /// - Parameter slopes: δz, [row × output].
  func gradient(of slopes: [Float], with parameters: Parameters) -> FloatBuffer {
    let gradient = FloatBuffer(count: parameters.values.count)
    var (slopes, values) = (slopes, parameters.values)
    values.withUnsafeMutableBufferPointer { values in
      units.backpropagate(
        &slopes, through: history, with: values.baseAddress!, using: scratch,
        into: gradient.start)
    }
    return gradient
  }
}

extension FloatBuffer {
  var values: [Float] { (0..<count).map { start[$0] } }
}
