import Foundation
import Testing

@testable import Runs

@Suite("Atomic files")
struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("the new file takes the old one's place, and nothing else is left")
  func replacing() throws {
    try AtomicFile.write("old", to: folder.path + "/file")
    try AtomicFile.write("new", to: folder.path + "/file")
    #expect(try folder.text("file") == "new")
    #expect(try folder.names == ["file"])
  }

  @Test("who takes away what it wrote leaves what is in its place by then, be it the same text")
  func takenAway() throws {
    let path = folder.path + "/file"
    let first = try AtomicFile.write("text", to: path)
    // The first file has no name any more; the third must not get its number.
    let second = try AtomicFile.write("text", to: path)
    let third = try AtomicFile.write("text", to: path)
    first.remove()
    second.remove()
    #expect(try folder.text("file") == "text")
    third.remove()
    #expect(try folder.names == [])
    third.remove()
  }

  @Test("a write that the disk refuses half-way leaves the old file whole, and says so")
  func refusedWrite() async throws {
    let path = folder.path + "/file"
    try AtomicFile.write("old", to: path)
    await #expect(processExitsWith: .success) { [path = path as String] in
      // Files of more than 1000 bytes are refused from here on, in this process alone.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(throws: FileError("write", path, code: EFBIG)) {
        try AtomicFile.write([UInt8](repeating: 1, count: 5000), to: path)
      }
    }
    #expect(try folder.text("file") == "old")
    #expect(try folder.names == ["file"])
  }

  @Test("a process killed while it writes leaves the old file whole, and its part is swept")
  func killedWriter() async throws {
    let path = folder.path + "/file"
    try AtomicFile.write("old", to: path)
    await #expect(processExitsWith: .signal(SIGXFSZ)) { [path = path as String] in
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      // The second piece of the write ends the process: half of the new file is on the disk.
      signal(SIGXFSZ, SIG_DFL)
      // Swift's own threads have signals blocked.
      var all = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_UNBLOCK, &all, nil)
      try AtomicFile.write([UInt8](repeating: 1, count: 5000), to: path)
    }
    #expect(try folder.text("file") == "old")
    #expect(try folder.names.count == 2)
    try AtomicFile.sweep(folder.path)
    #expect(try folder.names == ["file"])
  }

  @Test("a folder that isn't there is named")
  func noFolder() throws {
    let path = folder.path + "/none/file"
    let error = #expect(throws: FileError.self) { try AtomicFile.write("text", to: path) }
    #expect("\(try #require(error))" == "can't create '\(path)': there is no such file or folder")
  }

  @Test("a full disk is told in plain words")
  func fullDisk() {
    #expect(
      "\(FileError("write", "runs/x/config.json", code: ENOSPC))"
        == "can't write 'runs/x/config.json': the disk is full; make room and try again")
  }
}
