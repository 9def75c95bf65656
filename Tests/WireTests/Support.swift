import Envs
import Foundation
import Glibc
import Gym
import Testing

@testable import Wire

/// A server on a thread of its own, for as long as the test holds it.
final class RunningServer {
  let endpoint: String
  private var server: Server?
  private let ended = DispatchSemaphore(value: 0)

  init(
    at endpoint: String, of tasks: Catalogue = catalogue, limits: Limits = Limits(),
    keyFolder: String? = nil,
    onEvent: ServerEvent.Handler? = nil
  ) throws {
    let server = try Server(
      catalogue: tasks, endpoint: endpoint, limits: limits, keyFolder: keyFolder,
      onEvent: onEvent)
    self.server = server
    self.endpoint = server.endpoint
    // The thread lets go of the server before it says that it has ended.
    let held = Held(server)
    let thread = Thread { [ended] in
      do { try held.server?.run() } catch { Issue.record("the server failed: \(error)") }
      held.server = nil
      ended.signal()
    }
    thread.start()
  }

  /// Ends it and frees its endpoint.
  func stop() {
    guard let server else { return }
    server.stop()
    #expect(ended.wait(timeout: .now() + 10) == .success, "the server did not stop")
    self.server = nil
  }

  deinit { stop() }

  private final class Held: @unchecked Sendable {
    var server: Server?
    init(_ server: Server) { self.server = server }
  }
}

/// A folder that is gone after the test, for sockets.
final class Folder {
  let path: String

  init() {
    var template = Array("/tmp/operant-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  func ipc(_ name: String = "server") -> String { "ipc://\(path)/\(name)" }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An agent's socket without any manners: sends what it is given.
struct RawAgent: ~Copyable {
  let socket: Socket
  let part = Message()

  init(_ kind: Socket.Kind, to endpoint: String, in context: Context) throws {
    let socket = try Socket(kind, in: context)
    try socket.setAgentOptions(longestMessage: 1 << 30)
    try socket.setPatience(5000)
    try socket.connect(endpoint)
    self.socket = socket
  }

  func send(_ bytes: [UInt8], hasMore: Bool = false) throws {
    bytes.withUnsafeBytes {
      part.makeRoom(bytes.count).copyMemory(
        from: $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, byteCount: bytes.count)
    }
    try #require(try socket.send(part, hasMore: hasMore))
  }

  /// The next part that comes, within five seconds.
  func receive() throws -> [UInt8] {
    try #require(try socket.receive(into: part), "nothing came")
    return Array(part.bytes)
  }

  func ask(_ bytes: [UInt8], decoder: ReplyDecoder = ReplyDecoder()) throws -> Reply {
    try send(bytes)
    return try decode(try receive(), decoder)
  }
}

func encode(_ request: Request) -> [UInt8] {
  let message = Message()
  RequestEncoder().encode(request) { message.makeRoom($0) }
  return Array(message.bytes)
}

func encode(_ reply: Reply) -> [UInt8] {
  let message = Message()
  ReplyEncoder().encode(reply) { message.makeRoom($0) }
  return Array(message.bytes)
}

func decode(_ bytes: [UInt8], limits: Limits = Limits()) throws -> Request {
  let decoder = RequestDecoder(limits: limits)
  return try bytes.withUnsafeBytes { try decoder.decode($0) }
}

func decode(_ bytes: [UInt8], _ decoder: ReplyDecoder) throws -> Reply {
  try bytes.withUnsafeBytes { try decoder.decode($0) }
}

/// What there is to compare of two frames.
func expectEqual(
  _ a: Frame, _ b: Frame, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.observations == b.observations, comment, sourceLocation: sourceLocation)
  #expect(a.rewards == b.rewards, comment, sourceLocation: sourceLocation)
  #expect(a.stages == b.stages, comment, sourceLocation: sourceLocation)
  #expect(a.idealActions == b.idealActions, comment, sourceLocation: sourceLocation)
  #expect(a.endedTrials == b.endedTrials, comment, sourceLocation: sourceLocation)
  // Facts may be no numbers; those are equal too.
  #expect(
    a.facts.map(\.bitPattern) == b.facts.map(\.bitPattern), comment, sourceLocation: sourceLocation)
  #expect(a.finalObservations == b.finalObservations, comment, sourceLocation: sourceLocation)
}

/// Actions that mostly wait, as a subject does, so that trials come to all kinds of ends.
struct Subject {
  var random: Random
  init(seed: UInt64) { random = Random(seed: seed, stream: Stream("policy")) }

  mutating func actions(_ count: Int, of choiceCount: Int) -> [UInt8] {
    (0..<count).map { _ in
      random.index(below: 40) > 0 ? 0 : UInt8(random.index(below: choiceCount))
    }
  }

  /// For a task's own kind of actions, so many of them.
  mutating func actions(_ count: Int, of space: ActionSpace) -> Actions {
    switch space {
    case .discrete(let names): .choices(actions(count, of: names.count))
    case .continuous(let width, let range):
      .amounts(
        (0..<(count * width)).map { _ in
          range.lowerBound + random.uniform() * (range.upperBound - range.lowerBound)
        })
    }
  }
}

extension Environment {
  func step(_ actions: Actions) throws {
    switch actions {
    case .choices(let choices): try step(choices)
    case .amounts(let amounts): try step(amounts: amounts)
    }
  }
}
