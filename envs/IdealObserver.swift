import Glibc
import Gym

/// The fraction of choices that an observer of two noisy streams of evidence gets right which adds up
/// all it is shown.
///
///     ⟨ Φ( c √d / (√2 σ) ) ⟩          c: coherence as a fraction;  d: viewing time;  σ: noise, per √ms
///
/// The streams differ by c on average and by √2 σ √d around it, once added up (Kiani, Hanks & Shadlen
/// 2008). ⟨·⟩ is the mean over coherences and durations.
///
/// - Parameters:
///   - coherences: In percent, each as frequent as the others.
///   - durations: Viewing times, each as frequent as the others.
///   - noise: σ of each stream.
/// - Returns: Rounded to four digits, which every machine's mathematics library agrees on.
func idealObserver(coherences: [Float], durations: [Milliseconds], noise: Float) -> Double {
  var sum = 0.0
  for coherence in coherences {
    for duration in durations {
      let signal = Double(coherence) / 100 * Double(duration).squareRoot()
      sum += signal == 0 ? 0.5 : normalCumulative(signal / (2.0.squareRoot() * Double(noise)))
    }
  }
  return (sum / Double(coherences.count * durations.count) * 10_000).rounded() / 10_000
}

/// Φ(z): how likely a standard normal is below z.
func normalCumulative(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

/// An exponential waiting time that is known to lie in a range.
struct TruncatedExponential {
  let mean: Milliseconds
  let range: Range<Milliseconds>

  /// `count` waiting times, the middles of equally likely stretches.
  ///
  ///     x(p) = a − μ log(1 − p (1 − e^(−(b − a)/μ)))          range a..<b, mean μ
  func quantiles(_ count: Int) -> [Milliseconds] {
    let covered = 1 - exp(-Double(range.count) / Double(mean))
    return (0..<count).map { index in
      let p = (Double(index) + 0.5) / Double(count)
      return range.lowerBound + Milliseconds(-Double(mean) * log(1 - p * covered))
    }
  }
}
