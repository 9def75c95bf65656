import Gym
import Testing

@Suite("A task whose actions are amounts")
struct AmountsTests {
  @Test("is described by how many numbers an action has, and their range")
  func description() {
    #expect(Track().description.actions == .continuous(width: 2, range: -2...3))
    #expect(Track().description.actions.shape == .amounts(width: 2, range: -2...3))
    #expect(Flash().description.actions.shape == .choices(count: 4))
    #expect(Track().description.actions.shape.width == 2)
    #expect(Flash().description.actions.shape.width == 1)
  }

  @Test("is handed the numbers of each lane under their names")
  func names() throws {
    let environment = try Track().environment(.init(seed: 1, laneCount: 3))
    try environment.begin((0..<3).map { .init(lane: $0) })
    for _ in 0..<3 { try environment.step(amounts: [0, 0, 0, 0, 0, 0]) }
    try environment.step(amounts: [1, 2, -1, 2, 1, 3])
    // The light is 1.
    #expect(environment.frame.rewards == [0, -2, -1])
    #expect(environment.frame.facts == [1, 2, -1, 2, 1, 3])
    #expect(environment.frame.endedTrials.map(\.ending) == [.completed, .completed, .completed])
    #expect(environment.frame.endedTrials.map(\.choice) == [nil, nil, nil])
    #expect(environment.frame.endedTrials.map(\.stepCount) == [4, 4, 4])
  }

  @Test("is played several steps at once as it is step by step", arguments: [2, 3, 4, 9])
  func lookAhead(lookAhead: Int) throws {
    let lanes = 2
    let stepwise = try Track().environment(.init(seed: 1, laneCount: lanes))
    let ahead = try Track().environment(.init(seed: 1, laneCount: lanes, lookAhead: lookAhead))
    for environment in [stepwise, ahead] { try environment.begin([.init(lane: 0)]) }
    func amounts(_ step: Int) -> [Float] {
      (0..<(2 * lanes)).map { Float(step) / 4 + Float($0) / 8 }
    }
    for first in stride(from: 0, to: 4, by: lookAhead) {
      try ahead.step(amounts: (0..<lookAhead).flatMap { amounts(min(first + $0, 4)) })
      for entry in 0..<min(lookAhead, 4 - first) {
        try stepwise.step(amounts: amounts(first + entry))
        #expect(ahead.frame.rewards[entry * lanes] == stepwise.frame.rewards[0])
        #expect(ahead.frame.stages[entry * lanes] == stepwise.frame.stages[0])
        #expect(ahead.frame.stages[entry * lanes + 1] == .idle)
      }
    }
    #expect(ahead.frame.facts == stepwise.frame.facts && !ahead.frame.facts.isEmpty)
  }

  @Test("runs out of time like any other, with nothing chosen")
  func miss() throws {
    // One step of 50 ms is longer than the trial.
    let environment = try Track().environment(.init(seed: 1, timeStep: 50))
    try environment.begin([.init(lane: 0)])
    try environment.step(amounts: [0, 0])
    #expect(environment.frame.endedTrials.map(\.ending) == [.miss])
    #expect(environment.frame.rewards == [-7])
  }

  @Test("refuses what can't be, and nothing has changed")
  func refusals() throws {
    let environment = try Track().environment(.init(seed: 1, laneCount: 2))
    #expect(throws: RequestError.nothingBegun) { try environment.step(amounts: [0, 0, 0, 0]) }
    // What can never be is said before what may be later.
    #expect(throws: RequestError.choicesForAmounts(task: "Track", width: 2)) {
      try environment.step([0, 0])
    }
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    for (amounts, error) in [
      (
        [0, 0, 0],
        .wrongAmountCount(count: 3, expected: 4, lookAhead: 1, laneCount: 2, width: 2)
      ),
      (
        [0, 0, 0, 3.5], .amountOutOfRange(amount: 3.5, number: 1, lane: 1, range: -2...3)
      ),
      ([0, -2.5, 4, 0], .amountOutOfRange(amount: -2.5, number: 1, lane: 0, range: -2...3)),
      ([0, 0, .infinity, 0], .amountNotFinite(amount: .infinity, place: 2)),
    ] as [([Float], RequestError)] {
      #expect(throws: error) { try environment.step(amounts: amounts) }
    }
    #expect(throws: RequestError.self) { try environment.step(amounts: [0, .nan, 0, 0]) }
    #expect(throws: RequestError.choicesForAmounts(task: "Track", width: 2)) {
      try environment.step([0, 0])
    }
    #expect(environment.frame.stages == [.first, .first])
    try environment.step(amounts: [-2, 3, 3, -2])
    #expect(environment.frame.stages == [.middle, .middle])
  }

  @Test("does not tell ideal actions, and a task of choices takes no amounts")
  func otherKind() throws {
    #expect(throws: RequestError.idealActionsNotTold(task: "Track")) {
      try Track().environment(.init(seed: 1, showsIdealActions: true))
    }
    let flash = try Flash().environment(.init(seed: 1))
    try flash.begin([.init(lane: 0)])
    #expect(throws: RequestError.amountsForChoices(task: "Flash")) {
      try flash.step(amounts: [0])
    }
  }
}
