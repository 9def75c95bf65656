/// How a frequency depends on the duration of the stimulus, at one coherence.
public struct DurationCurve: Equatable, Sendable {
  /// In %, without a sign.
  public let coherence: Double
  /// `meanX`: mean duration, in the unit of the trials; `meanY`: the frequency.
  public let bins: [EqualCountBin]

  /// The frequency of what is counted, in bins of equally many trials, for each coherence.
  ///
  /// - Returns: In ascending coherence.
  static func curves(
    of trials: [(coherence: Double, duration: Double, counts: Bool)], binCount: Int
  ) -> [DurationCurve] {
    Dictionary(grouping: trials, by: \.coherence).sorted { $0.key < $1.key }.map {
      coherence, trials in
      DurationCurve(
        coherence: coherence,
        bins: equalCountBins(
          of: trials.map { ($0.duration, $0.counts ? 1 : 0) }, count: binCount))
    }
  }
}

/// A trial that ended with a decision, of a task with stimuli of variable duration.
public struct TimedDecision: Equatable, Sendable {
  /// In %, without a sign.
  public var coherence: Double
  /// How long the stimulus was shown, in ms.
  public var stimulusDuration: Double
  public var isCorrect: Bool

  public init(coherence: Double, stimulusDuration: Double, isCorrect: Bool) {
    self.coherence = coherence
    self.stimulusDuration = stimulusDuration
    self.isCorrect = isCorrect
  }
}

/// Proportion correct against the duration of the stimulus, by coherence (Song, Yang & Wang 2017,
/// Fig. 1C).
///
/// Coherence 0 is left out: nothing is correct about a side drawn by chance.
///
/// - Returns: In ascending coherence; durations in ms.
public func accuracyByDuration(of decisions: [TimedDecision], binCount: Int = 10) -> [DurationCurve]
{
  DurationCurve.curves(
    of: decisions.filter { $0.coherence != 0 }.map {
      ($0.coherence, $0.stimulusDuration, $0.isCorrect)
    }, binCount: binCount)
}
