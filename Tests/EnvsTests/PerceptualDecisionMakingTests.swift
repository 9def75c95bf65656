import Envs
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Random dots, fixed duration")
struct PerceptualDecisionMakingTests {
  let task = "rdm_fixed"

  /// Settings under which motion is always shown for `duration`.
  func viewing(_ duration: Milliseconds) -> [ParameterSetting] {
    [.init("shortestViewing", [Double(duration)]), .init("longestViewing", [Double(duration)])]
  }

  /// The motion goes left under condition 8 and right under condition 9, both at 51.2 %.
  let strongLeft = 8
  let strongRight = 9

  // MARK: What is shown

  @Test("either direction is shown at each of five coherences")
  func conditions() throws {
    let trials = try outcomes(of: task, lanes: 10) { _ in AtStep(0, Dots.left) }
    #expect(trials.map { $0.facts["direction"] } == [-1, 1, -1, 1, -1, 1, -1, 1, -1, 1])
    #expect(
      trials.map { $0.facts["coherence"] }
        == [0, 0, 6.4, 6.4, 12.8, 12.8, 25.6, 25.6, 51.2, 51.2])
  }

  @Test(
    "fixation is shown for 750 ms, motion beside it for the viewing time, then nothing",
    arguments: UInt64(0)..<6)
  func epochs(seed: UInt64) throws {
    let (senses, facts) = try shown(task, seed: seed, condition: strongRight)
    let duration = try Int(#require(facts["stimulusDuration"]))
    #expect((80...1490).contains(duration) && duration % 10 == 0)
    #expect(facts["stimulusStart"] == 750)
    #expect(senses.count == 276)
    for (step, senses) in senses.enumerated() {
      if 10 * step < 750 {
        #expect(senses == [1, 0, 0])
      } else if 10 * step < 750 + duration {
        #expect(senses[0] == 1 && senses[1] != 0 && senses[2] != 0 && senses[1] != senses[2])
      } else {
        #expect(senses == [0, 0, 0])
      }
    }
  }

  @Test("viewing times are exponential, 80 to 1490 ms, 386 on average")
  func viewingTimes() throws {
    let times = try outcomes(of: task, lanes: 4000) { _ in AtStep(0, Dots.left) }
      .compactMap { $0.facts["stimulusDuration"] }
    #expect(times.allSatisfy { (80...1490).contains($0) && Int($0) % 10 == 0 })
    // Their standard deviation is 280.
    #expect(abs(statistics(times).mean - 386) < 3 * 280 / Float(4000).squareRoot())
    #expect(abs(times.sorted()[2000] - 300) <= 20)
  }

  @Test("the streams of 51.2 % have means 0.756 and 0.244 and standard deviation 0.447")
  func streams() throws {
    for (condition, left, right): (Int, Float, Float) in [
      (strongLeft, 0.756, 0.244), (strongRight, 0.244, 0.756), (0, 0.5, 0.5), (1, 0.5, 0.5),
    ] {
      let motion = try (UInt64(0)..<20).flatMap { seed in
        try Array(
          shown(
            task, viewing(1490) + [.init("fixation", [0])], seed: seed, condition: condition
          ).senses[..<149])
      }
      let (lefts, rights) = (motion.map { $0[1] }, motion.map { $0[2] })
      let count = Float(motion.count)
      for (values, mean) in [(lefts, left), (rights, right)] {
        let found = statistics(values)
        #expect(abs(found.mean - mean) < 3 * 0.447 / count.squareRoot())
        #expect(abs(found.deviation / 0.447_21 - 1) < 3 / (2 * count).squareRoot())
        // White: nothing is carried from one step to the next.
        #expect(
          abs(correlation(Array(values.dropLast()), Array(values.dropFirst())))
            < 3 / count.squareRoot())
      }
      #expect(abs(correlation(lefts, rights)) < 3 / count.squareRoot())
    }
  }

  @Test("without noise the streams are (1 ± c)/2")
  func noNoise() throws {
    let quiet = viewing(300) + [.init("noise", [0])]
    for (condition, left, right): (Int, Float, Float) in [
      (strongLeft, 0.756, 0.244), (strongRight, 0.244, 0.756), (2, 0.532, 0.468),
    ] {
      let senses = try shown(task, quiet, condition: condition).senses
      for step in 75..<105 {
        #expect(abs(senses[step][1] - left) < 1e-6 && abs(senses[step][2] - right) < 1e-6)
      }
    }
  }

  @Test("steps of 1 ms are the same experiment: 2751 of them, with √10 times the noise")
  func finerSteps() throws {
    let (entry, name) = try catalogue.find("rdm_fixed_dt")
    let preset = try #require(entry.preset(named: name))
    let whole = try entry.makeEnvironment(
      preset.settings, .init(seed: 1, timeStep: preset.timeStep))
    #expect(preset.timeStep == 1 && preset.training == entry.preset(named: "song2017")?.training)
    #expect(whole.specification.stepLimit == 2751)
    #expect(whole.specification.task.levels.idealObserver.map { abs($0 - 0.8095) < 0.002 } == true)
    let (senses, _) = try shown(task, viewing(1490), condition: strongRight, timeStep: 1)
    #expect(senses[749] == [1, 0, 0] && senses[750][1] != 0)
    #expect(senses[2239][1] != 0 && senses[2240] == [0, 0, 0])
    let found = statistics(senses[750..<2240].map { $0[2] })
    #expect(abs(found.mean - 0.756) < 3 * 1.414 / Float(1490).squareRoot())
    #expect(abs(found.deviation / 1.414_21 - 1) < 3 / Float(2 * 1490).squareRoot())
  }

  @Test("a shortest viewing time beyond the longest is refused")
  func contradiction() throws {
    let entry = try catalogue.find(task).entry
    #expect(
      throws: ParameterError(
        description: "'shortestViewing' is 400 ms and 'longestViewing' 300 ms; "
          + "viewing times lie between the two")
    ) {
      try entry.makeEnvironment(
        [.init("shortestViewing", [400]), .init("longestViewing", [300])], .init(seed: 1))
    }
  }

  // MARK: What is paid

  @Test(
    "a choice pays in the 500 ms after the motion and costs at any other time",
    arguments: UInt64(0)..<8)
  func window(number: UInt64) throws {
    let task = PerceptualDecisionMaking()
    var random = Random(seed: 1, stream: .trial, trial: number)
    let condition = task.conditions[Int(number)]
    let trial = task.makeTrial(of: condition, after: nil, timeStep: 10, using: &random)
    let decision = try #require(trial.timeline.range(of: .decision))
    #expect(decision.count == 500)
    let wrong: PerceptualDecisionMaking.Action = condition.direction == .left ? .right : .left
    for time in stride(from: 0, to: 2750, by: 10) {
      var (rightly, wrongly) = (trial, trial)
      let paid = task.respond(to: condition.direction, in: &rightly, at: time)
      let unpaid = task.respond(to: wrong, in: &wrongly, at: time)
      if decision.contains(time) {
        #expect(paid == .end(.correct, reward: 1) && unpaid == .end(.error, reward: 0))
      } else {
        #expect(paid == .end(.abort, reward: -1) && unpaid == .end(.abort, reward: -1))
      }
      #expect(
        task.value(of: .reactionTime, in: rightly) == Float(time - decision.lowerBound))
    }
  }

  @Test("fixating is worth nothing until time runs out, and then −1")
  func miss() throws {
    let trials = try outcomes(of: task, lanes: 10) { _ in AtStep(10_000, Dots.left) }
    for trial in trials {
      #expect(trial.end.ending == .miss && trial.end.choice == nil && trial.end.stepCount == 276)
      #expect(trial.reward == -1 && trial.total == -1)
      #expect(trial.facts["reactionTime"]?.isNaN == true)
    }
  }

  @Test("at the last step time has run out, whatever the action")
  func lastStep() throws {
    for trial in try outcomes(of: task, lanes: 10, subject: { _ in AtStep(275, Dots.right) }) {
      #expect(trial.end.ending == .miss && trial.reward == -1)
    }
  }

  // MARK: What can be known

  /// Reference, ideal-observer bounds: by coherence, and 0.8095 over all conditions.
  @Test("an ideal observer does as well as theory says, at every coherence")
  func ideal() throws {
    let trials = try outcomes(of: task, lanes: 20_000) { _ in IdealObserver() }
    #expect(abs(accuracy(trials) - 0.8095) < samplingError(0.8095, 20_000))
    for (coherence, expected): (Float, Double) in [
      (0, 0.500), (6.4, 0.718), (12.8, 0.861), (25.6, 0.970), (51.2, 0.999),
    ] {
      let some = trials.filter { $0.facts["coherence"] == coherence }
      #expect(some.count == 4000)
      #expect(abs(accuracy(some) - expected) < samplingError(expected, some.count))
    }
  }

  /// Reference, ideal-observer bounds at 12.8 %.
  @Test(
    "an ideal observer is the better the longer it sees",
    arguments: [(100, 0.739), (200, 0.817), (400, 0.900), (800, 0.965)])
  func idealByDuration(duration: Milliseconds, expected: Double) throws {
    let some = viewing(duration) + [.init("coherences", [12.8])]
    let trials = try outcomes(of: task, some, lanes: 4000) { _ in IdealObserver() }
    #expect(abs(accuracy(trials) - expected) < samplingError(expected, 4000))
  }

  @Test("a subject blind to the evidence stays at chance: nothing else gives the answer away")
  func blind() throws {
    let trials = try outcomes(of: task, lanes: 10_000) { lane in
      Blind(
        sighted: IdealObserver(),
        coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, 10_000))
  }

  @Test("a subject that does anything at any time is aborted after 1.5 steps on average")
  func erratic() throws {
    let trials = try outcomes(of: task, lanes: 10_000) { lane in
      Erratic(random: Random(seed: 3, stream: Gym.Stream("erratic"), lane: UInt64(lane)))
    }
    #expect(trials.allSatisfy { $0.end.ending == .abort && $0.total == -1 })
    let steps = trials.map { Float($0.end.stepCount) }
    // Geometric with p = 2/3: mean 1.5, standard deviation 0.866.
    #expect(abs(statistics(steps).mean - 1.5) < 3 * 0.866 / 100)
  }
}
