import Foundation
import Synchronization
import Testing

@testable import Console

/// No wait here is expected to take long; the limits only end what would never end.
private let limit = Duration.seconds(30)

@Suite("Child processes")
struct ChildProcessTests {
  private func shell(_ script: String, _ arguments: String...) throws -> ChildProcess {
    try ChildProcess("/bin/sh", arguments: ["-c", script, "sh"] + arguments)
  }

  @Test("what it prints is read line by line, and how it ended is known")
  func lines() throws {
    let child = try shell("echo ready; echo \"$1\"; exit 7", "ipc:///tmp/a b")
    #expect(try child.nextLine(within: limit) == "ready")
    #expect(try child.nextLine(within: limit) == "ipc:///tmp/a b")
    #expect(child.waitForEnd(within: limit) == .exited(7))
    #expect(child.ending == .exited(7))
    #expect(!child.isRunning)
  }

  @Test("it sees our variables, and those it is given")
  func environment() throws {
    let child = try ChildProcess(
      "/bin/sh", arguments: ["-c", "echo \"$GYM_TEST ${PATH:+path}\""],
      environment: ["GYM_TEST": "given"])
    #expect(try child.nextLine(within: limit) == "given path")
  }

  @Test("a program that ends before it is ready is named with its end")
  func endedEarly() throws {
    let child = try shell("exit 3")
    let error = #expect(throws: ChildProcessError.ended("/bin/sh", .exited(3))) {
      try child.nextLine(within: limit)
    }
    #expect(
      "\(try #require(error))" == "'/bin/sh' ended before it was ready: it exited with 3")
  }

  @Test("a program that says nothing is not waited for longer than asked")
  func silent() throws {
    let child = try shell("read nothing; exec sleep 600")
    #expect(throws: ChildProcessError.silent("/bin/sh", .milliseconds(10))) {
      try child.nextLine(within: .milliseconds(10))
    }
    #expect(child.isRunning)
    #expect(child.terminate(within: limit) == .killed(bySignal: SIGTERM))
  }

  @Test("a program that isn't there or isn't one is named with the reason")
  func notStarted() throws {
    let missing = #expect(throws: ChildProcessError.notStarted("/none/server", code: ENOENT)) {
      try ChildProcess("/none/server")
    }
    #expect("\(try #require(missing))" == "can't start '/none/server': no such file or directory")
    #expect(throws: ChildProcessError.notStarted("/etc/passwd", code: EACCES)) {
      try ChildProcess("/etc/passwd")
    }
  }

  @Test("a program that won't end is killed")
  func stubborn() throws {
    let child = try shell("trap '' TERM; echo ready; while :; do sleep 600; done")
    #expect(try child.nextLine(within: limit) == "ready")
    #expect(child.terminate(within: .milliseconds(10)) == .killed(bySignal: SIGKILL))
    // Once more is no harm.
    #expect(child.terminate() == .killed(bySignal: SIGKILL))
  }

  @Test("it is in a process group of its own, with no signal blocked or ignored, and reads nothing")
  func surroundings() throws {
    let child = try shell(
      "echo $$ $(ps -o pgid= -p $$); grep -E 'SigBlk' /proc/self/status; cat; echo end")
    let (own, group) = try pair(child.nextLine(within: limit))
    #expect(own == group)
    #expect(own == "\(child.processID)")
    #expect(try child.nextLine(within: limit) == "SigBlk:\t0000000000000000")
    #expect(try child.nextLine(within: limit) == "end")
  }

  private func pair(_ line: String) throws -> (String, String) {
    let words = line.split(separator: " ").map(String.init)
    try #require(words.count == 2)
    return (words[0], words[1])
  }

  @Test("none of our open files is passed on")
  func descriptors() throws {
    let pipe = Pipe()
    #expect(fcntl(pipe.fileHandleForReading.fileDescriptor, F_SETFD, 0) == 0)
    // 3 is the folder that ls itself reads.
    let child = try shell("ls /proc/self/fd | tr '\\n' ' '; echo")
    #expect(try child.nextLine(within: limit) == "0 1 2 3 ")
    withExtendedLifetime(pipe) {}
  }

  @Test("a child that prints more than anyone reads is not held up")
  func chatty() throws {
    let child = try shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done")
    #expect(child.waitForEnd(within: limit) == .exited(0))
  }

  @Test("dropping it ends it")
  func dropped() throws {
    let line = try Fifo()
    try start(on: line)
    #expect(line.writerIsGone(within: 30))
  }

  private func start(on line: Fifo) throws {
    let child = try shell("exec 3>\"$1\"; echo ready; exec sleep 600", line.path)
    #expect(try child.nextLine(within: limit) == "ready")
  }

  @Test("it dies with its parent, even one that is killed, and whichever thread started it")
  func diesWithParent() async throws {
    let line = try Fifo()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = line.path as String] in
      let child = try await Task.detached {
        try ChildProcess(
          "/bin/sh", arguments: ["-c", "exec 3>\"$1\"; echo ready; exec sleep 600", "sh", path])
      }.value
      #expect(try child.nextLine(within: limit) == "ready")
      kill(getpid(), SIGKILL)
    }
    #expect(line.writerIsGone(within: 30))
  }

  @Test("the end of the thread that asked for it is not its end")
  func outlivesThread() throws {
    let gone = DispatchSemaphore(value: 0)
    let started = Mutex<ChildProcess?>(nil)
    let thread = Thread {
      do {
        let child = try ChildProcess("/bin/sh", arguments: ["-c", "echo ready; exec sleep 600"])
        started.withLock { $0 = child }
      } catch {
        Issue.record(error)
      }
      gone.signal()
    }
    thread.start()
    #expect(gone.wait(timeout: .now() + 30) == .success)
    let child = try #require(started.withLock { $0 })
    #expect(try child.nextLine(within: limit) == "ready")
    #expect(child.waitForEnd(within: .milliseconds(50)) == nil)
    #expect(child.terminate(within: limit) == .killed(bySignal: SIGTERM))
  }

  @Test("a program beside the running one is found, and one that isn't there is named")
  func siblings() throws {
    let own = try #require(Bundle.main.executablePath)
    let name = URL(fileURLWithPath: own).resolvingSymlinksInPath().lastPathComponent
    #expect(try ChildProcess.siblingProgram(named: name).hasSuffix("/" + name))
    let error = #expect(throws: ChildProcessError.self) {
      try ChildProcess.siblingProgram(named: "no-such-server")
    }
    #expect("\(try #require(error))".hasPrefix("there is no program 'no-such-server' in /"))
    #expect(error?.exitCode == .unavailable)
  }
}

/// A named pipe: its reader learns when the last process that holds the other end is gone.
private final class Fifo {
  let path: String
  private let reader: Int32

  init() throws {
    path = NSTemporaryDirectory() + "/operant-tests-\(UUID().uuidString)"
    try #require(mkfifo(path, 0o600) == 0)
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    try #require(reader >= 0)
  }

  deinit {
    close(reader)
    unlink(path)
  }

  func writerIsGone(within seconds: Int32) -> Bool {
    var question = pollfd(fd: reader, events: 0, revents: 0)
    return poll(&question, 1, seconds * 1000) == 1 && question.revents & Int16(POLLHUP) != 0
  }
}
