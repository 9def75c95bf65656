/// The arithmetic mean.
///
///     x̄ = (1/n) Σᵢ xᵢ
///
/// - Parameter values: x₁ … xₙ, at least one.
public func mean(of values: [Double]) -> Double {
  precondition(!values.isEmpty, "a mean needs a value")
  return values.reduce(0, +) / Double(values.count)
}

/// The standard deviation of a sample.
///
///     s = √( Σᵢ (xᵢ − x̄)² / (n − 1) )
///
/// - Parameter values: x₁ … xₙ, at least two.
public func standardDeviation(of values: [Double]) -> Double {
  precondition(values.count > 1, "the standard deviation of a sample needs two values")
  let center = mean(of: values)
  let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
  return (squares / Double(values.count - 1)).squareRoot()
}

/// The standard error of a mean.
///
///     s.e.m. = s / √n
///
/// - Parameter values: x₁ … xₙ, at least two.
public func standardError(of values: [Double]) -> Double {
  standardDeviation(of: values) / Double(values.count).squareRoot()
}

/// A quantile, on the straight line between the two nearest order statistics.
///
///     h = (n − 1) p,   k = ⌊h⌋        Q(p) = x₍ₖ₎ + (h − k) (x₍ₖ₊₁₎ − x₍ₖ₎)
///
/// x₍₀₎ … x₍ₙ₋₁₎ are the values in ascending order. This is definition 7 of Hyndman & Fan,
/// *Am. Stat.* 50 (1996), which NumPy and R use unless told otherwise. Values may be infinite.
///
/// - Parameters:
///   - fraction: p, in 0...1.
///   - values: At least one, in any order.
public func quantile(_ fraction: Double, of values: [Double]) -> Double {
  precondition(!values.isEmpty, "a quantile needs a value")
  precondition((0...1).contains(fraction), "a quantile's fraction lies in 0...1, not \(fraction)")
  let sorted = values.sorted()
  let h = Double(values.count - 1) * fraction
  let k = Int(h.rounded(.down))
  let lower = sorted[k]
  let upper = sorted[min(k + 1, sorted.count - 1)]
  // Without the question, ∞ − ∞ and 0 · ∞ would make an order statistic a NaN.
  if h == Double(k) || lower == upper { return lower }
  if lower.isInfinite || upper.isInfinite { return lower.isInfinite ? lower : upper }
  return lower + (h - Double(k)) * (upper - lower)
}

/// The middle of the values: `quantile(0.5, of: values)`.
public func median(of values: [Double]) -> Double { quantile(0.5, of: values) }

/// The median time until something that does not always come.
///
///     median(t₁ … tₙ),   tᵢ = ∞ where it never came
///
/// Leaving those out would make whatever is timed look the faster, the more often it fails.
///
/// - Parameter times: t₁ … tₙ; nil is never.
/// - Returns: nil if for half of them or more it never came, or there are none.
public func medianTime(of times: [Double?]) -> Double? {
  guard !times.isEmpty else { return nil }
  let middle = median(of: times.map { $0 ?? .infinity })
  return middle.isFinite ? middle : nil
}
