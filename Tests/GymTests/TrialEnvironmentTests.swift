import Gym
import Testing

/// The player of rules, with a task of the tests' own.
@Suite("An environment")
struct TrialEnvironmentTests {
  // Flash's actions.
  let wait: UInt8 = 0
  let left: UInt8 = 1
  let right: UInt8 = 2
  let leave: UInt8 = 3

  // MARK: What is sensed

  @Test("shows each channel in its place, and noise on its channel alone")
  func channels() throws {
    let environment = try Flash().environment(.init(seed: 1))
    try environment.begin([.init(lane: 0, condition: 1)])
    #expect(environment.frame.observations == [1, 0, 0, 0, 0])
    let onset = try play(environment, until: { $0.observations[0] == 0 })
    #expect((1...4).contains(onset))
    let shown = environment.frame.observations
    #expect(shown[0] == 0 && shown[4] == 1)
    #expect(shown[1] != 0 && shown[3] != 0 && shown[1] != shown[3])
    #expect(abs(shown[2] - 100) < 10 && shown[2] != 100)
  }

  @Test("the noise of a step of Δt has the standard deviation σ/√Δt", arguments: [1, 10, 25])
  func noise(timeStep: Milliseconds) throws {
    var task = Flash()
    task.timeLimit = 200
    let environment = try task.environment(.init(seed: 5, laneCount: 500, timeStep: timeStep))
    try environment.begin((0..<500).map { .init(lane: $0) })
    for _ in 0..<4 { try environment.step([UInt8](repeating: wait, count: 500)) }
    // Flash's onset is at most at the fourth step.
    var values: [Float] = []
    for lane in 0..<500 {
      let ring = environment.frame.observations[(5 * lane + 1)..<(5 * lane + 4)]
      values += zip(ring, [0, 100, 0]).map { $0 - $1 }
    }
    let mean = values.reduce(0, +) / 1500
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 1499
    let expected = 9 / Float(timeStep)
    // Four standard errors of the mean and variance of 1500 normals.
    #expect(abs(mean) < 4 * (expected / 1500).squareRoot())
    #expect(abs(variance / expected - 1) < 4 * (2 / Float(1500)).squareRoot())
  }

  @Test("noise without size leaves nothing but the signal")
  func noNoise() throws {
    var task = Flash()
    task.noise = 0
    let environment = try task.environment(.init(seed: 1))
    try environment.begin([.init(lane: 0, condition: 0)])
    try play(environment, until: { $0.observations[0] == 0 })
    #expect(environment.frame.observations == [0, 0, 100, 0, -1])
  }

  // MARK: What is earned

  @Test("an action is paid for what was on the screen when it was taken")
  func paidForWhatWasShown() throws {
    for seed in UInt64(0)..<8 {
      let environment = try Flash().environment(.init(seed: seed))
      try environment.begin([.init(lane: 0)])
      while !environment.frame.stages[0].contains(.last) {
        let isLit = environment.frame.observations[0] == 1
        try environment.step([wait])
        if environment.frame.endedTrials.isEmpty {
          #expect(environment.frame.rewards == [isLit ? 0 : 0.25])
        }
      }
    }
  }

  @Test("an answer is judged at the time of what was shown, first at time 0")
  func clock() throws {
    let environment = try Flash().environment(.init(seed: 3, timeStep: 5))
    try environment.begin([.init(lane: 0, condition: 0)])
    try environment.step([left])
    #expect(environment.frame.rewards == [-1])
    #expect(environment.frame.facts[2] == 0)

    try environment.begin([.init(lane: 0, condition: 0)])
    let steps = try play(environment, until: { $0.observations[0] == 0 })
    try environment.step([left])
    let ended = try #require(environment.frame.endedTrials.first)
    #expect(environment.frame.rewards == [1])
    #expect(environment.frame.stages == [[.last, .terminated]])
    #expect(
      ended
        == EndedTrial(
          lane: 0, trial: 1, condition: 0, ending: .correct, choice: 1, stepCount: steps + 1))
    // side, onset, choiceTime, run
    #expect(environment.frame.facts == [-1, Float(5 * steps), Float(5 * steps), 2])
  }

  @Test("a trial runs out at its time limit, whatever the action then", arguments: [0, 1, 2, 3])
  func miss(last: UInt8) throws {
    let environment = try Flash().environment(.init(seed: 3))
    // Times 0, 10, … 100.
    #expect(environment.specification.stepLimit == 11)
    try environment.begin([.init(lane: 0, condition: 0)])
    for _ in 0..<10 {
      try environment.step([wait])
      #expect(environment.frame.stages == [.middle])
    }
    try environment.step([last])
    #expect(environment.frame.stages == [[.last, .terminated]])
    #expect(environment.frame.rewards == [-0.5])
    let ended = try #require(environment.frame.endedTrials.first)
    #expect(ended.ending == .miss && ended.choice == nil && ended.stepCount == 11)
    #expect(environment.frame.facts[2].isNaN)
  }

  @Test("a limit between two steps is reached at the step before it")
  func stepLimit() throws {
    #expect(try Flash().environment(.init(seed: 1, timeStep: 30)).specification.stepLimit == 4)
    #expect(try Flash().environment(.init(seed: 1, timeStep: 100)).specification.stepLimit == 2)
    #expect(try Flash().environment(.init(seed: 1, timeStep: 101)).specification.stepLimit == 1)
  }

  @Test("a trial that something else cut off is truncated, not terminated")
  func truncated() throws {
    let environment = try Flash().environment(.init(seed: 1))
    try environment.begin([.init(lane: 0)])
    try environment.step([leave])
    #expect(environment.frame.stages == [[.last, .truncated]])
    #expect(environment.frame.endedTrials.map(\.ending) == [.truncated])
  }

  @Test("what is done changes the world that is seen next")
  func echo() throws {
    let environment = try Echo().environment(.init(seed: 1))
    try environment.begin([.init(lane: 0)])
    var heights: [Float] = [environment.frame.observations[0]]
    for action: UInt8 in [0, 0, 1, 0, 0] {
      try environment.step([action])
      heights.append(environment.frame.observations[0])
    }
    #expect(heights == [0, 1, 2, 1, 2, 3])
    // The sixth action comes at the time limit and is not carried out.
    try environment.step([0])
    #expect(environment.frame.rewards == [2])
    #expect(environment.frame.facts == [3])
  }

  // MARK: Which trial

  @Test("trials are numbered from 0 on each lane, on from whichever was asked for, and round")
  func numbers() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 2))
    func numbers(_ orders: [TrialOrder]) throws -> [UInt64] {
      try environment.begin(orders)
      try environment.step([leave, leave])
      return environment.frame.endedTrials.map(\.trial)
    }
    #expect(try numbers([.init(lane: 1)]) == [0])
    #expect(try numbers([.init(lane: 1), .init(lane: 0)]) == [0, 1])
    #expect(try numbers([.init(lane: 0, trial: 40), .init(lane: 1, trial: 0)]) == [40, 0])
    #expect(try numbers([.init(lane: 0), .init(lane: 1)]) == [41, 1])
    #expect(try numbers([.init(lane: 0, trial: .max)]) == [.max])
    #expect(try numbers([.init(lane: 0)]) == [0])
  }

  @Test("a task sees the trial before where the lane played it, and none otherwise")
  func trialBefore() throws {
    let environment = try Flash().environment(.init(seed: 1))
    func run(_ trial: UInt64?) throws -> Float {
      try environment.begin([.init(lane: 0, trial: trial)])
      try environment.step([leave])
      return environment.frame.facts[3]
    }
    #expect(try run(nil) == 1)
    #expect(try run(nil) == 2)
    #expect(try run(2) == 3)
    #expect(try run(9) == 1)
    #expect(try run(9) == 1)
    #expect(try run(10) == 2)
  }

  // MARK: Restart rules

  @Test("nextStep: after the end one step ignores its action and shows the next trial's beginning")
  func nextStep() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 2, restartRule: .nextStep))
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    let stages = try [leave, right, leave].map { action -> Stage in
      try environment.step([action, wait])
      #expect(environment.frame.stages[1] == .middle)
      return environment.frame.stages[0]
    }
    #expect(stages == [[.last, .truncated], .first, [.last, .truncated]])
    #expect(environment.frame.endedTrials.map(\.trial) == [1])
    try environment.step([left, wait])
    #expect(environment.frame.rewards[0] == 0)
    #expect(environment.frame.endedTrials.isEmpty && environment.frame.facts.isEmpty)
    #expect(Array(environment.frame.observations[..<5]) == [1, 0, 0, 0, 0])
  }

  @Test("sameStep: the frame that ends a trial shows the next one's beginning, and the end apart")
  func sameStep() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 3, restartRule: .sameStep))
    try environment.begin([.init(lane: 0), .init(lane: 1), .init(lane: 2)])
    for _ in 0..<4 { try environment.step([wait, wait, wait]) }
    try environment.step([leave, wait, leave])
    let frame = environment.frame
    #expect(frame.stages == [[.first, .last, .truncated], .middle, [.first, .last, .truncated]])
    #expect(Array(frame.observations[..<5]) == [1, 0, 0, 0, 0])
    #expect(frame.finalObservations.count == 10)
    #expect(frame.finalObservations[0] == 0 && abs(frame.finalObservations[2] - 100) < 10)
    #expect(frame.finalObservations[4] == frame.facts[0])
    #expect(frame.finalObservations[9] == frame.facts[4])
    #expect(frame.endedTrials.map(\.lane) == [0, 2])
    try environment.step([wait, wait, wait])
    #expect(environment.frame.stages == [.middle, .middle, .middle])
    #expect(environment.frame.finalObservations.isEmpty)
  }

  @Test("disabled: the lane idles, sees and earns nothing until it is begun")
  func disabled() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 2))
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    try environment.step([leave, wait])
    for action in [wait, left, right, leave] {
      try environment.step([action, wait])
      #expect(environment.frame.stages == [.idle, .middle])
      #expect(environment.frame.rewards[0] == 0)
      #expect(Array(environment.frame.observations[..<5]) == [0, 0, 0, 0, 0])
      #expect(environment.frame.endedTrials.isEmpty)
    }
    try environment.begin([.init(lane: 0)])
    #expect(environment.frame.stages == [.first, .idle])
    try environment.step([wait, wait])
    #expect(environment.frame.stages == [.middle, .middle])
  }

  // MARK: Look-ahead

  @Test("with look-ahead, the actions after a trial's end are ignored and its rest is blank")
  func lookAhead() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 2, lookAhead: 4))
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    #expect(environment.frame.stages == .init(repeating: .first, count: 8))
    // [step × lane]: lane 0 leaves with its second action.
    try environment.step([wait, wait, leave, wait, right, wait, left, wait])
    let ended: Stage = [.last, .truncated]
    #expect(
      environment.frame.stages == [
        .middle, .middle, ended, .middle, .idle, .middle, .idle, .middle,
      ]
    )
    #expect(environment.frame.endedTrials.map(\.stepCount) == [2])
    for step in 0..<4 {
      let start = 10 * step
      #expect(environment.frame.observations[start..<(start + 5)].allSatisfy { $0 == 0 })
      #expect(environment.frame.observations[(start + 5)..<(start + 10)].contains { $0 != 0 })
    }
    #expect(environment.frame.rewards[4] == 0 && environment.frame.rewards[6] == 0)
  }

  @Test("a look-ahead beyond the longest trial ends with it")
  func lookAheadBeyondTheEnd() throws {
    let environment = try Flash().environment(.init(seed: 1, timeStep: 20, lookAhead: 10))
    try environment.begin([.init(lane: 0)])
    // T_max = 6: times 0, 20, … 100.
    try environment.step([UInt8](repeating: wait, count: 10))
    #expect(environment.frame.endedTrials.map(\.stepCount) == [6])
    #expect(environment.frame.stages[5] == [.last, .terminated])
    #expect(environment.frame.stages[6...].allSatisfy { $0 == .idle })
  }

  // MARK: Refusals

  @Test("options that can't be met are refused")
  func options() throws {
    func refusal(_ options: EnvironmentOptions) -> RequestError? {
      #expect(throws: RequestError.self) { try Flash().environment(options) }
    }
    for timeStep in [0, -10, 10_001] {
      #expect(
        refusal(.init(seed: 1, timeStep: timeStep))
          == .outOfRange(what: "the time step in ms", value: timeStep, range: 1...10_000))
    }
    for laneCount in [0, -1, 65_537] {
      #expect(
        refusal(.init(seed: 1, laneCount: laneCount))
          == .outOfRange(what: "the number of lanes", value: laneCount, range: 1...65_536))
    }
    for lookAhead in [0, -1, 4097] {
      #expect(
        refusal(.init(seed: 1, lookAhead: lookAhead))
          == .outOfRange(what: "the look-ahead", value: lookAhead, range: 1...4096))
    }
    for rule in [RestartRule.nextStep, .sameStep] {
      #expect(
        refusal(.init(seed: 1, restartRule: rule, lookAhead: 2))
          == .lookAheadNeedsDisabled(lookAhead: 2, restartRule: rule))
    }
    #expect(throws: RequestError.lookAheadNotAllowed(task: "Echo", lookAhead: 2)) {
      try Echo().environment(.init(seed: 1, lookAhead: 2))
    }
  }

  @Test("orders that can't be met are refused, and change nothing")
  func orders() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 2))
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    try environment.step([wait, leave])
    let before = environment.frame
    for (orders, error) in [
      ([], .noLanes),
      ([.init(lane: 0), .init(lane: 2)], .laneOutOfRange(lane: 2, laneCount: 2)),
      ([.init(lane: 0), .init(lane: -1)], .laneOutOfRange(lane: -1, laneCount: 2)),
      ([.init(lane: 1), .init(lane: 1)], .laneNamedTwice(lane: 1)),
      (
        [.init(lane: 1), .init(lane: 0, condition: 2)],
        .conditionOutOfRange(condition: 2, conditionCount: 2)
      ),
      (
        [.init(lane: 0, condition: -1)],
        .conditionOutOfRange(condition: -1, conditionCount: 2)
      ),
    ] as [([TrialOrder], RequestError)] {
      #expect(throws: error) { try environment.begin(orders) }
    }
    #expect(environment.frame.stages == before.stages)
    #expect(environment.frame.endedTrials == before.endedTrials)
    try environment.step([leave, wait])
    #expect(environment.frame.endedTrials.map(\.trial) == [0])
    #expect(environment.frame.endedTrials.map(\.stepCount) == [2])
    #expect(environment.frame.stages[1] == .idle)
  }

  @Test("actions that can't be carried out are refused, and change nothing")
  func actions() throws {
    let environment = try Flash().environment(.init(seed: 1, laneCount: 2))
    #expect(throws: RequestError.nothingBegun) { try environment.step([wait, wait]) }
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    for count in [0, 1, 3] {
      #expect(
        throws: RequestError.wrongActionCount(
          count: count, expected: 2, lookAhead: 1, laneCount: 2)
      ) { try environment.step([UInt8](repeating: wait, count: count)) }
    }
    #expect(
      throws: RequestError.actionOutOfRange(
        action: 4, lane: 1, names: ["wait", "left", "right", "leave"])
    ) { try environment.step([leave, 4]) }
    #expect(environment.frame.stages == [.first, .first])
    try environment.step([leave, leave])
    #expect(environment.frame.endedTrials.map(\.stepCount) == [1, 1])
  }

  /// Waits until the frame is as wanted; how many steps that took.
  @discardableResult
  private func play(
    _ environment: some Environment, until isReached: (Frame) -> Bool
  ) throws -> Int {
    for steps in 0..<environment.specification.stepLimit {
      if isReached(environment.frame) { return steps }
      try environment.step([wait])
    }
    Issue.record("the trial ran out first")
    return environment.specification.stepLimit
  }
}
