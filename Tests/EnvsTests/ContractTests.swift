import Envs
import Gym
import Testing

/// What every task of the catalogue owes its agents. A new task gets these for free by being listed.
@Suite("Every task")
struct ContractTests {
  let seed: UInt64 = 97

  // MARK: What it says of itself

  @Test("describes itself without contradiction", arguments: catalogue.entries)
  func description(entry: Catalogue.Entry) throws {
    let task = entry.description
    for names in [
      task.channels.map(\.name), task.epochs, task.facts.map(\.name), task.parameters.map(\.name),
      task.presets.map(\.name), task.aliases.map(\.name),
    ] {
      #expect(Set(names).count == names.count)
      #expect(!names.contains(""))
    }
    #expect(!task.summary.isEmpty && !task.reference.isEmpty)
    #expect(task.facts.allSatisfy { $0.meaning.hasSuffix(".") })
    #expect(task.parameters.allSatisfy { $0.meaning.hasSuffix(".") })
    #expect(task.parameters.allSatisfy { $0.defaultValue.allSatisfy($0.range.contains) })
    #expect(task.aliases.allSatisfy { entry.preset(named: $0.preset) != nil })
    for condition in task.conditions {
      #expect(condition.map(\.name).allSatisfy(task.facts.map(\.name).contains))
    }
    #expect(Set(task.conditions.map { "\($0)" }).count == task.conditions.count)
  }

  @Test("is found by its own name and by its aliases", arguments: catalogue.entries)
  func names(entry: Catalogue.Entry) throws {
    for name in [entry.description.name] + entry.description.aliases.map(\.name) {
      #expect(try catalogue.find(name).entry.description.name == entry.description.name)
      #expect(catalogue.names.filter { $0 == name }.count == 1)
    }
  }

  @Test(
    "opens under each preset, and under its own values spelled out", arguments: catalogue.entries)
  func presets(entry: Catalogue.Entry) throws {
    for preset in entry.description.presets {
      let environment = try entry.makeEnvironment(
        preset.settings, .init(seed: seed, timeStep: preset.timeStep))
      #expect(environment.specification.task.name == entry.description.name)
    }
    let own = entry.description.parameters.map { ParameterSetting($0.name, $0.defaultValue) }
    // What subjects can reach is told for the first preset's time step.
    let environment = try entry.makeEnvironment(
      own, .init(seed: seed, timeStep: entry.description.presets[0].timeStep))
    #expect(environment.specification.task == entry.description)
  }

  @Test(
    "can be played with each parameter at either end of its range, or says what contradicts it",
    arguments: catalogue.entries)
  func parameterRanges(entry: Catalogue.Entry) throws {
    for parameter in entry.description.parameters {
      for value in [parameter.range.lowerBound, parameter.range.upperBound] {
        let environment: any Environment
        do {
          environment = try entry.makeEnvironment(
            [.init(parameter.name, [value])], .init(seed: seed, timeStep: 500))
        } catch let error as ParameterError {
          #expect(error.description.contains(parameter.name))
          continue
        }
        let trials = try play([.init(lane: 0, trial: 0)], in: environment, of: entry)
        #expect(trials[0].rewards.allSatisfy { $0.isFinite })
        #expect(trials[0].observations.joined().allSatisfy { $0.isFinite })
      }
    }
  }

  // MARK: Which trials are played

  @Test("the same seed makes the same trials, another seed others", arguments: catalogue.entries)
  func seeds(entry: Catalogue.Entry) throws {
    let orders = (0..<4).map { TrialOrder(lane: $0, trial: 7) }
    func trials(_ seed: UInt64) throws -> [PlayedTrial] {
      try play(orders, in: entry.makeEnvironment([], .init(seed: seed, laneCount: 4)), of: entry)
    }
    let first = try trials(seed)
    #expect(try trials(seed) == first)
    #expect(try trials(seed + 1) != first)
    #expect(try trials(seed + (1 << 63)) != first)
  }

  @Test(
    "a trial is the same whatever is played beside it, before it, or in which environment",
    arguments: catalogue.entries)
  func independence(entry: Catalogue.Entry) throws {
    func environment(firstLane: UInt64, laneCount: Int) throws -> any Environment {
      try entry.makeEnvironment(
        [], .init(seed: seed, firstLane: firstLane, laneCount: laneCount))
    }
    func trials(_ orders: [TrialOrder], in environment: any Environment) throws -> [PlayedTrial] {
      try play(orders, in: environment, of: entry).map {
        var trial = $0
        trial.end?.lane = 0
        return trial
      }
    }
    let together = try environment(firstLane: 10, laneCount: 5)
    let expected = try trials((0..<5).map { .init(lane: $0, trial: 3) }, in: together)
    for lane in 0..<5 {
      // Alone, and again after another trial with a higher number.
      let alone = try environment(firstLane: 10 + UInt64(lane), laneCount: 1)
      #expect(try trials([.init(lane: 0, trial: 3)], in: alone) == [expected[lane]])
      #expect(try trials([.init(lane: 0, trial: 11)], in: alone) != [expected[lane]])
      #expect(try trials([.init(lane: 0, trial: 3)], in: alone) == [expected[lane]])
    }
    // In another order, beside fewer.
    #expect(
      try trials([.init(lane: 4, trial: 3), .init(lane: 1, trial: 3)], in: together)
        == [expected[4], expected[1]])
    // In another group: lanes 12, 13 and 14 are 0, 1 and 2 here.
    let group = try environment(firstLane: 12, laneCount: 3)
    #expect(
      try trials((0..<3).map { .init(lane: $0, trial: 3) }, in: group) == Array(expected[2...]))
    // Lanes differ.
    #expect(zip(expected, expected.dropFirst()).allSatisfy { $0 != $1 })
  }

  @Test(
    "look-ahead shows the same trials, several steps at once",
    arguments: catalogue.entries.filter(\.description.allowsLookAhead), [2, 7, 64, 300])
  func lookAhead(entry: Catalogue.Entry, lookAhead: Int) throws {
    let stepwise = try entry.makeEnvironment([], .init(seed: seed, laneCount: 6))
    let ahead = try entry.makeEnvironment(
      [], .init(seed: seed, laneCount: 6, lookAhead: lookAhead))
    for trial in UInt64(2)...3 {
      let orders = (0..<6).map { TrialOrder(lane: $0, trial: trial) }
      #expect(
        try play(orders, in: ahead, of: entry) == play(orders, in: stepwise, of: entry))
    }
  }

  @Test("plays the trial and the condition asked for", arguments: catalogue.entries)
  func orders(entry: Catalogue.Entry) throws {
    let conditions = entry.description.conditions
    let environment = try entry.makeEnvironment(
      [], .init(seed: seed, laneCount: conditions.count))
    let trials = try play(
      conditions.indices.map { .init(lane: $0, trial: 1_000_000, condition: $0) },
      in: environment, of: entry)
    for (number, factors) in conditions.enumerated() {
      let end = try #require(trials[number].end)
      #expect(end.trial == 1_000_000 && end.condition == number && end.lane == number)
      // The numbers that tell the condition apart stand among the facts, under the same names.
      for factor in factors {
        let fact = try #require(entry.description.facts.firstIndex { $0.name == factor.name })
        #expect(trials[number].facts[fact] == Float(factor.value).bitPattern)
      }
    }
  }

  @Test(
    "asking for the condition that would have been drawn changes nothing",
    arguments: catalogue.entries)
  func orderedCondition(entry: Catalogue.Entry) throws {
    let environment = try entry.makeEnvironment([], .init(seed: seed))
    for trial in UInt64(0)..<5 {
      let drawn = try play([.init(lane: 0, trial: trial)], in: environment, of: entry)
      let condition = try #require(drawn[0].end?.condition)
      let ordered = TrialOrder(lane: 0, trial: trial, condition: condition)
      #expect(try play([ordered], in: environment, of: entry) == drawn)
    }
  }

  @Test("draws its conditions evenly", arguments: catalogue.entries)
  func conditions(entry: Catalogue.Entry) throws {
    let count = entry.description.conditions.count
    let lanes = 200 * count
    // A time step so long that each trial is over at once.
    let environment = try entry.makeEnvironment(
      [], .init(seed: seed, laneCount: lanes, timeStep: 10_000))
    try #require(environment.specification.stepLimit == 1)
    try environment.begin((0..<lanes).map { .init(lane: $0) })
    try environment.carryOut([UInt8](repeating: 0, count: lanes))
    var found = [Int](repeating: 0, count: count)
    for trial in environment.frame.endedTrials { found[trial.condition] += 1 }
    // Pearson's statistic: its mean is one less than there are conditions, its variance twice that.
    let statistic = found.map { Double(($0 - 200) * ($0 - 200)) / 200 }.reduce(0, +)
    let freedom = Double(count - 1)
    #expect(statistic <= freedom + 4 * (2 * freedom).squareRoot())
  }

  // MARK: How a trial goes

  @Test(
    "takes every action at every stage, and shows as many numbers as it says",
    arguments: catalogue.entries)
  func actions(entry: Catalogue.Entry) throws {
    let timeStep = 50
    let stepLimit = entry.description.timeLimit / timeStep + 1
    // On each lane another action at another step.
    let lanes = stepLimit * entry.actionCount
    let environment = try entry.makeEnvironment(
      [], .init(seed: seed, laneCount: lanes, timeStep: timeStep))
    #expect(environment.frame.observationSize == entry.description.observationSize)
    #expect(environment.frame.observations.count == lanes * entry.description.observationSize)
    try environment.begin((0..<lanes).map { .init(lane: $0) })
    var endings = [Int](repeating: 0, count: lanes)
    for step in 0..<stepLimit {
      var actions = [UInt8](repeating: 0, count: lanes)
      for action in 0..<entry.actionCount {
        actions[step * entry.actionCount + action] = UInt8(action)
      }
      try environment.carryOut(actions)
      let frame = environment.frame
      #expect(frame.stages.allSatisfy { $0.isConsistent })
      #expect(frame.rewards.allSatisfy { $0.isFinite })
      #expect(frame.observations.allSatisfy { $0.isFinite })
      #expect(frame.facts.count == frame.endedTrials.count * entry.description.facts.count)
      for trial in frame.endedTrials { endings[trial.lane] += 1 }
    }
    #expect(endings.allSatisfy { $0 == 1 })
  }

  @Test(
    "comes to an end with a subject that does nothing, where that is an action: a miss",
    arguments: catalogue.entries.filter(\.hasFixation))
  func nothing(entry: Catalogue.Entry) throws {
    for timeStep in [7, 10] {
      let environment = try entry.makeEnvironment([], .init(seed: seed, timeStep: timeStep))
      let stepLimit = environment.specification.stepLimit
      #expect(stepLimit == entry.description.timeLimit / timeStep + 1)
      try environment.begin([.init(lane: 0)])
      for _ in 1..<stepLimit {
        try environment.carryOut([0])
        #expect(environment.frame.stages == [.middle])
        #expect(environment.frame.endedTrials.isEmpty)
      }
      try environment.carryOut([0])
      #expect(environment.frame.stages == [[.last, .terminated]])
      let end = try #require(environment.frame.endedTrials.first)
      #expect(end.ending == .miss && end.choice == nil && end.stepCount == stepLimit)
    }
  }

  @Test("actions of the other kind are refused, and change nothing", arguments: catalogue.entries)
  func otherKind(entry: Catalogue.Entry) throws {
    let environment = try entry.makeEnvironment([], .init(seed: seed))
    try environment.begin([.init(lane: 0)])
    let before = "\(environment.frame)"
    switch entry.description.actions {
    case .discrete:
      #expect(throws: RequestError.amountsForChoices(task: entry.description.name)) {
        try environment.step(amounts: [0])
      }
    case .continuous(let width, _):
      #expect(
        throws: RequestError.choicesForAmounts(task: entry.description.name, width: width)
      ) { try environment.step([0]) }
    }
    #expect("\(environment.frame)" == before)
  }

  @Test(
    "amounts up to the ends of their range are taken, and none beyond",
    arguments: catalogue.entries.filter { !$0.isDiscrete })
  func amountRange(entry: Catalogue.Entry) throws {
    guard case .continuous(let width, let range) = entry.description.actions else { return }
    let environment = try entry.makeEnvironment([], .init(seed: seed, laneCount: 2))
    // Only one lane plays: what is ignored has to be in range, too.
    try environment.begin([.init(lane: 0)])
    let middle = (range.lowerBound + range.upperBound) / 2
    for place in 0..<(2 * width) {
      func amounts(_ amount: Float) -> [Float] {
        (0..<(2 * width)).map { $0 == place ? amount : middle }
      }
      for amount in [range.lowerBound.nextDown, range.upperBound.nextUp] {
        #expect(
          throws: RequestError.amountOutOfRange(
            amount: amount, number: place % width, lane: place / width, range: range)
        ) { try environment.step(amounts: amounts(amount)) }
      }
      for amount in [Float.infinity, -.infinity] {
        #expect(throws: RequestError.amountNotFinite(amount: amount, place: place)) {
          try environment.step(amounts: amounts(amount))
        }
      }
      #expect(throws: RequestError.self) { try environment.step(amounts: amounts(.nan)) }
      try environment.step(amounts: amounts(range.lowerBound))
      try environment.step(amounts: amounts(range.upperBound))
    }
    for count in [0, 2 * width - 1, 2 * width + 1] {
      #expect(
        throws: RequestError.wrongAmountCount(
          count: count, expected: 2 * width, lookAhead: 1, laneCount: 2, width: width)
      ) { try environment.step(amounts: .init(repeating: middle, count: count)) }
    }
  }

  @Test(
    "no action ends a trial of a task whose actions are amounts, and no choice is told of it",
    arguments: catalogue.entries.filter { !$0.isDiscrete })
  func noChoice(entry: Catalogue.Entry) throws {
    let trials = try play(
      (0..<4).map { .init(lane: $0, trial: 2) },
      in: entry.makeEnvironment([], .init(seed: seed, laneCount: 4)), of: entry)
    for trial in trials {
      let end = try #require(trial.end)
      #expect(end.choice == nil && end.ending.isDecision)
      #expect(trial.rewards.dropLast().allSatisfy { $0 == 0 })
    }
  }

  @Test("a refused request changes nothing", arguments: catalogue.entries)
  func refusals(entry: Catalogue.Entry) throws {
    let count = entry.actionCount
    let subject = FidgetySubject(firstLane: 0, of: entry)
    func frames(disturbed: Bool) throws -> [String] {
      let environment = try entry.makeEnvironment([], .init(seed: seed, laneCount: 2))
      try environment.begin([.init(lane: 0), .init(lane: 1)])
      return try (0..<100).map { step in
        if disturbed {
          let before = "\(environment.frame)"
          for orders: [TrialOrder] in [
            [], [.init(lane: 0), .init(lane: 2)], [.init(lane: 1), .init(lane: 1)],
            [.init(lane: 1), .init(lane: 0, condition: entry.description.conditions.count)],
          ] {
            #expect(throws: RequestError.self) { try environment.begin(orders) }
          }
          for actions in [[], [0], [1, UInt8(count)]] {
            #expect(throws: RequestError.self) { try environment.carryOut(actions) }
          }
          #expect("\(environment.frame)" == before)
        }
        try environment.carryOut([0, 1].map { subject.act(lane: $0, trial: 0, step: step) })
        return "\(environment.frame)"
      }
    }
    #expect(try frames(disturbed: true) == frames(disturbed: false))
  }

  @Test(
    "comes to an end with a subject that does always the same, by the last step if not before",
    arguments: catalogue.entries, [7, 10])
  func monotony(entry: Catalogue.Entry, timeStep: Milliseconds) throws {
    for action in 0..<UInt8(entry.actionCount) {
      let environment = try entry.makeEnvironment([], .init(seed: seed, timeStep: timeStep))
      let stepLimit = environment.specification.stepLimit
      #expect(stepLimit == entry.description.timeLimit / timeStep + 1)
      try environment.begin([.init(lane: 0)])
      var steps = 0
      while environment.frame.endedTrials.isEmpty && steps < stepLimit {
        try environment.carryOut([action])
        steps += 1
      }
      let end = try #require(environment.frame.endedTrials.first)
      #expect(end.stepCount == steps)
      #expect((end.ending == .truncated) == environment.frame.stages[0].contains(.truncated))
    }
  }

  // MARK: Restart rules

  /// The trials that a lane should play one after the other, each played by itself: [lane][trial].
  private func succession(
    of entry: Catalogue.Entry, trials: UInt64, lanes: Int
  ) throws -> [[PlayedTrial]] {
    let environment = try entry.makeEnvironment([], .init(seed: seed, laneCount: lanes))
    let rounds = try (0..<trials).map { trial in
      try play((0..<lanes).map { .init(lane: $0, trial: trial) }, in: environment, of: entry)
    }
    return (0..<lanes).map { lane in rounds.map { $0[lane] } }
  }

  @Test(
    "begins a trial right after ending one, and at no other time", arguments: catalogue.entries,
    [RestartRule.nextStep, .sameStep])
  func restarts(entry: Catalogue.Entry, rule: RestartRule) throws {
    let (trials, lanes) = (4, 3)
    let expected = try succession(of: entry, trials: UInt64(trials), lanes: lanes)
    let subject = FidgetySubject(firstLane: 0, of: entry)
    let environment = try entry.makeEnvironment(
      [], .init(seed: seed, laneCount: lanes, restartRule: rule))
    try environment.begin((0..<lanes).map { .init(lane: $0) })
    // Each lane's trial, and the step whose action comes next; nil while a new trial is due.
    var trial = [Int](repeating: 0, count: lanes)
    var step = [Int?](repeating: 0, count: lanes)
    while trial.contains(where: { $0 < trials }) {
      let shown = environment.frame
      try environment.carryOut(
        (0..<lanes).map { lane in
          // What is answered to the end of a trial means nothing, even if it is a choice.
          step[lane].map { subject.act(lane: lane, trial: UInt64(trial[lane]), step: $0) } ?? 1
        })
      let frame = environment.frame
      for lane in 0..<lanes where trial[lane] < trials {
        guard let now = step[lane] else {
          #expect(frame.stages[lane] == .first)
          #expect(frame.rewards[lane] == 0)
          #expect(!frame.endedTrials.contains { $0.lane == lane })
          step[lane] = 0
          continue
        }
        let current = expected[lane][trial[lane]]
        #expect(observation(lane, of: shown) == current.observations[now])
        #expect(frame.rewards[lane] == current.rewards[now])
        guard now + 1 == current.rewards.count else {
          #expect(frame.stages[lane] == .middle)
          step[lane] = now + 1
          continue
        }
        #expect(frame.endedTrials.first { $0.lane == lane } == current.end)
        if rule == .sameStep {
          #expect(frame.stages[lane] == [.first, .last, .terminated])
          step[lane] = 0
        } else {
          #expect(frame.stages[lane] == [.last, .terminated])
          #expect(frame.finalObservations.isEmpty)
          step[lane] = nil
        }
        trial[lane] += 1
      }
    }
  }

  @Test("sameStep keeps what a trial showed last", arguments: catalogue.entries)
  func finalObservations(entry: Catalogue.Entry) throws {
    // Every step of a trial is the last one once, on a lane of its own, where action 1 ends it.
    let lanes = entry.description.timeLimit / 50
    func end(_ rule: RestartRule) throws -> (ends: [Int: [Float]], first: [Int: [Float]]) {
      let environment = try entry.makeEnvironment(
        [], .init(seed: seed, laneCount: lanes, timeStep: 50, restartRule: rule))
      let size = environment.frame.observationSize
      try environment.begin((0..<lanes).map { .init(lane: $0) })
      var ends: [Int: [Float]] = [:]
      var first: [Int: [Float]] = [:]
      for step in 0...lanes {
        try environment.carryOut((0..<lanes).map { $0 == step ? 1 : 0 })
        let frame = environment.frame
        for (index, trial) in frame.endedTrials.enumerated() where first[trial.lane] == nil {
          let shown = observation(trial.lane, of: frame)
          first[trial.lane] = shown
          ends[trial.lane] =
            rule == .sameStep
            ? Array(frame.finalObservations[(index * size)..<((index + 1) * size)]) : shown
        }
      }
      return (ends, first)
    }
    let (same, disabled) = (try end(.sameStep), try end(.disabled))
    #expect(!same.ends.isEmpty)
    #expect(same.ends == disabled.ends)
    // A trial that begins blank looks like the end of the one before.
    if same.first.values.joined().contains(where: { $0 != 0 }) {
      #expect(same.first != disabled.first)
    }
  }

  @Test("disabled leaves a lane alone until it is begun", arguments: catalogue.entries)
  func disabled(entry: Catalogue.Entry) throws {
    let expected = try succession(of: entry, trials: 2, lanes: 1)[0]
    let environment = try entry.makeEnvironment([], .init(seed: seed))
    #expect(try play([.init(lane: 0, trial: 0)], in: environment, of: entry) == [expected[0]])
    for action in 0..<UInt8(entry.actionCount) {
      try environment.carryOut([action])
      #expect(environment.frame.stages == [.idle])
      #expect(environment.frame.rewards == [0])
      #expect(environment.frame.observations.allSatisfy { $0 == 0 })
      #expect(environment.frame.endedTrials.isEmpty)
    }
    #expect(try play([.init(lane: 0, trial: 1)], in: environment, of: entry) == [expected[1]])
  }
}
