import Testing

@testable import Runs

@Suite("TensorBoard events")
struct EventFileTests {
  let folder: TemporaryFolder
  var path: String { folder.path + "/" + EventFile.name }

  init() throws { folder = try TemporaryFolder() }

  @Test("the first record is the version, byte for byte")
  func version() throws {
    _ = try EventFile(creating: path)
    // wall_time (field 1, double) 0; file_version (field 3, length 13) brain.Event:2.
    let event = [9, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 13] + Array("brain.Event:2".utf8)
    #expect(event.count == 24)
    let bytes = try folder.bytes(EventFile.name)
    #expect(bytes[..<8] == [24, 0, 0, 0, 0, 0, 0, 0])
    // Every version-2 event file with a 24-byte first event has this length checksum.
    #expect(bytes[8..<12] == [0xa3, 0x7f, 0x4b, 0x22])
    #expect(Array(bytes[12..<36]) == event)
    #expect(bytes.count == 40)
  }

  @Test("a scalar is an event of step, tag and value")
  func scalar() throws {
    let file = try EventFile(creating: path)
    try file.append(update: 300, ["a": 0.5, "lost": .nan])
    let bytes = Array(try folder.bytes(EventFile.name)[40...])
    // 300.0 is 0x4072C00000000000, 300 the varint AC 02, 0.5 is 0x3F000000.
    let event: [UInt8] = [
      0x09, 0, 0, 0, 0, 0, 0xc0, 0x72, 0x40, 0x10, 0xac, 0x02,
      0x2a, 10, 0x0a, 8, 0x0a, 1, 0x61, 0x15, 0, 0, 0, 0x3f,
    ]
    #expect(bytes == EventFile.record(event))
  }

  @Test(
    "an interrupted and resumed file is the undisturbed one, wherever it was cut",
    arguments: [0, 1, 4, 20, 70])
  func resume(lost: Int) throws {
    let whole = folder.path + "/whole"
    let undisturbed = try EventFile(creating: whole)
    for update in [0, 50, 500, 1000] {
      try undisturbed.append(update: update, ["reward": Float(update)])
    }
    let first = try EventFile(creating: path)
    for update in [0, 50, 500, 700] { try first.append(update: update, ["reward": Float(update)]) }
    try folder.put(Array(try folder.bytes(EventFile.name).dropLast(lost)), EventFile.name)
    let second = try EventFile(resuming: path, after: 50)
    for update in [500, 1000] { try second.append(update: update, ["reward": Float(update)]) }
    #expect(try folder.bytes(EventFile.name) == folder.bytes("whole"))
  }

  @Test("a file that was lost begins anew", arguments: [nil, [], [1, 2, 3]] as [[UInt8]?])
  func lostFile(left: [UInt8]?) throws {
    if let left { try folder.put(left, EventFile.name) }
    _ = try EventFile(resuming: path, after: 50)
    #expect(try folder.bytes(EventFile.name).count == 40)
  }
}
