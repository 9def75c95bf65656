import Envs
import Glibc
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Post-decision wagering")
struct PostDecisionWagerTests {
  let task = "postdecisionwager"

  /// 51.2 % to the right, with the sure target and without.
  let strongWager = 22
  let strongForced = 23

  // MARK: What is shown

  @Test("with a wager and without, either direction is shown at each of six coherences")
  func conditions() throws {
    let trials = try outcomes(of: task, lanes: 24) { _ in AtStep(0, Dots.left) }
    #expect(trials.map { $0.facts["wager"] ?? 0 } == (0..<24).map { $0 % 2 == 0 ? 1 : 0 })
    #expect(trials.map { $0.facts["direction"] ?? 0 } == (0..<24).map { $0 / 2 % 2 == 0 ? -1 : 1 })
    #expect(
      trials.map { $0.facts["coherence"] ?? 0 }
        == (0..<24).map { [0, 3.2, 6.4, 12.8, 25.6, 51.2][$0 / 4] })
  }

  @Test(
    "fixation is shown to the end of the delay, the sure target from its onset to the end",
    arguments: UInt64(0)..<6)
  func epochs(seed: UInt64) throws {
    for condition in [strongWager, strongForced] {
      let (senses, facts) = try shown(task, seed: seed, condition: condition)
      let viewing = try Int(#require(facts["stimulusDuration"]))
      let delay = try Int(#require(facts["delay"]))
      let sureStart = try #require(facts["sureStart"])
      #expect(facts["stimulusStart"] == 750)
      #expect(sureStart.isNaN == (condition == strongForced))
      // t_max = 750 + 900 + 1800 + 500 ms.
      #expect(senses.count == 396)
      for (step, senses) in senses.enumerated() {
        let time = 10 * step
        #expect(senses[0] == (time < 750 + viewing + delay ? 1 : 0))
        let isMotionShown = (750..<(750 + viewing)).contains(time)
        #expect((senses[1] != 0) == isMotionShown && (senses[2] != 0) == isMotionShown)
        #expect(senses[3] == (Float(time) >= sureStart && time < 3950 ? 1 : 0))
      }
    }
  }

  /// Standard deviations are those of the truncated exponentials.
  @Test(
    "motion lasts 265 ms on average, the delay 1473, and the sure target comes 611 after motion")
  func durations() throws {
    let trials = try outcomes(of: task, lanes: 12_000) { _ in AtStep(0, Dots.left) }
    let viewing = trials.compactMap { $0.facts["stimulusDuration"] }
    let delays = trials.compactMap { $0.facts["delay"] }
    let sureOnsets = trials.compactMap { trial -> Float? in
      guard trial.facts["wager"] == 1, let sureStart = trial.facts["sureStart"],
        let viewing = trial.facts["stimulusDuration"]
      else { return nil }
      return sureStart - 750 - viewing
    }
    #expect(sureOnsets.count == 6000)
    for (times, range, mean, deviation): ([Float], ClosedRange<Float>, Float, Float) in [
      (viewing, 100...890, 265, 157), (delays, 1200...1790, 1473, 172),
      (sureOnsets, 500...740, 611, 72),
    ] {
      #expect(times.allSatisfy { range.contains($0) && Int($0) % 10 == 0 })
      // The table's means are whole milliseconds.
      #expect(
        abs(statistics(times).mean - mean) < 3 * deviation / Float(times.count).squareRoot() + 0.5)
    }
    #expect(abs(viewing.sorted()[6000] - 220) <= 10)
  }

  @Test("the streams of 51.2 % have means 0.244 and 0.756 and standard deviation 0.447")
  func streams() throws {
    let long = ["shortestViewing", "longestViewing"].map { ParameterSetting($0, [900]) }
    let motion = try (UInt64(0)..<30).flatMap { seed in
      try Array(shown(task, long, seed: seed, condition: strongWager).senses[75..<165])
    }
    let count = Float(motion.count)
    for (channel, mean): (Int, Float) in [(1, 0.244), (2, 0.756)] {
      let found = statistics(motion.map { $0[channel] })
      #expect(abs(found.mean - mean) < 3 * 0.447 / count.squareRoot())
      #expect(abs(found.deviation / 0.447_21 - 1) < 3 / (2 * count).squareRoot())
    }
    #expect(
      abs(correlation(motion.map { $0[1] }, motion.map { $0[2] })) < 3 / count.squareRoot())
  }

  @Test("times that contradict each other are refused")
  func contradictions() throws {
    let entry = try catalogue.find(task).entry
    for (name, value, sentence) in [
      (
        "shortestViewing", 1000,
        "'shortestViewing' is 1000 ms and 'longestViewing' 900 ms; viewing times lie between the two"
      ),
      (
        "longestDelay", 1000.0,
        "'shortestDelay' is 1200 ms and 'longestDelay' 1000 ms; delays lie between the two"
      ),
      (
        "longestSureOnset", 400,
        "'shortestSureOnset' is 500 ms and 'longestSureOnset' 400 ms; "
          + "onsets of the sure target lie between the two"
      ),
      (
        "longestSureOnset", 1300,
        "'longestSureOnset' is 1300 ms and 'shortestDelay' 1200 ms; "
          + "the sure target appears during the delay"
      ),
    ] {
      #expect(throws: ParameterError(description: sentence)) {
        try entry.makeEnvironment([.init(name, [value])], .init(seed: 1))
      }
    }
  }

  // MARK: What is paid

  @Test(
    "from the end of the delay on a side pays 1 or nothing, the sure target 0.7 where it is offered",
    arguments: UInt64(0)..<8)
  func window(number: UInt64) throws {
    let task = PostDecisionWager()
    var random = Random(seed: 1, stream: .trial, trial: number)
    let condition = task.conditions[Int(number)]
    let trial = task.makeTrial(of: condition, after: nil, timeStep: 10, using: &random)
    let decision = try #require(trial.timeline.range(of: .decision))
    #expect(decision.count >= 500 && decision.upperBound == 3950)
    let wrong: PostDecisionWager.Action = condition.direction == .left ? .right : .left
    for time in stride(from: 0, to: 3950, by: 10) {
      let isTime = decision.contains(time)
      let abort = Response.end(.abort, reward: -1)
      let declined = condition.isWager ? Response.end(.completed, reward: 0.7) : abort
      let responses: [(PostDecisionWager.Action, Response)] = [
        (.fixate, .wait),
        (condition.direction, isTime ? .end(.correct, reward: 1) : abort),
        (wrong, isTime ? .end(.error, reward: 0) : abort),
        (.sure, isTime ? declined : abort),
      ]
      for (action, response) in responses {
        var played = trial
        #expect(task.respond(to: action, in: &played, at: time) == response)
        let reactionTime = task.value(of: .reactionTime, in: played)
        #expect(
          action == .fixate
            ? reactionTime.isNaN : reactionTime == Float(time - decision.lowerBound))
      }
    }
  }

  @Test("fixating is worth nothing until time runs out, and then −1, whatever the last action")
  func miss() throws {
    for action in [Dots.fixate, Dots.left, Dots.right, Wagerer.sure] {
      for trial in try outcomes(of: task, lanes: 24, subject: { _ in AtStep(395, action) }) {
        #expect(trial.end.ending == .miss && trial.end.choice == nil)
        #expect(trial.end.stepCount == 396 && trial.reward == -1 && trial.total == -1)
      }
    }
  }

  // MARK: What can be known

  /// Reference, ideal-observer bounds: over all conditions and by coherence.
  @Test("who declines where that pays more on average does as well as theory says")
  func ideal() throws {
    let trials = try outcomes(of: task, lanes: 24_000) { _ in Wagerer() }
    #expect(trials.allSatisfy { $0.end.ending.isAnswer })
    let reward = statistics(trials.map(\.total))
    #expect(abs(reward.mean - 0.786) < 3 * reward.deviation / Float(24_000).squareRoot() + 0.001)
    expect(trials, judged: 0.8089)
    let (wagers, forced) = (
      trials.filter { $0.facts["wager"] == 1 }, trials.filter { $0.facts["wager"] == 0 }
    )
    #expect(wagers.count == 12_000)
    expect(wagers, declined: 0.418)
    expect(wagers, judged: 0.885)
    expect(forced, judged: 0.764)
    #expect(forced.allSatisfy { $0.end.ending.isDecision })
    let byCoherence: [(coherence: Float, declined: Double, free: Double, forced: Double)] = [
      (0, 0.651, 0.5, 0.5), (3.2, 0.634, 0.675, 0.596), (6.4, 0.590, 0.813, 0.689),
      (12.8, 0.445, 0.947, 0.835), (25.6, 0.177, 0.996, 0.963), (51.2, 0.012, 1, 0.999),
    ]
    for expected in byCoherence {
      let some = wagers.filter { $0.facts["coherence"] == expected.coherence }
      #expect(some.count == 2000)
      expect(some, declined: expected.declined)
      expect(some, judged: expected.free)
      expect(
        forced.filter { $0.facts["coherence"] == expected.coherence }, judged: expected.forced)
    }
  }

  /// Holds the fraction of judgements that are right to what is expected.
  private func expect(_ trials: [Outcome], judged expected: Double) {
    let judged = trials.filter { $0.end.ending.isDecision }
    #expect(abs(accuracy(judged) - expected) < samplingError(expected, judged.count))
  }

  /// Holds the fraction of sure choices to what is expected.
  private func expect(_ trials: [Outcome], declined expected: Double) {
    let declined = Double(trials.count { $0.end.ending == .completed }) / Double(trials.count)
    #expect(abs(declined - expected) < samplingError(expected, trials.count))
  }

  @Test("declares the ideal observer's accuracy, which the sure target's reward moves")
  func declared() throws {
    func bound(_ settings: [ParameterSetting]) throws -> Double {
      let environment = try catalogue.find(task).entry.makeEnvironment(settings, .init(seed: 1))
      return try #require(environment.specification.task.levels.idealObserver)
    }
    #expect(abs(try bound([]) - 0.8089) < 0.0005)
    // Who never declines judges every trial: the accuracy without wager.
    #expect(abs(try bound([.init("rewardForSure", [0.5])]) - 0.764) < 0.0005)
    #expect(abs(try bound([.init("rewardForSure", [1])]) - 0.764) < 0.0005)
    #expect(try bound([.init("coherences", [0])]) == 0.5)
    #expect(try bound([.init("coherences", [100]), .init("noise", [0])]) == 1)
  }

  @Test("a subject blind to the evidence stays at chance: nothing else gives the answer away")
  func blind() throws {
    let trials = try outcomes(of: task, lanes: 9600) { lane in
      Blind(
        sighted: Wagerer(),
        coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, trials.count))
  }

  @Test("a subject that does anything at any time is aborted after 4/3 steps on average")
  func erratic() throws {
    let trials = try outcomes(of: task, lanes: 9600) { lane in
      Erratic(
        random: Random(seed: 3, stream: Gym.Stream("erratic"), lane: UInt64(lane)), actionCount: 4)
    }
    #expect(trials.allSatisfy { $0.end.ending == .abort && $0.total == -1 })
    // Geometric with p = 3/4: mean 4/3, standard deviation 2/3.
    let steps = statistics(trials.map { Float($0.end.stepCount) })
    #expect(abs(steps.mean - 1.333) < 3 * 0.667 / Float(9600).squareRoot())
  }
}

/// Uses all it is shown: adds up rightward minus leftward evidence, and knows from it how likely
/// either side is. When the fixation point goes out it takes the sure target, if there is one and a
/// judgement would be right in less than 70 % of such trials; otherwise the likelier side.
///
///     P(right) ∝ Σ_c e^((+c E − n c²/2) / s²)         E: n differences summed, each of variance s²
///     P(left)  ∝ Σ_c e^((−c E − n c²/2) / s²)
private struct Wagerer: Subject {
  static let sure: UInt8 = 3
  private let coherences: [Float] = [0, 0.032, 0.064, 0.128, 0.256, 0.512]
  /// s² at a step of 10 ms: 2 · 2/10.
  private let variance: Float = 0.4
  private var evidence: Float = 0
  private var samples: Float = 0

  mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
    let first = senses.startIndex
    let (left, right) = (senses[first + 1], senses[first + 2])
    if senses[first] == 1 {
      evidence += right - left
      samples += left == 0 ? 0 : 1
      return Dots.fixate
    }
    let (ofRight, ofLeft) = (likelihood(evidence), likelihood(-evidence))
    let certainty = max(ofRight, ofLeft) / (ofRight + ofLeft)
    if senses[first + 3] == 1 && certainty < 0.7 { return Self.sure }
    return evidence > 0 ? Dots.right : Dots.left
  }

  private func likelihood(_ evidence: Float) -> Float {
    var sum: Float = 0
    for coherence in coherences {
      sum += exp((coherence * evidence - samples * coherence * coherence / 2) / variance)
    }
    return sum
  }
}
