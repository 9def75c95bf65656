import Envs
import Gym
import Testing

@testable import Wire

@Suite("What a server counts")
struct CounterTests {
  @Test("a time belongs to the first class whose bound it does not exceed")
  func classes() {
    let times = RequestTimes()
    // In nanoseconds: at the bound, just above it, and beyond the last one.
    for time: UInt64 in [0, 10_000, 10_001, 25_000, 10_000_000_001] {
      times.note(nanoseconds: time)
    }
    #expect(times.classes.first == 2)
    #expect(times.classes[1] == 2)
    #expect(times.classes.last == 1)
    #expect(times.classes.reduce(0, +) == 5)
    #expect(abs(times.sum - 10.000_045_002) < 1e-9)
  }

  @Test("half of all, and 99 of 100, took no longer than the bounds that are told")
  func shares() {
    let times = RequestTimes()
    #expect(times.bound(of: 0.5) == 0)
    for _ in 0..<98 { times.note(nanoseconds: 40_000) }
    for _ in 0..<2 { times.note(nanoseconds: 900_000) }
    #expect(times.bound(of: 0.5) == 50)
    #expect(times.bound(of: 0.98) == 50)
    #expect(times.bound(of: 0.99) == 1000)
    for _ in 0..<100 { times.note(nanoseconds: 99_000_000_000) }
    #expect(times.bound(of: 0.99) == RequestTimes.bounds.last)
  }

  @Test("refusals are counted by their code, and sessions as they come and go")
  func reception() throws {
    let counters = ServerCounters()
    let start = ContinuousClock.now
    var reception = Reception(
      catalogue: catalogue, limits: Limits(), counters: counters, at: start)
    func ask(_ body: Request.Body, after seconds: Int = 0, session: SessionToken? = nil) -> Reply {
      reception.reply(
        to: Request(sequence: 1, session: session, body), at: start + .seconds(seconds))
    }
    _ = ask(.describe(task: "rdm_fixd"))
    _ = ask(.describe(task: "rdm"))
    _ = ask(.close)
    #expect(counters.refusals(.unknownTask) == 2)
    #expect(counters.refusals(.unknownSession) == 1)
    #expect(counters.refusals == 3)
    guard case .opened(let opened) = ask(.open(Opening(task: "rdm_fixed"))).body else {
      Issue.record("not opened")
      return
    }
    _ = ask(.open(Opening(task: "rdm_fixed", lease: 1000)))
    #expect(counters.sessions.value == 2)
    // The second one's lease runs out.
    _ = ask(.status, after: 2)
    #expect(counters.sessions.value == 1)
    _ = ask(.close, after: 2, session: opened.session)
    #expect(counters.sessions.value == 0)
    #expect(counters.requests.value == 7)
  }
}
