import Envs
import Foundation
import Gym
import Synchronization
import Testing

@testable import Wire

/// A server with keys, and agents of all kinds.
private final class KeyedServer {
  let folder = Folder()
  let server: RunningServer
  let serverKey: PublicKey
  let alice: AgentKeys
  private let log = Log()

  private final class Log: Sendable {
    let events = Mutex<[ServerEvent]>([])
  }

  init(at endpoint: String = "tcp://127.0.0.1:*") throws {
    serverKey = try makeKeyFolder(at: folder.path + "/keys")
    try KeyFile.create("alice", in: folder.path)
    alice = try AgentKeys(
      serverKeyFile: folder.path + "/keys/server.pub", keyFile: folder.path + "/alice.key")
    try FileManager.default.copyItem(
      atPath: folder.path + "/alice.pub", toPath: folder.path + "/keys/authorised/alice.pub")
    server = try RunningServer(
      at: endpoint, keyFolder: folder.path + "/keys",
      onEvent: { [log] event in log.events.withLock { $0.append(event) } })
  }

  var endpoint: String { server.endpoint }

  /// What was said of peers that were not let in.
  var rejections: [String] {
    log.events.withLock { $0 }.compactMap { event in
      if case .rejected(let reason) = event { reason } else { nil }
    }
  }

  func client(_ keys: AgentKeys?) throws -> Client { try Client(endpoint: endpoint, keys: keys) }

  var status: ServerStatus { get throws { try client(alice).status() } }

  /// Expects so many peers to have been rejected; the server may hear of one after the peer does.
  func expectRejections(
    _ count: ClosedRange<UInt64>, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = ContinuousClock.now + .seconds(5)
    var rejected: UInt64 = 0
    repeat {
      rejected = try status.rejectedPeers
    } while rejected < count.lowerBound && ContinuousClock.now < deadline
    #expect(count.contains(rejected), sourceLocation: sourceLocation)
  }
}

@Suite("CURVE", .serialized)
struct CurveTests {
  private func refusal(_ client: Client) -> RemoteError? {
    #expect(throws: RemoteError.self) { try client.hello() }
  }

  @Test(
    "an agent with an authorised key plays as it would without any",
    arguments: ["tcp://127.0.0.1:*", "tcp://[::1]:*", "ipc"])
  func authorised(endpoint: String) throws {
    let place = Folder()
    let keyed = try KeyedServer(at: endpoint == "ipc" ? place.ipc() : endpoint)
    let options = EnvironmentOptions(seed: 97, laneCount: 16, restartRule: .nextStep)
    let local = try catalogue.find("rdm_rt").entry.makeEnvironment([], options)
    let remote = try RemoteEnvironment(
      endpoints: [keyed.endpoint], task: "rdm_rt", options: options, keys: keyed.alice)
    let orders = (0..<16).map { TrialOrder(lane: $0) }
    try local.begin(orders)
    try remote.begin(orders)
    var subject = Subject(seed: 1)
    for step in 0..<100 {
      let actions = subject.actions(16, of: 3)
      try local.step(actions)
      try remote.step(actions)
      expectEqual(local.frame, remote.frame, "after step \(step)")
    }
    remote.close()
    #expect(try keyed.status.rejectedPeers == 0)
  }

  @Test("a stranger is turned away at once, told why, and counted")
  func stranger() throws {
    let keyed = try KeyedServer()
    let stranger = AgentKeys(server: keyed.serverKey, own: KeyPair())
    let start = ContinuousClock.now
    let error = refusal(try keyed.client(stranger))
    #expect(ContinuousClock.now - start < .seconds(2))
    #expect(error == .turnedAway(endpoint: keyed.endpoint, key: stranger.own.publicKey))
    #expect(
      error?.description
        == "the server at \(keyed.endpoint) does not let this agent in: its key, "
        + "\(stranger.own.publicKey), is not authorised; put its .pub file into 'authorised' in the "
        + "server's folder of keys")
    try keyed.expectRejections(1...1)
    #expect(
      keyed.rejections == [
        "the key \(stranger.own.publicKey) of somebody at 127.0.0.1 is not authorised"
      ])
  }

  @Test("an agent without a key is turned away at once, told why, and counted")
  func plainAgent() throws {
    let keyed = try KeyedServer()
    let start = ContinuousClock.now
    #expect(refusal(try keyed.client(nil)) == .needsKeys(endpoint: keyed.endpoint))
    #expect(ContinuousClock.now - start < .seconds(2))
    // Where the server is the faster one to hang up, the agent tries again.
    try keyed.expectRejections(1...20)
    #expect(
      Set(keyed.rejections).isSubset(of: [
        "somebody came without any key", "somebody left before showing a key",
      ]))
  }

  @Test("an agent that expects another server is turned away, told why, and counted")
  func otherServer() throws {
    let keyed = try KeyedServer()
    let other = AgentKeys(server: KeyPair().publicKey, own: keyed.alice.own)
    let start = ContinuousClock.now
    #expect(
      refusal(try keyed.client(other))
        == .hangsUp(endpoint: keyed.endpoint, expected: other.server))
    #expect(ContinuousClock.now - start < .seconds(8))
    try keyed.expectRejections(1...100)
  }

  @Test("an agent with keys does not talk to a server without")
  func plainServer() throws {
    let keyed = try KeyedServer()
    let plain = try RunningServer(at: "tcp://127.0.0.1:*")
    #expect(
      refusal(try Client(endpoint: plain.endpoint, keys: keyed.alice))
        == .knowsNoKeys(endpoint: plain.endpoint))
    #expect(try Client(endpoint: plain.endpoint).hello().major == 1)
  }

  @Test("a secret that only looks like an authorised key does not get in")
  func stolenPublicKey() throws {
    let keyed = try KeyedServer()
    // Whoever has alice.pub knows her public key, and not the secret that belongs to it.
    let context = try Context()
    let thief = try Socket(.dealer, in: context)
    try thief.setAgentOptions(longestMessage: 1024)
    try thief.setPatience(500)
    try thief.showKeys(
      AgentKeys(
        server: keyed.serverKey,
        own: KeyPair(claiming: keyed.alice.own.publicKey, secret: KeyPair().secret)))
    let monitor = try thief.monitor(named: "thief", in: context)
    try monitor.setPatience(5000)
    try thief.connect(keyed.endpoint)
    let event = try monitor.nextEvent(using: Message(), waits: true)
    #expect(event != .connected && event != nil)
    try keyed.expectRejections(1...100)
  }

  @Test("a key counts from the moment it lies in the folder until it is taken away")
  func changed() throws {
    let keyed = try KeyedServer()
    let bob = KeyPair()
    let keys = AgentKeys(server: keyed.serverKey, own: bob)
    let file = keyed.folder.path + "/keys/authorised/bob.pub"
    for _ in 0..<3 {
      #expect(
        refusal(try keyed.client(keys))
          == .turnedAway(endpoint: keyed.endpoint, key: bob.publicKey))
      try Data("operant-key 1\npublic \(bob.publicKey)\n".utf8).write(to: URL(filePath: file))
      #expect(try keyed.client(keys).hello().major == 1)
      try FileManager.default.removeItem(atPath: file)
    }
    try keyed.expectRejections(3...3)
  }

  @Test("what is not ZMTP 3 is hung up on and counted, while an agent plays and others come and go")
  func otherLanguages() throws {
    let keyed = try KeyedServer()
    let guest = try keyed.client(keyed.alice)
    #expect(try guest.hello().major == 1)
    // A browser; the beginning of a TLS handshake (RFC 8446, 5.1); noise; ZMTP 2 (spec 15/ZMTP).
    let languages: [[UInt8]] = [
      Array("GET / HTTP/1.1\r\nHost: operant\r\n\r\n".utf8),
      [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + Array(0...255),
      Array(repeating: 0, count: 64),
      [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 5, 0, 0],
    ]
    for (index, language) in languages.enumerated() {
      try knock(at: keyed.endpoint, saying: language)
      let count = UInt64(index + 1)
      try keyed.expectRejections(count...count)
      #expect(try guest.hello().major == 1)
    }
    #expect(Set(keyed.rejections) == ["somebody sent what is not ZMTP 3"])
    try knock(at: keyed.endpoint, saying: [])
    try keyed.expectRejections(5...5)
    #expect(keyed.rejections.last == "somebody left before showing a key")
  }

  @Test("a server without keys counts what it hangs up on, and not who connects and goes")
  func otherLanguagesWithoutKeys() throws {
    let hungUp = DispatchSemaphore(value: 0)
    let server = try RunningServer(
      at: "tcp://127.0.0.1:*", onEvent: { if case .hungUp = $0 { hungUp.signal() } })
    let guest = try Client(endpoint: server.endpoint)
    for _ in 0..<3 {
      try knock(at: server.endpoint, saying: [])
      #expect(hungUp.wait(timeout: .now() + 10) == .success)
    }
    #expect(try guest.status().rejectedPeers == 0)
    // ZMTP 1 has no messages without a flag in front.
    try knock(at: server.endpoint, saying: Array(repeating: 0, count: 64))
    let deadline = ContinuousClock.now + .seconds(5)
    while try guest.status().rejectedPeers == 0, ContinuousClock.now < deadline {}
    #expect(try guest.status().rejectedPeers == 1)
  }

  /// Connects, says something and goes; if it says anything, when the other side has hung up.
  private func knock(at endpoint: String, saying bytes: [UInt8]) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
      .bigEndian
    place.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0)
    guard !bytes.isEmpty else { return }
    try #require(send(descriptor, bytes, bytes.count, 0) == bytes.count)
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var answer = [UInt8](repeating: 0, count: 1024)
    var count = 1
    while count > 0 { count = recv(descriptor, &answer, answer.count, 0) }
    #expect(count == 0 || errno == ECONNRESET)
  }

  @Test("a server whose socket lets in strangers finds out when it tries itself")
  func trial() throws {
    // libzmq lets in every key where nobody answers for the server: this socket has no doorkeeper.
    let server = KeyPair()
    let context = try Context()
    let socket = try Socket(.router, in: context)
    try socket.setServerOptions(longestMessage: 1024)
    try socket.requireKeys(of: server)
    try socket.bind("tcp://127.0.0.1:*")
    let endpoint = try socket.boundEndpoint()
    #expect(throws: EndpointError.letsStrangersIn(endpoint)) {
      try StrangerTrial.run(
        at: Endpoint(endpoint), of: server.publicKey, as: KeyPair())
    }
  }

  @Test("a server that is bound to all addresses tries itself, and is no stranger to itself")
  func allAddresses() throws {
    let folder = Folder()
    try makeKeyFolder(at: folder.path)
    for endpoint in ["tcp://0.0.0.0:*", "tcp://*:*", "tcp://[::]:*"] {
      let server = try Server(
        catalogue: catalogue, endpoint: endpoint, keyFolder: folder.path)
      #expect(server.counters.rejectedPeers.value == 0)
    }
  }

  @Test("a server without its secret, or with one that others can read, is not made")
  func unreadableKeys() throws {
    let folder = Folder()
    func make() throws {
      _ = try Server(
        catalogue: catalogue, endpoint: "tcp://127.0.0.1:*", keyFolder: folder.path)
    }
    #expect(throws: KeyError.unreadable(folder.path + "/server.key", ENOENT)) { try make() }
    try makeKeyFolder(at: folder.path)
    try make()
    chmod(folder.path + "/server.key", 0o644)
    #expect(throws: KeyError.open(folder.path + "/server.key", mode: 0o644)) { try make() }
  }
}
