import Foundation
import Testing

@testable import Recording

@Suite("Writing a recording")
struct WritingTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/recording.nwb"
  }

  private func record(at path: String, identifier: String = "small") throws {
    let file = try NWBFile(creating: path, description: smallDescription(identifier: identifier))
    for first in 0..<3 { try file.append(smallTrial(stepCount: 5, first: first)) }
    try file.close()
  }

  @Test("recordings of the same are the same bytes")
  func equalRecordings() throws {
    try record(at: path)
    try record(at: folder.path + "/other.nwb")
    #expect(try folder.bytes("recording.nwb") == folder.bytes("other.nwb"))
  }

  @Test("the old recording stays until the new one is whole; then it is the new one")
  func replacing() throws {
    try folder.put("old", "recording.nwb")
    let file = try NWBFile(creating: path, description: smallDescription())
    try file.append(smallTrial(stepCount: 5))
    #expect(try folder.bytes("recording.nwb") == Data("old".utf8))
    try file.close()
    #expect(try RecordedFile(path).text("/identifier") == "small")
    #expect(try folder.names == ["recording.nwb"])
  }

  @Test("a recording that is let go of leaves nothing, and the old one as it was")
  func lettingGo() throws {
    try folder.put("old", "recording.nwb")
    do {
      let file = try NWBFile(creating: path, description: smallDescription())
      try file.append(smallTrial(stepCount: 5))
      #expect(try folder.names.count == 2)
    }
    #expect(try folder.bytes("recording.nwb") == Data("old".utf8))
    #expect(try folder.names == ["recording.nwb"])
  }

  @Test("trials go to the disk as they come")
  func streaming() throws {
    let file = try NWBFile(creating: path, description: smallDescription())
    let part = folder.path + "/" + (try #require(try folder.names.first))
    func size() throws -> Int {
      try #require(
        try FileManager.default.attributesOfItem(atPath: part)[.size] as? Int)
    }
    // Chunks of rows of two have 16384 rows.
    try file.append(smallTrial(stepCount: 16383))
    let before = try size()
    try file.append(smallTrial(stepCount: 1))
    #expect(try size() > before)
  }

  /// From the first group to the middle of the data: HDF5 is at something else whenever it is refused.
  @Test(
    "a disk that refuses anywhere costs the new recording, and not the old one or the program",
    arguments: [0, 3000, 20000, 50000, 100_000, 300_000])
  func refusedWrite(limit: Int) async throws {
    try folder.put("old", "recording.nwb")
    await #expect(processExitsWith: .success) { [path = path as String, limit = limit as Int] in
      // Larger files are refused from here on, in this process alone.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(throws: RecordingError(path: path, cause: .system(EFBIG))) {
        let file = try NWBFile(creating: path, description: smallDescription())
        for first in 0..<10 { try file.append(smallTrial(stepCount: 20000, first: first)) }
        try file.close()
      }
    }
    #expect(try folder.bytes("recording.nwb") == Data("old".utf8))
    #expect(try folder.names == ["recording.nwb"])
  }

  @Test("a folder that isn't there is told before anything is recorded")
  func noFolder() throws {
    let path = folder.path + "/none/recording.nwb"
    let error = #expect(throws: RecordingError.self) {
      try NWBFile(creating: path, description: smallDescription())
    }
    #expect(
      "\(try #require(error))"
        == "can't write recording '\(path)': there is no such folder; make it first")
  }

  @Test("so is a folder of that name")
  func folderInTheWay() throws {
    let error = #expect(throws: RecordingError.self) {
      try NWBFile(creating: folder.path, description: smallDescription())
    }
    #expect(
      "\(try #require(error))" == "can't write recording '\(folder.path)': a folder has that name")
  }

  @Test(
    "what went wrong is told in plain words",
    arguments: [
      (RecordingError.Cause.system(ENOSPC), "the disk is full; make room and record again"),
      (.system(EACCES), "this user may not; check the folder's permissions"),
      (.hdf5("unable to lock"), "HDF5 says: unable to lock"),
    ])
  func sentences(cause: RecordingError.Cause, words: String) {
    #expect(
      "\(RecordingError(path: "x.nwb", cause: cause))" == "can't write recording 'x.nwb': \(words)")
  }

  @Test("a trial that doesn't fit the description is a slip")
  func slips() async {
    let ended = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [path = path as String] in
      let file = try NWBFile(creating: path, description: smallDescription())
      try file.append(smallTrial(stepCount: 2, row: ["right", "right", 0.0, true]))
    }
    let words = String(decoding: ended?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("text(\"right\") for the column 'condition' of integers"))
  }
}

@Suite("Object ids")
struct ObjectIDTests {
  @Test("the hash is FNV-1a of 128 bits")
  func hash() {
    // Of nothing: the basis. Of "abc": by Python's integers, and as Go's hash/fnv has it.
    #expect(fnv1a([]) == 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D)
    #expect(fnv1a(Array("abc".utf8)) == 0xA68D_622C_EC8B_5822_836D_BC79_77AF_7F3B)
  }

  @Test("an id is a UUID of version 8 and the standard's variant")
  func form() throws {
    let id = objectID(of: "/acquisition/value", in: "small")
    let form = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    #expect(try form.wholeMatch(in: id) != nil)
  }

  @Test("it depends on the place and on the recording")
  func difference() {
    let ids = [
      objectID(of: "/a", in: "one"), objectID(of: "/b", in: "one"), objectID(of: "/a", in: "two"),
    ]
    #expect(Set(ids).count == 3)
  }
}
