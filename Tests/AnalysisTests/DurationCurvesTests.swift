import Testing

@testable import Analysis

@Suite("Frequencies by duration and coherence")
struct DurationCurvesTests {

  @Test("accuracy is by coherence and duration, without coherence 0")
  func accuracy() {
    let decisions = [
      (12.8, 400.0, true), (0, 100, true), (12.8, 100, false), (51.2, 200, true),
      (12.8, 200, true), (12.8, 300, true),
    ].map { TimedDecision(coherence: $0.0, stimulusDuration: $0.1, isCorrect: $0.2) }
    #expect(
      accuracyByDuration(of: decisions, binCount: 2) == [
        DurationCurve(
          coherence: 12.8,
          bins: [
            EqualCountBin(trials: 2, meanX: 150, meanY: 0.5),
            EqualCountBin(trials: 2, meanX: 350, meanY: 1),
          ]),
        DurationCurve(
          coherence: 51.2, bins: [EqualCountBin(trials: 1, meanX: 200, meanY: 1)]),
      ])
  }

  /// Coherence, duration, offered, answer.
  private let wagers = [
    (0.0, 100.0, true, WagerTrial.Answer.sure), (0, 200, true, .error),
    (0, 100, false, .correct),
    (6.4, 100, true, .sure), (6.4, 200, true, .correct), (6.4, 300, true, .correct),
    (6.4, 400, true, .error),
    (6.4, 150, false, .error), (6.4, 250, false, .correct),
  ].map {
    WagerTrial(coherence: $0.0, stimulusDuration: $0.1, isOffered: $0.2, answer: $0.3)
  }

  @Test("the sure target is taken so often of the answers where it was offered, coherence 0 too")
  func sure() {
    #expect(
      sureFrequencyByDuration(of: wagers, binCount: 2) == [
        DurationCurve(
          coherence: 0,
          bins: [
            EqualCountBin(trials: 1, meanX: 100, meanY: 1),
            EqualCountBin(trials: 1, meanX: 200, meanY: 0),
          ]),
        DurationCurve(
          coherence: 6.4,
          bins: [
            EqualCountBin(trials: 2, meanX: 150, meanY: 0.5),
            EqualCountBin(trials: 2, meanX: 350, meanY: 0),
          ]),
      ])
  }

  @Test("accuracy is told apart by whether the sure target was waived or not offered")
  func waived() {
    #expect(
      accuracyByDuration(of: wagers, waived: true, binCount: 1) == [
        DurationCurve(
          coherence: 6.4, bins: [EqualCountBin(trials: 3, meanX: 300, meanY: 2.0 / 3)])
      ])
    #expect(
      accuracyByDuration(of: wagers, waived: false, binCount: 1) == [
        DurationCurve(coherence: 6.4, bins: [EqualCountBin(trials: 2, meanX: 200, meanY: 0.5)])
      ])
  }

  @Test("a sure answer without an offer is a slip of the caller")
  func sureWithoutOffer() async {
    await #expect(processExitsWith: .failure) {
      _ = WagerTrial(coherence: 0, stimulusDuration: 100, isOffered: false, answer: .sure)
    }
  }
}
