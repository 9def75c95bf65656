/// Room for one pass back through time.
final class BackwardScratch {
  let shape: NetworkShape
  /// Wᵀ, [W_λ W_γ]ᵀ and W_outᵀ, so that every product of the pass runs along rows.
  let candidate: FloatBuffer
  let gates: FloatBuffer
  let readOut: FloatBuffer
  /// δx and δs of the step at hand: [row × units].
  let dCurrents: FloatBuffer
  let dGated: FloatBuffer
  private let spare: FloatBuffer
  /// δc, δaλ, δaγ of the last few steps, and their s: [row × 3 units], [row × units].
  let dDrive: FloatBuffer
  let gated: FloatBuffer
  let rowsSetAside: Int
  /// Room for sparse products.
  let sparse: FloatBuffer

  init(_ shape: NetworkShape, laneCount: Int) {
    self.shape = shape
    let n = shape.units
    candidate = FloatBuffer(count: n * n)
    gates = FloatBuffer(count: 2 * n * n)
    readOut = FloatBuffer(count: n * shape.outputs)
    dCurrents = FloatBuffer(count: laneCount * n)
    dGated = FloatBuffer(count: laneCount * n)
    spare = FloatBuffer(count: laneCount * n)
    // From about 80 rows on a weight gradient's product runs at full speed.
    rowsSetAside = max(96, laneCount)
    dDrive = FloatBuffer(count: rowsSetAside * 3 * n)
    gated = FloatBuffer(count: rowsSetAside * n)
    sparse = FloatBuffer(count: (rowsSetAside + 15) / 16 * 16 * 3 * n)
  }

  func transposeWeights(_ parameters: UnsafeMutablePointer<Float>, _ places: ParameterPlaces) {
    let (n, a) = (shape.units, shape.outputs)
    transpose(
      MatrixView(parameters + places.candidateWeights, rows: n, columns: n),
      into: MatrixView(candidate.start, rows: n, columns: n))
    transpose(
      MatrixView(parameters + places.gateWeights, rows: n, columns: 2 * n),
      into: MatrixView(gates.start, rows: 2 * n, columns: n))
    transpose(
      MatrixView(parameters + places.readOut, rows: n, columns: a),
      into: MatrixView(readOut.start, rows: a, columns: n))
  }

  /// Brings δx from the rows of a step to those of the one before it; zero where a trial ended.
  func scatter(from later: History.Step?, to step: History.Step) {
    let n = shape.units
    guard let later else {
      dCurrents.start.update(repeating: 0, count: step.rows.count * n)
      return
    }
    guard let parents = later.parents else { return }
    spare.start.update(from: dCurrents.start, count: later.rows.count * n)
    dCurrents.start.update(repeating: 0, count: step.rows.count * n)
    for (row, parent) in parents.enumerated() {
      (dCurrents.start + parent * n).update(from: spare.start + row * n, count: n)
    }
  }
}

/// Slopes of consecutive steps that wait to be turned into weight gradients, with the s = γ ⊙ r₋ they
/// are to be multiplied with.
///
/// The pass goes from the last step to the first, so they pile up from the end of their buffers
/// towards the start, and stand there in the order of the history's rows.
struct PendingSlopes {
  private let scratch: BackwardScratch
  private let units: Int
  /// The history's rows they belong to.
  private(set) var rows = 0..<0

  init(in scratch: BackwardScratch) {
    self.scratch = scratch
    units = scratch.shape.units
  }

  func hasRoom(for count: Int) -> Bool { rows.count + count <= scratch.rowsSetAside }

  /// Where the slopes and s of `newRows`, which come right before the others, are to be written.
  mutating func add(
    _ newRows: Range<Int>
  ) -> (slopes: UnsafeMutablePointer<Float>, gated: UnsafeMutablePointer<Float>) {
    precondition(rows.isEmpty || newRows.upperBound == rows.lowerBound)
    rows = newRows.lowerBound..<(rows.isEmpty ? newRows.upperBound : rows.upperBound)
    return start
  }

  /// Where they all begin; none are pending afterwards.
  mutating func take() -> (
    slopes: UnsafeMutablePointer<Float>, gated: UnsafeMutablePointer<Float>
  ) {
    defer { rows = 0..<0 }
    return start
  }

  private var start: (slopes: UnsafeMutablePointer<Float>, gated: UnsafeMutablePointer<Float>) {
    let free = scratch.rowsSetAside - rows.count
    return (scratch.dDrive.start + free * 3 * units, scratch.gated.start + free * units)
  }
}
