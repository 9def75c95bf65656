import Envs
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Random dots, reaction time")
struct PerceptualDecisionMakingReactionTimeTests {
  let task = "rdm_rt"
  /// 51.2 % to the right.
  let strongRight = 11

  @Test("either direction is shown at each of six coherences")
  func conditions() throws {
    let trials = try outcomes(of: task, lanes: 12) { _ in AtStep(0, Dots.left) }
    #expect(trials.map { $0.facts["direction"] ?? 0 } == (0..<12).map { $0 % 2 == 0 ? -1 : 1 })
    #expect(
      trials.map { $0.facts["coherence"] }
        == [0, 0, 3.2, 3.2, 6.4, 6.4, 12.8, 12.8, 25.6, 25.6, 51.2, 51.2])
  }

  @Test("fixation is shown for 750 ms and goes out as the motion begins, which lasts 2000 ms")
  func epochs() throws {
    let (senses, facts) = try shown(task, condition: strongRight)
    #expect(senses.count == 276 && facts["stimulusStart"] == 750)
    for (step, senses) in senses.enumerated() {
      if step < 75 {
        #expect(senses == [1, 0, 0])
      } else if step < 275 {
        #expect(senses[0] == 0 && senses[1] != 0 && senses[2] != 0)
      } else {
        #expect(senses == [0, 0, 0])
      }
    }
  }

  @Test("the streams of 51.2 % have means 0.756 and 0.244 and standard deviation 0.548")
  func streams() throws {
    let motion = try (UInt64(0)..<20).flatMap { seed in
      try Array(shown(task, seed: seed, condition: strongRight).senses[75..<275])
    }
    let count = Float(motion.count)
    for (channel, mean): (Int, Float) in [(1, 0.244), (2, 0.756)] {
      let found = statistics(motion.map { $0[channel] })
      #expect(abs(found.mean - mean) < 3 * 0.548 / count.squareRoot())
      #expect(abs(found.deviation / 0.547_72 - 1) < 3 / (2 * count).squareRoot())
    }
  }

  @Test(
    "a choice pays from the start of the motion on and costs before",
    arguments: [
      (0, .abort), (740, .abort), (750, .correct), (1500, .correct), (2740, .correct),
    ] as [(Milliseconds, Ending)])
  func window(time: Milliseconds, ending: Ending) throws {
    let trials = try outcomes(of: task, lanes: 12) { lane in
      AtStep(time / 10, lane % 2 == 0 ? Dots.left : Dots.right)
    }
    for trial in trials {
      #expect(trial.end.ending == ending)
      #expect(trial.total == (ending == .abort ? -1 : 1))
      #expect(trial.facts["reactionTime"] == Float(time - 750))
    }
    let wrong = try outcomes(of: task, lanes: 12) { lane in
      AtStep(time / 10, lane % 2 == 0 ? Dots.right : Dots.left)
    }
    #expect(wrong.allSatisfy { $0.end.ending == (ending == .abort ? .abort : .error) })
    #expect(wrong.allSatisfy { $0.total == (ending == .abort ? -1 : 0) })
  }

  @Test("never choosing costs 1, when time has run out")
  func miss() throws {
    for trial in try outcomes(of: task, lanes: 12, subject: { _ in AtStep(275, Dots.left) }) {
      #expect(trial.end.ending == .miss && trial.total == -1 && trial.end.stepCount == 276)
    }
  }

  /// Reference, ideal-observer bounds: accuracy if all evidence of so long is used.
  @Test(
    "an observer that uses all evidence of some time does as well as theory says",
    arguments: [(400, 0.773), (600, 0.793), (800, 0.807), (1000, 0.818)])
  func ideal(duration: Milliseconds, expected: Double) throws {
    let trials = try outcomes(of: task, lanes: 12_000) { _ in
      PatientObserver(samples: duration / 10)
    }
    #expect(abs(accuracy(trials) - expected) < samplingError(expected, 12_000))
  }

  @Test("a subject blind to the evidence stays at chance: nothing else gives the answer away")
  func blind() throws {
    let trials = try outcomes(of: task, lanes: 9600) { lane in
      Blind(
        sighted: PatientObserver(samples: 40),
        coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, 9600))
  }
}
