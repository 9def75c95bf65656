/// How errors fall, over replicates that come one at a time.
///
///     Q_p(n) = quantile p of { err_n of replicate 1, 2, … }
///
///     var curve = LearningCurve()
///     for replicate in replicates { curve.add(replicate.errors) }
///     curve.quantiles([0.25, 0.5, 0.75])             // [quantile][trial]
///
/// A median has no short sum, so the errors are kept, in single precision: twenty replicates of
/// 100 000 trials are 8 MB.
public struct LearningCurve: Equatable, Sendable {
  /// [replicate][trial].
  private var errors: [[Float]] = []

  public init() {}

  public var replicateCount: Int { errors.count }
  /// Trials of each replicate.
  public var trialCount: Int { errors.first?.count ?? 0 }

  /// Adds a replicate's errors, of as many trials as the others have.
  public mutating func add(_ errors: [Double]) { add(errors.map(Float.init)) }

  public mutating func add(_ errors: [Float]) {
    precondition(
      replicateCount == 0 || errors.count == trialCount,
      "a replicate of \(errors.count) trials among others of \(trialCount)")
    self.errors.append(errors)
  }

  /// Q_p(n) for each p and trial: [quantile][trial].
  public func quantiles(_ fractions: [Double]) -> [[Double]] {
    bands(fractions, everyTrials: 1) { replicate, trials in [Double(replicate[trials.lowerBound])] }
  }

  /// Quantiles of all errors in a window of trials, of all replicates together:
  /// [quantile][window].
  ///
  ///     Q_p(k) = quantile p of { err_n of any replicate,  n = k w … (k + 1) w − 1 }
  ///
  /// They tell how trials differ as well as how replicates do. What does not fill a window is left
  /// out.
  public func pooledQuantiles(_ fractions: [Double], everyTrials window: Int) -> [[Double]] {
    bands(fractions, everyTrials: window) { replicate, trials in replicate[trials].map(Double.init)
    }
  }

  /// Quantiles over replicates of the median in a window of trials: [quantile][window].
  ///
  ///     Q_p(k) = quantile p of { median of err_n, n = k w … (k + 1) w − 1, of replicate 1, 2, … }
  public func medianQuantiles(_ fractions: [Double], everyTrials window: Int) -> [[Double]] {
    bands(fractions, everyTrials: window) { replicate, trials in
      [median(of: replicate[trials].map(Double.init))]
    }
  }

  private func bands(
    _ fractions: [Double], everyTrials window: Int,
    _ numbers: (_ replicate: [Float], _ trials: Range<Int>) -> [Double]
  ) -> [[Double]] {
    precondition(window > 0, "a window holds at least one trial")
    var bands = [[Double]](repeating: [], count: fractions.count)
    for index in 0..<(trialCount / window) {
      let trials = (index * window)..<((index + 1) * window)
      // Sorted once for all fractions; sorting again what is sorted is quick.
      let sorted = errors.flatMap { numbers($0, trials) }.sorted()
      for (band, fraction) in fractions.enumerated() {
        bands[band].append(quantile(fraction, of: sorted))
      }
    }
    return bands
  }
}
