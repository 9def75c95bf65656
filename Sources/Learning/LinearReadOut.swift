/// What stands in for a network without units: its inputs, read out (Song, Yang & Wang 2017, linear
/// baseline; reference program).
///
///     vₜ = w · inputₜ + b          t ≥ 1
///     v₀ = w · x₀ + b              x₀ is learned
///
/// Without inputs it is the constant b.
struct LinearReadOut {
  let shape: NetworkShape
  private let places: ParameterPlaces

  init(_ shape: NetworkShape) {
    precondition(shape.units == 0 && shape.outputs == 1)
    self.shape = shape
    places = ParameterPlaces(shape)
  }

  /// v of every row of `history`, whose inputs from step 1 on have been written.
  func predict(
    _ history: History, with parameters: UnsafeMutablePointer<Float>,
    into values: UnsafeMutablePointer<Float>
  ) {
    let k = shape.inputs
    for row in history.steps[0].rows {
      let input = history.inputs.start + row * (k + 1)
      input.update(from: parameters + places.initialCurrents, count: k)
      input[k] = 1
    }
    // The bias stands right below the weights, and a 1 right after the inputs.
    let all = 0..<history.rowCount
    multiply(
      history.view(history.inputs, all, columns: k + 1),
      MatrixView(parameters + places.readOut, rows: k + 1, columns: 1),
      into: MatrixView(values, rows: all.count, columns: 1), adding: false)
  }

  /// Adds what the slopes mean for the parameters.
  ///
  ///     ∂w += δvₜ inputₜ        ∂b += δvₜ        ∂x₀ += δv₀ w
  ///
  /// - Parameter slopes: δv, [row].
  func backpropagate(
    _ slopes: UnsafeMutablePointer<Float>, through history: History,
    with parameters: UnsafeMutablePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let k = shape.inputs
    let all = 0..<history.rowCount
    addTransposedProduct(
      history.view(history.inputs, all, columns: k + 1),
      MatrixView(slopes, rows: all.count, columns: 1),
      to: MatrixView(gradient + places.readOut, rows: k + 1, columns: 1))
    for row in history.steps[0].rows {
      for input in 0..<k {
        gradient[places.initialCurrents + input] += slopes[row] * parameters[places.readOut + input]
      }
    }
  }
}
