import CGymProto
import CProtobufC
import Envs
import Gym
import Testing

@testable import Wire

@Suite("Codec")
struct CodecTests {
  static let token = SessionToken(SIMD2(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908))

  static let requests: [Request] = [
    Request(sequence: 1, .hello(Hello())),
    Request(sequence: 2, .describe(task: "rdm_fixed")),
    Request(
      sequence: 3,
      .open(
        Opening(
          task: "rdm_fixed", preset: "song2017",
          settings: [.init("coherences", [0, 51.2]), .init("noise", [2])], seed: .max,
          firstLane: 1 << 40, laneCount: 7, timeStep: 20, restartRule: .sameStep, lookAhead: 4,
          lease: 5000, key: [1, 0, 2], wantsReplay: true, withIdealActions: true))),
    Request(sequence: 4, session: token, .begin(Beginning())),
    Request(
      sequence: 5, session: token,
      .begin(Beginning(lanes: [0, 9], trials: [.max, 1], conditions: [3, .max]))),
    Request(sequence: 6, session: token, .step(.choices([0, 1, 255]))),
    Request(sequence: 7, session: token, .step(.amounts([0, -1.5, .greatestFiniteMagnitude]))),
    Request(sequence: 8, session: token, .close),
    Request(sequence: .max, .status),
  ]

  @Test("a request survives being written and read", arguments: requests)
  func requestRoundTrip(request: Request) throws {
    #expect(try decode(encode(request)) == request)
  }

  @Test("a task survives being written and read", arguments: catalogue.entries)
  func taskRoundTrip(entry: Catalogue.Entry) throws {
    let reply = try decode(
      encode(Reply(sequence: 1, body: .task(entry.description))), ReplyDecoder())
    guard case .task(let description) = reply.body else {
      Issue.record("\(reply) is no task")
      return
    }
    #expect(description == entry.description)
  }

  @Test("continuous actions survive being written and read")
  func continuousTask() throws {
    var task = catalogue.entries[0].description
    // Neither has what is not known.
    task.levels = Levels(chance: 0, oracleReward: -0.5)
    task.actions = .continuous(width: 16, range: -1...0.5)
    let reply = try decode(encode(Reply(sequence: 1, body: .task(task))), ReplyDecoder())
    guard case .task(let description) = reply.body else {
      Issue.record("\(reply) is no task")
      return
    }
    #expect(description == task)
  }

  @Test("advice for training survives being written and read")
  func adviceRoundTrip() throws {
    var task = catalogue.entries[0].description
    let advice = [
      TrainingAdvice(trialsPerUpdate: 3, validationTrials: 5, correctToReach: 0.8),
      TrainingAdvice(
        trialsPerUpdate: 3, validationTrials: 5, validationInterval: 7, decisionsToReach: 0.9,
        correctToReach: 0.8, optOut: .init(offeredBy: "wager", above: 0.4, upTo: 0.5),
        rewardTimeConstant: 9, learningRate: 0.1),
      TrainingAdvice(
        trialsPerUpdate: 1, validationTrials: 0, correctToReach: 0,
        recentReward: .init(trials: 100, reward: 0.975),
        networks: .init(
          decisionUnits: 50, valueUnits: 40, unitTimeConstant: 1, recurrentNoise: 0.002,
          initialValue: 0, valueInputGain: 10,
          inputMasks: [
            .init(channels: ["left", "right"], units: 0..<25),
            .init(channels: ["sure"], units: 25..<50),
          ])),
      TrainingAdvice(
        trialsPerUpdate: 1, validationTrials: 100, correctToReach: 0.95,
        localRule: .init(
          units: 400, response: .excitatoryInhibitory, rectifiedUnits: 16, unitsWithoutInput: 200,
          heldUnits: [.init(unit: 395, current: -1), .init(unit: 7, current: 0.5)],
          perturbationSize: 8, perturbationShape: .normal, currentMemory: 0.25,
          eligibility: .postCubic, learningRate: 3e-5, changeLimit: 5e-5, errorMemory: 0.5,
          trialsBeforeLearning: 51, errorToReach: 2.5, trialLimit: 5000)),
    ]
    task.presets = advice.map {
      .init(name: "p", reference: "r", timeStep: 10, training: $0)
    }
    let reply = try decode(encode(Reply(sequence: 1, body: .task(task))), ReplyDecoder())
    guard case .task(let read) = reply.body else {
      Issue.record("came back as \(reply.body)")
      return
    }
    #expect(read.presets.map(\.training) == advice)
  }

  @Test("every other reply survives being written and read")
  func replyRoundTrip() throws {
    let welcome = Welcome(
      major: 1, minor: 4, software: "µ",
      tasks: [.init(name: "a", aliases: ["b", "c"], summary: "d")],
      limits: Limits())
    let status = ServerStatus(
      software: "s", uptime: 1, sessions: 2, requests: 3, refusals: 4, laneSteps: 5, trials: 6,
      isStepping: true, rejectedPeers: 7, latency: .init(sum: 8, median: 9, slow: 10))
    let refusals = Refusal.Code.allCases.map { Refusal($0, "because", canRetry: $0 == .limit) }
    let opened = Opened(
      session: Self.token, task: catalogue.entries[0].description,
      options: Opening(task: "t", settings: [.init("a", [])]), observationSize: 3, stepLimit: 276)
    let bodies: [Reply.Body] =
      [.welcome(welcome), .status(status), .opened(opened), .closed]
      + refusals.map { .refusal($0) }
    for (index, body) in bodies.enumerated() {
      let reply = try decode(
        encode(Reply(sequence: UInt64(index), body: body)), ReplyDecoder())
      #expect(reply.sequence == UInt64(index))
      switch (body, reply.body) {
      case (.welcome(let a), .welcome(let b)): #expect(a == b)
      case (.status(let a), .status(let b)): #expect(a == b)
      case (.opened(let a), .opened(let b)): #expect(a == b)
      case (.refusal(let a), .refusal(let b)): #expect(a == b)
      case (.closed, .closed): break
      default: Issue.record("\(body) came back as \(reply.body)")
      }
    }
  }

  // The bytes of version 1: agents that are out there send and expect exactly these. Worked out by hand
  // from the schema; docs/protocol.md shows the same ones.

  @Test("a step is these bytes for ever")
  func frozenStep() {
    #expect(
      encode(Request(sequence: 2, session: Self.token, .step(.choices([0, 1])))) == [
        0x08, 0x02,  // sequence: 2
        0x12, 0x10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,  // session
        0x72, 0x04,  // step
        0x0A, 0x02, 0x00, 0x01,  // choices: 0, 1
      ])
  }

  @Test("a frame is these bytes for ever")
  func frozenFrame() {
    var frame = Frame(laneCount: 2, observationSize: 1)
    frame.observations = [1, 0.5]
    frame.rewards = [0, -1]
    frame.stages = [.middle, [.last, .terminated]]
    frame.endedTrials = [
      EndedTrial(lane: 1, trial: 258, condition: 3, ending: .abort, choice: 2, stepCount: 76)
    ]
    frame.facts = [2]
    #expect(
      encode(Reply(sequence: 2, body: .frame(frame))) == [
        0x08, 0x02,  // sequence: 2
        0x6A, 0x42,  // frame
        0x0A, 0x08, 0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0x3F,  // observations: 1, 0.5
        0x12, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0xBF,  // rewards: 0, -1
        0x1A, 0x02, 0x02, 0x0C,  // stages: MIDDLE, LAST + TERMINATED
        0x22, 0x28,  // ended
        0x0A, 0x04, 0x01, 0x00, 0x00, 0x00,  // lanes: 1
        0x12, 0x08, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // trials: 258
        0x1A, 0x04, 0x03, 0x00, 0x00, 0x00,  // conditions: 3
        0x22, 0x01, 0x03,  // endings: ABORT
        0x2A, 0x01, 0x02,  // choices: 2
        0x32, 0x04, 0x4C, 0x00, 0x00, 0x00,  // step_counts: 76
        0x3A, 0x04, 0x00, 0x00, 0x00, 0x40,  // facts: 2
      ])
  }

  @Test("a hello is these bytes for ever")
  func frozenHello() {
    #expect(
      encode(Request(sequence: 1, .hello(Hello(major: 1, minor: 0, software: "me")))) == [
        0x08, 0x01,  // sequence: 1
        0x52, 0x06,  // hello
        0x08, 0x01, 0x1A, 0x02, 0x6D, 0x65,  // major: 1, software: "me"
      ])
  }

  @Test("an ending of the future is neither right nor wrong, and zero is none")
  func futureEnding() throws {
    var frame = Frame(laneCount: 1, observationSize: 3)
    frame.stages = [[.last, .terminated]]
    frame.endedTrials = [
      EndedTrial(lane: 0, trial: 0, condition: 3, ending: .abort, choice: 2, stepCount: 76)
    ]
    frame.facts = [1, 2, 3, 4, 5]
    var bytes = encode(Reply(sequence: 2, body: .frame(frame)))
    // Field 4 of the ended trials: one byte.
    let place = try #require(
      (2..<bytes.count).first { Array(bytes[($0 - 2)...$0]) == [0x22, 0x01, 0x03] })
    let decoder = ReplyDecoder()
    decoder.shape = FrameShape(
      EnvironmentSpecification(
        task: catalogue.entries[0].description, options: .init(seed: 1)))
    bytes[place] = 77
    guard case .frame(let read) = try decode(bytes, decoder).body else {
      Issue.record("it came back as something else")
      return
    }
    #expect(read.endedTrials.map(\.ending) == [.completed])
    bytes[place] = 0
    #expect(throws: Refusal.self) { try decode(bytes, decoder) }
  }

  // MARK: What is refused

  @Test(
    "bytes that are no request are refused, and say what was expected",
    arguments: [
      ([0xFF, 0xFF], Refusal.Code.malformed, "these 2 bytes are not a request of operant.v1"),
      (
        [], .malformed,
        "the request has no body this server knows; "
          + "send one of hello, describe, open, begin, step, close, status"
      ),
      (
        [0x08, 0x05, 0x7A, 0x00, 0x7A, 0x00], .malformed,
        "the request has 2 bodies; send one at a time"
      ),
      (
        [0x12, 0x03, 1, 2, 3, 0x7A, 0x00], .malformed,
        "'session' has 3 bytes; a token has 16, as 'opened' gave it"
      ),
      // describe { task: "a\0b" }
      (
        [0x5A, 0x05, 0x0A, 0x03, 0x61, 0x00, 0x62], .malformed,
        "'task' holds a zero byte, which no text may"
      ),
      // describe { task: a continuation byte on its own }
      ([0x5A, 0x03, 0x0A, 0x01, 0x80], .malformed, "'task' is not UTF-8"),
      // begin { lanes: 3 bytes }
      (
        [0x6A, 0x05, 0x0A, 0x03, 0, 0, 0], .malformed,
        "'lanes' has 3 bytes; its numbers have 4 bytes each"
      ),
      // step { amounts: [NaN] }
      (
        [0x72, 0x06, 0x12, 0x04, 0x00, 0x00, 0xC0, 0x7F], .badAction,
        "amount 0 is nan; an amount has to be a finite number"
      ),
      // step { choices: [0], amounts: [0] }
      (
        [0x72, 0x09, 0x0A, 0x01, 0x00, 0x12, 0x04, 0, 0, 0, 0], .malformed,
        "the step has choices and amounts; a task's actions are one or the other"
      ),
      // open {}
      (
        [0x62, 0x00], .malformed,
        "'restart_rule' is 0; it can be 1 NEXT_STEP, 2 SAME_STEP, 3 DISABLED"
      ),
      // open { settings { value: NaN }, restart_rule: 3 }
      (
        [0x62, 0x0E, 0x1A, 0x0A, 0x12, 0x08, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F, 0x40, 0x03],
        .badSetting, "'settings.value' is nan; it has to be a finite number"
      ),
    ] as [([UInt8], Refusal.Code, String)])
  func refused(bytes: [UInt8], code: Refusal.Code, sentence: String) {
    #expect(throws: Refusal(code, sentence)) { try decode(bytes) }
  }

  @Test("a name that is too long is refused")
  func longName() {
    let name = String(repeating: "x", count: 257)
    #expect(throws: Refusal(.limit, "'task' has 257 bytes; it can have at most 256")) {
      try decode(encode(Request(.describe(task: name))))
    }
  }

  @Test("a message over the limit is refused unread")
  func longMessage() {
    var limits = Limits()
    limits.messageBytes = 30
    #expect(throws: Refusal(.limit, "the message has 31 bytes; this server reads up to 30")) {
      try decode(.init(repeating: 0, count: 31), limits: limits)
    }
  }

  @Test("a small message that would take a hundred times its size to read is refused")
  func amplification() {
    // 500,000 empty steps to replay, two bytes each: protobuf-c would take 56 bytes for each and more.
    let replay = [[UInt8]](repeating: [0x12, 0x00], count: 500_000).flatMap(\.self)
    var open: [UInt8] = [0x62]
    open += varint(replay.count)
    open += replay
    var message: [UInt8] = [0x62]
    message += varint(open.count)
    message += open
    #expect {
      try decode(message)
    } throws: { error in
      (error as? Refusal)?.code == .limit
        && (error as? Refusal)?.sentence.contains("takes too much memory") == true
    }
  }

  private func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  @Test("the number of a request can be told even if its body can't be read")
  func outline() {
    let bytes: [UInt8] = [0x08, 0xAC, 0x02, 0x5A, 0x05, 0x0A]
    #expect(bytes.withUnsafeBytes { Outline(of: $0) }.sequence == 300)
  }

  // MARK: Distrust of servers

  @Test("a frame that does not fit the session is not believed")
  func strangeFrames() throws {
    let task = catalogue.entries[0].description
    let specification = EnvironmentSpecification(task: task, options: .init(seed: 1, laneCount: 2))
    let decoder = ReplyDecoder()
    decoder.shape = FrameShape(specification)
    var good = Frame(laneCount: 2, observationSize: 3)
    good.stages = [.middle, [.last, .terminated]]
    good.endedTrials = [
      .init(lane: 1, trial: 0, condition: 9, ending: .correct, choice: 2, stepCount: 100)
    ]
    good.facts = [0, 0, 0, 0, .nan]
    _ = try decode(encode(Reply(sequence: 1, body: .frame(good))), decoder)
    let changes: [(inout Frame) -> Void] = [
      { $0.observations.removeLast() }, { $0.observations[2] = .nan },
      { $0.rewards[0] = .infinity },
      { $0.rewards.append(0) }, { $0.stages[0] = [] }, { $0.stages[0] = [.first, .middle] },
      { $0.stages[1] = .middle }, { $0.endedTrials = [] }, { $0.endedTrials[0].lane = 0 },
      { $0.endedTrials[0].condition = 10 }, { $0.endedTrials[0].choice = 3 },
      { $0.endedTrials[0].stepCount = 277 }, { $0.endedTrials[0].ending = .truncated },
      { $0.facts.removeLast() }, { $0.stages[1] = Stage(rawValue: 64) },
    ]
    for (index, change) in changes.enumerated() {
      var bad = good
      change(&bad)
      #expect(throws: Refusal.self, "change \(index) was believed") {
        try decode(encode(Reply(sequence: 1, body: .frame(bad))), decoder)
      }
    }
  }
}
