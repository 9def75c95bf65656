import Envs
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Comparison over a delay")
struct DelayComparisonTests {
  let task = "romo"

  // MARK: What is shown

  @Test("each of five pairs, 8 Hz apart, comes in either order")
  func conditions() throws {
    let trials = try outcomes(of: task, lanes: 10) { _ in AtStep(0, Dots.left) }
    let first = trials.map { $0.facts["firstFrequency"] ?? 0 }
    let second = trials.map { $0.facts["secondFrequency"] ?? 0 }
    #expect(first == [18, 10, 22, 14, 26, 18, 30, 22, 34, 26])
    #expect(second == [10, 18, 14, 22, 18, 26, 22, 30, 26, 34])
  }

  @Test(
    "fixation is on but for the time to decide, and each vibration lasts 500 ms",
    arguments: UInt64(0)..<6)
  func epochs(seed: UInt64) throws {
    let (senses, facts) = try shown(task, seed: seed, condition: 4)
    let delay = try Int(#require(facts["delay"]))
    #expect(facts["stimulusStart"] == 750)
    // t_max = 750 + 500 + 3300 + 500 + 500 ms.
    #expect(senses.count == 556)
    for (step, senses) in senses.enumerated() {
      let time = 10 * step
      // At the very end, which is a miss whatever is done, it is on again.
      #expect(senses[0] == ((1750 + delay..<5550).contains(time) ? 0 : 1))
      let isFelt =
        (750..<1250).contains(time) || (1250 + delay..<1750 + delay).contains(time)
      #expect((senses[1] != 0) == isFelt && (senses[2] != 0) == isFelt)
    }
  }

  @Test("delays are uniform from 2700 to 3300 ms, and as long as a test wants them")
  func delays() throws {
    let trials = try outcomes(of: task, lanes: 6000) { _ in AtStep(0, Dots.left) }
    let delays = trials.compactMap { $0.facts["delay"] }
    #expect(delays.allSatisfy { (2700...3290).contains($0) && Int($0) % 10 == 0 })
    #expect(Set(delays).count == 60)
    // Uniform over 60 steps: mean 2995 ms, standard deviation 173 ms.
    #expect(abs(statistics(delays).mean - 2995) < 3 * 173 / Float(6000).squareRoot())
    let fixed = ["shortestDelay", "longestDelay"].map { ParameterSetting($0, [3000]) }
    for trial in try outcomes(of: task, fixed, lanes: 100, subject: { _ in AtStep(0, Dots.left) }) {
      #expect(trial.facts["delay"] == 3000)
    }
  }

  @Test("streams are (1 ± s)/2 with s = (f − 10)/24, and standard deviation 0.141")
  func streams() throws {
    let fixed = ["shortestDelay", "longestDelay"].map { ParameterSetting($0, [3000]) }
    // 34 Hz, then 26 Hz: s = 1, then 2/3.
    let trials = try (UInt64(0)..<40).map {
      try shown(task, fixed, seed: $0, condition: 8).senses
    }
    for (steps, high): (Range<Int>, Float) in [(75..<125, 1), (425..<475, 5.0 / 6)] {
      let felt = trials.flatMap { $0[steps] }
      let count = Float(felt.count)
      for (channel, mean) in [(1, high), (2, 1 - high)] {
        let found = statistics(felt.map { $0[channel] })
        #expect(abs(found.mean - mean) < 3 * 0.141 / count.squareRoot())
        #expect(abs(found.deviation / 0.141_42 - 1) < 3 / (2 * count).squareRoot())
      }
    }
  }

  @Test("frequencies and delays that contradict each other are refused")
  func contradictions() throws {
    for (name, value, sentence): (String, [Double], String) in [
      (
        "longestDelay", [2000],
        "'shortestDelay' is 2700 ms and 'longestDelay' 2000 ms; delays lie between the two"
      ),
      (
        "highFrequencies", [30],
        "'highFrequencies' has 1 numbers and 'lowFrequencies' 5; they make pairs"
      ),
      (
        "lowFrequencies", [10, 14, 18, 22, 34],
        "the higher frequency of a pair is 34.0 Hz and the lower one 34.0 Hz; "
          + "one of them has to be higher"
      ),
    ] {
      #expect(throws: ParameterError(description: sentence)) {
        try catalogue.find(task).entry.makeEnvironment([.init(name, value)], .init(seed: 1))
      }
    }
  }

  // MARK: What is paid

  @Test("after the second vibration the comparison is paid, before it nothing may be said")
  func payment() throws {
    let task = DelayComparison()
    for condition in task.conditions {
      var random = Random(seed: 1, stream: .trial)
      let trial = task.makeTrial(of: condition, after: nil, timeStep: 10, using: &random)
      let decision = try #require(trial.timeline.range(of: .decision))
      #expect((500...1100).contains(decision.count) && decision.upperBound == 5550)
      let right: DelayComparison.Action = condition.first > condition.second ? .above : .below
      for time in stride(from: 0, to: 5550, by: 50) {
        for action in [DelayComparison.Action.above, .below] {
          var played = trial
          let answered: Response =
            action == right ? .end(.correct, reward: 1) : .end(.error, reward: 0)
          #expect(
            task.respond(to: action, in: &played, at: time)
              == (decision.contains(time) ? answered : .end(.abort, reward: -1)))
          #expect(task.value(of: .reactionTime, in: played) == Float(time - decision.lowerBound))
        }
      }
    }
  }

  @Test("fixating is worth nothing until time runs out, and then −1, whatever the last action")
  func miss() throws {
    for action in [Dots.fixate, Dots.left, Dots.right] {
      for trial in try outcomes(of: task, lanes: 10, subject: { _ in AtStep(555, action) }) {
        #expect(trial.end.ending == .miss && trial.end.choice == nil)
        #expect(trial.end.stepCount == 556 && trial.reward == -1 && trial.total == -1)
      }
    }
  }

  // MARK: What can be known

  /// Remembers what the first vibration added up to, and compares the second with it.
  private struct Rememberer: Subject {
    private var difference: Float = 0
    private var step = 0

    mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
      let s = Array(senses)
      defer { step += 1 }
      if s[0] == 0 { return difference > 0 ? 1 : 2 }
      // The first vibration is over at 1250 ms.
      difference += (step < 125 ? 1 : -1) * (s[1] - s[2])
      return 0
    }
  }

  @Test("who forgets nothing is always right: d′ is 8.3")
  func ideal() throws {
    let trials = try outcomes(of: task, lanes: 2000) { _ in Rememberer() }
    #expect(accuracy(trials) == 1)
    #expect(try catalogue.find(task).entry.description.levels.idealObserver == 1)
    // With 4 times the noise d′ is 2.08, and Φ(2.08) is right.
    let noisy = [ParameterSetting("noise", [4 * 0.447_213_6])]
    let some = try outcomes(of: task, noisy, lanes: 5000) { _ in Rememberer() }
    #expect(abs(accuracy(some) - 0.9814) < samplingError(0.9814, some.count))
    let bound = try catalogue.find(task).entry.makeEnvironment(noisy, .init(seed: 1))
      .specification.task.levels.idealObserver
    #expect(abs(try #require(bound) - 0.9814) < 0.001)
  }

  /// Answers by the first vibration alone.
  private struct Forgetful: Subject {
    private var evidence: Float = 0
    private var step = 0

    mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
      let s = Array(senses)
      defer { step += 1 }
      if s[0] == 0 { return evidence > 0 ? 1 : 2 }
      // s = ½ at 22 Hz, the middle of all frequencies.
      if (75..<125).contains(step) { evidence += s[1] - s[2] - 0.5 }
      return 0
    }
  }

  @Test("the first vibration alone tells little: it takes both")
  func oneVibration() throws {
    let trials = try outcomes(of: task, lanes: 4000) { _ in Forgetful() }
    // Above 22 Hz: 30 and 34 rightly, 26 both ways. Below: 10 and 14 rightly, 18 both ways. At 22 Hz
    // it is a coin's toss.
    #expect(abs(accuracy(trials) - 0.7) < samplingError(0.7, trials.count))
  }

  @Test("a subject blind to the evidence stays at chance: nothing else gives the answer away")
  func blind() throws {
    let trials = try outcomes(of: task, lanes: 4000) { lane in
      Blind(
        sighted: Rememberer(),
        coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, trials.count))
  }
}
