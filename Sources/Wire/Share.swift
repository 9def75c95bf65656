import Gym

/// The lanes of a remote environment that one server plays, in a session of its own.
///
/// A session that the server no longer knows is opened again and brought to where it was; whoever asks
/// for a frame does not notice.
final class Share {
  /// The lanes' places in the whole environment.
  let lanes: Range<Int>
  let connection: Connection
  private(set) var specification: EnvironmentSpecification
  private(set) var record: PlayRecord
  /// Whether any trial has begun here.
  private(set) var hasBegun = false

  private var opening: Opening
  private var session: SessionToken?
  private var sequence: UInt64 = 0
  /// What has been sent and not been answered.
  private var pending: Request?
  /// Its trials or its actions, counted from this share's first lane.
  private var pendingOrders: [TrialOrder] = []

  /// How often a session is brought back for one request.
  private static let mostRestorations = 5

  /// Introduces itself and opens a session.
  init(opening: Opening, lanes: Range<Int>, connection: Connection) throws {
    self.opening = opening
    self.lanes = lanes
    self.connection = connection
    _ = try connection.hello(sequence: connection.numberOutsideSessions())
    let (token, specification) = try Self.open(&self.opening, connection)
    session = token
    self.specification = specification
    record = PlayRecord(
      laneCount: lanes.count, lookAhead: specification.options.lookAhead,
      stepLimit: specification.stepLimit, restartRule: specification.options.restartRule,
      actions: specification.task.actions.shape)
  }

  // MARK: Opening

  private static func open(
    _ opening: inout Opening, _ connection: Connection
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
    connection.decoder.shape = FrameShape(specification)
    return (opened.session, specification)
  }

  /// Opens another session and plays the trials under way up to where they were.
  private func restore(upTo known: Frame) throws {
    // What the lost session still has under way must not be taken for this one's.
    connection.hangUp()
    let (token, specification) = try Self.open(&opening, connection)
    guard specification == self.specification else {
      throw RemoteError.malformedReply(
        endpoint: connection.endpoint, reason: "its task is not what it was when the run began")
    }
    session = token
    sequence = 0
    var last: Frame?
    try record.replay(
      begin: { orders in last = try play(.begin(beginning(orders))) },
      step: { actions in last = try play(.step(actions)) })
    if let last { try check(last, against: known) }
  }

  /// Carries out one request of a replay.
  private func play(_ body: Request.Body) throws -> Frame {
    let request = Request(sequence: sequence + 1, session: session, body)
    guard case .frame(let frame) = try connection.answer(request) else {
      throw connection.unexpected("a replay")
    }
    sequence += 1
    return frame
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

  // MARK: Playing

  /// Sends an order for trials on these lanes, by their places here.
  func send(begin orders: [TrialOrder]) throws {
    pendingOrders = orders.map {
      TrialOrder(
        lane: $0.lane, trial: $0.trial ?? record.nextTrial(of: $0.lane), condition: $0.condition)
    }
    try send(.begin(beginning(pendingOrders)))
  }

  /// Sends the actions of these lanes.
  func send(step actions: Actions) throws { try send(.step(actions)) }

  private func send(_ body: Request.Body) throws {
    let request = Request(sequence: sequence + 1, session: session, body)
    pending = request
    try connection.send(request)
  }

  /// Waits for the frame that what was sent has led to, and gives it to `use`.
  ///
  /// - Parameter known: What the whole environment showed before.
  func receive(known: @autoclosure () -> Frame, _ use: (Frame) -> Void) throws {
    guard var request = pending else { preconditionFailure("nothing was sent") }
    // Let go of the actions, so that whoever gave them can write the next ones in their place.
    pending = nil
    var restorations = 0
    var reply = try connection.awaitReply(to: request)
    while true {
      switch reply {
      case .frame(let frame):
        sequence += 1
        note(request.body, ledTo: frame)
        use(frame)
        return
      case .refusal(let refusal)
      where refusal.code == .unknownSession && restorations < Self.mostRestorations:
        do {
          restorations += 1
          try restore(upTo: known())
        } catch RemoteError.refused(_, let refusal)
          where refusal.code == .unknownSession && restorations < Self.mostRestorations
        {
          // The server was lost again meanwhile.
          continue
        }
        request.session = session
        request.sequence = sequence + 1
        reply = try connection.ask(request)
      case .refusal(let refusal):
        throw RemoteError.refused(endpoint: connection.endpoint, refusal)
      default:
        throw connection.unexpected("a request of the session")
      }
    }
  }

  private func note(_ body: Request.Body, ledTo frame: Frame) {
    switch body {
    case .begin:
      record.noteBegin(pendingOrders)
      hasBegun = true
    case .step(let actions): record.noteStep(actions, ledTo: frame)
    default: preconditionFailure("only begins and steps lead to frames")
    }
  }

  private func beginning(_ orders: [TrialOrder]) -> Beginning {
    Beginning(
      lanes: orders.map { UInt32($0.lane) }, trials: orders.map { $0.trial! },
      conditions: orders.allSatisfy { $0.condition == nil }
        ? [] : orders.map { $0.condition.map { UInt32($0) } ?? Beginning.drawn })
  }

  /// Tells the server that nobody will come back.
  func close() throws {
    try connection.tell(Request(sequence: sequence + 1, session: session, .close))
  }
}
