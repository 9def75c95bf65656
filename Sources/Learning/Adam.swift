import CKernels
import Glibc

/// Adam (Kingma & Ba 2015) on a gradient of limited norm.
///
///     g ← g · min(1, Γ / |g|)
///     m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
///     θ ← θ − η √(1 − β₂ⁱ)/(1 − β₁ⁱ) · m / (√v + ε)
///
/// A norm that is no number, or beyond 10¹⁰, counts as a gradient of zero: the moments decay and
/// the parameters move on by what momentum is left.
public struct Adam: Equatable, Sendable {
  public var firstMoment: [Float]
  public var secondMoment: [Float]
  /// i: updates so far.
  public var updateCount: Int

  static let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8)

  public init(parameterCount: Int) {
    firstMoment = .init(repeating: 0, count: parameterCount)
    secondMoment = firstMoment
    updateCount = 0
  }

  /// Moves `parameters` against `gradient`.
  ///
  /// - Parameters:
  ///   - learningRate: η
  ///   - limit: Γ
  /// - Returns: the gradient's norm before it was limited.
  mutating func update(
    _ parameters: inout [Float], against gradient: FloatBuffer, learningRate: Double,
    limit: Double
  ) -> Double {
    precondition(parameters.count == gradient.count && firstMoment.count == gradient.count)
    updateCount += 1
    let norm = operant_sum_of_squares(gradient.count, gradient.start).squareRoot()
    let isUsable = norm.isFinite && norm <= 1e10
    if !isUsable { gradient.clear() }
    let scale = isUsable && norm > limit ? limit / norm : 1
    let i = Double(updateCount)
    let step =
      learningRate * (1 - pow(Self.beta2, i)).squareRoot() / (1 - pow(Self.beta1, i))
    operant_adam(
      gradient.count, Float(scale), Float(step), Float(Self.beta1), Float(Self.beta2),
      Float(Self.epsilon), gradient.start, &firstMoment, &secondMoment, &parameters)
    return norm
  }
}
