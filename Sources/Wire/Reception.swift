import Gym

/// Where agents are received: tells them what is on offer, opens sessions, and passes on requests to
/// the session they are for.
///
/// Knows no sockets and no bytes, and no clock but the moments it is given.
struct Reception {
  typealias Moment = ContinuousClock.Instant

  let catalogue: Catalogue
  let limits: Limits
  private let software: String
  private let start: Moment
  private var guests: [SessionToken: Guest] = [:]
  private var tokens: [[UInt8]: SessionToken] = [:]
  private var lanesTaken = 0
  private var frameNumbersTaken: UInt64 = 0
  private var nextSweep: Moment
  private var sessionsOpened: UInt64 = 0
  private let counters: ServerCounters
  private let onEvent: ServerEvent.Handler?

  /// A session and how long it is kept for an agent that is silent.
  private struct Guest {
    var conversation: Conversation
    /// Sessions are counted from 1.
    let number: UInt64
    let lease: Duration
    var leavesAt: Moment
  }

  /// Milliseconds a session is kept unless asked otherwise.
  private static let usualLease: UInt32 = 60_000

  init(
    catalogue: Catalogue, limits: Limits, software: String = softwareName,
    counters: ServerCounters = ServerCounters(), onEvent: ServerEvent.Handler? = nil,
    at now: Moment
  ) {
    self.counters = counters
    self.onEvent = onEvent
    self.catalogue = catalogue
    self.limits = limits
    self.software = software
    start = now
    nextSweep = now
  }

  /// Answers `request`, which came at `now`.
  mutating func reply(to request: Request, at now: Moment) -> Reply {
    if now >= nextSweep { sweep(at: now) }
    do {
      let body = try answer(request, at: now)
      counters.requests.add(1)
      return Reply(sequence: request.sequence, body: body)
    } catch {
      return refuse(error, sequence: request.sequence)
    }
  }

  /// Answers what could not even be read.
  mutating func refuse(_ refusal: Refusal, sequence: UInt64) -> Reply {
    counters.requests.add(1)
    counters.countRefusal(refusal.code)
    onEvent?(.refused(refusal))
    return Reply(sequence: sequence, body: .refusal(refusal))
  }

  private mutating func answer(
    _ request: Request, at now: Moment
  ) throws(Refusal) -> Reply.Body {
    switch request.body {
    case .begin, .step, .close: try passOn(request, at: now)
    case .hello(let hello): try welcome(hello)
    case .describe(let task): .task(try find(task).entry.description)
    case .open(let opening): .opened(try open(opening, at: now))
    case .status: .status(status(at: now))
    }
  }

  // MARK: What is on offer

  private func welcome(_ hello: Hello) throws(Refusal) -> Reply.Body {
    let ours = ProtocolVersion.major
    guard hello.major == ours else {
      throw Refusal(
        .version,
        "this server speaks version \(ours) of the protocol, the agent version \(hello.major); "
          + "update the \(hello.major < ours ? "agent" : "server")")
    }
    return .welcome(
      Welcome(
        major: ours, minor: ProtocolVersion.minor, software: software,
        tasks: catalogue.entries.map {
          .init(
            name: $0.description.name, aliases: $0.description.aliases.map(\.name),
            summary: $0.description.summary)
        },
        limits: limits))
  }

  private func find(
    _ name: String
  ) throws(Refusal) -> (entry: Catalogue.Entry, preset: String) {
    do { return try catalogue.find(name) } catch { throw Refusal(error) }
  }

  private func status(at now: Moment) -> ServerStatus {
    var status = ServerStatus(counters)
    status.software = software
    status.uptime = (now - start).milliseconds
    return status
  }

  // MARK: Opening

  private mutating func open(_ opening: Opening, at now: Moment) throws(Refusal) -> Opened {
    if let token = tokens[opening.key], let guest = guests[token] {
      if guest.leavesAt > now {
        guests[token]!.leavesAt = now + guest.lease
        return guest.conversation.opened
      }
      expire(token)
    }
    let (entry, presetOfName) = try find(opening.task)
    guard !opening.wantsReplay else {
      throw Refusal(
        .unsupported, "this server does not replay on 'open'; open without it, then begin and step")
    }
    let presetName = opening.preset.isEmpty ? presetOfName : opening.preset
    guard let preset = entry.preset(named: presetName) else {
      let known = entry.description.presets.map(\.name)
      throw Refusal(
        .unknownPreset,
        "no preset named '\(presetName)'"
          + suggestion(for: presetName, among: known, else: "\(entry.description.name) has"))
    }
    try checkLimits(opening, observationSize: entry.description.observationSize)

    var options = opening
    options.task = entry.description.name
    options.preset = preset.name
    options.settings = preset.settings + opening.settings
    if options.timeStep == 0 { options.timeStep = UInt32(preset.timeStep) }
    options.lookAhead = max(1, options.lookAhead)
    if options.lease == 0 { options.lease = min(Self.usualLease, limits.longestLease) }
    options.key = []

    let environment: any Environment
    do {
      environment = try entry.makeEnvironment(options.settings, options.forGym)
    } catch { throw Refusal(error) }
    let specification = environment.specification
    let opened = Opened(
      session: .random(), task: specification.task, options: options,
      observationSize: UInt32(specification.task.observationSize),
      stepLimit: UInt32(specification.stepLimit))
    let lease = Duration.milliseconds(options.lease)
    sessionsOpened += 1
    guests[opened.session] = Guest(
      conversation: Conversation(opened: opened, environment: environment),
      number: sessionsOpened, lease: lease, leavesAt: now + lease)
    counters.sessions.set(UInt64(guests.count))
    onEvent?(
      .opened(
        session: sessionsOpened, task: options.task, lanes: Int(options.laneCount)))
    if !opening.key.isEmpty { tokens[opening.key] = opened.session }
    lanesTaken += Int(options.laneCount)
    frameNumbersTaken += opened.frameNumbers
    return opened
  }

  private func checkLimits(_ opening: Opening, observationSize: Int) throws(Refusal) {
    guard opening.laneCount <= limits.lanesPerSession else {
      throw Refusal(
        .limit,
        "\(opening.laneCount) lanes were asked for; "
          + "a session of this server can have \(limits.lanesPerSession)")
    }
    guard opening.lookAhead <= limits.lookAhead else {
      throw Refusal(
        .limit,
        "look-ahead \(opening.lookAhead) was asked for; "
          + "this server goes up to \(limits.lookAhead)")
    }
    guard opening.lease <= limits.longestLease else {
      throw Refusal(
        .limit,
        "a lease of \(opening.lease) ms was asked for; "
          + "this server grants up to \(limits.longestLease) ms")
    }
    let numbers =
      UInt64(opening.laneCount) * UInt64(max(1, opening.lookAhead)) * UInt64(observationSize)
    guard numbers <= limits.frameNumbers else {
      throw Refusal(
        .limit,
        "a frame would have \(numbers) observation numbers; this server goes up to "
          + "\(limits.frameNumbers); ask for fewer lanes or a smaller look-ahead")
    }
    guard guests.count < limits.sessions else {
      throw Refusal(
        .limit,
        "all \(limits.sessions) sessions of this server are taken; "
          + "close one, or try again later", canRetry: true)
    }
    guard lanesTaken + Int(opening.laneCount) <= limits.lanesAltogether,
      frameNumbersTaken + numbers <= limits.frameNumbersAltogether
    else {
      throw Refusal(
        .limit,
        "the sessions of this server hold all the lanes or frames it is willing to; "
          + "close one, ask for less, or try again later", canRetry: true)
    }
  }

  // MARK: In a session

  private mutating func passOn(
    _ request: Request, at now: Moment
  ) throws(Refusal) -> Reply.Body {
    guard let token = request.session else {
      throw Refusal(
        .unknownSession, "no session is named; send 'open' first and use the token it answers with")
    }
    guard let index = guests.index(forKey: token), guests.values[index].leavesAt > now else {
      expire(token)
      if request.body == .close { return .closed }
      throw Refusal(
        .unknownSession,
        "no session has this token: it was closed, its lease ran out or the server was restarted; "
          + "open another")
    }
    guests.values[index].leavesAt = now + guests.values[index].lease
    switch try guests.values[index].conversation.carryOut(request) {
    case .closed:
      if let number = forget(token) { onEvent?(.closed(session: number)) }
      return .closed
    case .frame(let isRepeated):
      let frame = guests.values[index].conversation.environment.frame
      if !isRepeated, case .step = request.body { count(frame) }
      return .frame(frame)
    }
  }

  private func count(_ frame: Frame) {
    var judged = 0
    for stage in frame.stages { judged += Int((stage.rawValue >> 1 | stage.rawValue >> 2) & 1) }
    counters.laneSteps.add(UInt64(judged))
    if !frame.endedTrials.isEmpty { counters.trials.add(UInt64(frame.endedTrials.count)) }
  }

  // MARK: Leaving

  /// - Returns: The session's number; nil if there is none.
  private mutating func forget(_ token: SessionToken) -> UInt64? {
    guard let guest = guests.removeValue(forKey: token) else { return nil }
    lanesTaken -= Int(guest.conversation.opened.options.laneCount)
    frameNumbersTaken -= guest.conversation.opened.frameNumbers
    if let key = tokens.first(where: { $0.value == token })?.key { tokens[key] = nil }
    counters.sessions.set(UInt64(guests.count))
    return guest.number
  }

  /// Forgets a session whose agent was silent for too long, if there is one.
  private mutating func expire(_ token: SessionToken) {
    if let number = forget(token) { onEvent?(.expired(session: number)) }
  }

  /// Forgets the sessions of agents that have been silent for longer than their lease.
  mutating func sweep(at now: Moment) {
    for (token, guest) in guests where guest.leavesAt <= now { expire(token) }
    nextSweep = now + .seconds(1)
  }
}

extension Opened {
  /// Observation numbers of one frame.
  fileprivate var frameNumbers: UInt64 {
    UInt64(options.laneCount) * UInt64(options.lookAhead) * UInt64(observationSize)
  }
}

extension Opening {
  /// The part that the environment itself has to know.
  var forGym: EnvironmentOptions {
    EnvironmentOptions(
      seed: seed, firstLane: firstLane, laneCount: Int(laneCount), timeStep: Int(timeStep),
      restartRule: restartRule, lookAhead: max(1, Int(lookAhead)),
      showsIdealActions: withIdealActions)
  }
}

extension Duration {
  /// Whole milliseconds; 0 for what is negative.
  var milliseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
  }
}
