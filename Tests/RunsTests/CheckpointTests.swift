import Foundation
import Testing

@testable import Runs

@Suite("Checkpoints")
struct CheckpointTests {
  let folder: TemporaryFolder
  let checkpoints: Checkpoints

  init() throws {
    folder = try TemporaryFolder()
    checkpoints = Checkpoints(folder: folder.path)
  }

  private func state(_ update: Int) -> SafeTensors {
    SafeTensors(tensors: ["w": Tensor([Float(update)])], metadata: ["update": "\(update)"])
  }

  @Test("the newest three are kept, and the best")
  func keeping() throws {
    try checkpoints.saveBest(state(50))
    for update in [50, 100, 150, 200] { try checkpoints.save(state(update), update: update) }
    #expect(
      try folder.names == [
        "best.safetensors", "update-000100.safetensors", "update-000150.safetensors",
        "update-000200.safetensors",
      ])
    #expect(try checkpoints.latest()?.contents == state(200))
    #expect(try checkpoints.best() == state(50))
  }

  @Test("newest is by number, beyond six digits too")
  func order() throws {
    for update in [999_999, 1_000_000] { try checkpoints.save(state(update), update: update) }
    #expect(try checkpoints.updates() == [999_999, 1_000_000])
    #expect(try checkpoints.latest()?.update == 1_000_000)
  }

  @Test("files of other names are nobody's checkpoints")
  func strangers() throws {
    try folder.put("x", "update-5.safetensors")
    try folder.put("x", "update-+00005.safetensors")
    try folder.put("x", ".update-000005.safetensors.1.part")
    #expect(try checkpoints.updates() == [])
    #expect(try checkpoints.latest() == nil)
    #expect(try checkpoints.best() == nil)
  }

  enum Damage: CaseIterable {
    case emptied, cutOff, flippedBit, garbage
  }

  @Test(
    "a damaged one is refused, the one before is used, and both are named",
    arguments: Damage.allCases)
  func damage(kind: Damage) throws {
    for update in [350, 400, 450] { try checkpoints.save(state(update), update: update) }
    let name = "update-000450.safetensors"
    var bytes = try folder.bytes(name)
    var numbers = SeededNumbers(seed: 450)
    switch kind {
    case .emptied: bytes = []
    case .cutOff: bytes.removeLast()
    case .flippedBit: bytes[Int.random(in: bytes.indices, using: &numbers)] ^= 0x10
    case .garbage: bytes = bytes.map { _ in UInt8.random(in: 0...255, using: &numbers) }
    }
    try folder.put(bytes, name)

    let restored = try #require(try checkpoints.latest())
    #expect(restored.update == 400)
    #expect(restored.contents == state(400))
    let warning = try #require(restored.warnings.first)
    #expect(restored.warnings.count == 1)
    #expect(warning.hasPrefix("checkpoint '\(folder.path)/\(name)' is damaged: "))
    #expect(warning.hasSuffix("; using update-000400.safetensors"))
  }

  @Test("the sentence about a damaged checkpoint is this")
  func sentence() throws {
    for update in [400, 450] { try checkpoints.save(state(update), update: update) }
    var bytes = try folder.bytes("update-000450.safetensors")
    bytes[bytes.count - 1] ^= 1
    try folder.put(bytes, "update-000450.safetensors")
    #expect(
      try checkpoints.latest()?.warnings == [
        "checkpoint '\(folder.path)/update-000450.safetensors' is damaged: its checksum differs; "
          + "using update-000400.safetensors"
      ])
  }

  @Test("when all are damaged, all are named")
  func allDamaged() throws {
    for update in [1, 2] { try folder.put("", Checkpoints.fileName(update: update)) }
    let error = #expect(throws: CheckpointError.self) { try checkpoints.latest() }
    let reason = "is damaged: it should have at least 8 bytes and has 0"
    #expect(
      "\(try #require(error))"
        == "checkpoint '\(folder.path)/update-000002.safetensors' \(reason); "
        + "checkpoint '\(folder.path)/update-000001.safetensors' \(reason); "
        + "none is left to go on from, start afresh")
  }

  @Test("a damaged best network is refused")
  func damagedBest() throws {
    try folder.put("12345678", "best.safetensors")
    #expect(throws: CheckpointError.self) { try checkpoints.best() }
  }

  @Test("saving takes away what a damaged future left")
  func abandonedFuture() throws {
    for update in [350, 400, 450] { try checkpoints.save(state(update), update: update) }
    try folder.put("", "update-000450.safetensors")
    try checkpoints.save(state(425), update: 425)
    #expect(try checkpoints.updates() == [350, 400, 425])
  }
}
