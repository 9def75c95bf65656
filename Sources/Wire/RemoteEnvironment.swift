import Gym

/// An environment played by servers, which cannot be told from one in this process.
///
///     let environment = try RemoteEnvironment(
///       endpoints: ["tcp://127.0.0.1:5555"], task: "rdm_fixed",
///       options: EnvironmentOptions(seed: 97, laneCount: 256))
///
/// With several endpoints each server plays an equal share of the lanes, in their order; frames are the
/// same as one server's. A server that is lost and comes back, here or elsewhere under the same endpoint,
/// is taken to where the trials were, and nobody notices. While it is gone the other servers play its
/// lanes, and it is given them back when it returns; servers beyond the number of lanes stand by for that.
///
/// An error that is not about the request itself (`RequestError`) is the end: some of the servers may have
/// carried the request out and others not, and whatever is asked for afterwards fails in the same way.
public final class RemoteEnvironment: Environment {
  public let specification: EnvironmentSpecification
  public var frame: Frame { current }

  private var current: Frame
  private let shares: [Share]
  private let actionShape: ActionShape
  private var hasBegun = false
  private var isClosed = false
  /// What ended it.
  private var failure: (any Error)?

  /// Opens a session at every endpoint.
  ///
  /// - Parameters:
  ///   - options: A time step of 0 takes the preset's.
  ///   - timeOut: How long a server may be silent that gives no sign of life.
  ///   - keys: Nil where the servers ask for none.
  ///   - onSilence: Called when a server is lost, before it is tried again. Whoever owns the server's
  ///     process can start it anew there.
  ///   - endpointsNow: Asked when a server is missed, and as long as it is, at most once a second: where
  ///     those of `endpoints` are by now, in their order, and after them others that can stand by. Nil if
  ///     nobody knows better.
  ///   - onMove: Called when lanes are played at another server from then on.
  /// - Throws: `EndpointError`; `RemoteError` if no server is of use; `RequestError`.
  public init(
    endpoints: [String], task: String, preset: String = "", settings: [ParameterSetting] = [],
    options: EnvironmentOptions, timeOut: Duration = .seconds(5),
    keys: AgentKeys? = nil, onSilence: (@Sendable () throws -> Void)? = nil,
    endpointsNow: (@Sendable () -> [String])? = nil,
    onMove: (@Sendable (LaneMove) -> Void)? = nil
  ) throws {
    precondition(!endpoints.isEmpty, "an environment needs an endpoint")
    // A slip in the name of a server that only stands by is told now, and not when it is needed.
    for endpoint in endpoints { _ = try Endpoint(endpoint) }
    guard (1...65_536).contains(options.laneCount) else {
      throw RequestError.outOfRange(
        what: "the number of lanes", value: options.laneCount, range: 1...65_536)
    }
    guard (0...10_000).contains(options.timeStep) else {
      throw RequestError.outOfRange(
        what: "the time step in ms", value: options.timeStep, range: 0...10_000)
    }
    guard (1...4096).contains(options.lookAhead) else {
      throw RequestError.outOfRange(
        what: "the look-ahead", value: options.lookAhead, range: 1...4096)
    }
    let context = try Context()
    let roster = Roster(
      endpoints, endpointsNow: endpointsNow, timeOut: timeOut, onMove: onMove
    ) { endpoint, absence in
      try Connection(
        endpoint: endpoint, timeOut: timeOut, absence: absence, keys: keys, onSilence: onSilence,
        in: context)
    }
    let shareCount = min(endpoints.count, options.laneCount)
    var shares: [Share] = []
    for home in 0..<shareCount {
      let first = options.laneCount * home / shareCount
      let end = options.laneCount * (home + 1) / shareCount
      shares.append(
        try Share(
          opening: Opening(
            task: task, preset: preset, settings: settings, seed: options.seed,
            firstLane: options.firstLane &+ UInt64(first), laneCount: UInt32(end - first),
            timeStep: UInt32(options.timeStep), restartRule: options.restartRule,
            lookAhead: UInt32(options.lookAhead), withIdealActions: options.showsIdealActions),
          lanes: first..<end, home: home, of: roster))
    }
    let first = shares[0]
    if let stray = shares.first(where: {
      $0.task != first.task || $0.timeStep != first.timeStep
    }) {
      throw RemoteError.malformedReply(
        endpoint: stray.endpoint,
        reason: "its \(task) is not that of \(endpoints[0]); use servers of one version")
    }
    var resolved = options
    resolved.timeStep = first.timeStep
    specification = EnvironmentSpecification(task: first.task, options: resolved)
    actionShape = first.task.actions.shape
    current = FrameShape(specification).emptyFrame()
    self.shares = shares
  }

  deinit { close() }

  /// Tells the servers that nobody will come back. Nothing can be asked for after that.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    for share in shares { share.close() }
  }

  // MARK: Playing

  public func begin(_ orders: [TrialOrder]) throws {
    try specification.check(orders)
    try endingWithErrors { try beginChecked(orders) }
  }

  private func beginChecked(_ orders: [TrialOrder]) throws {
    let asked = shares.filter { share in orders.contains { share.lanes.contains($0.lane) } }
    for share in asked { try share.send(begin: orders, known: current) }
    // Lanes of sessions that have nothing to begin stay as they are.
    let known = current
    var next = current
    next.stages = .init(repeating: .idle, count: next.stages.count)
    next.rewards = .init(repeating: 0, count: next.rewards.count)
    clearEndedTrials(of: &next)
    for share in asked {
      try share.receive(known: known) { copy($0, to: &next, from: $1) }
    }
    current = next
    hasBegun = true
  }

  public func step(_ actions: [UInt8]) throws { try step(.choices(actions)) }

  public func step(amounts: [Float]) throws { try step(.amounts(amounts)) }

  private func step(_ actions: Actions) throws {
    try specification.check(actions, of: actionShape, hasBegun: hasBegun)
    try endingWithErrors { try stepChecked(actions) }
  }

  /// Does `work` unless an error was the end.
  private func endingWithErrors(_ work: () throws -> Void) throws {
    precondition(!isClosed, "this environment is closed; open another")
    if let failure { throw failure }
    do { try work() } catch {
      failure = error
      throw error
    }
  }

  private func stepChecked(_ actions: Actions) throws {
    let laneCount = specification.options.laneCount
    for share in shares { try share.send(step: actions, of: laneCount, known: current) }
    // Nothing is shown before all have answered: a frame is whole, or the one before it stays.
    var answers: [(frame: Frame, lanes: Range<Int>)] = []
    for share in shares {
      try share.receive(known: current) { frame, lanes in
        if lanes.count == laneCount {
          clearEndedTrials(of: &current)
          copy(frame, to: &current, from: lanes)
          gatherEndedTrials(of: frame, from: lanes, step: nil)
        } else {
          answers.append((frame, lanes))
        }
      }
    }
    if !answers.isEmpty { show(answers) }
  }

  /// Puts together what several sessions have answered.
  private func show(_ answers: [(frame: Frame, lanes: Range<Int>)]) {
    clearEndedTrials(of: &current)
    var next = 0
    for (frame, lanes) in answers {
      blank(next..<lanes.lowerBound)
      copy(frame, to: &current, from: lanes)
      next = lanes.upperBound
    }
    blank(next..<specification.options.laneCount)
    for step in 0..<current.stepCount {
      for (frame, lanes) in answers { gatherEndedTrials(of: frame, from: lanes, step: step) }
    }
  }

  // MARK: Taking apart and putting together

  /// Copies a session's columns to where its lanes are.
  private func copy(_ part: Frame, to whole: inout Frame, from lanes: Range<Int>) {
    for step in 0..<part.stepCount {
      let from = step * part.laneCount
      let to = step * whole.laneCount + lanes.lowerBound
      whole.rewards.replace(at: to, with: part.rewards, from: from, count: lanes.count)
      whole.stages.replace(at: to, with: part.stages, from: from, count: lanes.count)
      if !whole.idealActions.isEmpty {
        whole.idealActions.replace(
          at: to, with: part.idealActions, from: from, count: lanes.count)
      }
      let size = part.observationSize
      whole.observations.replace(
        at: to * size, with: part.observations, from: from * size, count: lanes.count * size)
    }
  }

  /// What lanes show on which nothing has begun.
  private func blank(_ lanes: Range<Int>) {
    let size = current.observationSize
    for step in 0..<current.stepCount {
      for place in lanes.lowerBound + step * current.laneCount..<lanes.upperBound + step
        * current.laneCount
      {
        current.rewards[place] = 0
        current.stages[place] = .idle
        if !current.idealActions.isEmpty { current.idealActions[place] = Frame.noAction }
        for index in place * size..<(place + 1) * size { current.observations[index] = 0 }
      }
    }
  }

  /// Appends a session's trials that ended in `step`; all of them if it is nil.
  private func gatherEndedTrials(of part: Frame, from lanes: Range<Int>, step: Int?) {
    guard !part.endedTrials.isEmpty else { return }
    let factCount = part.facts.count / part.endedTrials.count
    let size = part.finalObservations.count / part.endedTrials.count
    // Trials are listed as their ends stand in the column of stages.
    var index = 0
    for entry in part.stages.indices where part.stages[entry].contains(.last) {
      if step == nil || entry / part.laneCount == step {
        var ended = part.endedTrials[index]
        ended.lane += lanes.lowerBound
        current.endedTrials.append(ended)
        current.facts += part.facts[(index * factCount)..<((index + 1) * factCount)]
        current.finalObservations += part.finalObservations[(index * size)..<((index + 1) * size)]
      }
      index += 1
    }
  }

  private func clearEndedTrials(of frame: inout Frame) {
    frame.endedTrials.removeAll(keepingCapacity: true)
    frame.facts.removeAll(keepingCapacity: true)
    frame.finalObservations.removeAll(keepingCapacity: true)
  }
}

extension Array {
  /// Overwrites `count` elements from `place` on with those of `source` from `start` on.
  fileprivate mutating func replace(
    at place: Int, with source: [Element], from start: Int, count: Int
  ) {
    precondition(place + count <= self.count && start + count <= source.count)
    withUnsafeMutableBufferPointer { target in
      source.withUnsafeBufferPointer { source in
        guard count > 0 else { return }
        (target.baseAddress! + place).update(from: source.baseAddress! + start, count: count)
      }
    }
  }
}
