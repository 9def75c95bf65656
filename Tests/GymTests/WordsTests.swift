import Gym
import Testing

/// What an agent reads when a request can't be met.
@Suite("Refusals")
struct WordsTests {
  @Test(
    "say what came and what could have come",
    arguments: [
      (
        .laneOutOfRange(lane: 4, laneCount: 4),
        "lane 4 is not one of this environment's 4, 0 to 3"
      ),
      (.laneNamedTwice(lane: 2), "lane 2 is named twice; a lane can begin one trial at a time"),
      (.noLanes, "no lane is named; name at least one lane to begin"),
      (
        .conditionOutOfRange(condition: 10, conditionCount: 10),
        "condition 10 is not one of this task's 10, 0 to 9"
      ),
      (
        .wrongActionCount(count: 5, expected: 12, lookAhead: 3, laneCount: 4),
        "got 5 actions; a step takes 12: 3 × 4 lanes"
      ),
      (
        .actionOutOfRange(action: 3, lane: 1, names: ["fixate", "left", "right"]),
        "action 3 of lane 1 is not one of this task's 3: 0 fixate, 1 left, 2 right"
      ),
      (
        .wrongAmountCount(count: 5, expected: 24, lookAhead: 3, laneCount: 4, width: 2),
        "got 5 amounts; a step takes 24: 3 × 4 lanes × 2"
      ),
      (
        .amountOutOfRange(amount: 1.25, number: 1, lane: 3, range: -1...0.5),
        "amount 1 of lane 3 is 1.25; it can be -1 to 0.5"
      ),
      (
        .amountNotFinite(amount: .nan, place: 7),
        "amount 7 is nan; an amount has to be a finite number"
      ),
      (
        .amountsForChoices(task: "Flash"),
        "amounts came; the actions of Flash are choices, one byte for each lane"
      ),
      (
        .choicesForAmounts(task: "Track", width: 2),
        "choices came; the actions of Track are amounts, 2 for each lane"
      ),
      (
        .idealActionsNotTold(task: "Track"),
        "no ideal actions are told of Track, whose actions are amounts; open it without them"
      ),
      (.nothingBegun, "can't step: no trial has begun; send 'begin' first"),
      (
        .lookAheadNotAllowed(task: "Echo", lookAhead: 2),
        "look-ahead 2 is not to be had: what Echo shows depends on actions; ask for 1"
      ),
      (
        .lookAheadNeedsDisabled(lookAhead: 2, restartRule: .sameStep),
        "look-ahead 2 needs the restart rule 'disabled', got 'sameStep'"
      ),
      (
        .outOfRange(what: "the time step in ms", value: 0, range: 1...10_000),
        "the time step in ms is 0; it can be 1 to 10000"
      ),
    ] as [(RequestError, String)])
  func words(error: RequestError, words: String) {
    #expect(error.description == words)
  }
}

@Suite("Stages")
struct StageTests {
  @Test("seven of them are consistent, all others are not")
  func consistent() {
    let consistent = (UInt8.min...UInt8.max).filter { Stage(rawValue: $0).isConsistent }
    // first, middle, last|terminated, first|last|terminated, last|truncated,
    // first|last|truncated, idle: the raw values are the wire's.
    #expect(consistent == [1, 2, 12, 13, 20, 21, 32])
  }

  @Test("only an answer within the rules is a decision")
  func decisions() {
    #expect(Ending.allCases.filter(\.isDecision) == [.correct, .error])
    #expect(Ending.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
  }
}
