import Glibc
import Gym

/// How an observer does who may decline to judge.
struct Wagering: Equatable {
  /// The fraction of judgements that are right, with and without a wager taken together.
  let accuracy: Double
  /// The fraction of wagers in which the sure target is taken.
  let sureFraction: Double
}

/// An observer of two noisy streams of evidence who takes the sure target where that pays more on
/// average than judging would (Kiani & Shadlen 2009; the rule is Bayes').
///
/// All the evidence of a trial comes down to one number z, normal around ±m with standard deviation 1:
///
///     m        = c √d / (√2 σ)            c: coherence as a fraction;  d: viewing time;  σ: noise, per √ms
///     P(right) = Σ_c φ(z − m) / Σ_c (φ(z − m) + φ(z + m))
///
/// Judging is right with probability p = max(P(right), 1 − P(right)), which grows with |z|, and pays
/// p R_correct + (1 − p) R_error. That is less than R_sure while |z| < z*, where p falls short of
/// p* = (R_sure − R_error) / (R_correct − R_error). So of the wagers with mean m
///
///     Φ(m − z*)                right
///     Φ(−m − z*)               wrong
///     1 − both                 declined
///
/// - Parameters:
///   - coherences: In percent, each as frequent as the others.
///   - durations: Viewing times, each as frequent as the others.
///   - noise: σ of each stream.
///   - correct: R_correct.
///   - error: R_error, less than R_correct.
///   - sure: R_sure, offered in half of the trials.
/// - Returns: Rounded to four digits, which every machine's mathematics library agrees on; nil if
///   right judgements pay no more than wrong ones.
func idealWagerer(
  coherences: [Float], durations: [Milliseconds], noise: Float, correct: Float, error: Float,
  sure: Float
) -> Wagering? {
  guard correct > error else { return nil }
  let certainty = Double(sure - error) / Double(correct - error)
  var (rightWhenForced, rightWhenFree, judgedWhenFree) = (0.0, 0.0, 0.0)
  for (duration, count) in occurrences(of: durations) {
    let means = coherences.map { coherence in
      let signal = Double(coherence) / 100 * Double(duration).squareRoot()
      return signal == 0 ? 0 : min(signal / (2.0.squareRoot() * Double(noise)), 1e6)
    }
    let criterion = evidence(forCertainty: certainty, means: means)
    for mean in means {
      let right = normalCumulative(mean - criterion)
      rightWhenForced += count * normalCumulative(mean)
      rightWhenFree += count * right
      judgedWhenFree += count * (right + normalCumulative(-mean - criterion))
    }
  }
  let count = Double(coherences.count * durations.count)
  func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
  return Wagering(
    accuracy: rounded((rightWhenForced + rightWhenFree) / (count + judgedWhenFree)),
    sureFraction: rounded(1 - judgedWhenFree / count))
}

/// Each duration once, with how often it occurs.
private func occurrences(of durations: [Milliseconds]) -> [(Milliseconds, Double)] {
  Dictionary(grouping: durations, by: \.self).sorted { $0.key < $1.key }
    .map { ($0.key, Double($0.value.count)) }
}

/// z* ≥ 0: the evidence from which on a judgement is right with probability `certainty`; infinite if
/// no evidence is that good.
private func evidence(forCertainty certainty: Double, means: [Double]) -> Double {
  if certainty <= 0.5 { return 0 }
  var (low, high) = (0.0, 1.0)
  while probabilityOfRight(given: high, means: means) < certainty {
    guard high < 1e6 else { return .infinity }
    (low, high) = (high, 2 * high)
  }
  while high - low > 1e-7 * high {
    let middle = (low + high) / 2
    if probabilityOfRight(given: middle, means: means) < certainty {
      low = middle
    } else {
      high = middle
    }
  }
  return high
}

/// P(right): the probability that the motion went right, given evidence z ≥ 0.
///
///     Σ_c e^(−(z − m)²/2) / Σ_c (e^(−(z − m)²/2) + e^(−(z + m)²/2))
///
/// Both sums are divided by their largest term, lest they vanish.
private func probabilityOfRight(given z: Double, means: [Double]) -> Double {
  let nearest = means.map { ($0 - z) * ($0 - z) }.min() ?? 0
  var (right, left) = (0.0, 0.0)
  for mean in means {
    right += exp((nearest - (z - mean) * (z - mean)) / 2)
    left += exp((nearest - (z + mean) * (z + mean)) / 2)
  }
  return right / (right + left)
}
