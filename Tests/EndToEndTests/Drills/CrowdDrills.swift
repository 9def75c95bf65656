import Foundation
import Gym
import Testing

@testable import Wire

@Suite("Drills: crowds")
struct CrowdDrills {
  /// Agents of one thread, each with a connection and a session of its own.
  private final class Crowd: @unchecked Sendable {
    private let sessions: [RemoteSession]
    private(set) var steps = 0
    private var failure: (any Error)?

    init(_ count: Int, firstLane: UInt64, at endpoint: String) throws {
      let context = try Context()
      sessions = try (0..<count).map { number in
        try RemoteSession(
          lanes: 0..<1,
          opening: Opening(
            task: "rdm_fixed", seed: 97, firstLane: firstLane + UInt64(number), lookAhead: 8),
          expecting: nil, at: 0,
          by: Connection(endpoint: endpoint, timeOut: .seconds(10), in: context))
      }
    }

    /// Lets all play trials of fixation, all requests of a round at once, until it is enough.
    func play(until isEnough: (_ steps: Int) -> Bool) {
      do {
        let actions = Actions.choices(.init(repeating: 0, count: 8))
        while !isEnough(steps) {
          for session in sessions {
            try session.send(
              session.record.lanes[0].isPlaying
                ? .step(actions) : .begin([TrialOrder(lane: 0)]))
          }
          for session in sessions {
            _ = try session.awaitFrame(upTo: session.emptyFrame)
            steps += 1
          }
        }
      } catch {
        failure = error
      }
    }

    /// - Throws: What went wrong while they played.
    func close() throws {
      for session in sessions { try session.close() }
      if let failure { throw failure }
    }
  }

  @Test("a thousand agents at one server are all served")
  func thousand() throws {
    try Laboratory.open { laboratory in
      let (server, endpoint) = try laboratory.startServer()
      let agentCount = 1000
      let threadCount = 4
      let rounds = Drill.count(10, full: 200)
      let crowds = try (0..<threadCount).map {
        try Crowd(
          agentCount / threadCount, firstLane: UInt64($0 * agentCount / threadCount), at: endpoint)
      }
      let status = try Client(endpoint: endpoint).status()
      #expect(status.sessions == agentCount)
      let start = ContinuousClock.now
      let errands = crowds.map { crowd in
        Errand { crowd.play { $0 == rounds * agentCount / threadCount } }
      }
      for errand in errands { errand.wait() }
      let duration = (ContinuousClock.now - start) / .seconds(1)
      for crowd in crowds { #expect(crowd.steps == rounds * agentCount / threadCount) }
      #expect(try Client(endpoint: endpoint).status().refusals == 0)
      for crowd in crowds { try crowd.close() }
      #expect(!server.isOver)
      Drill.tell("agents at one server at once", agentCount, "all served")
      Drill.tell(
        "their requests answered", Int(Double(rounds * agentCount) / duration), "a second")
    }
  }

  @Test("one agent among sixteen that is stopped does not hold up the others")
  func stopped() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let crowd = try Crowd(15, firstLane: 0, at: endpoint)
      let client = try Client(endpoint: endpoint)
      // Long enough for the noise of a busy machine to be small in the middle of all pairs.
      let window = Duration.milliseconds(Drill.count(100, full: 400))
      func rate() -> Double {
        let start = ContinuousClock.now
        let before = crowd.steps
        crowd.play { _ in ContinuousClock.now - start >= window }
        return Double(crowd.steps - before) / ((ContinuousClock.now - start) / .seconds(1))
      }
      _ = rate()
      var ratios: [Double] = []
      for number in 0..<Drill.count(5, full: 31) {
        let alone = rate()
        // More lanes than the others have altogether, and stopped amid its work.
        let run = SmallRun(seed: number, updateLimit: 100_000, trialsPerUpdate: 20)
        let agent = try laboratory.startOperant(
          laboratory.arguments(for: run, in: "run-\(number)") + " --quiet --connect \(endpoint)")
        try agent.expect("training") { laboratory.validationCount(of: "run-\(number)") >= 1 }
        agent.signal(SIGSTOP)
        #expect(try client.status().sessions >= 17)
        let besideStopped = rate()
        agent.signal(SIGKILL)
        _ = try agent.end()
        ratios.append(besideStopped / ((alone + rate()) / 2))
      }
      try crowd.close()
      let median = ratios.sorted()[ratios.count / 2]
      // Beside other tests a speed says nothing: there it counts that all were answered.
      if Drill.isFull { #expect(median > 0.95, "\(ratios)") }
      Drill.tell(
        "speed of 15 agents beside a stopped one, of that alone", median,
        "(median of \(ratios.count))")
    }
  }
}

extension RemoteSession {
  fileprivate var emptyFrame: Frame { FrameShape(specification).emptyFrame() }
}
