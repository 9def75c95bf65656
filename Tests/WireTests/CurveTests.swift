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
