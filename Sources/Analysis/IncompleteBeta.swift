import Glibc

/// The regularised incomplete beta function.
///
///     I_x(a, b) = ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b)
///               = xᵃ (1 − x)ᵇ / (a B(a, b)) · 1/(1 + d₁/(1 + d₂/(1 + …)))
///
///     d₂ₘ₊₁ = −(a + m)(a + b + m) x / ((a + 2m)(a + 2m + 1))
///     d₂ₘ   = m (b − m) x / ((a + 2m − 1)(a + 2m))
///
/// *NIST Digital Library of Mathematical Functions*, 8.17.22. The fraction converges fast for
/// x < (a + 1)/(a + b + 2); beyond, I_x(a, b) = 1 − I_{1−x}(b, a) (8.17.4) takes it there.
///
/// - Parameters:
///   - x: In 0...1.
///   - a, b: Greater than 0.
func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  precondition((0...1).contains(x) && a > 0 && b > 0)
  if x == 0 || x == 1 { return x }
  if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
  let logarithmOfBeta = lgamma(a).0 + lgamma(b).0 - lgamma(a + b).0
  let factor = exp(a * log(x) + b * log1p(-x) - logarithmOfBeta) / a

  // 1 + d₁/(1 + d₂/(1 + …)) after Lentz, *Appl. Opt.* 15 (1976): the ratios of successive numerators
  // and denominators of the fraction, kept away from 0.
  func awayFromZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
  var (fraction, c, d) = (1.0, 1.0, 0.0)
  for step in 1...10_000 {
    let m = Double(step / 2)
    let term =
      step % 2 == 0
      ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + term * d)
    c = awayFromZero(1 + term / c)
    fraction *= c * d
    if abs(c * d - 1) < 1e-15 { break }
  }
  return factor / fraction
}
