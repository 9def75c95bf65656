import Gym

/// The lanes of a remote environment that one server plays whenever it is there.
///
/// While it is not, the other servers share these lanes out among themselves, each in a session of its own.
/// Whoever asks for a frame does not notice: a trial is the same wherever it is played.
final class Share {
  /// The lanes' places in the whole environment.
  let lanes: Range<Int>
  /// In the order of their lanes. One, unless the lanes are away from home.
  private var sessions: [RemoteSession] = []

  private let roster: Roster
  /// The place where the lanes are at home.
  private let home: Int
  private let opening: Opening
  /// What the environment of the share's lanes is; nil before the first session is open.
  private var specification: EnvironmentSpecification?

  /// How often a session is brought back for one request, at each server.
  private static let mostRestorations = 5
  /// How often all servers are looked for in vain.
  private static let mostFailures = 5

  /// Introduces itself and opens a session; at `home` if somebody is there.
  init(opening: Opening, lanes: Range<Int>, home: Int, of roster: Roster) throws {
    self.opening = opening
    self.lanes = lanes
    self.home = home
    self.roster = roster
    sessions = try openSessions(for: lanes, insteadOf: nil)
    for session in sessions where session.place != home {
      roster.tellMove(
        of: session.lanes, from: roster.endpoint(of: home), to: session.connection.endpoint,
        because: roster.trouble(at: home))
    }
  }

  var task: TaskDescription { specification!.task }
  var timeStep: Milliseconds { specification!.options.timeStep }
  var endpoint: String { sessions[0].connection.endpoint }

  // MARK: Playing

  /// Sends orders for trials.
  ///
  /// - Parameters:
  ///   - orders: Lanes are counted in the whole environment.
  ///   - known: What the whole environment shows.
  func send(begin orders: [TrialOrder], known: @autoclosure () -> Frame) throws {
    try returnHome(upTo: known())
    for session in sessions {
      let some = orders.part(of: session.lanes)
      if !some.isEmpty { try session.send(.begin(some)) }
    }
  }

  /// Sends the actions of lanes on which trials have begun.
  ///
  /// - Parameters:
  ///   - actions: The whole environment's, which has `laneCount` lanes.
  ///   - known: What it shows.
  func send(
    step actions: Actions, of laneCount: Int, known: @autoclosure () -> Frame
  ) throws {
    try returnHome(upTo: known())
    for session in sessions where session.hasTrials {
      try session.send(.step(part(of: actions, for: session.lanes, outOf: 0..<laneCount)))
    }
  }

  /// Waits for the frames that what was sent has led to, and gives them to `use` in the order of their lanes.
  ///
  /// - Parameter known: What the whole environment showed before.
  func receive(
    known: @autoclosure () -> Frame, _ use: (Frame, _ lanes: Range<Int>) -> Void
  ) throws {
    var restorations = 0
    var index = 0
    while index < sessions.count {
      let session = sessions[index]
      guard session.pending != nil else {
        index += 1
        continue
      }
      do {
        use(try session.awaitFrame(upTo: known()), session.lanes)
        index += 1
      } catch let error as RemoteError {
        sessions.replaceSubrange(
          index...index, with: try restore(session, after: error, &restorations))
      }
    }
  }

  /// Tells the servers that nobody will come back.
  func close() {
    for session in sessions { leave(session) }
  }

  // MARK: When a server is lost

  /// Goes on in other sessions, which have yet to be taken to where the lost one was.
  ///
  /// As often as it takes, within reason: servers may be lost meanwhile.
  private func restore(
    _ lost: RemoteSession, after loss: RemoteError, _ restorations: inout Int
  ) throws -> [RemoteSession] {
    var loss = loss
    var error = loss
    var failures = 0
    while restorations < Self.mostRestorations * roster.count, failures < Self.mostFailures,
      isWorthAnother(lost, after: error)
    {
      restorations += 1
      failures += 1
      if loss.isLostSession {
        do {
          try lost.reopen()
          return [lost]
        } catch let next as RemoteError {
          loss = next
          error = next
        }
      } else {
        // What is wrong with other servers is no news of this one.
        do { return try move(lost, because: loss) } catch let next as RemoteError { error = next }
      }
    }
    if error.isPassing, let misfit = roster.misfit(besides: error) {
      throw RemoteError.noSubstitute(for: error, because: "\(misfit)")
    }
    throw error
  }

  /// Whether there is another session to be had, or another place.
  private func isWorthAnother(_ lost: RemoteSession, after error: RemoteError) -> Bool {
    if error.isLostSession { return true }
    roster.inquire()
    let hasElsewhere =
      roster.count > 1 || roster.endpoint(of: home) != lost.connection.endpoint
    return hasElsewhere && (error.isPassing || lost.place != home)
  }

  private func move(_ lost: RemoteSession, because error: RemoteError) throws -> [RemoteSession] {
    roster.noteGone(lost.place, because: error)
    let next = try openSessions(for: lost.lanes, insteadOf: lost)
    roster.note(laneCount: -lost.lanes.count, at: lost.place)
    for session in next where session.connection.endpoint != lost.connection.endpoint {
      roster.tellMove(
        of: session.lanes, from: lost.connection.endpoint, to: session.connection.endpoint,
        because: error)
    }
    return next
  }

  /// Goes home with all lanes if somebody is there again.
  private func returnHome(upTo known: @autoclosure () -> Frame) throws {
    guard sessions.count > 1 || sessions[0].place != home, try roster.isBack(home) else { return }
    let away = sessions
    var opened: RemoteSession?
    do {
      let session = try openSession(
        for: lanes, record: PlayRecord(joining: away.map(\.record)), at: home)
      opened = session
      try session.catchUp(to: known())
      sessions = [session]
    } catch let error where error.isOfOneServer {
      // Gone again, or another program by now: where the lanes are they are well.
      roster.noteGone(home, because: error)
      if let opened { leave(opened) }
      return
    }
    roster.note(laneCount: lanes.count, at: home)
    for session in away {
      roster.note(laneCount: -session.lanes.count, at: session.place)
      if session.place != home {
        roster.tellMove(
          of: session.lanes, from: session.connection.endpoint, to: endpoint, because: nil)
      }
      leave(session)
    }
  }

  /// A server that does not hear it forgets the session when its lease is over.
  private func leave(_ session: RemoteSession) { try? session.close() }

  // MARK: Opening sessions

  /// Opens sessions where they can be had.
  ///
  /// What is wrong with a home is told when all begins, for it was named for these lanes. Whoever stands
  /// by is done without, and in the middle of a run so is everybody.
  ///
  /// - Parameters:
  ///   - lanes: Some of the share's, which `lost` has played.
  ///   - lost: The session whose server is gone; nil if all begins.
  /// - Returns: One for each server that plays some, in the order of lanes.
  private func openSessions(
    for lanes: Range<Int>, insteadOf lost: RemoteSession?
  ) throws -> [RemoteSession] {
    /// Why somebody is of no use who is there.
    var misfit: (any Error)?
    var opened: [RemoteSession] = []
    var left = lanes
    func open(_ some: Range<Int>, at place: Int, isPatient: Bool) throws {
      opened.append(
        try openSession(
          for: some, record: lost?.record.part(of: some.counted(from: lanes.lowerBound)),
          pending: lost.flatMap { pending(of: $0, for: some) }, at: place, isPatient: isPatient))
      roster.note(laneCount: some.count, at: place)
      left = some.upperBound..<left.upperBound
    }
    if lost != nil { roster.inquire() }
    if roster.count > 1 {
      for group in roster.hosts(homeFirst: lost == nil ? home : nil, insteadOf: lost?.place) {
        var hosts = group
        while !left.isEmpty, !hosts.isEmpty {
          let (place, laneCount) = roster.portion(of: left.count, among: hosts)
          do {
            try open(left.prefix(laneCount), at: place, isPatient: false)
          } catch let error
            where error.isPassing || error.isOfOneServer && (place != home || lost != nil)
          {
            roster.noteGone(place, because: error)
            if !error.isPassing { misfit = misfit ?? error }
            hosts.removeAll { $0 == place }
          }
        }
      }
    }
    if left.isEmpty { return opened }
    // Nobody is there: whoever is about to start may be known by the first name.
    roster.inquire()
    do {
      try open(left, at: home, isPatient: true)
      return opened
    } catch {
      for session in opened {
        roster.note(laneCount: -session.lanes.count, at: session.place)
        leave(session)
      }
      throw error.isPassing && lost == nil ? misfit ?? error : error
    }
  }

  /// Opens a session for some of the share's lanes.
  private func openSession(
    for lanes: Range<Int>, record: PlayRecord?, pending: RemoteSession.Order? = nil, at place: Int,
    isPatient: Bool = false
  ) throws -> RemoteSession {
    var opening = opening
    opening.firstLane &+= UInt64(lanes.lowerBound - self.lanes.lowerBound)
    opening.laneCount = UInt32(lanes.count)
    let expected = specification.map { specification in
      var expected = specification
      expected.options.firstLane = opening.firstLane
      expected.options.laneCount = lanes.count
      return expected
    }
    let session = try RemoteSession(
      lanes: lanes, opening: opening, expecting: expected, record: record, pending: pending,
      at: place, by: roster.connect(to: place, isPatient: isPatient))
    roster.noteThere(place)
    if specification == nil {
      specification = session.specification
      specification!.options.firstLane = self.opening.firstLane
      specification!.options.laneCount = self.lanes.count
    }
    return session
  }

  // MARK: Taking apart

  /// The actions of some lanes.
  private func part(of actions: Actions, for lanes: Range<Int>, outOf whole: Range<Int>) -> Actions
  {
    actions.part(
      of: lanes.counted(from: whole.lowerBound), outOf: whole.count,
      lookAhead: specification!.options.lookAhead, width: task.actions.shape.width)
  }

  /// What was asked of `session` and not answered, for some of its lanes.
  private func pending(of session: RemoteSession, for lanes: Range<Int>) -> RemoteSession.Order? {
    switch session.pending {
    case nil: return nil
    case .step(let actions):
      let places = lanes.counted(from: session.lanes.lowerBound)
      guard session.record.part(of: places).hasTrials else { return nil }
      return .step(part(of: actions, for: lanes, outOf: session.lanes))
    case .begin(let orders):
      let some = orders.part(of: lanes.counted(from: session.lanes.lowerBound))
      return some.isEmpty ? nil : .begin(some)
    }
  }
}

extension Range<Int> {
  /// The same places, counted from another.
  func counted(from first: Int) -> Range<Int> { lowerBound - first..<upperBound - first }
}
