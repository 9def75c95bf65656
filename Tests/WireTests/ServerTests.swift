import Envs
import Foundation
import Gym
import Testing

@testable import Wire

@Suite("Server", .serialized)
struct ServerTests {
  @Test("a plain REQ socket is served")
  func request() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    let context = try Context()
    let agent = try RawAgent(.request, to: server.endpoint, in: context)
    for sequence: UInt64 in 1...3 {
      let reply = try agent.ask(encode(Request(sequence: sequence, .hello(Hello()))))
      #expect(reply.sequence == sequence)
      guard case .welcome(let welcome) = reply.body else {
        Issue.record("\(reply.body)")
        return
      }
      #expect(welcome.tasks.map(\.name) == catalogue.entries.map(\.description.name))
    }
  }

  @Test("what came before the request goes before the reply")
  func envelope() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    let context = try Context()
    let agent = try RawAgent(.dealer, to: server.endpoint, in: context)
    try agent.send([1, 2, 3], hasMore: true)
    try agent.send([], hasMore: true)
    try agent.send(encode(Request(sequence: 9, .status)))
    #expect(try agent.receive() == [1, 2, 3])
    #expect(try agent.receive() == [])
    #expect(try decode(try agent.receive(), ReplyDecoder()).sequence == 9)
  }

  @Test("garbage is refused under its own number, if it has one")
  func garbage() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    let context = try Context()
    let agent = try RawAgent(.dealer, to: server.endpoint, in: context)
    for (bytes, sequence) in [([0xFF, 0xFF, 0xFF], 0), ([0x08, 0x07, 0x5A, 0x7F], 7), ([], 0)]
      as [([UInt8], UInt64)]
    {
      let reply = try agent.ask(bytes)
      #expect(reply.sequence == sequence)
      guard case .refusal(let refusal) = reply.body else {
        Issue.record("\(reply.body)")
        return
      }
      #expect(refusal.code == .malformed)
    }
  }

  @Test("ten thousand mangled messages neither end the server nor feed it, nor trouble its guests")
  func mangled() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    let context = try Context()
    let options = EnvironmentOptions(seed: 97, laneCount: 4, restartRule: .sameStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let guest = try RemoteEnvironment(
      endpoints: [server.endpoint], task: "rdm_rt", options: options)
    let orders = (0..<4).map { TrialOrder(lane: $0) }
    try local.begin(orders)
    try guest.begin(orders)

    var random = Random(seed: 2, stream: Stream("mangling"))
    let agent = try RawAgent(.dealer, to: server.endpoint, in: context)
    let decoder = ReplyDecoder()
    var before = 0
    for index in 0..<10_000 {
      if index == 2000 { before = try residentBytes() }
      let bytes = Mangler.mangled(&random)
      _ = try agent.ask(bytes, decoder: decoder)
      if index.isMultiple(of: 100) {
        try local.step([0, 0, 1, 0])
        try guest.step([0, 0, 1, 0])
        expectEqual(local.frame, guest.frame, "after message \(index)")
      }
    }
    // Mangled opens may open sessions, which are held for their lease; they are small.
    #expect(try residentBytes() - before < 32 << 20)
    #expect(try Client(endpoint: server.endpoint).hello().major == 1)
    guest.close()
  }

  @Test("ten thousand mangled messages are read or refused, on both sides")
  func mangledCodec() throws {
    var random = Random(seed: 3, stream: Stream("mangling"))
    let requests = RequestDecoder(limits: Limits())
    let replies = ReplyDecoder()
    replies.shape = FrameShape(
      EnvironmentSpecification(
        task: catalogue.entries[0].description, options: .init(seed: 1, laneCount: 2)))
    var readable = 0
    for _ in 0..<10_000 {
      let bytes = Mangler.mangled(&random)
      do {
        try bytes.withUnsafeBytes { _ = try requests.decode($0) }
        readable += 1
      } catch let error as Refusal { #expect(!error.sentence.isEmpty) }
      let reply = Mangler.mangled(&random, from: Mangler.replies)
      do { try reply.withUnsafeBytes { _ = try replies.decode($0) } } catch let error as Refusal {
        #expect(!error.sentence.isEmpty)
      }
    }
    // Mangling has to leave some messages whole, or it tests nothing but the first check.
    #expect((500...9500).contains(readable))
  }

  // MARK: Endpoints

  @Test("a port in use is refused by name")
  func portInUse() throws {
    let server = try RunningServer(at: "tcp://127.0.0.1:*")
    #expect(throws: EndpointError.inUse(server.endpoint)) {
      try Server(catalogue: catalogue, endpoint: server.endpoint)
    }
    #expect(
      EndpointError.inUse("tcp://127.0.0.1:5555").description
        == "tcp://127.0.0.1:5555 is in use; stop the server that has it, or choose another endpoint"
    )
  }

  @Test("a path in use is not taken away from the server that has it")
  func pathInUse() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    #expect(throws: EndpointError.inUse(folder.ipc())) {
      try Server(catalogue: catalogue, endpoint: folder.ipc())
    }
    #expect(try Client(endpoint: server.endpoint).hello().major == 1)
  }

  @Test("a path that is a file is not touched")
  func pathIsFile() throws {
    let folder = Folder()
    let path = folder.path + "/precious"
    try Data([1]).write(to: URL(fileURLWithPath: path))
    #expect(throws: EndpointError.notASocket("ipc://" + path, path: path)) {
      try Server(catalogue: catalogue, endpoint: "ipc://" + path)
    }
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test("a stopped server leaves its path free, and another can have it")
  func pathFreed() throws {
    let folder = Folder()
    func serveOnce() throws {
      let server = try RunningServer(at: folder.ipc())
      #expect(try Client(endpoint: folder.ipc()).status().requests == 0)
      server.stop()
    }
    for _ in 0..<3 {
      try serveOnce()
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/server"))
    }
  }

  @Test(
    "endpoints that other machines can reach are refused unless allowed",
    arguments: ["tcp://*:5555", "tcp://0.0.0.0:5555", "tcp://192.0.2.1:5555", "tcp://[::]:5555"])
  func remoteEndpoint(text: String) {
    #expect(throws: EndpointError.remote(text)) {
      try Server(catalogue: catalogue, endpoint: text)
    }
  }

  @Test(
    "what is no endpoint is refused",
    arguments: [
      "", "5555", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "ipc://", "udp://a:1",
    ])
  func noEndpoint(text: String) {
    #expect(throws: EndpointError.malformed(text)) {
      try Server(catalogue: catalogue, endpoint: text)
    }
  }

  @Test("no server at the endpoint: a sentence that names it, in time")
  func noServer() throws {
    let folder = Folder()
    let start = ContinuousClock.now
    let error = #expect(throws: RemoteError.self) {
      try RemoteEnvironment(
        endpoints: [folder.ipc()], task: "rdm_fixed", options: .init(seed: 1),
        timeOut: .milliseconds(300))
    }
    #expect(
      error?.description
        == "no reply from \(folder.ipc()) within 0.3 s; is a server running there?")
    #expect(ContinuousClock.now - start < .seconds(3))
    #expect(
      RemoteError.noReply(endpoint: "tcp://127.0.0.1:5555", waited: .seconds(5)).description
        == "no reply from tcp://127.0.0.1:5555 within 5 s; is a server running there?")
  }

  @Test("the owner of a server is asked to start it again when it is lost")
  func revival() throws {
    let folder = Folder()
    let endpoint = folder.ipc()
    let home = Home(try RunningServer(at: endpoint))
    let options = EnvironmentOptions(seed: 5, laneCount: 3, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let remote = try RemoteEnvironment(
      endpoints: [folder.ipc()], task: "rdm_rt", options: options,
      onSilence: {
        if home.server == nil { home.server = try RunningServer(at: endpoint) }
      })
    let orders = (0..<3).map { TrialOrder(lane: $0) }
    try local.begin(orders)
    try remote.begin(orders)
    var subject = Subject(seed: 3)
    for step in 0..<200 {
      if step % 50 == 30 {
        home.server?.stop()
        home.server = nil
      }
      let actions = subject.actions(3, of: 3)
      try local.step(actions)
      try remote.step(actions)
      expectEqual(local.frame, remote.frame, "after step \(step)")
    }
    remote.close()
  }

  @Test("a task that is not there is refused with the nearest name")
  func unknownTask() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    let error = #expect(throws: RemoteError.self) {
      try Client(endpoint: server.endpoint).describe("rdm_fixd")
    }
    #expect(
      error?.description.hasPrefix("no task named 'rdm_fixd'; did you mean 'rdm_fixed'?") == true)
  }

  @Test("what the environment here would refuse, the remote one refuses in the same words")
  func sameRefusals() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    let options = EnvironmentOptions(seed: 5, laneCount: 3)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let remote = try RemoteEnvironment(
      endpoints: [server.endpoint], task: "rdm_rt", options: options)
    func expectSame(_ play: (any Environment) throws -> Void) {
      let expected = #expect(throws: RequestError.self) { try play(local) }
      let error = #expect(throws: RequestError.self) { try play(remote) }
      #expect(error == expected)
    }
    expectSame { try $0.step([0, 0, 0]) }
    expectSame { try $0.begin([]) }
    expectSame { try $0.begin([.init(lane: 3)]) }
    expectSame { try $0.begin([.init(lane: 1), .init(lane: 1)]) }
    expectSame { try $0.begin([.init(lane: 1, condition: 12)]) }
    for environment in [local, remote] as [any Environment] {
      try environment.begin([.init(lane: 1)])
    }
    expectSame { try $0.step([0, 0]) }
    expectSame { try $0.step([0, 7, 0]) }
    remote.close()
  }
}

extension ServerTests {
  @Test("amounts that can't be are refused here as there, and ideal ones by the server")
  func sameRefusalsOfAmounts() throws {
    let folder = Folder()
    let server = try RunningServer(at: folder.ipc())
    var options = EnvironmentOptions(seed: 5, laneCount: 3)
    let local = try catalogue.find("arm_reaching").entry.makeEnvironment([], options)
    let remote = try RemoteEnvironment(
      endpoints: [server.endpoint], task: "arm_reaching", options: options)
    func expectSame(_ play: (any Environment) throws -> Void) {
      let expected = #expect(throws: RequestError.self) { try play(local) }
      let error = #expect(throws: RequestError.self) { try play(remote) }
      #expect(error == expected)
    }
    let still = [Float](repeating: 0, count: 48)
    expectSame { try $0.step(amounts: still) }
    for environment in [local, remote] as [any Environment] {
      try environment.begin([.init(lane: 1)])
    }
    expectSame { try $0.step([0, 0, 0]) }
    expectSame { try $0.step(amounts: []) }
    expectSame { try $0.step(amounts: Array(still.dropLast())) }
    expectSame { try $0.step(amounts: [1.5] + still.dropFirst()) }
    expectSame { try $0.step(amounts: still.dropLast() + [.infinity]) }
    remote.close()

    options.showsIdealActions = true
    let error = #expect(throws: RemoteError.self) {
      try RemoteEnvironment(endpoints: [server.endpoint], task: "arm_reaching", options: options)
    }
    guard case .refused(_, let refusal) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(refusal.code == .unsupported)
  }
}

/// Where a server lives that may come and go. Used by one thread.
private final class Home: @unchecked Sendable {
  var server: RunningServer?
  init(_ server: RunningServer) { self.server = server }
}

/// Pages of this process that are in memory.
private func residentBytes() throws -> Int {
  let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  return try #require(Int(text.split(separator: " ")[1])) * 4096
}

/// Good messages, made bad.
enum Mangler {
  static let requests = CodecTests.requests.map { encode($0) }

  static let replies: [[UInt8]] = {
    var frame = Frame(laneCount: 2, observationSize: 3)
    frame.stages = [.middle, [.last, .terminated]]
    frame.endedTrials = [
      .init(lane: 1, trial: 0, condition: 9, ending: .correct, choice: 2, stepCount: 100)
    ]
    frame.facts = [0, 0, 0, 0, .nan]
    return [
      encode(Reply(sequence: 1, body: .frame(frame))),
      encode(Reply(sequence: 1, body: .task(catalogue.entries[0].description))),
      encode(Reply(sequence: 1, body: .refusal(Refusal(.limit, "no")))),
    ]
  }()

  /// A message with bits flipped, bytes put in, left out or repeated, or its end cut off.
  static func mangled(_ random: inout Random, from good: [[UInt8]] = requests) -> [UInt8] {
    var bytes = random.element(of: good)
    for _ in 0...random.index(below: 4) {
      guard !bytes.isEmpty else { break }
      let place = random.index(below: bytes.count)
      switch random.index(below: 6) {
      case 0: bytes[place] ^= 1 << random.index(below: 8)
      case 1: bytes[place] = UInt8(random.index(below: 256))
      case 2: bytes.insert(UInt8(random.index(below: 256)), at: place)
      case 3: bytes.remove(at: place)
      case 4: bytes.removeLast(bytes.count - place)
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
      }
    }
    return bytes
  }
}
