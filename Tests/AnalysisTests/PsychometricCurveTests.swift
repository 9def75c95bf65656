import Analysis
import Gym
import Testing

/// Coherences with a sign for the side, in percent.
private let coherences = [-51.2, -25.6, -12.8, -6.4, 0, 6.4, 12.8, 25.6, 51.2]

private func counts(
  _ chosen: [Int], of trials: Int, at stimuli: [Double] = coherences
) -> [ChoiceCount] {
  zip(stimuli, chosen).map { ChoiceCount(stimulus: $0, trials: trials, chosen: $1) }
}

@Suite("Psychometric curves")
struct PsychometricCurveTests {

  @Test("the fit of a curve's own heights is the curve", arguments: [-30.0, -2.0, 0, 4.5, 25])
  func ownHeights(mean: Double) throws {
    // A million trials round the heights to six digits.
    let made = coherences.map { x in
      let height = NormalDistribution.cumulative(at: (x - mean) / 14)
      return ChoiceCount(
        stimulus: x, trials: 1_000_000, chosen: Int((height * 1_000_000).rounded()))
    }
    let curve = try #require(PsychometricCurve(fittedTo: made))
    #expect(curve.shape == .graded)
    #expect(try #require(curve.mean).isClose(to: mean, within: 1e-4))
    #expect(curve.spread.isClose(to: 14, within: 1e-4))
    #expect(curve.slope.isClose(to: 1 / (14 * 2.5066282746310002), within: 1e-6))
    #expect(curve.probability(at: mean).isClose(to: 0.5, within: 1e-4))
    #expect(curve.residual < 1e-11)
  }

  @Test(
    "agrees with SciPy's curve_fit of Φ(a + b x), to 10⁻¹⁵, from a = 0.01, b = 0.05",
    arguments: [
      (
        [7, 48, 173, 324, 511, 676, 827, 952, 993], -0.10849575119639007, 14.03494077410811,
        0.0006935671342268446
      ),
      (
        [40, 90, 173, 324, 580, 676, 900, 952, 970], -1.2772912143972213, 13.137517242972121,
        0.012945393469995611
      ),
      // A curve that falls has a negative spread.
      (
        [520, 530, 500, 510, 480, 490, 470, 505, 460], -6.409092161474941, -657.0386234833265,
        0.0017264371487967828
      ),
    ])
  func peer(chosen: [Int], mean: Double, spread: Double, residual: Double) throws {
    let curve = try #require(PsychometricCurve(fittedTo: counts(chosen, of: 1000)))
    #expect(curve.shape == .graded)
    #expect(try #require(curve.mean).isClose(to: mean, within: 1e-6))
    #expect(curve.spread.isClose(to: spread, within: 1e-6))
    #expect(curve.slope.isClose(to: 1 / (spread * (2 * Double.pi).squareRoot()), within: 1e-9))
    #expect(curve.residual.isClose(to: residual, within: 1e-12))
  }

  @Test("neither order nor stimuli without trials nor numbers of trials matter")
  func whatDoesNotMatter() throws {
    let given = counts(
      [70, 135, 330, 560, 830, 1105, 1310, 1420], of: 1500,
      at: (9...16).map(Double.init))
    let curve = try #require(PsychometricCurve(fittedTo: given))
    let turned = try #require(
      PsychometricCurve(
        fittedTo: given.reversed() + [ChoiceCount(stimulus: 99, trials: 0, chosen: 0)]))
    #expect(turned == curve)
    let more = given.enumerated().map { index, count in
      let times = index % 3 + 1
      return ChoiceCount(
        stimulus: count.stimulus, trials: count.trials * times, chosen: count.chosen * times)
    }
    #expect(PsychometricCurve(fittedTo: more) == curve)
  }

  @Test("what does not depend on the stimulus is flat", arguments: [0, 37, 100])
  func flat(chosen: Int) throws {
    let curve = try #require(
      PsychometricCurve(fittedTo: counts(.init(repeating: chosen, count: 9), of: 100)))
    #expect(curve.shape == .flat)
    #expect(curve.mean == nil)
    #expect(curve.spread == .infinity)
    #expect(curve.slope == 0)
    #expect(curve.residual < 1e-30)
    #expect(curve.probability(at: 1000) == Double(chosen) / 100)
  }

  @Test("a jump between two stimuli is a step in the middle between them")
  func step() throws {
    let curve = try #require(
      PsychometricCurve(fittedTo: counts([0, 0, 0, 0, 0, 50, 50, 50, 50], of: 50)))
    #expect(curve.shape == .step)
    #expect(curve.mean == 3.2)
    #expect(curve.spread == 0)
    #expect(curve.slope == .infinity)
    #expect(curve.residual == 0)
    #expect(curve.probability(at: 3) == 0)
    #expect(curve.probability(at: 4) == 1)
  }

  @Test("a jump with one stimulus on the way is a step at that stimulus")
  func stepAtAStimulus() throws {
    let rising = try #require(
      PsychometricCurve(fittedTo: counts([0, 0, 0, 15, 50, 50, 50, 50, 50], of: 50)))
    #expect(rising.shape == .step)
    #expect(rising.mean == -6.4)
    #expect(rising.residual == 0)
    #expect(rising.probability(at: -6.4) == 0.3)
    let falling = try #require(
      PsychometricCurve(fittedTo: counts([50, 50, 50, 20, 0, 0, 0, 0, 0], of: 50)))
    #expect(falling.shape == .step)
    #expect(falling.mean == -6.4)
    #expect(falling.slope == -.infinity)
    #expect(falling.probability(at: 0) == 0)
  }

  @Test("lapses don't hide a step, and are its residual")
  func stepWithLapses() throws {
    let curve = try #require(
      PsychometricCurve(fittedTo: counts([0, 1, 0, 0, 0, 100, 100, 99, 100], of: 100)))
    #expect(curve.shape == .step)
    #expect(curve.residual.isClose(to: 2e-4, within: 1e-12))
  }

  @Test("one stimulus is too few for a curve, and two will do")
  func fewStimuli() throws {
    #expect(PsychometricCurve(fittedTo: []) == nil)
    #expect(
      PsychometricCurve(fittedTo: [.init(stimulus: 3, trials: 9, chosen: 4)]) == nil)
    let curve = try #require(
      PsychometricCurve(
        fittedTo: [
          .init(stimulus: -1, trials: 1000, chosen: 200),
          .init(stimulus: 3, trials: 1000, chosen: 800),
        ]))
    // Φ((−1 − 1)/σ) = 0.2: σ = 2 / 0.8416212335729143.
    #expect(try #require(curve.mean).isClose(to: 1, within: 1e-6))
    #expect(curve.spread.isClose(to: 2.3763659409, within: 1e-6))
  }

  @Test("whatever the counts, the fit ends, with numbers or a mark", arguments: 0..<200)
  func anything(seed: UInt64) throws {
    var random = Random(seed: seed, stream: Stream("psychometric test"))
    let size = 2 + random.index(below: 6)
    // Few trials, so that extremes and ties are frequent.
    let counts = (0..<size).map { index in
      let trials = 1 + random.index(below: 3)
      return ChoiceCount(
        stimulus: Double(index * index), trials: trials, chosen: random.index(below: trials + 1))
    }
    let curve = try #require(PsychometricCurve(fittedTo: counts))
    #expect(!curve.spread.isNaN && !curve.slope.isNaN && curve.residual.isFinite)
    #expect((curve.mean == nil) == (curve.shape == .flat))
    #expect(curve.mean?.isFinite ?? true)
    #expect((curve.shape == .graded) == (curve.spread.isFinite && curve.spread != 0))
    // No worse than the best flat line, which every rise contains as a limit; where a step stands
    // for one, its limit differs from the last steep curve by what Φ(±4) is from 0 and 1.
    let proportions = counts.map { $0.proportion! }
    let level = mean(of: proportions)
    let flat = proportions.reduce(0) { $0 + ($1 - level) * ($1 - level) }
    let heights = counts.map { curve.probability(at: $0.stimulus) }
    let left = zip(proportions, heights).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(left.isClose(to: curve.residual, within: 1e-9))
    #expect(curve.residual <= flat + 1e-3)
  }

  @Test("decisions are counted by stimulus")
  func tally() {
    let counts = ChoiceCount.tally([(12.8, true), (-12.8, false), (12.8, false)])
    #expect(
      counts == [
        ChoiceCount(stimulus: -12.8, trials: 1, chosen: 0),
        ChoiceCount(stimulus: 12.8, trials: 2, chosen: 1),
      ])
    #expect(ChoiceCount(stimulus: 0, trials: 0, chosen: 0).proportion == nil)
  }
}
