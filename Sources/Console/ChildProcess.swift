import CPlatform
import Foundation

/// A program this one started, and answers for.
///
/// It lives in a process group of its own, so that Ctrl-C on the terminal reaches this program alone,
/// which then ends its child in its own time. It is killed when this program ends, however it ends. It
/// reads nothing, its errors appear among ours, and what it prints is ours to read, line by line:
///
///     let server = try ChildProcess(path, arguments: ["--bind", endpoint])
///     let ready = try server.nextLine(within: .seconds(5))
public final class ChildProcess: Sendable {
  /// The file that was started.
  public let program: String
  /// Its number, and that of its process group.
  public let processID: Int32

  private let life: Life

  /// How a program ended.
  public enum Ending: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(bySignal: Int32)

    public var description: String {
      switch self {
      case .exited(let status): "it exited with \(status)"
      case .killed(let signal): "signal \(signal) ended it"
      }
    }
  }

  /// Starts the program in file `program`.
  ///
  /// - Parameters:
  ///   - arguments: without the program's own name.
  ///   - environment: what is added to this program's own variables.
  public init(
    _ program: String, arguments: [String] = [], environment: [String: String] = [:]
  ) throws(ChildProcessError) {
    self.program = program
    let life = Life()
    self.life = life
    let variables = ProcessInfo.processInfo.environment.merging(environment) { _, added in added }
    // The child is killed when the thread that forked it ends. This one stays with it to its end.
    Thread.detachNewThread {
      life.live(program, [program] + arguments, variables.map { "\($0)=\($1)" }.sorted())
    }
    switch life.awaitStart() {
    case .success(let child): processID = child
    case .failure(let error): throw error
    }
  }

  deinit { life.signal(SIGTERM) }

  /// Sends it a signal, if it still runs.
  public func signal(_ signal: Int32) { life.signal(signal) }

  /// Whether it has not ended yet.
  public var isRunning: Bool { life.ending == nil }

  /// How it ended; nil while it runs.
  public var ending: Ending? { life.ending }

  /// What it took of processors, with the processes that it started and waited for; nil while it runs.
  public var cpuSeconds: Double? { life.usedCPUSeconds }

  /// The next line it printed, without its end.
  ///
  /// - Throws: `.silent` if none comes in time, `.ended` if none will ever come.
  public func nextLine(within limit: Duration) throws(ChildProcessError) -> String {
    switch life.nextLine(before: Date(limit)) {
    case .line(let line): return line
    case .none: throw .silent(program, limit)
    case .ended(let ending): throw .ended(program, ending)
    }
  }

  /// How it ended, if it does so in time.
  public func waitForEnd(within limit: Duration) -> Ending? {
    life.waitForEnd(before: Date(limit))
  }

  /// Asks it to end (SIGTERM), and kills it if it takes too long about it.
  @discardableResult
  public func terminate(within grace: Duration = .seconds(3)) -> Ending {
    life.signal(SIGTERM)
    if let ending = life.waitForEnd(before: Date(grace)) { return ending }
    life.signal(SIGKILL)
    return life.awaitEnd()
  }

  /// The program of that name beside the one that runs.
  public static func siblingProgram(named name: String) throws(ChildProcessError) -> String {
    let own = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
      .resolvingSymlinksInPath()
    let sibling = own.deletingLastPathComponent().appending(path: name).path
    guard FileManager.default.isExecutableFile(atPath: sibling) else {
      throw .noSibling(name, folder: own.deletingLastPathComponent().path)
    }
    return sibling
  }
}

/// A child that can't be started or doesn't answer.
public enum ChildProcessError: ReportedError, Equatable {
  case notStarted(String, code: Int32)
  case noSibling(String, folder: String)
  case silent(String, Duration)
  case ended(String, ChildProcess.Ending)

  public var exitCode: ExitCode { .unavailable }

  public var description: String {
    switch self {
    case .notStarted(let program, let code):
      "can't start '\(program)': " + String(cString: strerror(code)).lowercased()
    case .noSibling(let name, let folder):
      "there is no program '\(name)' in \(folder); build it, or start it yourself"
    case .silent(let program, let limit):
      "'\(program)' said nothing within \(limit)"
    case .ended(let program, let ending):
      "'\(program)' ended before it was ready: \(ending)"
    }
  }
}

/// What the threads around a child share.
private final class Life: @unchecked Sendable {
  enum Line {
    case line(String)
    case none
    case ended(ChildProcess.Ending)
  }

  /// Lines nobody reads are forgotten from the oldest on, so that a child never waits for a reader.
  private static let mostLines = 1000

  private let change = NSCondition()
  // All of these under `change`.
  private var start: Result<Int32, ChildProcessError>?
  private var lines: [String] = []
  private var isPrinting = true
  private var end: ChildProcess.Ending?
  private var cpuSeconds: Double?

  /// Starts the child and stays until it is gone.
  func live(_ path: String, _ arguments: [String], _ environment: [String]) {
    var child: Int32 = 0
    var output: Int32 = -1
    let code = withCStrings(arguments) { arguments in
      withCStrings(environment) { environment in
        platform_start_child(path, arguments, environment, &child, &output)
      }
    }
    guard code == 0 else { return tell { start = .failure(.notStarted(path, code: code)) } }
    let pipe = output
    Thread.detachNewThread { self.read(pipe) }
    tell { start = .success(child) }

    platform_await_end(child)
    tell {
      var status: Int32 = 0
      var signal: Int32 = 0
      var seconds = 0.0
      platform_reap(child, &status, &signal, &seconds)
      cpuSeconds = seconds
      end = signal == 0 ? .exited(status) : .killed(bySignal: signal)
    }
  }

  func awaitStart() -> Result<Int32, ChildProcessError> {
    change.withLock {
      while true {
        if let start { return start }
        change.wait()
      }
    }
  }

  var ending: ChildProcess.Ending? { change.withLock { end } }
  var usedCPUSeconds: Double? { change.withLock { cpuSeconds } }

  func nextLine(before deadline: Date) -> Line {
    change.withLock {
      while true {
        if !lines.isEmpty { return .line(lines.removeFirst()) }
        if !isPrinting, let end { return .ended(end) }
        guard change.wait(until: deadline) else { return .none }
      }
    }
  }

  func awaitEnd() -> ChildProcess.Ending {
    change.withLock {
      while true {
        if let end { return end }
        change.wait()
      }
    }
  }

  func waitForEnd(before deadline: Date) -> ChildProcess.Ending? {
    change.withLock {
      while end == nil, change.wait(until: deadline) {}
      return end
    }
  }

  /// Signals the child and what it started. Once it is reaped its number may be another's.
  func signal(_ signal: Int32) {
    change.withLock {
      guard end == nil, case .success(let child) = start else { return }
      kill(-child, signal)
    }
  }

  private func read(_ pipe: Int32) {
    var pending: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(pipe, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      for byte in block[..<count] {
        if byte == UInt8(ascii: "\n") {
          let line = String(decoding: pending, as: UTF8.self)
          pending = []
          tell {
            if lines.count == Self.mostLines { lines.removeFirst() }
            lines.append(line)
          }
        } else if pending.count < 65_536 {
          pending.append(byte)
        }
      }
    }
    close(pipe)
    tell { isPrinting = false }
  }

  private func tell(_ news: () -> Void) {
    change.withLock {
      news()
      change.broadcast()
    }
  }
}

extension Date {
  /// That long from now.
  fileprivate init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(timeIntervalSinceNow: Double(seconds) + Double(attoseconds) * 1e-18)
  }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return (copies + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
}
