import Analysis
import Testing

@Suite("Criterion times and learning curves")
struct LearningCurveTests {
  let criterion = LearningCriterion(errorBelow: 1)

  /// `bad` trials with an error of 1.5, then good ones of 0.5.
  private func errors(bad: Int, good: Int) -> [Double] {
    .init(repeating: 1.5, count: bad) + .init(repeating: 0.5, count: good)
  }

  @Test("the criterion is met at the 96th good trial of a hundred, and not at the 95th")
  func meeting() {
    // Good from trial 500 on: trials 500 … 595 are 96.
    #expect(criterion.trial(in: errors(bad: 500, good: 500)) == 595)
    #expect(criterion.trial(in: errors(bad: 500, good: 95)) == nil)
    #expect(criterion.trial(in: errors(bad: 500, good: 96)) == 595)
  }

  @Test("no time is below 100, though all goes well from the start")
  func earliest() {
    #expect(criterion.trial(in: errors(bad: 0, good: 200)) == 100)
    #expect(criterion.trial(in: errors(bad: 0, good: 100)) == nil)
    // Trial 0 is not among the last hundred of trial 100; trials 1 … 4 are.
    #expect(criterion.trial(in: errors(bad: 5, good: 200)) == 100)
    #expect(criterion.trial(in: errors(bad: 6, good: 200)) == 101)
  }

  @Test("a trial on the bound is not good")
  func bound() {
    #expect(criterion.trial(in: .init(repeating: 1, count: 300)) == nil)
    #expect(LearningCriterion(errorBelow: 2.5).trial(in: errors(bad: 300, good: 0)) == 100)
  }

  @Test("times agree with a count of each window from scratch")
  func literal() {
    var draws = Draws(seed: 71)
    for replicate in 0..<20 {
      // Ever more likely to be good.
      let errors = (0..<600).map { trial in
        draws.uniform() < Double(trial + 20 * replicate) / 600 ? 0.2 : 1.2
      }
      let literal = (100..<600).first { n in
        errors[(n - 99)...n].count { $0 < 1 } >= 96
      }
      #expect(criterion.trial(in: errors) == literal)
      // The same, as a training asks it after each trial.
      #expect(errors.indices.first { criterion.isMet(at: Array(errors[...$0])) } == literal)
    }
  }

  @Test("a replicate that never met the criterion counts as long as it was watched")
  func unmet() {
    let times = CriterionTimes([300, nil, 100, 200], trialsExamined: 1000)
    #expect(times.unmetCount == 1)
    // 100, 200, 300, 1000.
    #expect(times.median == 250)
    #expect(times.lowerQuartile == 175)
    #expect(times.upperQuartile == 475)
    let curves = [errors(bad: 500, good: 500), errors(bad: 1000, good: 0)]
    #expect(
      CriterionTimes(of: curves, meeting: criterion)
        == CriterionTimes([595, nil], trialsExamined: 1000))
  }

  @Test("each trial has its quantiles over replicates")
  func quantiles() {
    var curve = LearningCurve()
    for replicate in [[4.0, 1, 0.5], [2, 1, 1.5], [3, 1, 4.5]] { curve.add(replicate) }
    #expect(curve.replicateCount == 3)
    #expect(curve.trialCount == 3)
    #expect(
      curve.quantiles([0.25, 0.5, 0.75]) == [[2.5, 1, 1], [3, 1, 1.5], [3.5, 1, 3]])
  }

  @Test("windows pool trials and replicates, or take each replicate's median first")
  func windows() {
    var curve = LearningCurve()
    curve.add([0, 1, 2, 30, 40, 50, 7] as [Double])
    curve.add([3, 4, 5, 60, 70, 80, 7] as [Double])
    // 0 … 5 and 30 … 80; the seventh trial fills no window.
    #expect(curve.pooledQuantiles([0.5, 1], everyTrials: 3) == [[2.5, 55], [5, 80]])
    // Medians 1 and 4, 40 and 70.
    #expect(curve.medianQuantiles([0, 0.5], everyTrials: 3) == [[1, 40], [2.5, 55]])
  }

  @Test("without replicates there is no curve")
  func none() {
    #expect(LearningCurve().quantiles([0.5]) == [[]])
  }
}
