/// What a network of gated units went through in a batch of trials: all that the way back in time
/// needs, and the state the next step starts from.
///
/// Rows are (step, lane) pairs that were really played, step after step, in a step lane after lane.
/// Lanes drop out when their trials end: a step has as many rows as the one before, or fewer.
final class History {
  /// The rows of one step.
  struct Step {
    let rows: Range<Int>
    /// The lane of each row.
    let lanes: [Int]
    /// For each row, which row of the step before it goes on from, counted within that step; nil if
    /// every row goes on.
    let parents: [Int]?
  }

  let shape: NetworkShape
  /// False where nobody will go back: every step then writes over the one before.
  let isKept: Bool
  private let capacity: Int
  private(set) var steps: [Step] = []

  // Each [row × …]; nothing but `rates` is written for the rows of step 0.
  /// u and a 1 for the bias: [row × (inputs + 1)].
  let inputs: FloatBuffer
  /// c − x₋, λ, γ: [row × 3 units].
  let drive: FloatBuffer
  /// r₋: the rates before the step. [row × units]
  let ratesBefore: FloatBuffer
  /// r [row × units]
  let rates: FloatBuffer
  /// x of the latest step, and γ ⊙ r₋ while it is made: [lane × units].
  let currents: FloatBuffer
  let gated: FloatBuffer
  /// Room for sparse products.
  let scratch: FloatBuffer

  /// - Parameters:
  ///   - laneCount: the most rows a step can have.
  ///   - stepCount: the most steps, the one at t = 0 among them.
  init(_ shape: NetworkShape, laneCount: Int, stepCount: Int, isKept: Bool) {
    self.shape = shape
    self.isKept = isKept
    capacity = laneCount * (isKept ? stepCount : 1)
    inputs = FloatBuffer(count: capacity * (shape.inputs + 1))
    drive = FloatBuffer(count: capacity * 3 * shape.units)
    ratesBefore = FloatBuffer(count: capacity * shape.units)
    rates = FloatBuffer(count: capacity * shape.units)
    currents = FloatBuffer(count: laneCount * shape.units)
    gated = FloatBuffer(count: laneCount * shape.units)
    scratch = FloatBuffer(count: 16 * 3 * shape.units)
  }

  /// Rows in all.
  var rowCount: Int { steps.last?.rows.upperBound ?? 0 }

  /// Starts over with the lanes that play.
  func begin(lanes: [Int]) {
    steps = []
    append(Step(rows: 0..<lanes.count, lanes: lanes, parents: nil))
  }

  /// Adds a step in which the given rows of the one before go on; all of them if nil.
  func extend(goingOn parents: [Int]?) {
    let last = steps[steps.count - 1]
    let lanes = parents.map { $0.map { last.lanes[$0] } } ?? last.lanes
    let start = isKept ? last.rows.upperBound : 0
    append(Step(rows: start..<(start + lanes.count), lanes: lanes, parents: parents))
  }

  private func append(_ step: Step) {
    precondition(step.rows.upperBound <= capacity, "a batch has outgrown its history")
    if isKept || steps.count < 2 { steps.append(step) } else { steps[1] = step }
  }

  /// Brings the state that a step's rows go on from to where the step expects it.
  func gatherState(of index: Int) {
    let (step, previous) = (steps[index], steps[index - 1])
    let n = shape.units
    let before = ratesBefore.start + step.rows.lowerBound * n
    let lastRates = rates.start + (isKept ? previous.rows.lowerBound : 0) * n
    guard let parents = step.parents else {
      before.update(from: lastRates, count: step.rows.count * n)
      return
    }
    // Parents come in order, none before its row: what is still to be moved is never written over.
    for (row, parent) in parents.enumerated() {
      (before + row * n).update(from: lastRates + parent * n, count: n)
      if parent != row {
        (currents.start + row * n).update(from: currents.start + parent * n, count: n)
      }
    }
  }

  /// The rows of a step, or of several in a row, in one of the buffers.
  func view(_ buffer: FloatBuffer, _ rows: Range<Int>, columns: Int) -> MatrixView {
    MatrixView(buffer.start + rows.lowerBound * columns, rows: rows.count, columns: columns)
  }
}
