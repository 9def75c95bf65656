import Envs
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Context-dependent decision-making")
struct ContextDecisionMakingTests {
  let task = "mante"

  /// Motion counts, and is strongly rightward; colour is strongly leftward.
  let motionRight = 66
  /// The same evidence, and colour counts.
  let colourLeft = 67

  // MARK: What is shown

  @Test("either context, side of motion and side of colour comes with each pair of strengths")
  func conditions() throws {
    let trials = try outcomes(of: task, lanes: 72) { _ in AtStep(0, Dots.left) }
    for (number, trial) in trials.enumerated() {
      let side = { (place: Int) -> Float in number / place % 2 == 0 ? -1 : 1 }
      let strengths: [Float] = [5, 15, 50]
      #expect(trial.facts["context"] == -side(1))
      #expect(trial.facts["motionDirection"] == side(2))
      #expect(trial.facts["colourDirection"] == side(4))
      #expect(trial.facts["motionCoherence"] == strengths[number / 8 % 3])
      #expect(trial.facts["colourCoherence"] == strengths[number / 24])
    }
  }

  @Test(
    "the context's cue is shown to the end of the delay, and evidence for 750 ms of it",
    arguments: UInt64(0)..<4)
  func epochs(seed: UInt64) throws {
    for (condition, cue, other) in [(motionRight, 0, 1), (colourLeft, 1, 0)] {
      let (senses, facts) = try shown(task, seed: seed, condition: condition)
      let delay = try Int(#require(facts["delay"]))
      #expect(facts["stimulusStart"] == 750 && facts["stimulusDuration"] == 750)
      // t_max = 750 + 750 + 300 + 1200 + 500 ms.
      #expect(senses.count == 351)
      for (step, senses) in senses.enumerated() {
        let time = 10 * step
        #expect(senses[cue] == (time < 1500 + delay ? 1 : 0) && senses[other] == 0)
        let isShown = (750..<1500).contains(time)
        #expect(senses[2..<6].allSatisfy { ($0 != 0) == isShown })
      }
    }
  }

  @Test("delays are exponential from 300 ms on, 573 ms on average")
  func delays() throws {
    let trials = try outcomes(of: task, lanes: 14_400) { _ in AtStep(0, Dots.left) }
    let delays = trials.compactMap { $0.facts["delay"] }
    #expect(delays.allSatisfy { (300...1490).contains($0) && Int($0) % 10 == 0 })
    // Standard deviation of the truncated exponential: 256 ms.
    #expect(abs(statistics(delays).mean - 573) < 3 * 256 / Float(14_400).squareRoot() + 0.5)
  }

  @Test("streams of 50 % have means 0.25 and 0.75, and standard deviation 0.632")
  func streams() throws {
    let shownSteps = try (UInt64(0)..<40).flatMap { seed in
      try Array(shown(task, seed: seed, condition: motionRight).senses[75..<150])
    }
    let count = Float(shownSteps.count)
    for (channel, mean): (Int, Float) in [(2, 0.25), (3, 0.75), (4, 0.75), (5, 0.25)] {
      let found = statistics(shownSteps.map { $0[channel] })
      #expect(abs(found.mean - mean) < 3 * 0.632 / count.squareRoot())
      #expect(abs(found.deviation / 0.632_46 - 1) < 3 / (2 * count).squareRoot())
    }
    for (a, b) in [(2, 3), (2, 4), (3, 5), (4, 5)] {
      let found = correlation(shownSteps.map { $0[a] }, shownSteps.map { $0[b] })
      #expect(abs(found) < 3 / count.squareRoot())
    }
  }

  @Test("delays that contradict each other are refused")
  func contradiction() throws {
    let sentence =
      "'shortestDelay' is 300 ms and 'longestDelay' 200 ms; delays lie between the two"
    #expect(throws: ParameterError(description: sentence)) {
      try catalogue.find(task).entry.makeEnvironment(
        [.init("longestDelay", [200])], .init(seed: 1))
    }
  }

  // MARK: What is paid

  @Test("the side of what the context names is paid once the cue is out, the other side is not")
  func payment() throws {
    let task = ContextDecisionMaking()
    for (number, right): (Int, ContextDecisionMaking.Action) in [
      (motionRight, .right), (colourLeft, .left),
    ] {
      var random = Random(seed: 1, stream: .trial)
      let trial = task.makeTrial(
        of: task.conditions[number], after: nil, timeStep: 10, using: &random)
      let decision = try #require(trial.timeline.range(of: .decision))
      #expect((500...1700).contains(decision.count) && decision.upperBound == 3500)
      for time in stride(from: 0, to: 3500, by: 10) {
        let isTime = decision.contains(time)
        for action in [ContextDecisionMaking.Action.left, .right] {
          var played = trial
          let response = task.respond(to: action, in: &played, at: time)
          let answered: Response =
            action == right ? .end(.correct, reward: 1) : .end(.error, reward: 0)
          #expect(response == (isTime ? answered : .end(.abort, reward: -1)))
          #expect(task.value(of: .reactionTime, in: played) == Float(time - decision.lowerBound))
        }
        var played = trial
        #expect(task.respond(to: .fixate, in: &played, at: time) == .wait)
      }
    }
  }

  @Test("fixating is worth nothing until time runs out, and then −1, whatever the last action")
  func miss() throws {
    for action in [Dots.fixate, Dots.left, Dots.right] {
      for trial in try outcomes(of: task, lanes: 72, subject: { _ in AtStep(350, action) }) {
        #expect(trial.end.ending == .miss && trial.end.choice == nil)
        #expect(trial.end.stepCount == 351 && trial.reward == -1 && trial.total == -1)
      }
    }
  }

  // MARK: What can be known

  /// Adds up what the cue says counts, and answers when the cue is out.
  private struct Attentive: Subject {
    private var evidence: Float = 0

    mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
      let s = Array(senses)
      if s[0] == 0 && s[1] == 0 { return evidence > 0 ? Dots.right : Dots.left }
      evidence += s[0] == 1 ? s[3] - s[2] : s[5] - s[4]
      return Dots.fixate
    }
  }

  @Test("who heeds the context does as well as theory says: 68.6, 92.7, 100 %; 87.09 in all")
  func ideal() throws {
    let trials = try outcomes(of: task, lanes: 14_400) { _ in Attentive() }
    #expect(abs(accuracy(trials) - 0.8709) < samplingError(0.8709, trials.count))
    for (coherence, expected): (Float, Double) in [(5, 0.686), (15, 0.927), (50, 1)] {
      let some = trials.filter {
        $0.facts[$0.facts["context"] == 1 ? "motionCoherence" : "colourCoherence"] == coherence
      }
      #expect(some.count == 4800)
      #expect(abs(accuracy(some) - expected) < samplingError(expected, some.count))
    }
    let levels = try catalogue.find(task).entry.description.levels
    #expect(abs(try #require(levels.idealObserver) - 0.8709) < 0.0005)
  }

  /// Adds up all evidence there is.
  private struct Heedless: Subject {
    private var evidence: Float = 0

    mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
      let s = Array(senses)
      if s[0] == 0 && s[1] == 0 { return evidence > 0 ? Dots.right : Dots.left }
      evidence += s[3] - s[2] + s[5] - s[4]
      return Dots.fixate
    }
  }

  @Test("who does not heed it is lost where the two disagree")
  func heedless() throws {
    let trials = try outcomes(of: task, lanes: 7200) { _ in Heedless() }
    let torn = trials.filter { $0.facts["motionDirection"] != $0.facts["colourDirection"] }
    // By symmetry: whatever favours one context hurts the other.
    #expect(abs(accuracy(torn) - 0.5) < samplingError(0.5, torn.count))
  }

  @Test("a subject blind to the evidence stays at chance: nothing else gives the answer away")
  func blind() throws {
    let trials = try outcomes(of: task, lanes: 7200) { lane in
      Blind(
        sighted: Attentive(),
        coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, trials.count))
  }
}
