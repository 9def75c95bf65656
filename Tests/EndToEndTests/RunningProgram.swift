import Foundation
import Testing

/// A program in a process of its own; what it prints goes to files, so that it never waits for a reader.
final class RunningProgram {
  let processID: Int32
  private let call: String
  private let outputPath: String
  private let errorPath: String
  private var status: Int32?

  init(
    _ path: String, _ arguments: [String], in folder: String, environment added: [String],
    output: String, errors: String
  ) throws {
    call = ([path] + arguments).joined(separator: " ")
    outputPath = output
    errorPath = errors
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // The threads of the tests block signals, and who runs the tests may ignore some; a program is to be
    // started as a person's shell would.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let variables =
      ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
      .filter { variable in
        !added.contains { $0.prefix { $0 != "=" } == variable.prefix { $0 != "=" } }
      }
      + added
    var process: pid_t = 0
    // The shell goes to the folder and then becomes the program.
    let words = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder, path] + arguments
    let code = withCStrings(words) { words in
      withCStrings(variables) { posix_spawn(&process, "/bin/sh", &actions, &attributes, words, $0) }
    }
    try #require(code == 0, "can't start \(path): \(String(cString: strerror(code)))")
    processID = process
  }

  deinit {
    guard status == nil else { return }
    kill(processID, SIGKILL)
    waitpid(processID, nil, 0)
  }

  /// What it has printed so far.
  var output: String { text(outputPath) }
  /// What it has printed to standard error so far.
  var errors: String { text(errorPath) }

  private func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  func signal(_ signal: Int32) {
    guard !isOver else { return }
    kill(processID, signal)
  }

  /// Whether it has ended.
  var isOver: Bool {
    if status == nil {
      var word: Int32 = 0
      if waitpid(processID, &word, WNOHANG) == processID { status = word }
    }
    return status != nil
  }

  /// Waits for its end.
  func end() throws -> EndedProgram {
    let ended = waits { isOver }
    try #require(ended, "\(call) does not end; it printed: \(output)\(errors)")
    let word = try #require(status)
    let signal = word & 0x7f
    return EndedProgram(
      exitCode: signal == 0 ? (word >> 8) & 0xff : nil, output: output, errors: errors)
  }

  /// Waits until something comes true, while the program runs.
  func expect(_ what: String, _ isTrue: () throws -> Bool) throws {
    let came = try waits { try isTrue() || isOver }
    try #require(
      try came && isTrue(),
      "\(call): \(what) did not come about; it printed: \(output)\(errors)")
  }

  /// The processes it has started that are still there.
  var children: [Int32] { allProcessIDs.filter { parent(of: $0) == processID } }
}

/// What is left of a program.
struct EndedProgram {
  /// Nil if a signal ended it.
  let exitCode: Int32?
  let output: String
  let errors: String
}

// MARK: What the system knows of processes

var allProcessIDs: [Int32] {
  do {
    return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
  } catch {
    return []
  }
}

/// The variables a process was started with; nil if it is over.
func environment(of process: Int32) -> [String]? {
  // A process that is over and not yet asked about by its parent has none.
  nullSeparated("/proc/\(process)/environ")
}

func commandLine(of process: Int32) -> String {
  nullSeparated("/proc/\(process)/cmdline")?.joined(separator: " ") ?? "one that is over"
}

private func nullSeparated(_ path: String) -> [String]? {
  guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
  return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}

private func parent(of process: Int32) -> Int32? {
  guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/status") else {
    return nil
  }
  let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    .first { $0.hasPrefix("PPid:") }
  return line.flatMap { Int32($0.dropFirst(5).trimmingCharacters(in: .whitespaces)) }
}

private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return (copies + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
}
