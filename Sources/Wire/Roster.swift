/// The servers an environment may be played at: which are there, which are gone, and how many lanes
/// each plays.
///
/// Each share of the lanes has a home. When the server there is lost and not back within a moment, or
/// takes no more sessions, the others share it out so that all have as many lanes, and it goes home again
/// when somebody answers there. A place has a number for good; where it is may change.
final class Roster {
  private var servers: [Server]
  /// Nil if nobody knows better than at the beginning.
  private let endpointsNow: (() -> [String])?
  private var nextInquiry = ContinuousClock.now
  private let timeOut: Duration
  private let makeConnection: (_ endpoint: String, _ absence: Duration?) throws -> Connection
  private let onMove: (@Sendable (LaneMove) -> Void)?

  private struct Server {
    var endpoint: String
    var laneCount = 0
    /// What is wrong with it; nil if it is there.
    var trouble: (any Error)?
    var isGone: Bool { trouble != nil }
    /// Why it is of no use although somebody may be there: the last that was learned of that kind.
    var misfit: (any Error)?
    /// When somebody should be looked for there again.
    var nextLook = ContinuousClock.now
    /// Asks whether anybody is back.
    var scout: Scout?
  }

  /// A question to a place that nobody was at.
  private struct Scout {
    let connection: Connection
    let made = ContinuousClock.now
  }

  /// How long a server is waited for that is not there, if others are.
  static let absence = Duration.seconds(1)

  init(
    _ endpoints: [String], endpointsNow: (() -> [String])? = nil, timeOut: Duration,
    onMove: (@Sendable (LaneMove) -> Void)?,
    makeConnection: @escaping (_ endpoint: String, _ absence: Duration?) throws -> Connection
  ) {
    servers = endpoints.map { Server(endpoint: $0) }
    self.endpointsNow = endpointsNow
    self.timeOut = timeOut
    self.onMove = onMove
    self.makeConnection = makeConnection
  }

  var count: Int { servers.count }

  func endpoint(of place: Int) -> String { servers[place].endpoint }

  /// How much longer nobody is asked where servers are than the answer took: lists may be long and lie
  /// far away.
  private static let restAfterInquiry = 20

  /// Learns where servers are by now and who has come, unless that was asked a moment ago.
  func inquire() {
    let start = ContinuousClock.now
    guard let endpointsNow, start >= nextInquiry else { return }
    for (place, endpoint) in endpointsNow().enumerated() {
      if place == servers.count {
        servers.append(Server(endpoint: endpoint))
      } else if servers[place].endpoint != endpoint, (try? Endpoint(endpoint)) != nil {
        // What is no endpoint may be half of one that is being written.
        servers[place].endpoint = endpoint
        servers[place].nextLook = start
        servers[place].scout = nil
        servers[place].misfit = nil
      }
    }
    let end = ContinuousClock.now
    nextInquiry = end + max(min(Self.absence, timeOut), (end - start) * Self.restAfterInquiry)
  }

  /// A connection to the server at `place`.
  ///
  /// - Parameter isPatient: Waits as long as if there were no other server.
  func connect(to place: Int, isPatient: Bool) throws -> Connection {
    try makeConnection(
      servers[place].endpoint,
      isPatient || servers.count == 1 ? nil : min(Self.absence, timeOut))
  }

  // MARK: Where lanes are

  func note(laneCount: Int, at place: Int) { servers[place].laneCount += laneCount }

  func tellMove(of lanes: Range<Int>, from: String, to: String, because error: (any Error)?) {
    onMove?(LaneMove(lanes: lanes, from: from, to: to, reason: error))
  }

  /// Who may play lanes: the places of one group share them out, and the next group is for what is left.
  ///
  /// Those that were gone a moment ago come last, and whoever was lost just now last of all, for it may be
  /// back.
  ///
  /// - Parameters:
  ///   - home: Has all lanes, if it is there; nil in the middle of a run, when it has been tried already.
  ///   - lost: The place that the lanes were lost at.
  func hosts(homeFirst home: Int?, insteadOf lost: Int?) -> [[Int]] {
    let there = servers.indices.filter { $0 != lost && !servers[$0].isGone }
    let gone = servers.indices.filter {
      $0 != lost && servers[$0].isGone && ContinuousClock.now >= servers[$0].nextLook
    }.sorted { (servers[$0].laneCount, $0) < (servers[$1].laneCount, $1) }
    var hosts: [[Int]] = []
    if let home, there.contains(home) { hosts.append([home]) }
    hosts.append(there.filter { $0 != home })
    hosts += gone.map { [$0] }
    if let lost, trouble(at: lost)?.isPassing == true { hosts.append([lost]) }
    return hosts
  }

  /// The next place to be given some of `laneCount` lanes, and how many: so many that all hosts have the
  /// same number in the end, or nearly. Those that have more already are given none.
  func portion(of laneCount: Int, among hosts: [Int]) -> (place: Int, laneCount: Int) {
    let place = hosts.min { (servers[$0].laneCount, $0) < (servers[$1].laneCount, $1) }!
    var level = servers[place].laneCount
    func room() -> Int { hosts.reduce(0) { $0 + max(0, level - servers[$1].laneCount) } }
    while room() < laneCount { level += 1 }
    return (place, min(laneCount, level - servers[place].laneCount))
  }

  // MARK: Who is there

  /// Why nobody can play there; nil if nothing is known against it.
  func trouble(at place: Int) -> (any Error)? { servers[place].trouble }

  /// Why one of them is of no use although somebody may be there; nil if none is known to be such.
  ///
  /// - Parameter error: What is told anyway.
  func misfit(besides error: any Error) -> (any Error)? {
    servers.lazy.compactMap(\.misfit).first { "\($0)" != "\(error)" }
  }

  /// Somebody answered there.
  func noteThere(_ place: Int) {
    servers[place].trouble = nil
    servers[place].misfit = nil
    servers[place].scout = nil
  }

  /// Nobody is to be asked there for a moment.
  func noteGone(_ place: Int, because trouble: any Error) {
    servers[place].trouble = trouble
    if !trouble.isPassing { servers[place].misfit = trouble }
    servers[place].nextLook = .now + min(Self.absence, timeOut)
    servers[place].scout = nil
  }

  /// Whether somebody is at a place again that nobody was at. Does not wait.
  func isBack(_ place: Int) throws -> Bool {
    guard servers[place].isGone else { return true }
    inquire()
    do { return try hasAnswer(from: place) } catch let error where error.isOfOneServer {
      // Where it is said to be by now nobody can be.
      noteGone(place, because: error)
      return false
    }
  }

  private func hasAnswer(from place: Int) throws -> Bool {
    guard ContinuousClock.now >= servers[place].nextLook else { return false }
    let question = Request(sequence: 1, .status)
    guard let scout = servers[place].scout else {
      let scout = Scout(connection: try connect(to: place, isPatient: true))
      try scout.connection.send(question)
      servers[place].scout = scout
      return false
    }
    guard try scout.connection.hasReply(to: question) else {
      // Somebody may have died over the question: the next call asks anew.
      if ContinuousClock.now - scout.made >= timeOut { servers[place].scout = nil }
      return false
    }
    noteThere(place)
    return true
  }
}

/// Some lanes of an environment are played at another server from now on.
public struct LaneMove: Sendable {
  /// Their places in the environment.
  public let lanes: Range<Int>
  public let from: String
  public let to: String
  /// Why they could not stay; nil if they went home.
  public let reason: (any Error)?
}

extension LaneMove: CustomStringConvertible {
  public var description: String {
    let some =
      lanes.count == 1
      ? "lane \(lanes.lowerBound)" : "lanes \(lanes.lowerBound) to \(lanes.upperBound - 1)"
    guard let reason else { return "\(to) is back; \(some) returned to it from \(from)" }
    return "\(some) moved from \(from) to \(to): \(reason)"
  }
}

extension Error {
  /// Whether it may be nothing but a server that is gone for a while, or has no room.
  var isPassing: Bool {
    switch self as? RemoteError {
    case .noReply, .busy, .hangsUp: true
    case .refused(_, let refusal): refusal.canRetry
    case .malformedReply, .otherVersion, .differentTrial, .turnedAway, .needsKeys, .knowsNoKeys,
      .noSubstitute, nil:
      false
    }
  }

  /// Whether it is about a server or the way to it, so that another place may be of more use.
  var isOfOneServer: Bool { self is RemoteError || self is EndpointError }
}

extension RemoteError {
  /// Whether the server does not know the session any more.
  var isLostSession: Bool {
    if case .refused(_, let refusal) = self { refusal.code == .unknownSession } else { false }
  }
}
