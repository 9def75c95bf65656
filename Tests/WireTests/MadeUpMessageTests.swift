import Envs
import Gym
import Testing

@testable import Wire

/// What `tools/fuzz` does led by the code and at length, in short and the same in every run.
@Suite("Made-up messages")
struct MadeUpMessageTests {
  private static let count = 5000

  /// One message after another made from those that make sense: bits flipped, bytes replaced, pieces cut
  /// out, repeated, or taken from another.
  private struct Forger {
    let models: [[UInt8]]
    var random: Random

    mutating func next() -> [UInt8] {
      var bytes = models[random.index(below: models.count)]
      for _ in 0...random.index(below: 2) {
        guard !bytes.isEmpty else { break }
        let place = random.index(below: bytes.count)
        let piece = place..<min(bytes.count, place + 1 + random.index(below: 16))
        switch random.index(below: 6) {
        case 0: bytes[place] ^= 1 << UInt8(random.index(below: 8))
        case 1: bytes[place] = UInt8(random.index(below: 256))
        case 2: bytes.removeSubrange(piece)
        case 3: bytes.insert(contentsOf: bytes[piece], at: place)
        case 4: bytes.removeLast(bytes.count - place)
        default:
          let other = models[random.index(below: models.count)]
          bytes.insert(contentsOf: other.prefix(random.index(below: 64)), at: place)
        }
      }
      return bytes
    }
  }

  @Test("a server answers every request that is made up, and understands it as it would be said")
  func requests() throws {
    var forger = Forger(
      models: CodecTests.requests.map(encode), random: Random(seed: 97, stream: Stream("requests")))
    var limits = Limits()
    limits.lanesPerSession = 16
    limits.sessions = 8
    let start = ContinuousClock.now
    var reception = Reception(catalogue: catalogue, limits: limits, at: start)
    var understood = 0
    for number in 0..<Self.count {
      let bytes = forger.next()
      guard let request = try? decode(bytes, limits: limits) else { continue }
      understood += 1
      let reply = reception.reply(to: request, at: start + .milliseconds(number))
      #expect(reply.sequence == request.sequence)
      #expect(try decode(encode(request), limits: limits) == request)
    }
    // Some of both, or nothing was tried.
    #expect((Self.count / 10...Self.count * 9 / 10).contains(understood))
  }

  @Test("an agent believes of replies that are made up only what fits its session")
  func replies() throws {
    let entry = try catalogue.find("rdm_fixed").entry
    let environment = try entry.makeEnvironment([], EnvironmentOptions(seed: 97, laneCount: 2))
    try environment.begin([TrialOrder(lane: 0), TrialOrder(lane: 1)])
    let first = environment.frame
    // Letting go of fixation ends the trial.
    try environment.step([0, 1])
    var forger = Forger(
      models: [
        Reply(sequence: 1, body: .frame(first)),
        Reply(sequence: 2, body: .frame(environment.frame)),
        Reply(sequence: 3, body: .task(entry.description)),
        Reply(sequence: 4, body: .status(ServerStatus())), Reply(sequence: 5, body: .closed),
        Reply(sequence: 6, body: .refusal(Refusal(.limit, "no", canRetry: true))),
      ].map { encode($0) }, random: Random(seed: 97, stream: Stream("replies")))
    let decoder = ReplyDecoder()
    decoder.shape = FrameShape(environment.specification)
    var believed = 0
    for _ in 0..<Self.count {
      guard let reply = try? decode(forger.next(), decoder) else { continue }
      believed += 1
      if case .frame(let frame) = reply.body {
        #expect(frame.observations.count == first.observations.count)
        let isConsistent = frame.stages.allSatisfy(\.isConsistent)
        #expect(isConsistent)
        let hasItsLanes = frame.endedTrials.allSatisfy { (0..<2).contains($0.lane) }
        #expect(hasItsLanes)
      }
    }
    #expect((Self.count / 10...Self.count * 9 / 10).contains(believed))
  }
}
