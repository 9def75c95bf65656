import Gym

/// The lanes of a remote environment that one server plays, in a session of its own.
///
/// A session that the server no longer knows is opened again and brought to where it was. If the server
/// is gone, another one plays the lanes from there on until it is back. Whoever asks for a frame does not
/// notice: a trial is the same wherever it is played.
final class Share {
  /// The lanes' places in the whole environment.
  let lanes: Range<Int>
  private(set) var specification: EnvironmentSpecification
  private(set) var record: PlayRecord
  /// Whether any trial has begun here.
  private(set) var hasBegun = false

  private let roster: Roster
  /// Where the lanes are played whenever somebody is there.
  private let home: Int
  private var stay: Stay
  private var opening: Opening
  private var sequence: UInt64 = 0
  /// What has been sent and not been answered.
  private var pending: Request?
  /// Its trials or its actions, counted from this share's first lane.
  private var pendingOrders: [TrialOrder] = []

  var connection: Connection { stay.connection }

  /// A session at a server.
  private struct Stay {
    let place: Int
    let connection: Connection
    var session: SessionToken
    let specification: EnvironmentSpecification
  }

  /// How often a session is brought back for one request, at each server.
  private static let mostRestorations = 5

  /// Introduces itself and opens a session; at `home` if somebody is there.
  init(opening: Opening, lanes: Range<Int>, home: Int, of roster: Roster) throws {
    self.opening = opening
    self.lanes = lanes
    self.home = home
    self.roster = roster
    stay = try Self.findPlace(
      for: &self.opening, expecting: nil, home: home, besides: nil, of: roster)
    specification = stay.specification
    record = PlayRecord(
      laneCount: lanes.count, lookAhead: specification.options.lookAhead,
      stepLimit: specification.stepLimit, restartRule: specification.options.restartRule,
      actions: specification.task.actions.shape)
    roster.note(laneCount: lanes.count, at: stay.place)
    if stay.place != home {
      roster.tellMove(
        of: lanes, from: roster.endpoint(of: home), to: connection.endpoint,
        because: roster.trouble(at: home))
    }
  }

  // MARK: Opening

  /// Opens a session.
  ///
  /// - Parameter expected: What the environment was when the run began; nil if that is now.
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

  // MARK: Where lanes are played

  /// Opens a session at the server of that place.
  private static func arrive(
    at place: Int, isPatient: Bool, _ opening: inout Opening,
    expecting expected: EnvironmentSpecification?, _ roster: Roster
  ) throws -> Stay {
    let connection = try roster.connect(to: place, isPatient: isPatient)
    _ = try connection.hello(sequence: connection.numberOutsideSessions())
    let (session, specification) = try open(&opening, expecting: expected, connection)
    roster.noteThere(place)
    return Stay(
      place: place, connection: connection, session: session, specification: specification)
  }

  /// Opens a session where one can be had.
  ///
  /// What is wrong with a home is told when all begins, for it was named for these lanes. Whoever stands
  /// by is done without, and in the middle of a run so is everybody.
  ///
  /// - Parameter lost: The place that is gone.
  private static func findPlace(
    for opening: inout Opening, expecting expected: EnvironmentSpecification?, home: Int,
    besides lost: Int?, of roster: Roster
  ) throws -> Stay {
    /// Why somebody is of no use who is there.
    var misfit: (any Error)?
    if lost != nil { roster.inquire() }
    if roster.count > 1 {
      var places = roster.places(homeFirst: lost == nil ? home : nil, besides: lost)
      // Whoever was lost a moment ago may be back; home is asked in the end anyway.
      if let lost, lost != home, roster.trouble(at: lost)?.isPassing == true {
        places.append(lost)
      }
      for place in places {
        do {
          return try arrive(at: place, isPatient: false, &opening, expecting: expected, roster)
        } catch let error
          where error.isPassing || error.isOfOneServer && (place != home || lost != nil)
        {
          roster.noteGone(place, because: error)
          if !error.isPassing { misfit = misfit ?? error }
        }
      }
    }
    // Nobody is there: whoever is about to start may be known by the first name.
    roster.inquire()
    do {
      return try arrive(at: home, isPatient: true, &opening, expecting: expected, roster)
    } catch let error where error.isPassing && lost == nil {
      throw misfit ?? error
    }
  }

  /// Goes on at another place, or in another session at the same one.
  private func restore(after error: RemoteError, upTo known: Frame) throws {
    if error.isLostSession {
      // What the lost session still has under way must not be taken for this one's.
      connection.hangUp()
      stay.session = try Self.open(&opening, expecting: specification, connection).0
    } else {
      let last = stay
      roster.noteGone(last.place, because: error)
      settle(
        at: try Self.findPlace(
          for: &opening, expecting: specification, home: home, besides: last.place, of: roster))
      if connection.endpoint != last.connection.endpoint {
        roster.tellMove(
          of: lanes, from: last.connection.endpoint, to: connection.endpoint, because: error)
      }
    }
    try replay(upTo: known)
  }

  private func settle(at next: Stay) {
    roster.note(laneCount: -lanes.count, at: stay.place)
    roster.note(laneCount: lanes.count, at: next.place)
    stay = next
  }

  /// Goes home if somebody is there again.
  private func returnHome(upTo known: Frame) throws {
    guard try roster.isBack(home) else { return }
    let (away, numberAway) = (stay, sequence)
    do {
      settle(
        at: try Self.arrive(
          at: home, isPatient: false, &opening, expecting: specification, roster))
      try replay(upTo: known)
    } catch let error where error.isOfOneServer {
      // Gone again, or another program by now: where the lanes are they are well.
      roster.noteGone(home, because: error)
      settle(at: away)
      sequence = numberAway
      return
    }
    roster.tellMove(
      of: lanes, from: away.connection.endpoint, to: connection.endpoint, because: nil)
    // A server that does not hear it forgets the session when its lease is over.
    try? away.connection.tell(
      Request(sequence: numberAway + 1, session: away.session, .close))
  }

  /// Plays the trials under way up to where they were.
  private func replay(upTo known: Frame) throws {
    sequence = 0
    var last: Frame?
    try record.replay(
      begin: { orders in last = try play(.begin(beginning(orders))) },
      step: { actions in last = try play(.step(actions)) })
    if let last { try check(last, against: known) }
  }

  /// Carries out one request of a replay.
  private func play(_ body: Request.Body) throws -> Frame {
    let request = Request(sequence: sequence + 1, session: stay.session, body)
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
  ///
  /// - Parameter known: What the whole environment shows.
  func send(begin orders: [TrialOrder], known: @autoclosure () -> Frame) throws {
    pendingOrders = orders.map {
      TrialOrder(
        lane: $0.lane, trial: $0.trial ?? record.nextTrial(of: $0.lane), condition: $0.condition)
    }
    try send(.begin(beginning(pendingOrders)), known())
  }

  /// Sends the actions of these lanes.
  func send(step actions: Actions, known: @autoclosure () -> Frame) throws {
    try send(.step(actions), known())
  }

  private func send(_ body: Request.Body, _ known: @autoclosure () -> Frame) throws {
    if stay.place != home { try returnHome(upTo: known()) }
    let request = Request(sequence: sequence + 1, session: stay.session, body)
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
    var wasSent = true
    while true {
      do {
        let reply = try wasSent ? connection.awaitReply(to: request) : connection.ask(request)
        switch reply {
        case .frame(let frame):
          sequence += 1
          note(request.body, ledTo: frame)
          use(frame)
          return
        case .refusal(let refusal):
          throw RemoteError.refused(endpoint: connection.endpoint, refusal)
        default:
          throw connection.unexpected("a request of the session")
        }
      } catch let error as RemoteError {
        try restore(after: error, upTo: known(), &restorations)
        request.session = stay.session
        request.sequence = sequence + 1
        wasSent = false
      }
    }
  }

  /// Restores as often as it takes, within reason: servers may be lost meanwhile.
  private func restore(
    after error: RemoteError, upTo known: Frame, _ restorations: inout Int
  ) throws {
    var error = error
    while restorations < Self.mostRestorations * roster.count, isWorthAnother(after: error) {
      restorations += 1
      do { return try restore(after: error, upTo: known) } catch let next as RemoteError {
        error = next
      }
    }
    if error.isPassing, let misfit = roster.misfit(besides: error) {
      throw RemoteError.noSubstitute(for: error, because: "\(misfit)")
    }
    throw error
  }

  /// Whether there is another session to be had, or another place.
  private func isWorthAnother(after error: RemoteError) -> Bool {
    if error.isLostSession { return true }
    roster.inquire()
    let hasElsewhere = roster.count > 1 || roster.endpoint(of: home) != connection.endpoint
    return hasElsewhere && (error.isPassing || stay.place != home)
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
    try connection.tell(Request(sequence: sequence + 1, session: stay.session, .close))
  }
}
