import Gym

/// Some lanes of an environment, played at one server in one session.
///
/// Lanes that were in the middle of trials elsewhere begin them again and repeat their actions: a trial is
/// the same wherever it is played, and what it shows is compared.
final class RemoteSession {
  /// The lanes' places in the whole environment.
  let lanes: Range<Int>
  /// The number of the server's place.
  let place: Int
  let connection: Connection
  let specification: EnvironmentSpecification
  private(set) var record: PlayRecord

  private var opening: Opening
  private var token: SessionToken
  private var sequence: UInt64 = 0
  /// Whether the server has yet to be taken to where the lanes are.
  private var isBehind = false
  /// What has been asked for and not been answered.
  private(set) var pending: Order?

  /// What is asked for.
  enum Order {
    /// Lanes are counted from the session's first.
    case begin([TrialOrder])
    case step(Actions)
  }

  /// Introduces itself and opens a session.
  ///
  /// - Parameters:
  ///   - opening: What is asked for, of these lanes.
  ///   - expected: What the environment was when the run began; nil if that is now.
  ///   - record: What has been played elsewhere; nil if nothing has.
  ///   - pending: What was asked for there and not answered.
  init(
    lanes: Range<Int>, opening: Opening, expecting expected: EnvironmentSpecification?,
    record: PlayRecord? = nil, pending: Order? = nil, at place: Int, by connection: Connection
  ) throws {
    self.lanes = lanes
    self.place = place
    self.connection = connection
    self.opening = opening
    _ = try connection.hello(sequence: connection.numberOutsideSessions())
    (token, specification) = try Self.open(&self.opening, expecting: expected, connection)
    self.record =
      record
      ?? PlayRecord(
        laneCount: lanes.count, lookAhead: specification.options.lookAhead,
        stepLimit: specification.stepLimit, restartRule: specification.options.restartRule,
        actions: specification.task.actions.shape)
    self.pending = pending
    isBehind = record != nil
  }

  /// Whether there is a trial for the server to step, or was not long ago.
  var hasTrials: Bool { record.hasTrials }

  // MARK: Opening

  private static func open(
    _ opening: inout Opening, expecting expected: EnvironmentSpecification?,
    _ connection: Connection
  ) throws -> (SessionToken, EnvironmentSpecification) {
    // A key of its own for each session, so that an open whose reply was lost can be sent again.
    let key = SessionToken.random().words
    opening.key = withUnsafeBytes(of: key) { Array($0) }
    let request = Request(sequence: connection.numberOutsideSessions(), .open(opening))
    guard case .opened(let opened) = try connection.answer(request) else {
      throw connection.unexpected("'open'")
    }
    func require(_ isTrue: Bool, _ reason: String) throws {
      guard isTrue else {
        throw RemoteError.malformedReply(endpoint: connection.endpoint, reason: reason)
      }
    }
    let options = opened.options
    try require(
      options.seed == opening.seed && options.firstLane == opening.firstLane
        && options.laneCount == opening.laneCount && options.restartRule == opening.restartRule
        && options.lookAhead == max(1, opening.lookAhead),
      "it has opened something else than was asked for")
    try require(
      options.withIdealActions == opening.withIdealActions,
      "it tells no ideal actions, which were asked for")
    try require(
      (1...10_000).contains(options.timeStep)
        && (opening.timeStep == 0 || options.timeStep == opening.timeStep),
      "its time step is \(options.timeStep) ms")
    let specification = EnvironmentSpecification(task: opened.task, options: options.forGym)
    try require(
      specification.stepLimit == Int(opened.stepLimit)
        && opened.task.observationSize == Int(opened.observationSize),
      "the sizes it gives don't fit its task")
    try require(
      expected == nil || specification == expected,
      "its task is not what it was when the run began")
    connection.decoder.shape = FrameShape(specification)
    return (opened.session, specification)
  }

  /// Opens another session at the server, which does not know this one any more.
  func reopen() throws {
    // What the lost session still has under way must not be taken for this one's.
    connection.hangUp()
    (token, _) = try Self.open(&opening, expecting: specification, connection)
    isBehind = true
  }

  /// Tells the server that nobody will come back.
  func close() throws {
    try connection.tell(Request(sequence: sequence + 1, session: token, .close))
  }

  // MARK: Playing

  /// Asks for what `awaitFrame` has the answer to.
  func send(_ order: Order) throws {
    var order = order
    if case .begin(let orders) = order {
      order = .begin(
        orders.map {
          TrialOrder(
            lane: $0.lane, trial: $0.trial ?? record.nextTrial(of: $0.lane), condition: $0.condition
          )
        })
    }
    pending = order
    // One that is behind is asked when it has caught up.
    if !isBehind { try connection.send(request(order)) }
  }

  /// Waits for the frame that what was sent has led to.
  ///
  /// - Parameter known: What the whole environment showed before.
  func awaitFrame(upTo known: @autoclosure () -> Frame) throws -> Frame {
    guard let order = pending else { preconditionFailure("nothing was sent") }
    if isBehind {
      try catchUp(to: known())
      try connection.send(request(order))
    }
    let frame = try frame(from: connection.awaitReply(to: request(order)))
    // Let go of the actions, so that whoever gave them can write the next ones in their place.
    pending = nil
    switch order {
    case .begin(let orders): record.noteBegin(orders)
    case .step(let actions): record.noteStep(actions, ledTo: frame)
    }
    return frame
  }

  private func request(_ order: Order) -> Request {
    let body: Request.Body =
      switch order {
      case .begin(let orders): .begin(Beginning(orders))
      case .step(let actions): .step(actions)
      }
    return Request(sequence: sequence + 1, session: token, body)
  }

  private func frame(from reply: Reply.Body) throws -> Frame {
    switch reply {
    case .frame(let frame):
      sequence += 1
      return frame
    case .refusal(let refusal):
      throw RemoteError.refused(endpoint: connection.endpoint, refusal)
    default:
      throw connection.unexpected("a request of the session")
    }
  }

  // MARK: Catching up

  /// Plays the trials under way up to where they were.
  func catchUp(to known: Frame) throws {
    sequence = 0
    var last: Frame?
    func play(_ order: Order) throws {
      last = try frame(from: connection.ask(request(order)))
    }
    try record.replay(begin: { try play(.begin($0)) }, step: { try play(.step($0)) })
    if let last { try check(last, against: known) }
    isBehind = false
  }

  /// Compares what the lanes show that are in the middle of a trial.
  private func check(_ frame: Frame, against known: Frame) throws {
    let size = frame.observationSize
    for (lane, place) in zip(0..., lanes) where record.lanes[lane].isPlaying {
      for step in 0..<frame.stepCount {
        let ours = (step * frame.laneCount + lane) * size
        let theirs = (step * known.laneCount + place) * size
        guard
          frame.observations[ours..<(ours + size)]
            .elementsEqual(known.observations[theirs..<(theirs + size)])
        else { throw RemoteError.differentTrial(endpoint: connection.endpoint, lane: place) }
      }
    }
  }
}

extension [TrialOrder] {
  /// Those for some lanes, which are counted from 0 again.
  func part(of lanes: Range<Int>) -> [TrialOrder] {
    compactMap {
      lanes.contains($0.lane)
        ? TrialOrder(
          lane: $0.lane - lanes.lowerBound, trial: $0.trial, condition: $0.condition) : nil
    }
  }
}

extension Actions {
  /// Those of some lanes.
  func part(of lanes: Range<Int>, outOf laneCount: Int, lookAhead: Int, width: Int) -> Actions {
    if lanes.count == laneCount { return self }
    func part<Number>(_ numbers: [Number]) -> [Number] {
      var part: [Number] = []
      part.reserveCapacity(lookAhead * lanes.count * width)
      for step in 0..<lookAhead {
        let start = step * laneCount
        part +=
          numbers[((start + lanes.lowerBound) * width)..<((start + lanes.upperBound) * width)]
      }
      return part
    }
    return switch self {
    case .choices(let choices): .choices(part(choices))
    case .amounts(let amounts): .amounts(part(amounts))
    }
  }
}

extension Beginning {
  /// - Parameter orders: Each has the number of a trial.
  init(_ orders: [TrialOrder]) {
    self.init(
      lanes: orders.map { UInt32($0.lane) }, trials: orders.map { $0.trial! },
      conditions: orders.allSatisfy { $0.condition == nil }
        ? [] : orders.map { $0.condition.map { UInt32($0) } ?? Beginning.drawn })
  }
}
