import CKernels

/// The units of Song, Yang & Wang, *eLife* 6:e21492 (2017), with a linear read-out.
///
///     λ = sigmoid(W_λ r₋ + V_λ u + b_λ)            how fast the current moves
///     γ = sigmoid(W_γ r₋ + V_γ u + b_γ)            how much of the recurrent input is heard
///     c = W (γ ⊙ r₋) + V u + b + q                 where it moves to;  q ~ Normal(0, 2σ²/α)
///     x = (1 − α λ) ⊙ x₋ + α λ ⊙ c                 α = Δt/τ
///     r = max(0, x)
///     z = W_out r + b_out
///
/// x₀ is learned. The noise enters the candidate alone and is multiplied by α λ with it. Which
/// connections exist is not these functions' business: weights of absent ones are zero.
struct GatedUnits {
  let shape: NetworkShape
  /// α
  let leak: Float
  let places: ParameterPlaces
  /// Connection lists for the recurrent products; matrices where there are none.
  let recurrence: Recurrence?

  init(_ shape: NetworkShape, leak: Float, recurrence: Recurrence? = nil) {
    self.shape = shape
    self.leak = leak
    self.recurrence = recurrence
    places = ParameterPlaces(shape)
  }

  // MARK: Forward

  /// The state at t = 0, the same on every lane: x₀ and its rates.
  func begin(_ history: History, with parameters: UnsafeMutablePointer<Float>) {
    let n = shape.units
    let initial = parameters + places.initialCurrents
    for row in history.steps[0].rows {
      for unit in 0..<n {
        history.currents.start[row * n + unit] = initial[unit]
        history.rates.start[row * n + unit] = max(0, initial[unit])
      }
    }
  }

  /// Sets the drive of `rows` to V u + b; the noise is the caller's to add.
  func hearInputs(
    _ history: History, rows: Range<Int>, with parameters: UnsafeMutablePointer<Float>
  ) {
    multiply(
      history.view(history.inputs, rows, columns: shape.inputs + 1),
      MatrixView(
        parameters + places.inputWeights, rows: shape.inputs + 1, columns: 3 * shape.units),
      into: history.view(history.drive, rows, columns: 3 * shape.units), adding: false)
  }

  /// Takes the state from step `index` − 1 to step `index`, whose inputs have been heard.
  func advance(_ history: History, to index: Int, with parameters: UnsafeMutablePointer<Float>) {
    history.gatherState(of: index)
    let rows = history.steps[index].rows
    let n = shape.units
    let drive = history.drive.start + rows.lowerBound * 3 * n
    let before = history.view(history.ratesBefore, rows, columns: n)
    let gated = MatrixView(history.gated.start, rows: rows.count, columns: n)
    let lists = recurrence?.lists
    let gates = MatrixView(drive + n, rows: rows.count, columns: 2 * n, stride: 3 * n)
    if let lists {
      lists.gates.multiply(before, into: gates, adding: true, scratch: history.scratch.start)
    } else {
      multiply(
        before, MatrixView(parameters + places.gateWeights, rows: n, columns: 2 * n), into: gates,
        adding: true)
    }
    operant_open_gates(rows.count, n, drive, before.start, gated.start)
    let candidate = MatrixView(drive, rows: rows.count, columns: n, stride: 3 * n)
    if let lists {
      lists.candidate.multiply(gated, into: candidate, adding: true, scratch: history.scratch.start)
    } else {
      multiply(
        gated, MatrixView(parameters + places.candidateWeights, rows: n, columns: n),
        into: candidate, adding: true)
    }
    operant_move_currents(
      rows.count, n, leak, drive, history.currents.start,
      history.rates.start + rows.lowerBound * n)
  }

  /// z of `rows`: [row × output].
  func readOut(
    _ history: History, rows: Range<Int>, with parameters: UnsafeMutablePointer<Float>,
    into outputs: UnsafeMutablePointer<Float>
  ) {
    let (n, a) = (shape.units, shape.outputs)
    let bias = parameters + places.readOut + n * a
    for row in 0..<rows.count { (outputs + row * a).update(from: bias, count: a) }
    multiply(
      history.view(history.rates, rows, columns: n),
      MatrixView(parameters + places.readOut, rows: n, columns: a),
      into: MatrixView(outputs, rows: rows.count, columns: a), adding: true)
  }

  // MARK: Backward

  /// Carries slopes back through time, from the read-out's to every parameter's.
  ///
  ///     δx  += (W_outᵀ δz) ⊙ [x > 0]
  ///     δc   = α λ ⊙ δx                   δaλ = α (c − x₋) ⊙ δx ⊙ λ (1 − λ)
  ///     δs   = Wᵀ δc                      δaγ = δs ⊙ r₋ ⊙ γ (1 − γ)            s = γ ⊙ r₋
  ///     δr₋  = γ ⊙ δs + W_λᵀ δaλ + W_γᵀ δaγ
  ///     δx₋  = (1 − α λ) ⊙ δx + δr₋ ⊙ [x₋ > 0]
  ///     ∂W += δc sᵀ   ∂W_λ += δaλ r₋ᵀ   ∂W_γ += δaγ r₋ᵀ   ∂[V b] += δ… [u 1]ᵀ   ∂x₀ = Σ δx₀
  ///
  /// Nothing flows back into the inputs: the value network's are the decision network's rates, and
  /// its loss stops there.
  ///
  /// - Parameters:
  ///   - slopes: δz, [row × output], for every row of `history`.
  ///   - rateSlopes: for each row, what the loss has of its rates besides: δr += rateSlope · r. Nil for
  ///     nothing.
  ///   - gradient: laid out like the parameters; added to.
  func backpropagate(
    _ slopes: UnsafeMutablePointer<Float>, rateSlopes: UnsafeMutablePointer<Float>? = nil,
    through history: History,
    with parameters: UnsafeMutablePointer<Float>, using scratch: BackwardScratch,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    precondition(history.isKept, "this history was not kept")
    let (n, a) = (shape.units, shape.outputs)
    scratch.transposeWeights(parameters, places)
    let all = 0..<history.rowCount
    let allSlopes = MatrixView(slopes, rows: all.count, columns: a)
    addTransposedProduct(
      history.view(history.rates, all, columns: n), allSlopes,
      to: MatrixView(gradient + places.readOut, rows: n, columns: a))
    let bias = gradient + places.readOut + n * a
    for row in all { for output in 0..<a { bias[output] += slopes[row * a + output] } }

    let lists = recurrence?.lists
    var pending = PendingSlopes(in: scratch)
    for index in stride(from: history.steps.count - 1, through: 0, by: -1) {
      let step = history.steps[index]
      scratch.scatter(
        from: index + 1 < history.steps.count ? history.steps[index + 1] : nil, to: step)
      let dx = scratch.dCurrents.start
      operant_read_out_back(
        step.rows.count, n, a, slopes + step.rows.lowerBound * a, scratch.readOut.start,
        history.rates.start + step.rows.lowerBound * n, dx)
      if let rateSlopes { addRateSlopes(rateSlopes, of: step, history, to: dx) }
      if index == 0 { break }

      if !pending.hasRoom(for: step.rows.count) {
        flush(&pending, history, scratch, into: gradient)
      }
      let (dDrive, gated) = pending.add(step.rows)
      let drive = history.drive.start + step.rows.lowerBound * 3 * n
      let before = history.ratesBefore.start + step.rows.lowerBound * n
      operant_currents_back(step.rows.count, n, leak, drive, dx, dDrive)
      let dGated = MatrixView(scratch.dGated.start, rows: step.rows.count, columns: n)
      let dCandidate = MatrixView(dDrive, rows: step.rows.count, columns: n, stride: 3 * n)
      let dGates = MatrixView(dDrive + n, rows: step.rows.count, columns: 2 * n, stride: 3 * n)
      if let lists {
        lists.candidateBack.multiply(
          dCandidate, into: dGated, adding: false, scratch: scratch.sparse.start)
        operant_gates_back(step.rows.count, n, drive, before, dGated.start, dDrive, gated)
        lists.gatesBack.multiply(dGates, into: dGated, adding: true, scratch: scratch.sparse.start)
      } else {
        multiply(
          dCandidate, MatrixView(scratch.candidate.start, rows: n, columns: n), into: dGated,
          adding: false)
        operant_gates_back(step.rows.count, n, drive, before, dGated.start, dDrive, gated)
        multiply(
          dGates, MatrixView(scratch.gates.start, rows: 2 * n, columns: n), into: dGated,
          adding: true)
      }
      operant_rates_back(step.rows.count, n, dGated.start, before, dx)
    }
    flush(&pending, history, scratch, into: gradient)

    let dInitial = gradient + places.initialCurrents
    for row in history.steps[0].rows {
      for unit in 0..<n { dInitial[unit] += scratch.dCurrents.start[row * n + unit] }
    }
  }

  /// δx ← δx + rateSlope · r of a step's rows. Where r is 0 nothing is added, which is its slope.
  private func addRateSlopes(
    _ rateSlopes: UnsafeMutablePointer<Float>, of step: History.Step, _ history: History,
    to dCurrents: UnsafeMutablePointer<Float>
  ) {
    let n = shape.units
    let rates = history.rates.start + step.rows.lowerBound * n
    for (index, row) in step.rows.enumerated() {
      for unit in 0..<n { dCurrents[index * n + unit] += rateSlopes[row] * rates[index * n + unit] }
    }
  }

  /// Adds what the slopes set aside mean for the weights: several steps at once, because a matrix
  /// product over ten rows would run at half speed.
  private func flush(
    _ pending: inout PendingSlopes, _ history: History, _ scratch: BackwardScratch,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let n = shape.units
    let rows = pending.rows
    let (slopes, gated) = pending.take()
    let heard = MatrixView(gated, rows: rows.count, columns: n)
    let before = history.view(history.ratesBefore, rows, columns: n)
    let dCandidate = MatrixView(slopes, rows: rows.count, columns: n, stride: 3 * n)
    let dGates = MatrixView(slopes + n, rows: rows.count, columns: 2 * n, stride: 3 * n)
    if let lists = recurrence?.lists {
      lists.candidate.addTransposedProduct(
        heard, dCandidate, to: gradient, scratch: scratch.sparse.start)
      lists.gates.addTransposedProduct(before, dGates, to: gradient, scratch: scratch.sparse.start)
    } else {
      addTransposedProduct(
        heard, dCandidate,
        to: MatrixView(gradient + places.candidateWeights, rows: n, columns: n))
      addTransposedProduct(
        before, dGates, to: MatrixView(gradient + places.gateWeights, rows: n, columns: 2 * n))
    }
    addTransposedProduct(
      history.view(history.inputs, rows, columns: shape.inputs + 1),
      MatrixView(slopes, rows: rows.count, columns: 3 * n),
      to: MatrixView(gradient + places.inputWeights, rows: shape.inputs + 1, columns: 3 * n))
  }
}
