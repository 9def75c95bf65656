import Envs
import Gym

@testable import Runs
@testable import Wire

extension FuzzTarget {
  /// What a server does with a message, from its bytes to the reply's.
  static var requests: FuzzTarget {
    // Small, so that a message can't make it play for long.
    var limits = Limits()
    limits.messageBytes = 1 << 16
    limits.lanesPerSession = 16
    limits.lookAhead = 16
    limits.sessions = 8
    let decoder = RequestDecoder(limits: limits)
    let (encoder, replyEncoder) = (RequestEncoder(), ReplyEncoder())
    let message = Message()
    var moment = ContinuousClock.now
    var reception = Reception(catalogue: catalogue, limits: limits, at: moment)
    return FuzzTarget(
      seeds: { seedRequests.map(bytes(of:)) },
      read: { bytes in
        // Sessions come and go as the clock says.
        moment += .milliseconds(100)
        let reply: Reply
        do throws(Refusal) {
          let request = try decoder.decode(bytes)
          reply = reception.reply(to: request, at: moment)
          // What was understood can be said again.
          encoder.encode(request) { message.makeRoom($0) }
          precondition((try? decoder.decode(message.bytes)) == request)
        } catch {
          reply = reception.refuse(error, sequence: Outline(of: bytes).sequence)
        }
        replyEncoder.encode(reply) { message.makeRoom($0) }
      })
  }

  /// What an agent does with a reply, before a session is open and within one.
  static var replies: FuzzTarget {
    let withoutSession = ReplyDecoder()
    let inSession = ReplyDecoder()
    inSession.shape = FrameShape(seedEnvironment().specification)
    let encoder = ReplyEncoder()
    let message = Message()
    return FuzzTarget(
      seeds: { seedReplies().map(bytes(of:)) },
      read: { bytes in
        for decoder in [withoutSession, inSession] {
          do throws(Refusal) {
            let reply = try decoder.decode(bytes)
            encoder.encode(reply) { message.makeRoom($0) }
            _ = try decoder.decode(message.bytes)
          } catch {}
        }
      })
  }

  /// What resumes a run: a checkpoint's bytes, with a checksum or without.
  static var checkpoints: FuzzTarget {
    FuzzTarget(
      seeds: {
        let numbers = (0..<12).map { Float($0) / 7 }
        return [
          SafeTensors(tensors: [:]),
          SafeTensors(
            tensors: [
              "weights": Tensor(numbers, shape: [3, 4]), "rate": Tensor([0.004]),
              "counts": Tensor([1, 2, .max] as [UInt64]), "none": Tensor([] as [Float]),
            ], metadata: ["update": "450", "task": "rdm_fixed", "words": "\"\\\u{e9}\n"]),
        ].map { $0.encoded() }
      },
      read: { bytes in
        for rule in [SafeTensors.ChecksumRule.required, .ifPresent] {
          guard let file = try? SafeTensors(decoding: Array(bytes), checksum: rule) else {
            continue
          }
          // What was believed can be written, and is believed again; by bytes, since no number equals NaN.
          let encoded = file.encoded()
          let again = try! SafeTensors(decoding: encoded, checksum: .required)
          precondition(again.encoded() == encoded)
        }
      })
  }
}

// MARK: Seeds

private let token = SessionToken(SIMD2(1, 2))

private let seedRequests: [Request] = [
  Request(sequence: 1, .hello(Hello())), Request(sequence: 2, .describe(task: "rdm_fixed")),
  Request(sequence: 3, .status),
  Request(
    sequence: 4,
    .open(
      Opening(
        task: "rdm_fixed", preset: "song2017",
        settings: [ParameterSetting("coherences", [6.4, 51.2])], seed: 97,
        firstLane: 3, laneCount: 4, timeStep: 10, restartRule: .sameStep, lookAhead: 2, lease: 1000,
        key: [1, 2, 3], withIdealActions: true))),
  Request(sequence: 1, session: token, .begin(Beginning())),
  Request(
    sequence: 1, session: token,
    .begin(Beginning(lanes: [0, 1], trials: [7, 8], conditions: [0, Beginning.drawn]))),
  Request(sequence: 2, session: token, .step(.choices([0, 1, 2, 0]))),
  Request(sequence: 2, session: token, .step(.amounts([0.5, -1]))),
  Request(sequence: 3, session: token, .close),
]

private func seedEnvironment() -> any Environment {
  let entry = try! catalogue.find("rdm_fixed").entry
  return try! entry.makeEnvironment(
    [], EnvironmentOptions(seed: 97, laneCount: 2, lookAhead: 2, showsIdealActions: true))
}

private func seedReplies() -> [Reply] {
  var reception = Reception(catalogue: catalogue, limits: Limits(), at: .now)
  var requests = seedRequests
  requests += catalogue.entries.map { Request(sequence: 5, .describe(task: $0.description.name)) }
  var replies = requests.map { reception.reply(to: $0, at: .now) }
  let environment = seedEnvironment()
  try! environment.begin([TrialOrder(lane: 0), TrialOrder(lane: 1)])
  replies.append(Reply(sequence: 1, body: .frame(environment.frame)))
  // Letting go of fixation ends the trials.
  try! environment.step([0, 0, 1, 2])
  replies.append(Reply(sequence: 2, body: .frame(environment.frame)))
  return replies
}

private func bytes(of request: Request) -> [UInt8] {
  let message = Message()
  RequestEncoder().encode(request) { message.makeRoom($0) }
  return Array(message.bytes)
}

private func bytes(of reply: Reply) -> [UInt8] {
  let message = Message()
  ReplyEncoder().encode(reply) { message.makeRoom($0) }
  return Array(message.bytes)
}
