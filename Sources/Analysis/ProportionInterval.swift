/// Where a proportion may lie, given a sample of it: the score interval of Wilson, *J. Am. Stat.
/// Assoc.* 22 (1927).
///
///     ( p̂ + z²/2n  ±  z √( p̂(1 − p̂)/n + z²/4n² ) ) / ( 1 + z²/n )
///
/// p̂: the proportion in the sample; z = Φ⁻¹((1 + confidence)/2). It stays in 0...1 and has a width
/// at p̂ = 0 and p̂ = 1 too, unlike p̂ ± z s.e.
///
/// - Parameters:
///   - successes: p̂ n, in 0...trials.
///   - trials: n. Without any the interval is 0...1, the limit of the equation.
///   - confidence: How often such an interval holds the true proportion, in 0..<1.
public func proportionInterval(
  successes: Int, of trials: Int, confidence: Double = 0.95
) -> ClosedRange<Double> {
  precondition(trials >= 0 && (0...trials).contains(successes), "successes lie in 0...trials")
  precondition((0..<1).contains(confidence), "a confidence lies in 0..<1")
  guard trials > 0 else { return 0...1 }
  let n = Double(trials)
  let p = Double(successes) / n
  let z = NormalDistribution.quantile((1 + confidence) / 2)
  let center = p + z * z / (2 * n)
  let halfWidth = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  // Rounding must not push the ends of certain outcomes past 0 and 1.
  return max(0, (center - halfWidth) / scale)...min(1, (center + halfWidth) / scale)
}
