import Foundation
import Testing

/// The programs under test, as a person would run them.
enum Programs {
  /// Where they are: OPERANT_PROGRAMS, or beside the tests.
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["OPERANT_PROGRAMS"] {
      return URL(fileURLWithPath: path)
    }
    return Bundle.main.bundleURL.deletingLastPathComponent().appending(path: "debug")
  }()
}

/// One program that runs, or has run.
final class Run: @unchecked Sendable {
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let output: URL
  private let errors: URL
  let folder: Folder

  /// Starts `program`; what it prints goes to files of their own.
  init(_ program: String, _ arguments: [String], in folder: Folder) throws {
    self.folder = folder
    let name = UUID().uuidString
    output = folder.url.appending(path: name + ".out")
    errors = folder.url.appending(path: name + ".err")
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = Programs.folder.appending(path: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["XDG_RUNTIME_DIR": folder.url.path]) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    let ended = ended
    process.terminationHandler = { @Sendable _ in ended.signal() }
    try process.run()
  }

  var printed: String { text(output) }
  var complaints: String { text(errors) }

  private func text(_ file: URL) -> String {
    do { return try String(contentsOf: file, encoding: .utf8) } catch { return "\(error)" }
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for its end; −9 is the status of one that signal 9 ended.
  @discardableResult
  func status(within seconds: Double = 120, _ location: SourceLocation = #_sourceLocation) -> Int32
  {
    guard ended.wait(timeout: .now() + seconds) == .success else {
      Issue.record("it did not end within \(seconds) s: \(complaints)", sourceLocation: location)
      process.terminate()
      return -1
    }
    ended.signal()
    return process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
  }

  /// Waits until `condition` holds; asked every few milliseconds, because files tell nobody.
  func wait(
    until condition: () -> Bool, within seconds: Double = 60,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !condition() {
      guard Date() < deadline else {
        Issue.record("nothing came of it: \(printed) \(complaints)", sourceLocation: location)
        return
      }
      usleep(5000)
    }
  }
}

/// A folder that is gone after the test.
final class Folder: @unchecked Sendable {
  let url: URL

  init() {
    var template = Array("/tmp/operant-e2e-XXXXXX".utf8CString)
    url = URL(fileURLWithPath: String(cString: mkdtemp(&template)))
  }

  func path(_ name: String) -> String { url.appending(path: name).path }

  /// The bytes of a file; empty if there is none.
  func bytes(_ name: String) -> Data { FileManager.default.contents(atPath: path(name)) ?? Data() }

  /// The names in a folder, in order.
  func names(_ name: String) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted() } catch {
      return []
    }
  }

  /// Rows of `progress.csv` so far.
  func rows(_ run: String) -> Int {
    max(0, bytes(run + "/progress.csv").split(separator: UInt8(ascii: "\n")).count - 1)
  }

  deinit {
    do { try FileManager.default.removeItem(at: url) } catch {
      Issue.record("left \(url.path) behind: \(error)")
    }
  }

  /// Runs a program to its end.
  func run(_ program: String, _ arguments: String...) throws -> Run {
    let run = try Run(program, arguments, in: self)
    run.status()
    return run
  }

  /// A server that is ready.
  func server(at endpoint: String) throws -> (run: Run, endpoint: String) {
    let server = try Run("operant-server", ["--bind", endpoint], in: self)
    server.wait(until: { server.printed.hasSuffix("\n") })
    let bound = server.printed.split(separator: " ").last?.dropLast() ?? ""
    return (server, String(bound))
  }
}

/// Expects two runs to have written the same bytes, checkpoints and tables and all.
func expectEqualRuns(
  _ a: String, _ b: String, in folder: Folder, _ location: SourceLocation = #_sourceLocation
) {
  #expect(
    folder.names(a + "/checkpoints") == folder.names(b + "/checkpoints"),
    sourceLocation: location)
  #expect(!folder.names(a + "/checkpoints").isEmpty, sourceLocation: location)
  let files =
    ["config.json", "progress.csv", "events.out.tfevents.0.operant"]
    + folder.names(a + "/checkpoints").map { "checkpoints/" + $0 }
  for file in files {
    #expect(
      folder.bytes(a + "/" + file) == folder.bytes(b + "/" + file), "\(file)",
      sourceLocation: location)
  }
}
