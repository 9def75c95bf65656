import Envs
import Gym
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

  /// Plays both with the same actions and orders and compares every frame.
  private func playAlike(
    _ local: any Environment, _ remote: any Environment, steps: Int, seed: UInt64,
    before: (Int) throws -> Void
  ) throws {
    let options = local.specification.options
    let lastCondition = local.specification.task.conditions.count - 1
    var subject = Subject(seed: seed)
    // One lane is begun later than the others, so that they are not in step.
    let first = (0..<options.laneCount - 1).map { TrialOrder(lane: $0, trial: $0 == 1 ? 9 : nil) }
    try local.begin(first)
    try remote.begin(first)
    expectEqual(local.frame, remote.frame, "after the first begin")
    for step in 0..<steps {
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
