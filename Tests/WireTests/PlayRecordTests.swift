import Gym
import Testing

@testable import Wire

@Suite("What was played")
struct PlayRecordTests {
  /// Begins and steps, as a server would be asked for them again.
  private enum Request: Equatable {
    case begin([TrialOrder])
    case choices([UInt8])
    case amounts([Float])
  }

  private func requests(of record: PlayRecord) -> [Request] {
    var requests: [Request] = []
    record.replay(
      begin: { requests.append(.begin($0)) },
      step: { actions in
        switch actions {
        case .choices(let choices): requests.append(.choices(choices))
        case .amounts(let amounts): requests.append(.amounts(amounts))
        }
      })
    return requests
  }

  private func record(
    lanes: Int, lookAhead: Int = 1, rule: RestartRule = .disabled,
    actions: ActionShape = .choices(count: 200)
  ) -> PlayRecord {
    PlayRecord(
      laneCount: lanes, lookAhead: lookAhead, stepLimit: 50, restartRule: rule, actions: actions)
  }

  private func frame(lanes: Int, lookAhead: Int = 1, ended: [Int] = []) -> Frame {
    var frame = Frame(stepCount: lookAhead, laneCount: lanes, observationSize: 1)
    for lane in ended {
      frame.endedTrials.append(
        EndedTrial(lane: lane, trial: 0, condition: 0, ending: .correct, choice: 1, stepCount: 1))
    }
    return frame
  }

  @Test("of some lanes tells their trials and their actions, counted from 0")
  func part() {
    var whole = record(lanes: 4, lookAhead: 2)
    whole.noteBegin((0..<4).map { TrialOrder(lane: $0, trial: UInt64(10 + $0)) })
    whole.noteStep(.choices([0, 1, 2, 3, 4, 5, 6, 7]), ledTo: frame(lanes: 4, lookAhead: 2))
    whole.noteStep(.choices([8, 9, 10, 11, 12, 13, 14, 15]), ledTo: frame(lanes: 4, lookAhead: 2))
    #expect(
      requests(of: whole.part(of: 1..<3)) == [
        .begin([TrialOrder(lane: 0, trial: 11), TrialOrder(lane: 1, trial: 12)]),
        .choices([1, 2, 5, 6]), .choices([9, 10, 13, 14]),
      ])
  }

  @Test("of some lanes tells their amounts")
  func partOfAmounts() {
    var whole = record(lanes: 3, actions: .amounts(width: 2, range: 0...9))
    whole.noteBegin((0..<3).map { TrialOrder(lane: $0, trial: 0) })
    whole.noteStep(.amounts([0, 1, 2, 3, 4, 5]), ledTo: frame(lanes: 3))
    #expect(
      requests(of: whole.part(of: 2..<3)) == [
        .begin([TrialOrder(lane: 0, trial: 0)]), .amounts([4, 5]),
      ])
  }

  @Test("joined again, all parts are the whole, whatever lanes began when")
  func joined() {
    for rule in [RestartRule.disabled, .nextStep, .sameStep] {
      var whole = record(lanes: 4, rule: rule)
      whole.noteBegin((0..<4).map { TrialOrder(lane: $0, trial: 5) })
      whole.noteStep(.choices([0, 1, 2, 3]), ledTo: frame(lanes: 4, ended: [0, 2]))
      if rule == .disabled { whole.noteBegin([TrialOrder(lane: 2, trial: 9, condition: 1)]) }
      whole.noteStep(.choices([4, 5, 6, 7]), ledTo: frame(lanes: 4))
      let parts = [0..<1, 1..<2, 2..<4].map { whole.part(of: $0) }
      #expect(requests(of: PlayRecord(joining: parts)) == requests(of: whole))
    }
  }

  @Test("parts that began at different times meet in the last step")
  func joinedAtTheEnd() {
    var early = record(lanes: 1)
    early.noteBegin([TrialOrder(lane: 0, trial: 1)])
    early.noteStep(.choices([1]), ledTo: frame(lanes: 1))
    early.noteStep(.choices([2]), ledTo: frame(lanes: 1))
    var late = record(lanes: 1)
    late.noteBegin([TrialOrder(lane: 0, trial: 7)])
    late.noteStep(.choices([3]), ledTo: frame(lanes: 1))
    #expect(
      requests(of: PlayRecord(joining: [late, early])) == [
        .begin([TrialOrder(lane: 1, trial: 1)]), .choices([0, 1]),
        .begin([TrialOrder(lane: 0, trial: 7)]), .choices([3, 2]),
      ])
  }

  @Test("a part whose trials are over misses what the others play on, and is joined all the same")
  func joinedWithTheIdle() {
    var over = record(lanes: 1)
    over.noteBegin([TrialOrder(lane: 0, trial: 1)])
    over.noteStep(.choices([1]), ledTo: frame(lanes: 1, ended: [0]))
    var playing = record(lanes: 1)
    playing.noteBegin([TrialOrder(lane: 0, trial: 7)])
    for choice in [2, 3, 4] as [UInt8] {
      over.noteStep(.choices([0]), ledTo: frame(lanes: 1))
      playing.noteStep(.choices([choice]), ledTo: frame(lanes: 1))
    }
    let joined = PlayRecord(joining: [over, playing])
    #expect(
      requests(of: joined) == [
        .begin([TrialOrder(lane: 1, trial: 7)]), .choices([0, 2]), .choices([0, 3]),
        .choices([1, 4]),
      ])
    #expect(joined.nextTrial(of: 0) == 2)
  }

  @Test("a trial that was over long ago is not played again; its number is known")
  func forgotten() {
    var whole = record(lanes: 2)
    whole.noteBegin((0..<2).map { TrialOrder(lane: $0, trial: 7) })
    whole.noteStep(.choices([1, 1]), ledTo: frame(lanes: 2, ended: [0, 1]))
    // A trial takes 50 steps at most; rows are kept for two, and no more.
    for _ in 0..<60 {
      whole.noteBegin([TrialOrder(lane: 1)])
      whole.noteStep(.choices([0, 2]), ledTo: frame(lanes: 2))
      whole.noteStep(.choices([0, 3]), ledTo: frame(lanes: 2, ended: [1]))
    }
    let idle = whole.part(of: 0..<1)
    #expect(!idle.hasTrials)
    #expect(requests(of: idle).isEmpty)
    #expect(idle.nextTrial(of: 0) == 8)
    let joined = PlayRecord(joining: [idle, whole.part(of: 1..<2)])
    #expect(requests(of: joined) == requests(of: whole))
  }
}
