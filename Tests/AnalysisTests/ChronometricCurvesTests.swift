import Testing

@testable import Analysis

@Suite("Chronometric curves")
struct ChronometricCurvesTests {

  @Test("have the mean and its error at each stimulus, right and wrong apart")
  func points() {
    let trials = [
      (25.6, 300.0, true), (6.4, 500, true), (6.4, 700, true), (25.6, 340, true),
      (6.4, 600, true), (6.4, 900, false), (6.4, 1000, false), (25.6, 800, false),
    ].map { ReactionTrial(stimulus: $0.0, reactionTime: $0.1, isCorrect: $0.2) }
    let curves = ChronometricCurves(of: trials, moreTrialsThan: 1)
    // s.d. of 500, 600, 700: 100. Of 300, 340: 20 √2. Of 900, 1000: 50 √2.
    #expect(curves.correct.map(\.stimulus) == [6.4, 25.6])
    #expect(curves.correct.map(\.trials) == [3, 2])
    #expect(curves.correct.map(\.meanReactionTime) == [600, 320])
    #expect(curves.correct[0].standardError.isClose(to: 100 / 3.0.squareRoot()))
    #expect(curves.correct[1].standardError.isClose(to: 20))
    // The one error at 25.6 % is too few.
    #expect(curves.error.map(\.stimulus) == [6.4])
    #expect(curves.error[0].meanReactionTime == 950)
    #expect(curves.error[0].standardError.isClose(to: 50))
  }

  @Test("need more than ten trials for a point unless told otherwise")
  func minimum() {
    let trials = (0..<21).map {
      ReactionTrial(stimulus: $0 < 10 ? 1 : 2, reactionTime: Double($0), isCorrect: true)
    }
    #expect(ChronometricCurves(of: trials).correct.map(\.stimulus) == [2])
    #expect(ChronometricCurves(of: []).correct.isEmpty)
  }
}
