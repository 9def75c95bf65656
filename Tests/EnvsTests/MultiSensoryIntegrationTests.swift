import Envs
import Glibc
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Multisensory integration")
struct MultiSensoryIntegrationTests {
  let task = "multisensory"

  // MARK: What is shown

  @Test("each rate from 9 to 16 a second is seen, heard, and both")
  func conditions() throws {
    let trials = try outcomes(of: task, lanes: 24) { _ in AtStep(0, Dots.left) }
    for (number, trial) in trials.enumerated() {
      #expect(trial.facts["modality"] == Float(number % 3))
      #expect(trial.facts["rate"] == Float(9 + number / 3))
    }
  }

  @Test("fixation is shown for 1750 ms, and for the last 1000 of them what the modality tells")
  func epochs() throws {
    for condition in 0..<3 {
      let (senses, facts) = try shown(task, condition: condition)
      #expect(facts["stimulusStart"] == 750 && facts["stimulusDuration"] == 1000)
      // t_max = 750 + 1000 + 500 ms.
      #expect(senses.count == 226)
      for (step, senses) in senses.enumerated() {
        let isShown = (750..<1750).contains(10 * step)
        #expect(senses[0] == (step < 175 ? 1 : 0))
        let (isSeen, isHeard) = (isShown && condition != 1, isShown && condition != 0)
        #expect((senses[1] != 0) == isSeen && (senses[2] != 0) == isSeen)
        #expect((senses[3] != 0) == isHeard && (senses[4] != 0) == isHeard)
      }
    }
  }

  @Test("streams are (1 ± s)/2 with s = (f − 2)/21, and standard deviation 0.648")
  func streams() throws {
    // 16 a second, seen and heard: s = 2/3.
    let events = try (UInt64(0)..<30).flatMap { seed in
      try Array(shown(task, seed: seed, condition: 23).senses[75..<175])
    }
    let count = Float(events.count)
    for (channel, mean): (Int, Float) in [(1, 5.0 / 6), (2, 1.0 / 6), (3, 5.0 / 6), (4, 1.0 / 6)] {
      let found = statistics(events.map { $0[channel] })
      #expect(abs(found.mean - mean) < 3 * 0.648 / count.squareRoot())
      #expect(abs(found.deviation / 0.648_07 - 1) < 3 / (2 * count).squareRoot())
    }
    #expect(abs(correlation(events.map { $0[1] }, events.map { $0[3] })) < 3 / count.squareRoot())
  }

  // MARK: What is paid

  @Test("above 12.5 a second is high, below is low, and there are 500 ms to say so")
  func payment() {
    let task = MultiSensoryIntegration()
    for condition in task.conditions {
      var random = Random(seed: 1, stream: .trial)
      let trial = task.makeTrial(of: condition, after: nil, timeStep: 10, using: &random)
      let right: MultiSensoryIntegration.Action = condition.rate > 12.5 ? .high : .low
      for time in stride(from: 0, to: 2250, by: 10) {
        for action in [MultiSensoryIntegration.Action.low, .high] {
          var played = trial
          let answered: Response =
            action == right ? .end(.correct, reward: 1) : .end(.error, reward: 0)
          #expect(
            task.respond(to: action, in: &played, at: time)
              == (time >= 1750 ? answered : .end(.abort, reward: -1)))
          #expect(task.value(of: .reactionTime, in: played) == Float(time - 1750))
        }
      }
    }
  }

  @Test("fixating is worth nothing until time runs out, and then −1, whatever the last action")
  func miss() throws {
    for action in [Dots.fixate, Dots.left, Dots.right] {
      for trial in try outcomes(of: task, lanes: 24, subject: { _ in AtStep(225, action) }) {
        #expect(trial.end.ending == .miss && trial.end.choice == nil)
        #expect(trial.end.stepCount == 226 && trial.reward == -1 && trial.total == -1)
      }
    }
  }

  // MARK: What can be known

  /// Adds up the evidence of every sense, and compares it with what the boundary would have given.
  private struct Listener: Subject {
    private var evidence: Float = 0

    mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
      let s = Array(senses)
      if s[0] == 0 { return evidence > 0 ? 2 : 1 }
      // s = ½ at the boundary.
      if s[1] != 0 { evidence += s[1] - s[2] - 0.5 }
      if s[3] != 0 { evidence += s[3] - s[4] - 0.5 }
      return 0
    }
  }

  /// Reference, ideal-observer bounds: 0.8314 over all conditions; σ 1.925 with one sense, 1.361 with
  /// both.
  @Test("who misses nothing does as well as theory says, and better with both senses than with one")
  func ideal() throws {
    let trials = try outcomes(of: task, lanes: 24_000) { _ in Listener() }
    #expect(abs(accuracy(trials) - 0.8314) < samplingError(0.8314, trials.count))
    for (modality, sigma): (Float, Double) in [(0, 1.925), (1, 1.925), (2, 1.361)] {
      for rate: Float in [11, 12, 13, 14] {
        let some = trials.filter { $0.facts["modality"] == modality && $0.facts["rate"] == rate }
        let expected = erfc(-abs(Double(rate) - 12.5) / sigma / 2.0.squareRoot()) / 2
        #expect(abs(accuracy(some) - expected) < samplingError(expected, some.count))
      }
    }
    let levels = try catalogue.find(task).entry.description.levels
    #expect(abs(try #require(levels.idealObserver) - 0.8314) < 0.0005)
  }

  @Test("a subject blind to the evidence stays at chance: nothing else gives the answer away")
  func blind() throws {
    let trials = try outcomes(of: task, lanes: 7200) { lane in
      Blind(
        sighted: Listener(),
        coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, trials.count))
  }
}
