import Envs
import Gym
import Testing

@testable import Wire

@Suite("Conversation and reception")
struct ReceptionTests {
  let start = ContinuousClock.now

  private func reception(_ limits: Limits = Limits()) -> Reception {
    Reception(catalogue: catalogue, limits: limits, at: start)
  }

  private func opening(_ change: (inout Opening) -> Void = { _ in }) -> Opening {
    var opening = Opening(task: "rdm_fixed", seed: 97, laneCount: 2)
    change(&opening)
    return opening
  }

  private func open(_ reception: inout Reception, _ opening: Opening? = nil) throws -> Opened {
    let reply = reception.reply(to: Request(.open(opening ?? self.opening())), at: start)
    guard case .opened(let opened) = reply.body else { throw try #require(refusal(reply)) }
    return opened
  }

  private func refusal(_ reply: Reply) -> Refusal? {
    if case .refusal(let refusal) = reply.body { refusal } else { nil }
  }

  private func frame(_ reply: Reply) throws -> Frame {
    guard case .frame(let frame) = reply.body else { throw try #require(refusal(reply)) }
    return frame
  }

  // MARK: Exactly once

  @Test("a repeated request is answered again and carried out once")
  func repeated() throws {
    var reception = reception()
    let token = try open(&reception).session
    let begin = Request(sequence: 1, session: token, .begin(Beginning()))
    let step = Request(sequence: 2, session: token, .step(.choices([0, 1])))
    let first = try frame(reception.reply(to: begin, at: start))
    expectEqual(first, try frame(reception.reply(to: begin, at: start)), "begin")
    let second = try frame(reception.reply(to: step, at: start))
    #expect(second.stages == [.middle, [.last, .terminated]])
    expectEqual(second, try frame(reception.reply(to: step, at: start)), "step")
    // Carried out twice it would have idled lane 1 and counted more.
    guard case .status(let status) = reception.reply(to: Request(.status), at: start).body else {
      Issue.record("no status")
      return
    }
    #expect(status.laneSteps == 2)
    #expect(status.trials == 1)
    // Those answered before this one: the open, and two of each.
    #expect(status.requests == 5)
  }

  @Test("any other number is refused, and the session is as it was")
  func otherNumbers() throws {
    var reception = reception()
    let token = try open(&reception).session
    func ask(_ sequence: UInt64, _ body: Request.Body) -> Reply {
      reception.reply(to: Request(sequence: sequence, session: token, body), at: start)
    }
    for sequence: UInt64 in [0, 2, .max] {
      #expect(
        refusal(ask(sequence, .begin(Beginning())))
          == Refusal(
            .sequence, "request \(sequence) came; the first of a session is request 1"))
    }
    let shown = try frame(ask(1, .begin(Beginning())))
    for sequence: UInt64 in [0, 3, .max] {
      #expect(
        refusal(ask(sequence, .step(.choices([0, 0]))))
          == Refusal(
            .sequence,
            "request \(sequence) came; the next is request 2, and the last, 1, can be sent again"))
    }
    expectEqual(try frame(ask(1, .begin(Beginning()))), shown, "nothing was changed")
    #expect(refusal(ask(1, .close))?.code == .sequence)
    _ = try frame(ask(2, .step(.choices([0, 0]))))
  }

  @Test("a refused request has not used up its number")
  func refusedNumber() throws {
    var reception = reception()
    let token = try open(&reception).session
    func ask(_ sequence: UInt64, _ body: Request.Body) -> Reply {
      reception.reply(to: Request(sequence: sequence, session: token, body), at: start)
    }
    #expect(
      refusal(ask(1, .step(.choices([0, 0]))))
        == Refusal(.nothingBegun, "can't step: no trial has begun; send 'begin' first"))
    _ = try frame(ask(1, .begin(Beginning())))
    #expect(
      refusal(ask(2, .step(.choices([0]))))
        == Refusal(.badAction, "got 1 actions; a step takes 2: 1 × 2 lanes"))
    #expect(
      refusal(ask(2, .step(.choices([0, 3]))))
        == Refusal(
          .badAction,
          "action 3 of lane 1 is not one of this task's 3: 0 fixate, 1 left, 2 right"))
    #expect(
      refusal(ask(2, .step(.amounts([0, 0]))))
        == Refusal(
          .badAction,
          "amounts came; the actions of PerceptualDecisionMaking are choices, one byte for each lane"
        ))
    _ = try frame(ask(2, .step(.choices([0, 0]))))
  }

  @Test(
    "amounts that can't be are refused in these words, and have not used up the number",
    arguments: [
      (
        .choices([0, 0]),
        "choices came; the actions of DelayNonMatchSample are amounts, 1 for each lane"
      ),
      (.choices([]), "got 0 amounts; a step takes 2: 1 × 2 lanes × 1"),
      (.amounts([0]), "got 1 amounts; a step takes 2: 1 × 2 lanes × 1"),
      (.amounts([0, 20.5]), "amount 0 of lane 1 is 20.5; it can be -20 to 20"),
      (.amounts([0, .nan]), "amount 1 is nan; an amount has to be a finite number"),
    ] as [(Actions, String)])
  func badAmounts(actions: Actions, sentence: String) throws {
    var reception = reception()
    let token = try open(&reception, opening { $0.task = "dnms" }).session
    func ask(_ sequence: UInt64, _ body: Request.Body) -> Reply {
      reception.reply(to: Request(sequence: sequence, session: token, body), at: start)
    }
    #expect(refusal(ask(1, .step(.amounts([0, 0]))))?.code == .nothingBegun)
    let shown = try frame(ask(1, .begin(Beginning())))
    #expect(refusal(ask(2, .step(actions))) == Refusal(.badAction, sentence))
    expectEqual(try frame(ask(1, .begin(Beginning()))), shown, "nothing was changed")
    _ = try frame(ask(2, .step(.amounts([-20, 20]))))
  }

  @Test("a repeated step of amounts is answered again and carried out once")
  func repeatedAmounts() throws {
    var reception = reception()
    let opened = try open(
      &reception,
      opening {
        $0.task = "dnms"
        $0.timeStep = 500
      })
    func ask(_ sequence: UInt64, _ body: Request.Body) throws -> Frame {
      try frame(
        reception.reply(
          to: Request(sequence: sequence, session: opened.session, body), at: start))
    }
    _ = try ask(1, .begin(Beginning(conditions: [0, 1])))
    _ = try ask(2, .step(.amounts([0, 0])))
    let last = try ask(3, .step(.amounts([-0.98, 0.48])))
    // The error is 0 on lane 0, whose stimuli are the same, and 0.5 on the other.
    #expect(last.stages == [[.last, .terminated], [.last, .terminated]])
    #expect(last.rewards[0] == 0 && abs(last.rewards[1] + 0.5) < 1e-6)
    #expect(last.endedTrials.map(\.choice) == [nil, nil])
    expectEqual(last, try ask(3, .step(.amounts([5, 5]))), "whatever the number brings again")
  }

  @Test("ideal actions of a task whose actions are amounts are refused as unsupported")
  func idealAmounts() throws {
    var reception = reception()
    let reply = reception.reply(
      to: Request(
        .open(
          opening {
            $0.task = "dnms"
            $0.withIdealActions = true
          })), at: start)
    #expect(
      refusal(reply)
        == Refusal(
          .unsupported,
          "no ideal actions are told of DelayNonMatchSample, whose actions are amounts; "
            + "open it without them"))
  }

  @Test(
    "a begin that can't be is refused in these words",
    arguments: [
      (
        Beginning(lanes: [2]), Refusal.Code.outOfRange,
        "lane 2 is not one of this environment's 2, 0 to 1"
      ),
      (
        Beginning(lanes: [1, 1]), .outOfRange,
        "lane 1 is named twice; a lane can begin one trial at a time"
      ),
      (
        Beginning(lanes: [0], conditions: [10]), .outOfRange,
        "condition 10 is not one of this task's 10, 0 to 9"
      ),
      (
        Beginning(trials: [.max, 0]), .outOfRange,
        "trial 18446744073709551615 can't be; trials are 0 to 9223372036854775807"
      ),
      (
        Beginning(trials: [1]), .malformed,
        "'trials' has 1 numbers; it takes one for each of the 2 lanes, or none"
      ),
      (
        Beginning(lanes: [0], conditions: [1, 2]), .malformed,
        "'conditions' has 2 numbers; it takes one for each of the 1 lanes, or none"
      ),
    ])
  func badBegin(beginning: Beginning, code: Refusal.Code, sentence: String) throws {
    var reception = reception()
    let token = try open(&reception).session
    let reply = reception.reply(
      to: Request(sequence: 1, session: token, .begin(beginning)), at: start)
    #expect(refusal(reply) == Refusal(code, sentence))
  }

  @Test("a lane may leave its condition open while another asks for one")
  func mixedConditions() throws {
    var reception = reception()
    let token = try open(&reception).session
    var ended: [Int: Int] = [:]
    _ = reception.reply(
      to: Request(
        sequence: 1, session: token, .begin(Beginning(conditions: [7, Beginning.drawn]))), at: start
    )
    let frame = try frame(
      reception.reply(to: Request(sequence: 2, session: token, .step(.choices([1, 1]))), at: start))
    for trial in frame.endedTrials { ended[trial.lane] = trial.condition }
    #expect(ended[0] == 7)
    #expect(ended[1] != nil)
  }

  // MARK: Sessions

  @Test("closing ends a session, and closing it again is no mistake")
  func closing() throws {
    var reception = reception()
    let token = try open(&reception).session
    let close = Request(sequence: 1, session: token, .close)
    for _ in 0..<2 {
      guard case .closed = reception.reply(to: close, at: start).body else {
        Issue.record("not closed")
        return
      }
    }
    #expect(
      refusal(
        reception.reply(to: Request(sequence: 1, session: token, .begin(Beginning())), at: start))
        == Refusal(
          .unknownSession,
          "no session has this token: it was closed, its lease ran out or the server was restarted; "
            + "open another"))
    #expect(
      refusal(reception.reply(to: Request(sequence: 1, .begin(Beginning())), at: start))
        == Refusal(
          .unknownSession,
          "no session is named; send 'open' first and use the token it answers with"))
  }

  @Test("a session outlives its agent's silence by its lease and no longer")
  func lease() throws {
    var reception = reception()
    let token = try open(&reception, opening { $0.lease = 5000 }).session
    let begin = Request(sequence: 1, session: token, .begin(Beginning()))
    _ = try frame(reception.reply(to: begin, at: start + .seconds(4.9)))
    _ = try frame(reception.reply(to: begin, at: start + .seconds(9.8)))
    #expect(
      refusal(reception.reply(to: begin, at: start + .seconds(14.9)))?.code == .unknownSession)
  }

  @Test("an open with the same key answers the same session")
  func sameKey() throws {
    var reception = reception()
    let keyed = opening { $0.key = [1, 2, 3] }
    let first = try open(&reception, keyed)
    #expect(try open(&reception, keyed) == first)
    #expect(try open(&reception, opening { $0.key = [1, 2, 4] }).session != first.session)
    // The key of a session that ran out is anybody's again.
    let later = start + .milliseconds(first.options.lease)
    guard case .opened(let second) = reception.reply(to: Request(.open(keyed)), at: later).body
    else {
      Issue.record("no session was opened")
      return
    }
    #expect(second.session != first.session)
    #expect(try open(&reception).session != (try open(&reception)).session)
  }

  @Test("what is left open is filled in")
  func filledIn() throws {
    var reception = reception()
    let options = try open(
      &reception,
      opening {
        $0.lookAhead = 0
        $0.settings = [.init("noise", [2])]
      }
    ).options
    #expect(options.task == "PerceptualDecisionMaking")
    #expect(options.preset == "song2017")
    #expect(options.timeStep == 10)
    #expect(options.lookAhead == 1)
    #expect(options.lease == 60_000)
    #expect(options.settings == [.init("noise", [2])])
  }

  @Test("an open that can't be met is refused in these words")
  func refusedOpens() throws {
    let cases: [(change: (inout Opening) -> Void, code: Refusal.Code, sentence: String)] = [
      (
        { $0.task = "rdm_fixd" }, .unknownTask,
        "no task named 'rdm_fixd'; did you mean 'rdm_fixed'?"
      ),
      (
        { $0.preset = "song2071" }, .unknownPreset,
        "no preset named 'song2071'; did you mean 'song2017'?"
      ),
      (
        { $0.settings = [.init("noise", [-1])] }, .badSetting,
        "'noise' is -1 1/√ms; it can be 0 to 1000"
      ),
      (
        { $0.laneCount = 0 }, .outOfRange, "the number of lanes is 0; it can be 1 to 65536"
      ),
      (
        { $0.timeStep = 10_001 }, .outOfRange,
        "the time step in ms is 10001; it can be 1 to 10000"
      ),
      (
        { $0.laneCount = 65_537 }, .limit,
        "65537 lanes were asked for; a session of this server can have 65536"
      ),
      (
        { $0.lookAhead = 4097 }, .limit,
        "look-ahead 4097 was asked for; this server goes up to 4096"
      ),
      (
        {
          $0.lookAhead = 2
          $0.restartRule = .sameStep
        }, .outOfRange,
        "look-ahead 2 needs the restart rule 'disabled', got 'sameStep'"
      ),
      (
        { $0.lease = 3_600_001 }, .limit,
        "a lease of 3600001 ms was asked for; this server grants up to 3600000 ms"
      ),
      (
        {
          $0.laneCount = 65_536
          $0.lookAhead = 4096
        }, .limit,
        "a frame would have 805306368 observation numbers; this server goes up to 16777216; "
          + "ask for fewer lanes or a smaller look-ahead"
      ),
      (
        { $0.wantsReplay = true }, .unsupported,
        "this server does not replay on 'open'; open without it, then begin and step"
      ),
    ]
    var reception = reception()
    for (change, code, sentence) in cases {
      let reply = reception.reply(to: Request(sequence: 5, .open(opening(change))), at: start)
      #expect(reply.sequence == 5)
      #expect(refusal(reply) == Refusal(code, sentence))
    }
  }

  @Test("more sessions than the server holds are refused for now")
  func fullHouse() throws {
    var limits = Limits()
    limits.sessions = 1
    var reception = reception(limits)
    let token = try open(&reception).session
    let full = Refusal(
      .limit, "all 1 sessions of this server are taken; close one, or try again later",
      canRetry: true)
    #expect(throws: full) { try open(&reception) }
    _ = reception.reply(to: Request(sequence: 1, session: token, .close), at: start)
    _ = try open(&reception)
  }

  @Test("many sessions can't hold what one may not")
  func manySessions() throws {
    var limits = Limits()
    limits.lanesPerSession = 2
    var reception = reception(limits)
    for _ in 0..<16 { _ = try open(&reception) }
    #expect {
      try open(&reception)
    } throws: { ($0 as? Refusal)?.code == .limit && ($0 as? Refusal)?.canRetry == true }
  }

  @Test("another major version is told both", arguments: [(0, "agent"), (2, "server")])
  func versions(major: UInt32, update: String) {
    var reception = reception()
    #expect(
      refusal(reception.reply(to: Request(.hello(Hello(major: major))), at: start))
        == Refusal(
          .version,
          "this server speaks version 1 of the protocol, the agent version \(major); update the \(update)"
        ))
  }
}
