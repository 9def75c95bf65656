import Foundation
import Testing

@testable import Runs

@Suite("Run folders")
struct RunFolderTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/runs/" + "rdm_fixed-s97" }

  init() throws { folder = try TemporaryFolder() }

  @Test("a run is named by its task and seed")
  func usualPath() {
    #expect(RunFolder.usualPath(task: "rdm_fixed", seed: 97) == "runs/rdm_fixed-s97")
  }

  @Test("a new run has a folder and a place for checkpoints")
  func create() throws {
    let run = try RunFolder.create(at: path)
    defer { run.unlock() }
    #expect(try folder.names == ["runs"])
    try Checkpoints(folder: run.checkpoints).save(SafeTensors(tensors: [:]), update: 0)
    #expect(run.config == path + "/config.json")
  }

  @Test("a run is never started on top of another")
  func onTop() throws {
    let run = try RunFolder.create(at: path)
    try AtomicFile.write("{}", to: run.config)
    try Checkpoints(folder: run.checkpoints).save(SafeTensors(tensors: [:]), update: 0)
    run.unlock()
    let error = #expect(throws: RunFolderError.exists(path)) { try RunFolder.create(at: path) }
    #expect(
      "\(try #require(error))" == "there is a run in '\(path)' already; "
        + "go on with it by '--resume \(path)', or choose another folder")
    // The refusal keeps nobody out.
    try RunFolder.resume(at: path).unlock()
  }

  @Test("a run that was stopped before it began is begun again")
  func begunNothing() throws {
    try RunFolder.create(at: path).unlock()
    try RunFolder.create(at: path).unlock()
  }

  @Test("a folder with anything else in it is left as it is")
  func notEmpty() throws {
    try folder.put("mine", "thesis.tex")
    #expect(throws: RunFolderError.notEmpty(folder.path, "thesis.tex")) {
      try RunFolder.create(at: folder.path)
    }
    #expect(try folder.names == ["thesis.tex"])
  }

  @Test("two can't write the same run, and anyone may look")
  func lock() throws {
    let run = try RunFolder.create(at: path)
    try AtomicFile.write("{}", to: run.config)
    #expect(throws: RunFolderError.inUse(path)) { try RunFolder.resume(at: path) }
    #expect(throws: RunFolderError.inUse(path)) { try RunFolder.create(at: path) }
    #expect(try RunFolder.open(at: path).progress == path + "/progress.csv")
    run.unlock()
    try RunFolder.resume(at: path).unlock()
  }

  @Test("a killed process gives up its lock, and its torn files are swept")
  func killedHolder() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let run = try RunFolder.create(at: path)
      try AtomicFile.write("{}", to: run.config)
      try AtomicFile.write("torn", to: run.checkpoints + "/.best.safetensors.1.part")
      kill(getpid(), SIGKILL)
    }
    let run = try RunFolder.resume(at: path)
    defer { run.unlock() }
    #expect(try namesInFolder(run.checkpoints) == [])
  }

  @Test("where there is no run, that is said")
  func none() throws {
    let error = #expect(throws: RunFolderError.none(path)) { try RunFolder.resume(at: path) }
    #expect("\(try #require(error))" == "there is no run in '\(path)': it has no config.json")
    #expect(throws: RunFolderError.none(path)) { try RunFolder.open(at: path) }
  }
}
