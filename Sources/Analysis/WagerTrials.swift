/// A trial of post-decision wagering that ended with a legal answer.
public struct WagerTrial: Equatable, Sendable {
  /// How a trial was answered: by a side, right or wrong, or by the sure target.
  public enum Answer: Equatable, Sendable { case correct, error, sure }

  /// In %, without a sign.
  public var coherence: Double
  /// How long the stimulus was shown, in ms.
  public var stimulusDuration: Double
  /// Whether the sure target was offered.
  public var isOffered: Bool
  public var answer: Answer

  public init(coherence: Double, stimulusDuration: Double, isOffered: Bool, answer: Answer) {
    precondition(
      isOffered || answer != .sure, "a sure target that was not offered is no legal answer")
    self.coherence = coherence
    self.stimulusDuration = stimulusDuration
    self.isOffered = isOffered
    self.answer = answer
  }
}

/// How often the sure target was taken where it was offered, against the duration of the stimulus, by
/// coherence (Song, Yang & Wang 2017, Fig. 3B left; after Kiani & Shadlen, *Science* 324, 2009).
///
///     P(sure) = sure answers / answers,   among trials with an offer
///
/// Coherence 0 is included.
///
/// - Returns: In ascending coherence; durations in ms.
public func sureFrequencyByDuration(of trials: [WagerTrial], binCount: Int = 10) -> [DurationCurve]
{
  DurationCurve.curves(
    of: trials.filter(\.isOffered).map {
      ($0.coherence, $0.stimulusDuration, $0.answer == .sure)
    }, binCount: binCount)
}

/// Proportion correct among answers by a side, against the duration of the stimulus, by coherence
/// (Song, Yang & Wang 2017, Fig. 3B right).
///
///     P(correct) = correct / (correct + error)
///
/// - Parameter waived: Whether of the trials where the sure target was offered, and not taken; or of
///   those where it was not offered.
/// - Returns: In ascending coherence, without 0; durations in ms.
public func accuracyByDuration(
  of trials: [WagerTrial], waived: Bool, binCount: Int = 10
) -> [DurationCurve] {
  accuracyByDuration(
    of: trials.filter { $0.isOffered == waived && $0.answer != .sure }.map {
      TimedDecision(
        coherence: $0.coherence, stimulusDuration: $0.stimulusDuration,
        isCorrect: $0.answer == .correct)
    }, binCount: binCount)
}
