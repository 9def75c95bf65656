extension Regularisation {
  /// Adds the slopes of what weights cost to a gradient laid out like the parameters.
  ///
  ///     ∂W += κ₁ sign(W) / N² + 2 κ₂ W / 3N²         ∂W_λ += 2 κ₂ W_λ / 3N²     ∂W_γ likewise
  ///
  /// Weights of absent connections are zero and cost nothing.
  func addWeightSlopes(of parameters: Parameters, to gradient: FloatBuffer) {
    guard parameters.shape.units > 0, absoluteWeights > 0 || squaredWeights > 0 else { return }
    let n = parameters.shape.units
    let l1 = Float(absoluteWeights) / Float(n * n)
    let l2 = 2 * Float(squaredWeights) / Float(3 * n * n)
    for place in parameters.block("W_rec").range {
      let weight = parameters.values[place]
      gradient.start[place] += l2 * weight + (weight > 0 ? l1 : weight < 0 ? -l1 : 0)
    }
    for place in parameters.block("W_rec_gates").range {
      gradient.start[place] += l2 * parameters.values[place]
    }
  }
}
