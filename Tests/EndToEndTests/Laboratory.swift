import Foundation
import Testing

/// How long anything may take that should come soon. Ends what would never end; nothing takes that long.
let patience = 60.0

/// A folder of a test's own, and the programs that were started in it.
///
/// Whatever becomes of a test, nothing it started outlives it, and a process that is still there when all
/// should be gone fails it.
final class Laboratory {
  let folder: String
  /// Where the programs make the folders of their sockets.
  let socketFolder: String
  /// By this variable a process is known as one of ours, however it was started.
  private let mark = "OPERANT_TEST=\(UUID().uuidString)"
  private var processes: [RunningProgram] = []

  /// Gives `work` a laboratory, and looks whether it is left clean.
  static func open<Result>(_ work: (Laboratory) throws -> Result) throws -> Result {
    let laboratory = try Laboratory()
    defer { laboratory.clean() }
    let result = try work(laboratory)
    for process in laboratory.processes where !process.isOver { process.signal(SIGCONT) }
    for process in laboratory.processes.reversed() where !process.isOver {
      process.signal(SIGTERM)
      _ = try process.end()
    }
    // A child whose parent was killed is on its way out.
    let isLeft = waits(10) { laboratory.processIDs.isEmpty } == false
    #expect(!isLeft, "left behind: \(laboratory.processIDs.map(commandLine))")
    return result
  }

  private init() throws {
    // Sockets' paths are short, 107 bytes.
    var template = Array("/tmp/operant-tests-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    socketFolder = folder + "/sockets"
    try FileManager.default.createDirectory(
      atPath: socketFolder, withIntermediateDirectories: true)
  }

  private func clean() {
    for process in processIDs { kill(process, SIGKILL) }
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      Issue.record("can't remove \(folder): \(error)")
    }
  }

  // MARK: Programs

  /// Starts a program, in the laboratory's folder.
  func start(_ program: String, _ arguments: [String]) throws -> RunningProgram {
    let number = processes.count
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let process = try RunningProgram(
      program, arguments, in: folder,
      environment: [
        "XDG_RUNTIME_DIR=" + socketFolder, "PATH=\(programFolder):\(path)", mark,
      ],
      output: "\(folder)/\(number).out", errors: "\(folder)/\(number).err")
    processes.append(process)
    return process
  }

  /// Runs a line of shell to its end.
  func shell(_ line: String) throws -> EndedProgram { try run("sh", ["-c", line]) }

  /// Runs a program to its end.
  func run(_ program: String, _ arguments: [String]) throws -> EndedProgram {
    try start(program, arguments).end()
  }

  /// Runs `operant`, its arguments separated by spaces.
  func operant(_ arguments: String) throws -> EndedProgram {
    try run("operant", arguments.split(separator: " ").map(String.init))
  }

  /// Starts `operant`, its arguments separated by spaces.
  func startOperant(_ arguments: String) throws -> RunningProgram {
    try start("operant", arguments.split(separator: " ").map(String.init))
  }

  /// Starts a server, and waits until it listens.
  ///
  /// - Returns: It, and where it listens.
  func startServer(
    _ arguments: [String] = [], at endpoint: String = "tcp://127.0.0.1:*"
  ) throws -> (RunningProgram, String) {
    let server = try start("operant-server", ["--bind", endpoint] + arguments)
    let prefix = "listening on "
    try server.expect("it listens") {
      server.output.hasPrefix(prefix) && server.output.hasSuffix("\n")
    }
    return (server, String(server.output.dropFirst(prefix.count).dropLast()))
  }

  /// The processes that were started here and the ones those have started.
  var processIDs: [Int32] {
    allProcessIDs.filter { process in
      environment(of: process)?.contains(mark) ?? false
    }
  }

  // MARK: Files

  func path(_ name: String) -> String { folder + "/" + name }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }

  /// What lies in a folder here, sorted.
  func names(in name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }

  /// The bytes of all files of a run, by their path in its folder.
  func contents(of run: String) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path(run)) {
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(
        atPath: path(run + "/" + name), isDirectory: &isFolder)
      if isThere, !isFolder.boolValue { contents[name] = try bytes(run + "/" + name) }
    }
    return contents
  }

  /// The rows of a table, by its columns' names.
  func table(_ name: String) throws -> [[String: String]] {
    let lines = try text(name).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let columns = try #require(lines.first)
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(columns, $0)) }
  }
}

/// Expects two runs to have come out as the same bytes.
func expectEqual(
  _ first: [String: Data], _ second: [String: Data],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(first.keys.sorted() == second.keys.sorted(), sourceLocation: sourceLocation)
  let different = first.keys.filter { first[$0] != second[$0] }.sorted()
  #expect(different == [], "these differ", sourceLocation: sourceLocation)
}

/// Whether something comes true in so many seconds.
func waits(_ seconds: Double = patience, until isTrue: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try !isTrue() {
    guard ContinuousClock.now < deadline else { return false }
    usleep(2000)
  }
  return true
}

/// Where the programs are that are tested: `OPERANT_PROGRAMS`, or beside the tests.
private let programFolder =
  ProcessInfo.processInfo.environment["OPERANT_PROGRAMS"]
  ?? Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }.map {
    URL(filePath: $0.bundlePath).deletingLastPathComponent().path
  } ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
