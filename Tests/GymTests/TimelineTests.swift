import Gym
import Testing

@Suite("Timeline")
struct TimelineTests {
  enum Epoch: Hashable { case fixation, stimulus, delay, decision, a, b }
  let timeline: Timeline<Epoch> = [.fixation: 750, .stimulus: 300, .decision: 500]

  @Test(
    "an epoch covers its first moment and not its last",
    arguments: [
      (0, .fixation), (749, .fixation), (750, .stimulus), (1049, .stimulus), (1050, .decision),
      (1549, .decision), (1550, nil), (100_000, nil),
    ] as [(Milliseconds, Epoch?)])
  func epochs(time: Milliseconds, epoch: Epoch?) {
    #expect(timeline.epoch(at: time) == epoch)
  }

  @Test("an epoch knows its start and its range")
  func ranges() {
    #expect(timeline.start(of: .fixation) == 0)
    #expect(timeline.range(of: .stimulus) == 750..<1050)
    #expect(timeline.range(of: .decision) == 1050..<1550)
    #expect(timeline.start(of: .delay) == nil)
    #expect(timeline.range(of: .delay) == nil)
  }

  @Test("an epoch without duration is somewhere but covers nothing")
  func emptyEpoch() {
    let timeline: Timeline<Epoch> = [.fixation: 0, .delay: 100, .stimulus: 0, .decision: 50]
    #expect(timeline.epoch(at: 0) == .delay)
    #expect(timeline.epoch(at: 100) == .decision)
    #expect(timeline.range(of: .stimulus) == 100..<100)
  }

  @Test("up to six epochs fit, and none")
  func sizes() {
    let six: Timeline<Epoch> = [
      .fixation: 1, .stimulus: 1, .delay: 1, .decision: 1, .a: 1, .b: 1,
    ]
    #expect(six.epoch(at: 5) == .b)
    #expect(six.epoch(at: 6) == nil)
    let none: Timeline<Epoch> = [:]
    #expect(none.epoch(at: 0) == nil)
  }
}
