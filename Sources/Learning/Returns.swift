import Glibc

/// How much a reward counts, by the step whose action earned it (Song, Yang & Wang 2017).
///
///     dₜ = exp(−t Δt / τ_reward)
///
/// Discounting is from the start of the trial, and the value network learns the discounted quantity.
///
/// - Parameter timeConstant: τ_reward in milliseconds; zero for no discounting.
func discountFactors(stepCount: Int, timeStep: Int, timeConstant: Double) -> [Float] {
  guard timeConstant > 0 else { return .init(repeating: 1, count: stepCount) }
  return (0..<stepCount).map { Float(exp(-Double($0 * timeStep) / timeConstant)) }
}

/// What the rest of the trial earned.
///
///     Gₜ = Σₖ≥ₜ Rₖ
///
/// - Parameter rewards: R₀ … R_L₋₁, discounted already.
func returns(of rewards: [Float]) -> [Float] {
  var sum: Float = 0
  return rewards.reversed().map { reward in
    sum += reward
    return sum
  }.reversed()
}

/// More or less than was predicted.
///
///     A₀ = R₀ − b₀
///     Aₜ = Gₜ − bₜ,   t ≥ 1
///
/// The first action is credited with its immediate reward alone, as the reference program does and
/// the paper does not say. With the whole return, the prescribed start (every trial an early abort,
/// every prediction exactly −1) would be a point where both gradients are zero for ever.
///
/// - Parameters:
///   - rewards: R₀ … R_L₋₁.
///   - baseline: b₀ … b_L₋₁, what the value network predicted.
func advantages(of rewards: [Float], over baseline: [Float]) -> [Float] {
  precondition(rewards.count == baseline.count)
  var advantages = zip(returns(of: rewards), baseline).map { $0 - $1 }
  if !rewards.isEmpty { advantages[0] = rewards[0] - baseline[0] }
  return advantages
}
