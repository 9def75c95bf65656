import Foundation
import Testing

@testable import Console

@Suite("The Python environment")
struct PythonEnvironmentTests {
  /// A folder with a repository, a program built in it, and a place to work in elsewhere.
  private final class Place {
    let folder: String
    init() throws {
      var template = Array("/tmp/operant-tests-XXXXXX".utf8CString)
      try #require(mkdtemp(&template) != nil)
      folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      try make("repository/Package.swift")
      try make("repository/.build/release/operant")
      try make("work/notes")
    }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func make(_ path: String) throws {
      let url = URL(filePath: folder + "/" + path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: url)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }

    var found: String? {
      PythonEnvironment.interpreter(
        forProgram: folder + "/repository/.build/release/operant", in: folder + "/work"
      )?.replacing(folder + "/", with: "")
    }
  }

  @Test("it is found in the working directory before the program's repository")
  func order() throws {
    let place = try Place()
    #expect(place.found == nil)
    try place.make("repository/.venv/bin/python")
    #expect(place.found == "repository/.venv/bin/python")
    try place.make("work/.venv/bin/python")
    #expect(place.found == "work/.venv/bin/python")
  }

  @Test("one that lies above the repository, or can't be run, is left alone")
  func others() throws {
    let place = try Place()
    try place.make(".venv/bin/python")
    #expect(place.found == nil)
    try place.make("repository/.venv/bin/python")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644],
      ofItemAtPath: place.folder + "/repository/.venv/bin/python")
    #expect(place.found == nil)
  }
}
