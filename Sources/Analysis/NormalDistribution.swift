import Glibc

/// The standard normal distribution.
public enum NormalDistribution {
  /// The density.
  ///
  ///     φ(z) = exp(−z²/2) / √(2π)
  public static func density(at z: Double) -> Double {
    exp(-z * z / 2) / (2 * Double.pi).squareRoot()
  }

  /// The probability of less than z.
  ///
  ///     Φ(z) = erfc(−z/√2) / 2
  public static func cumulative(at z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// Φ⁻¹: the z below which a fraction of the distribution lies.
  ///
  /// - Parameter fraction: Strictly between 0 and 1.
  public static func quantile(_ fraction: Double) -> Double {
    precondition(fraction > 0 && fraction < 1, "Φ⁻¹ is finite strictly between 0 and 1 only")
    if fraction > 0.5 { return -quantile(1 - fraction) }
    // Φ(−38.5) is the smallest positive double. Halving until nothing is left to halve.
    var (low, high) = (-39.0, 0.0)
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { return middle }
      if cumulative(at: middle) < fraction { low = middle } else { high = middle }
    }
  }
}
