import Envs
import Gym
import Synchronization
import Testing

@testable import Wire

@Suite("Remote environment", .serialized)
struct RemoteEnvironmentTests {
  /// Every way to play every task.
  static let ways: [(task: String, rule: RestartRule, lookAhead: Int)] =
    catalogue.entries.flatMap { entry in
      RestartRule.allCases.map { (entry.description.name, $0, 1) }
        + (entry.description.allowsLookAhead ? [(entry.description.name, .disabled, 8)] : [])
    }

  @Test(
    "shows what an environment in this process shows, over one server and over two",
    arguments: ways)
  func likeLocal(way: (task: String, rule: RestartRule, lookAhead: Int)) throws {
    let folder = Folder()
    let servers = try [RunningServer(at: folder.ipc("a")), RunningServer(at: folder.ipc("b"))]
    let entry = try catalogue.find(way.task).entry
    var options = EnvironmentOptions(
      seed: 97, firstLane: 3, laneCount: 5, restartRule: way.rule, lookAhead: way.lookAhead)
    if case .discrete = entry.description.actions { options.showsIdealActions = true }
    for count in 1...2 {
      let local = try entry.makeEnvironment([], options)
      let remote = try RemoteEnvironment(
        endpoints: servers.prefix(count).map(\.endpoint), task: way.task, options: options)
      #expect(remote.specification == local.specification)
      try playAlike(local, remote, steps: 400, seed: 7) { _ in }
      remote.close()
    }
  }

  @Test(
    "goes on as if nothing had been when the server is lost in mid-trial and started again",
    arguments: ways)
  func serverLost(way: (task: String, rule: RestartRule, lookAhead: Int)) throws {
    let folder = Folder()
    let other = try RunningServer(at: folder.ipc("b"))
    var lost: RunningServer? = try RunningServer(at: folder.ipc("a"))
    let options = EnvironmentOptions(
      seed: 97, laneCount: 5, restartRule: way.rule, lookAhead: way.lookAhead)
    let local = try catalogue.find(way.task).entry.makeEnvironment([], options)
    let remote = try RemoteEnvironment(
      endpoints: [folder.ipc("a"), other.endpoint], task: way.task, options: options)
    try playAlike(local, remote, steps: 300, seed: 8) { step in
      guard step % 37 == 20 else { return }
      lost?.stop()
      lost = nil
      lost = try RunningServer(at: folder.ipc("a"))
    }
    remote.close()
  }

  @Test(
    "others play the lanes of a server that is gone, in mid-trial, and give them back when it returns",
    arguments: [
      ("rdm_fixed", .disabled, 8), ("rdm_rt", .nextStep, 1), ("cartpole", .sameStep, 1),
      ("arm_reaching", .disabled, 1),
    ] as [(String, RestartRule, Int)])
  func moves(way: (task: String, rule: RestartRule, lookAhead: Int)) throws {
    let folder = Folder()
    var servers: [String: RunningServer] = [:]
    for name in ["a", "b", "c"] { servers[name] = try RunningServer(at: folder.ipc(name)) }
    let options = EnvironmentOptions(
      seed: 97, laneCount: 5, restartRule: way.rule, lookAhead: way.lookAhead)
    let local = try catalogue.find(way.task).entry.makeEnvironment([], options)
    let moves = MoveList()
    let remote = try RemoteEnvironment(
      endpoints: ["a", "b", "c"].map { folder.ipc($0) }, task: way.task, options: options,
      timeOut: .seconds(1), onMove: { moves.add($0) })
    let (a, b, c) = (folder.ipc("a"), folder.ipc("b"), folder.ipc("c"))
    // Nobody looks for a server again before a moment has passed.
    let deadline = ContinuousClock.now + .seconds(30)
    func isUnfinished() -> Bool { !moves.tell(of: b) && ContinuousClock.now < deadline }
    try playAlike(local, remote, steps: 200, orWhile: isUnfinished, seed: 8) { step in
      if step == 20 { servers["a"] = nil }
      if step == 60 { servers["b"] = nil }
      if step == 80 { servers["a"] = try RunningServer(at: a) }
      if step > 80, servers["b"] == nil, moves.tell(of: a) {
        servers["b"] = try RunningServer(at: b)
      }
    }
    remote.close()
    // Of five lanes a plays the first, b and c two each. When a is lost b comes first of those that have
    // the fewest, and c has all in the end.
    #expect(moves.all.map(\.from) == [a, b, b, c, c])
    #expect(moves.all.map(\.to) == [b, c, c, a, b])
    #expect(moves.all.map { $0.reason == nil } == [false, false, false, true, true])
    #expect(
      moves.all.first?.description
        == "lane 0 moved from \(a) to \(b): no reply from \(a) within 1 s; is a server running there?"
    )
    #expect(moves.all.last?.description == "\(b) is back; lanes 1 to 2 returned to it from \(c)")
  }

  @Test("the lanes of a lost server are shared out among all others, and come home as one")
  func sharedOut() throws {
    let folder = Folder()
    let names = ["a", "b", "c", "d"]
    var servers: [String: RunningServer] = [:]
    for name in names { servers[name] = try RunningServer(at: folder.ipc(name)) }
    let options = EnvironmentOptions(seed: 97, laneCount: 12, restartRule: .disabled, lookAhead: 4)
    let local = try catalogue.find("mante").entry.makeEnvironment([], options)
    let moves = MoveList()
    let remote = try RemoteEnvironment(
      endpoints: names.map { folder.ipc($0) }, task: "mante", options: options,
      timeOut: .seconds(1), onMove: { moves.add($0) })
    let deadline = ContinuousClock.now + .seconds(30)
    func isUnfinished() -> Bool {
      !moves.tell(of: folder.ipc("b")) && ContinuousClock.now < deadline
    }
    try playAlike(local, remote, steps: 60, orWhile: isUnfinished, seed: 8) { step in
      if step == 20 { servers["a"] = nil }
      if step == 30 { servers["b"] = nil }
      if step == 40 { servers["a"] = try RunningServer(at: folder.ipc("a")) }
      if step > 40, servers["b"] == nil, moves.tell(of: folder.ipc("a")) {
        servers["b"] = try RunningServer(at: folder.ipc("b"))
      }
    }
    // Each plays three lanes. When a is lost the others take one of its lanes each; when b is, c and d
    // take that one and b's own three, and have six each.
    #expect(
      moves.all.map { "\($0.lanes) \($0.from.suffix(1)) \($0.to.suffix(1))" } == [
        "0..<1 a b", "1..<2 a c", "2..<3 a d", "0..<1 b c", "3..<5 b d", "5..<6 b c",
        "0..<1 c a", "1..<2 c a", "2..<3 d a", "3..<5 d b", "5..<6 c b",
      ])
    for name in names {
      #expect(try Client(endpoint: folder.ipc(name)).status().sessions == 1, "at \(name)")
    }
    remote.close()
  }

  @Test(
    "lanes on which nothing has begun, or is to begin, are shared out with those on which it has")
  func sharedOutInPart() throws {
    let folder = Folder()
    let names = ["a", "b", "c", "d"]
    var servers: [String: RunningServer] = [:]
    for name in names { servers[name] = try RunningServer(at: folder.ipc(name)) }
    let options = EnvironmentOptions(seed: 97, laneCount: 8)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let moves = MoveList()
    let remote = try RemoteEnvironment(
      endpoints: names.map { folder.ipc($0) }, task: "rdm_rt", options: options,
      timeOut: .seconds(1), onMove: { moves.add($0) })
    func begin(_ lanes: [Int]) throws {
      let orders = lanes.map { TrialOrder(lane: $0) }
      try local.begin(orders)
      try remote.begin(orders)
      expectEqual(local.frame, remote.frame, "after the beginning of \(lanes)")
    }
    func step() throws {
      let actions = [UInt8](repeating: 0, count: 8)
      try local.step(actions)
      try remote.step(actions)
      expectEqual(local.frame, remote.frame, "after a step")
    }
    // Each plays two lanes; on one of them a trial has begun.
    try begin([0, 2, 4, 6])
    try step()
    servers["a"] = nil
    try step()
    servers["d"] = nil
    try begin([7])
    for _ in 0..<20 { try step() }
    try begin([1, 3, 5])
    for _ in 0..<20 { try step() }
    remote.close()
    #expect(
      moves.all.map { "\($0.lanes) \($0.from.suffix(1)) \($0.to.suffix(1))" } == [
        "0..<1 a b", "1..<2 a c", "6..<7 d b", "7..<8 d c",
      ])
  }

  @Test(
    "a server that is not there when all begins, and one that takes no more sessions, is done without"
  )
  func absentFromTheBeginning() throws {
    let folder = Folder()
    var limits = Limits()
    limits.sessions = 1
    let full = try RunningServer(at: folder.ipc("full"), limits: limits)
    let other = try RunningServer(at: folder.ipc("other"))
    let options = EnvironmentOptions(seed: 97, laneCount: 5, restartRule: .nextStep)
    let guest = try RemoteEnvironment(
      endpoints: [full.endpoint], task: "rdm_rt", options: options)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let moves = MoveList()
    let remote = try RemoteEnvironment(
      endpoints: [folder.ipc("absent"), full.endpoint, other.endpoint], task: "rdm_rt",
      options: options, timeOut: .seconds(1), onMove: { moves.add($0) })
    try playAlike(local, remote, steps: 50, seed: 8) { _ in }
    #expect(moves.all.map(\.to) == [other.endpoint, other.endpoint])
    #expect(
      moves.all.last?.description.hasSuffix(
        "all 1 sessions of this server are taken; close one, or try again later") == true)
    remote.close()
    guest.close()
  }

  @Test("a server that returns elsewhere is given its lanes back, and one that is new stands by")
  func returnsElsewhere() throws {
    let folder = Folder()
    let (a, b) = (folder.ipc("a"), folder.ipc("b"))
    let (elsewhere, c) = (folder.ipc("elsewhere"), folder.ipc("c"))
    var servers: [String: RunningServer] = [:]
    for endpoint in [a, b] { servers[endpoint] = try RunningServer(at: endpoint) }
    let options = EnvironmentOptions(seed: 97, laneCount: 5, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let moves = MoveList()
    let list = EndpointList([a, b])
    // The path is longer than a socket's can be.
    let unreachable = "ipc:///tmp/" + String(repeating: "x", count: 200)
    var wrong = [["tcp:/127", b, "ipc:"], [unreachable, b]]
    let remote = try RemoteEnvironment(
      endpoints: [a, b], task: "rdm_rt", options: options, timeOut: .seconds(1),
      endpointsNow: { list.endpoints }, onMove: { moves.add($0) })
    let deadline = ContinuousClock.now + .seconds(30)
    func isUnfinished() -> Bool {
      !moves.all.contains { $0.to == c } && ContinuousClock.now < deadline
    }
    try playAlike(local, remote, steps: 100, orWhile: isUnfinished, seed: 8) { step in
      if step == 20 { servers[a] = nil }
      // A list may be read while somebody writes it, or be wrong for a while.
      if step == 40 { list.set(wrong.removeFirst()) }
      if step > 40, list.wasAsked, !wrong.isEmpty { list.set(wrong.removeFirst()) }
      if step > 40, list.wasAsked, servers[c] == nil {
        for endpoint in [elsewhere, c] { servers[endpoint] = try RunningServer(at: endpoint) }
        list.set([elsewhere, b, c])
      }
      if moves.tell(of: elsewhere) { servers[b] = nil }
    }
    remote.close()
    #expect(moves.all.map(\.from) == [a, b, b])
    // When b is lost c has fewer lanes than the other.
    #expect(moves.all.map(\.to) == [b, elsewhere, c])
    #expect(moves.all.map { $0.reason == nil } == [false, true, false])
    #expect(
      moves.all.dropFirst().first?.description
        == "\(elsewhere) is back; lanes 0 to 1 returned to it from \(b)")
  }

  @Test("the only server is found where it is by now")
  func onlyOneElsewhere() throws {
    let folder = Folder()
    let (a, elsewhere) = (folder.ipc("a"), folder.ipc("elsewhere"))
    var server: RunningServer? = try RunningServer(at: a)
    let options = EnvironmentOptions(seed: 97, laneCount: 5, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let moves = MoveList()
    let list = EndpointList([a])
    let remote = try RemoteEnvironment(
      endpoints: [a], task: "rdm_rt", options: options, timeOut: .seconds(1),
      endpointsNow: { list.endpoints }, onMove: { moves.add($0) })
    try playAlike(local, remote, steps: 60, seed: 8) { step in
      guard step == 30 else { return }
      server?.stop()
      server = try RunningServer(at: elsewhere)
      list.set([elsewhere])
    }
    remote.close()
    server?.stop()
    #expect(moves.all.map(\.from) == [a])
    #expect(moves.all.map(\.to) == [elsewhere])
  }

  @Test("servers beyond the number of lanes stand by")
  func spare() throws {
    let folder = Folder()
    var first: RunningServer? = try RunningServer(at: folder.ipc("a"))
    let second = try RunningServer(at: folder.ipc("b"))
    let options = EnvironmentOptions(seed: 97, laneCount: 1, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let remote = try RemoteEnvironment(
      endpoints: [folder.ipc("a"), second.endpoint], task: "rdm_rt", options: options,
      timeOut: .seconds(1))
    try playOneLaneAlike(local, remote) {
      #expect(first != nil)
      first = nil
    }
    remote.close()
  }

  /// Tasks of a server that calls a cart and its pole 'rdm_rt'.
  static let otherTasks = Catalogue(
    .init(
      "rdm_rt", CartPole(), summary: "Balance a pole.", reference: "Barto, Sutton & Anderson 1983",
      presets: [
        .init(
          name: "own", reference: "none", timeStep: 20,
          training: .init(trialsPerUpdate: 10, validationTrials: 10, correctToReach: 0.8))
      ]))

  @Test("says so when another server has taken the place of the one that was lost")
  func otherServer() throws {
    let folder = Folder()
    var server: RunningServer? = try RunningServer(at: folder.ipc())
    let options = EnvironmentOptions(seed: 97, laneCount: 1, restartRule: .nextStep)
    let remote = try RemoteEnvironment(
      endpoints: [folder.ipc()], task: "rdm_rt", options: options)
    try remote.begin([TrialOrder(lane: 0)])
    try remote.step([0])
    server?.stop()
    server = nil
    server = try RunningServer(at: folder.ipc(), of: Self.otherTasks)
    // Whatever is asked for after that comes to the same.
    for _ in 0..<2 {
      #expect(
        throws: RemoteError.malformedReply(
          endpoint: folder.ipc(), reason: "its task is not what it was when the run began")
      ) { try remote.step([0]) }
    }
    remote.close()
    server?.stop()
  }

  @Test("an error ends it: nothing is carried out twice, though its cause be gone")
  func errorIsTheEnd() throws {
    let folder = Folder()
    let (a, b) = (folder.ipc("a"), folder.ipc("b"))
    var limits = Limits()
    limits.sessions = 1
    let first = try RunningServer(at: a, limits: limits)
    var second: RunningServer? = try RunningServer(at: b)
    let options = EnvironmentOptions(seed: 97, laneCount: 2, restartRule: .nextStep)
    let remote = try RemoteEnvironment(
      endpoints: [a, b], task: "rdm_rt", options: options, timeOut: .seconds(1))
    try remote.begin([TrialOrder(lane: 0), TrialOrder(lane: 1)])
    try remote.step([0, 0])
    func replaceSecond(by tasks: Catalogue) throws {
      second?.stop()
      second = nil
      second = try RunningServer(at: b, of: tasks)
    }
    // The first server carries the step out and has no room for the other's lane.
    try replaceSecond(by: Self.otherTasks)
    let shown = remote.frame
    let error = RemoteError.malformedReply(
      endpoint: b, reason: "its task is not what it was when the run began")
    #expect(throws: error) { try remote.step([0, 0]) }
    #expect(try Client(endpoint: a).status().laneSteps == 2)
    try replaceSecond(by: catalogue)
    #expect(throws: error) { try remote.step([0, 0]) }
    #expect(throws: error) { try remote.begin([TrialOrder(lane: 0)]) }
    // A slip is told as ever.
    #expect(throws: RequestError.self) { try remote.step([0]) }
    #expect(try Client(endpoint: a).status().laneSteps == 2)
    expectEqual(remote.frame, shown, "after the error")
    remote.close()
    first.stop()
    second?.stop()
  }

  @Test("when all are lost the error tells, too, why who stands by could not take their place")
  func noSubstitute() throws {
    let folder = Folder()
    let a = folder.ipc("a")
    let server = try RunningServer(at: a)
    try makeKeyFolder(at: folder.path + "/keys")
    let guarded = try RunningServer(at: folder.ipc("b"), keyFolder: folder.path + "/keys")
    let options = EnvironmentOptions(seed: 97, laneCount: 1, restartRule: .nextStep)
    let remote = try RemoteEnvironment(
      endpoints: [a, guarded.endpoint], task: "rdm_rt", options: options,
      timeOut: .milliseconds(100))
    try remote.begin([TrialOrder(lane: 0)])
    server.stop()
    let loss = RemoteError.noReply(endpoint: a, waited: .milliseconds(100))
    let misfit = "\(RemoteError.needsKeys(endpoint: guarded.endpoint))"
    let error = RemoteError.noSubstitute(for: loss, because: misfit)
    #expect(throws: error) { try remote.step([0]) }
    #expect("\(error)" == "\(loss) (another server can't take its place: \(misfit))")
    remote.close()
  }

  @Test("goes back to the server that was lost last if it is the only one that returns")
  func lastReturns() throws {
    let folder = Folder()
    let (a, b) = (folder.ipc("a"), folder.ipc("b"))
    var first: RunningServer? = try RunningServer(at: a)
    let second = Revival(of: try RunningServer(at: b))
    let options = EnvironmentOptions(seed: 97, laneCount: 5, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let moves = MoveList()
    let remote = try RemoteEnvironment(
      endpoints: [a, b], task: "rdm_rt", options: options, timeOut: .seconds(1),
      onSilence: { try second.hearOfSilence() }, onMove: { moves.add($0) })
    try playAlike(local, remote, steps: 100, seed: 8) { step in
      if step == 20 {
        #expect(first != nil)
        first = nil
      }
      // The first silence is b's own, the second one comes when a has been looked for, too.
      if step == 60 { second.stop(untilSilence: 2) }
    }
    remote.close()
    #expect(second.isRunning)
    #expect(moves.all.map(\.from) == [a])
    #expect(moves.all.map(\.to) == [b])
    second.end()
  }

  @Test("does without a server that stands by and is of no use")
  func uselessSpares() throws {
    let folder = Folder()
    let (a, c) = (folder.ipc("a"), folder.ipc("c"))
    var first: RunningServer? = try RunningServer(at: a)
    let other = try RunningServer(at: folder.ipc("other"), of: Self.otherTasks)
    try makeKeyFolder(at: folder.path + "/keys")
    let guarded = try RunningServer(at: folder.ipc("b"), keyFolder: folder.path + "/keys")
    let third = try RunningServer(at: c)
    let options = EnvironmentOptions(seed: 97, laneCount: 1, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let moves = MoveList()
    // The path is longer than a socket's can be.
    let unreachable = "ipc:///tmp/" + String(repeating: "x", count: 200)
    let remote = try RemoteEnvironment(
      endpoints: [a, other.endpoint, guarded.endpoint, unreachable, third.endpoint],
      task: "rdm_rt", options: options, timeOut: .seconds(1), onMove: { moves.add($0) })
    try playOneLaneAlike(local, remote) {
      #expect(first != nil)
      first = nil
    }
    remote.close()
    #expect(moves.all.map(\.to) == [c])
  }

  @Test("a slip in the name of a server that stands by is told at the beginning")
  func slipInSpare() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    #expect(throws: EndpointError.malformed("tcp:/127.0.0.1:5555")) {
      _ = try RemoteEnvironment(
        endpoints: [server.endpoint, "tcp:/127.0.0.1:5555"], task: "rdm_rt",
        options: EnvironmentOptions(seed: 97, laneCount: 1))
    }
  }

  @Test("a server is found again although the one before it died over the question")
  func scoutAsksAnew() throws {
    let folder = Folder()
    let timeOut = Duration.milliseconds(200)
    let context = try Context()
    let roster = Roster([folder.ipc("a"), folder.ipc("b")], timeOut: timeOut, onMove: nil) {
      try Connection(endpoint: $0, timeOut: timeOut, absence: $1, in: context)
    }
    roster.noteGone(0, because: RemoteError.noReply(endpoint: folder.ipc("a"), waited: timeOut))
    let deadline = ContinuousClock.now + .seconds(20)
    func isInTime() -> Bool { ContinuousClock.now < deadline }
    try hearOneQuestion(at: folder.ipc("a")) {
      let isBack = try roster.isBack(0)
      #expect(!isBack)
      return isInTime()
    }
    let server = try RunningServer(at: folder.ipc("a"))
    while try !roster.isBack(0), isInTime() {}
    #expect(isInTime())
    #expect(roster.trouble(at: 0) == nil)
    server.stop()
  }

  /// Takes one message at `endpoint` and is gone; calls `ask` until there is one, while it says true.
  private func hearOneQuestion(at endpoint: String, ask: () throws -> Bool) throws {
    let context = try Context()
    do {
      let silent = try Socket(.router, in: context)
      try silent.forgetUnsent()
      try silent.bind(endpoint)
      let part = Message()
      while try ask() {
        if try silent.receiveNow(into: part) { break }
      }
      let isQuestion = !part.isEmpty
      #expect(isQuestion)
    }
    context.terminate()
  }

  /// Plays one lane in both, whose server is lost in the middle.
  private func playOneLaneAlike(
    _ local: any Environment, _ remote: any Environment, loseServer: () -> Void
  ) throws {
    var subject = Subject(seed: 3)
    try local.begin([TrialOrder(lane: 0)])
    try remote.begin([TrialOrder(lane: 0)])
    for step in 0..<100 {
      if step == 40 { loseServer() }
      let actions = subject.actions(1, of: 3)
      try local.step(actions)
      try remote.step(actions)
      expectEqual(local.frame, remote.frame, "after step \(step)")
    }
  }

  /// Plays both with the same actions and orders and compares every frame.
  private func playAlike(
    _ local: any Environment, _ remote: any Environment, steps: Int,
    orWhile isUnfinished: () -> Bool = { false }, seed: UInt64, before: (Int) throws -> Void
  ) throws {
    let options = local.specification.options
    let lastCondition = local.specification.task.conditions.count - 1
    var subject = Subject(seed: seed)
    // One lane is begun later than the others, so that they are not in step.
    let first = (0..<options.laneCount - 1).map { TrialOrder(lane: $0, trial: $0 == 1 ? 9 : nil) }
    try local.begin(first)
    try remote.begin(first)
    expectEqual(local.frame, remote.frame, "after the first begin")
    var step = 0
    while step < steps || isUnfinished() {
      defer { step += 1 }
      try before(step)
      let orders = local.frame.endedTrials.filter { _ in options.restartRule == .disabled }.map {
        TrialOrder(lane: $0.lane, condition: $0.lane == 2 ? lastCondition : nil)
      }
      if step == 11 {
        try local.begin([.init(lane: options.laneCount - 1)])
        try remote.begin([.init(lane: options.laneCount - 1)])
        expectEqual(local.frame, remote.frame, "after begin \(step)")
      } else if !orders.isEmpty && step % 3 > 0 {
        try local.begin(orders)
        try remote.begin(orders)
        expectEqual(local.frame, remote.frame, "after begin \(step)")
      }
      let actions = subject.actions(
        options.laneCount * options.lookAhead, of: local.specification.task.actions)
      try local.step(actions)
      try remote.step(actions)
      expectEqual(local.frame, remote.frame, "after step \(step)")
    }
  }
}

/// What an environment tells of its servers.
private final class MoveList: Sendable {
  private let moves = Mutex<[LaneMove]>([])
  var all: [LaneMove] { moves.withLock { $0 } }
  /// Whether lanes have gone home to that server.
  func tell(of home: String) -> Bool { all.contains { $0.to == home && $0.reason == nil } }
  func add(_ move: LaneMove) { moves.withLock { $0.append(move) } }
}

/// Where servers are by now, for whoever asks.
private final class EndpointList: Sendable {
  private let list: Mutex<(endpoints: [String], wasAsked: Bool)>
  init(_ endpoints: [String]) { list = Mutex((endpoints, false)) }
  var endpoints: [String] {
    list.withLock { list in
      list.wasAsked = true
      return list.endpoints
    }
  }
  /// Whether anybody has asked since it was set.
  var wasAsked: Bool { list.withLock { $0.wasAsked } }
  func set(_ endpoints: [String]) { list.withLock { $0 = (endpoints, false) } }
}

/// A server that is started again when it has been missed so many times.
private final class Revival: @unchecked Sendable {
  // Everything happens on the thread of the environment.
  private var server: RunningServer?
  private let endpoint: String
  private var silencesLeft = 0
  var isRunning: Bool { server != nil }

  init(of server: RunningServer) {
    self.server = server
    endpoint = server.endpoint
  }

  func stop(untilSilence count: Int) {
    end()
    silencesLeft = count
  }

  func hearOfSilence() throws {
    guard server == nil else { return }
    silencesLeft -= 1
    if silencesLeft == 0 { server = try RunningServer(at: endpoint) }
  }

  func end() {
    server?.stop()
    server = nil
  }
}
