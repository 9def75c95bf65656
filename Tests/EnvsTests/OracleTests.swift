import Envs
import Gym
import Testing

/// A subject that is told the ideal action, and the ground truth it shows: what a task declares as
/// ideal is what it pays.
@Suite("Every task's oracle")
struct OracleTests {
  let seed: UInt64 = 97

  /// Those whose actions are choices: no ideal amounts are told.
  static let entries = catalogue.entries.filter(\.isDiscrete)

  /// How one trial went for a subject that takes ideal actions but for one.
  private struct Course {
    var rewards: [Float] = []
    /// What was ideal at each step.
    var ideal: [UInt8] = []
    var end: EndedTrial?

    var total: Float { rewards.reduce(0, +) }
  }

  /// One lane of the task, with the answers.
  private func environment(
    of entry: Catalogue.Entry, timeStep: Milliseconds
  ) throws -> any Environment {
    try entry.makeEnvironment([], .init(seed: seed, timeStep: timeStep, showsIdealActions: true))
  }

  /// Plays a trial with ideal actions, and with action 0 where there is none; `departure` is taken
  /// at its step instead.
  private func course(
    in environment: any Environment, condition: Int, trial: UInt64 = 0,
    departure: (step: Int, action: UInt8)? = nil
  ) throws -> Course {
    try environment.begin([.init(lane: 0, trial: trial, condition: condition)])
    var course = Course()
    while course.end == nil {
      let ideal = environment.frame.idealActions[0]
      course.ideal.append(ideal)
      var action = ideal == Frame.noAction ? 0 : ideal
      if let departure, departure.step == course.rewards.count { action = departure.action }
      try environment.step([action])
      course.rewards.append(environment.frame.rewards[0])
      course.end = environment.frame.endedTrials.first
    }
    return course
  }

  @Test(
    "earns what the task declares, by correct decisions or by lasting to the end",
    arguments: entries)
  func earns(entry: Catalogue.Entry) throws {
    let declared = try #require(entry.description.levels.oracleReward)
    let environment = try environment(
      of: entry, timeStep: entry.description.presets[0].timeStep)
    var totals: [Double] = []
    for condition in entry.description.conditions.indices {
      for trial in UInt64(0)..<20 {
        let course = try course(in: environment, condition: condition, trial: trial)
        let end = try #require(course.end)
        #expect(end.ending == .correct || end.stepCount == environment.specification.stepLimit)
        totals.append(course.rewards.reduce(0) { $0 + Double($1) })
      }
    }
    #expect(abs(totals.reduce(0, +) / Double(totals.count) - declared) < 1e-6)
  }

  @Test("no departure from an ideal action earns more", arguments: entries)
  func departures(entry: Catalogue.Entry) throws {
    let environment = try environment(of: entry, timeStep: 50)
    for condition in entry.description.conditions.indices {
      let best = try course(in: environment, condition: condition)
      for step in best.ideal.indices where best.ideal[step] != Frame.noAction {
        for action in 0..<UInt8(entry.actionCount) where action != best.ideal[step] {
          let other = try course(
            in: environment, condition: condition, departure: (step, action))
          #expect(other.total <= best.total, "action \(action) at step \(step)")
        }
      }
    }
  }

  @Test(
    "where no action is ideal nothing can be earned any more, or the same whatever is done",
    arguments: entries)
  func lateness(entry: Catalogue.Entry) throws {
    let environment = try environment(of: entry, timeStep: 50)
    for condition in entry.description.conditions.indices {
      // A subject that does nothing sees every step of its trial.
      let order = TrialOrder(lane: 0, trial: 0, condition: condition)
      try environment.begin([order])
      var ideal: [UInt8] = []
      for _ in 0..<environment.specification.stepLimit {
        ideal.append(environment.frame.idealActions[0])
        try environment.step([0])
      }
      #expect(ideal.last == Frame.noAction)
      for late in ideal.indices where ideal[late] == Frame.noAction {
        let rewards = try (0..<UInt8(entry.actionCount)).map { action in
          try environment.begin([order])
          for step in 0...late { try environment.step([step == late ? action : 0]) }
          return environment.frame.rewards[0]
        }
        #expect(rewards.allSatisfy { $0 <= 0 } || Set(rewards).count == 1)
      }
    }
  }

  @Test("who decides when the oracle does, to a side that a coin decides, is right by chance")
  func chance() throws {
    for entry in Self.entries where entry.hasFixation {
      let declared = try #require(entry.description.levels.chance)
      let environment = try environment(of: entry, timeStep: 50)
      let courses = try entry.description.conditions.indices.map {
        try course(in: environment, condition: $0)
      }
      let answers = Set(courses.map { $0.ideal.last! }).sorted()
      var random = Random(seed: seed, stream: Stream("coin"))
      let trials = 2000
      var correct = 0
      for trial in 0..<UInt64(trials) {
        let condition = random.index(below: courses.count)
        let oracle = try course(in: environment, condition: condition, trial: trial)
        let blind = try course(
          in: environment, condition: condition, trial: trial,
          departure: (oracle.ideal.count - 1, random.element(of: answers)))
        correct += blind.end?.ending == .correct ? 1 : 0
      }
      #expect(abs(Double(correct) / Double(trials) - declared) < samplingError(declared, trials))
    }
  }

  @Test(
    "ideal actions are the same several steps at once",
    arguments: entries.filter(\.description.allowsLookAhead))
  func lookAhead(entry: Catalogue.Entry) throws {
    let lanes = 5
    func environment(lookAhead: Int) throws -> any Environment {
      let environment = try entry.makeEnvironment(
        [],
        .init(
          seed: seed, laneCount: lanes, timeStep: 50, lookAhead: lookAhead, showsIdealActions: true)
      )
      try environment.begin((0..<lanes).map { .init(lane: $0) })
      return environment
    }
    let stepwise = try environment(lookAhead: 1)
    let stepLimit = stepwise.specification.stepLimit
    let whole = try environment(lookAhead: stepLimit + 4).frame.idealActions
    for step in 0..<stepLimit {
      #expect(Array(whole[(step * lanes)..<((step + 1) * lanes)]) == stepwise.frame.idealActions)
      try stepwise.step([UInt8](repeating: 0, count: lanes))
    }
    #expect(whole.suffix(lanes).allSatisfy { $0 == Frame.noAction })
  }

  @Test(
    "a lane that restarts shows what is ideal in its new trial", arguments: entries,
    [RestartRule.nextStep, .sameStep, .disabled])
  func restarts(entry: Catalogue.Entry, rule: RestartRule) throws {
    let environment = try entry.makeEnvironment(
      [], .init(seed: seed, timeStep: 50, restartRule: rule, showsIdealActions: true))
    try environment.begin([.init(lane: 0)])
    let first = environment.frame.idealActions
    while environment.frame.endedTrials.isEmpty {
      let ideal = environment.frame.idealActions[0]
      try environment.step([ideal == Frame.noAction ? 0 : ideal])
    }
    if rule != .sameStep { #expect(environment.frame.idealActions == [Frame.noAction]) }
    if rule == .nextStep { try environment.step([0]) }
    #expect(environment.frame.idealActions == (rule == .disabled ? [Frame.noAction] : first))
  }

  @Test(
    "of a task whose actions are amounts none are told, and nobody can ask for them",
    arguments: catalogue.entries.filter { !$0.isDiscrete })
  func amounts(entry: Catalogue.Entry) {
    #expect(throws: RequestError.idealActionsNotTold(task: entry.description.name)) {
      try entry.makeEnvironment([], .init(seed: seed, showsIdealActions: true))
    }
  }

  @Test("nobody is told who has not asked", arguments: catalogue.entries)
  func unasked(entry: Catalogue.Entry) throws {
    let environment = try entry.makeEnvironment([], .init(seed: seed))
    try environment.begin([.init(lane: 0)])
    #expect(environment.frame.idealActions.isEmpty)
  }
}

@Suite("Ideal observers")
struct IdealObserverTests {
  private func bound(
    _ name: String, _ settings: [ParameterSetting] = [], timeStep: Milliseconds = 10
  ) throws -> Double {
    let environment = try catalogue.find(name).entry.makeEnvironment(
      settings, .init(seed: 1, timeStep: timeStep))
    return try #require(environment.specification.task.levels.idealObserver)
  }

  @Test("of rdm_fixed reach what the reference says, and what one of them reaches who plays")
  func fixedDuration() throws {
    // Reference, ideal-observer bounds: 0.8095 over all conditions.
    let bound = try bound("rdm_fixed")
    #expect(abs(bound - 0.8095) < 0.0005)
    let played = try outcomes(of: "rdm_fixed", lanes: 20_000) { _ in IdealObserver() }
    #expect(abs(accuracy(played) - bound) < samplingError(bound, played.count))
  }

  @Test("of rdm_rt reach what one of them reaches who watches all of the motion")
  func reactionTime() throws {
    // Motion is seen from 760 ms on, and an answer at 2740 ms comes too late.
    let bound = try bound("rdm_rt", timeStep: 20)
    let played = try outcomes(of: "rdm_rt", lanes: 20_000, timeStep: 20) { _ in
      PatientObserver(samples: 99)
    }
    #expect(abs(accuracy(played) - bound) < samplingError(bound, played.count))
  }

  @Test("know everything without noise, and nothing without coherence")
  func extremes() throws {
    #expect(try bound("rdm_fixed", [.init("noise", [0])]) == 0.9)
    #expect(try bound("rdm_rt", [.init("noise", [0]), .init("coherences", [100])]) == 1)
    #expect(try bound("rdm_rt", [.init("coherences", [0])]) == 0.5)
  }

  @Test("are told of every time step the same, as the noise is given per √ms")
  func timeSteps() throws {
    let bounds = try [5, 10, 20].map { try bound("rdm_fixed", timeStep: $0) }
    #expect(bounds.allSatisfy { abs($0 - bounds[0]) < 0.005 })
  }
}
