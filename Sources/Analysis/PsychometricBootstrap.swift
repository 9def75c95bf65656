import Gym

/// How far μ, σ and the slope of a psychometric curve might be off, by the bootstrap.
///
/// Each of the resamples replaces the count at every stimulus by one drawn from
///
///     chosen* ~ Binomial(trials, chosen / trials)
///
/// which is what drawing trials with replacement within the stimulus gives, and fits it anew. The
/// intervals run between percentiles of what came out (Efron & Tibshirani, *An Introduction to the
/// Bootstrap*, 1993, chapter 13).
public struct PsychometricBootstrap: Equatable, Sendable {
  /// Of μ, in the stimulus's unit, over the resamples that have one; nil if none has.
  public let mean: ClosedRange<Double>?
  /// Of σ, in the stimulus's unit. Ends are 0 where steps, ∞ where flat curves reach that far. Of
  /// little use where curves rise and fall by turns: σ then jumps across ∞, while the slope does not.
  public let spread: ClosedRange<Double>
  /// Of 1/(σ √2π), per unit of the stimulus.
  public let slope: ClosedRange<Double>
  /// How many resamples were steps or flat, of `resampleCount`.
  public let degenerateCount: Int
  public let resampleCount: Int

  /// Resamples and fits; nil where the counts themselves can't be fitted.
  ///
  /// - Parameters:
  ///   - resampleCount: How many resamples, at least one.
  ///   - confidence: Which part of the resamples the intervals hold, in 0..<1.
  ///   - seed: The same seed gives the same intervals.
  public init?(
    of counts: [ChoiceCount], resampleCount: Int = 1000, confidence: Double = 0.95, seed: UInt64
  ) {
    precondition(resampleCount > 0, "a bootstrap needs a resample")
    precondition((0..<1).contains(confidence), "a confidence lies in 0..<1")
    var curves: [PsychometricCurve] = []
    for resample in 0..<resampleCount {
      var random = Random(seed: seed, stream: Self.stream, trial: UInt64(resample))
      let drawn = counts.map { count in
        ChoiceCount(
          stimulus: count.stimulus, trials: count.trials,
          chosen: random.binomial(trials: count.trials, probability: count.proportion ?? 0))
      }
      guard let curve = PsychometricCurve(fittedTo: drawn) else { return nil }
      curves.append(curve)
    }
    func interval(_ values: [Double]) -> ClosedRange<Double> {
      quantile((1 - confidence) / 2, of: values)...quantile((1 + confidence) / 2, of: values)
    }
    let means = curves.compactMap(\.mean)
    mean = means.isEmpty ? nil : interval(means)
    spread = interval(curves.map(\.spread))
    slope = interval(curves.map(\.slope))
    degenerateCount = curves.count { $0.shape != .graded }
    self.resampleCount = resampleCount
  }

  /// The stream the resamples are drawn from.
  static let stream = Stream("psychometric bootstrap")
}

extension Random {
  /// How many of independent trials succeed.
  fileprivate mutating func binomial(trials: Int, probability: Double) -> Int {
    (0..<trials).count { _ in preciseUniform() < probability }
  }
}
