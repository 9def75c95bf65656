import Foundation
import Testing

@Suite("Damaged runs")
struct DamageTests {
  /// How a file may have suffered.
  enum Damage: String, CaseIterable, CustomTestStringConvertible {
    case cutShort = "cut short"
    case flippedBit = "one bit flipped"
    case emptied = "emptied"
    case replaced = "replaced by a text"

    var testDescription: String { rawValue }

    func applied(to bytes: Data) -> Data {
      var bytes = bytes
      switch self {
      case .cutShort: bytes.removeLast(bytes.count / 3)
      case .flippedBit: bytes[bytes.count * 2 / 3] ^= 0x10
      case .emptied: bytes = Data()
      case .replaced: bytes = Data("Once upon a time there was a checkpoint.".utf8)
      }
      return bytes
    }
  }

  private func damage(_ name: String, _ damage: Damage, in laboratory: Laboratory) throws {
    let path = URL(filePath: laboratory.path(name))
    try damage.applied(to: Data(contentsOf: path)).write(to: path)
  }

  /// Stops a run after two validations; answers its checkpoints, the newest last.
  private func stop(_ run: SmallRun, in folder: String, _ laboratory: Laboratory) throws -> [String]
  {
    let agent = try laboratory.startOperant(laboratory.arguments(for: run, in: folder))
    try agent.expect("two validations") { laboratory.validationCount(of: folder) >= 2 }
    agent.signal(SIGINT)
    #expect(try agent.end().exitCode == 130)
    return try laboratory.names(in: folder + "/checkpoints").filter { $0.hasPrefix("update-") }
      .map { "\(folder)/checkpoints/\($0)" }
  }

  @Test(
    "the newest checkpoint is refused and named, the one before it used and named, and nothing is lost",
    arguments: Damage.allCases)
  func newest(damage: Damage) throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(updateLimit: 100), in: "undisturbed")
      let checkpoints = try stop(SmallRun(updateLimit: 100), in: "run", laboratory)
      let newest = try #require(checkpoints.last)
      let before = try #require(checkpoints.dropLast().last)
      try self.damage(newest, damage, in: laboratory)
      let resumed = try laboratory.operant("train --resume run")
      #expect(resumed.exitCode == 0)
      let warning = try #require(resumed.errors.split(separator: "\n").first)
      #expect(warning.hasPrefix("operant: checkpoint '\(newest)' is damaged: "))
      #expect(warning.hasSuffix("; using \(URL(filePath: before).lastPathComponent)"))
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("if all checkpoints are damaged each is named, and nothing is overwritten")
  func all() throws {
    try Laboratory.open { laboratory in
      let checkpoints = try stop(SmallRun(), in: "run", laboratory)
      for checkpoint in checkpoints { try damage(checkpoint, .flippedBit, in: laboratory) }
      let left = try laboratory.contents(of: "run")
      let refused = try laboratory.operant("train --resume run")
      #expect(refused.exitCode == 65)
      for checkpoint in checkpoints {
        #expect(refused.errors.contains("checkpoint '\(checkpoint)' is damaged: "))
      }
      #expect(refused.errors.hasSuffix("; none is left to go on from, start afresh\n"))
      expectEqual(left, try laboratory.contents(of: "run"))
    }
  }

  @Test("a damaged best network is not evaluated, and comes back with the run")
  func best() throws {
    try Laboratory.open { laboratory in
      let whole = try laboratory.train(SmallRun(updateLimit: 40), in: "run")
      try damage("run/checkpoints/best.safetensors", .flippedBit, in: laboratory)
      let refused = try laboratory.operant("evaluate run")
      #expect(refused.exitCode == 65)
      #expect(
        refused.errors.hasPrefix(
          "operant: checkpoint 'run/checkpoints/best.safetensors' is damaged: "))
      #expect(refused.errors.hasSuffix("; resume the run, and it is written anew\n"))
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(whole, try laboratory.contents(of: "run"))
      #expect(try laboratory.operant("evaluate run --trials-per-condition 1").exitCode == 0)
    }
  }

  @Test("a table and events that lost their ends are the same in the end")
  func tables() throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(updateLimit: 100), in: "undisturbed")
      _ = try stop(SmallRun(updateLimit: 100), in: "run", laboratory)
      // What a power cut leaves: a row and a record that were begun, and a file that was being written.
      for name in ["progress.csv", "events.out.tfevents.0.operant"] {
        let path = URL(filePath: laboratory.path("run/" + name))
        let bytes = try Data(contentsOf: path)
        try (bytes + bytes.suffix(17)).write(to: path)
      }
      try laboratory.write("half", to: "run/checkpoints/.update-000099.safetensors.12.part")
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("a run whose checkpoints are another network's is refused with both shapes")
  func otherNetwork() throws {
    try Laboratory.open { laboratory in
      _ = try laboratory.train(SmallRun(updateLimit: 5), in: "run")
      let config = try laboratory.text("run/config.json")
      try laboratory.write(
        config.replacing("\"decisionUnits\" : 50", with: "\"decisionUnits\" : 60"),
        to: "run/config.json")
      let refused = try laboratory.operant("train --resume run")
      #expect(refused.exitCode == 65)
      #expect(refused.errors.contains("this run's ["))
      #expect(refused.errors.contains("use the config.json it was trained with"))
    }
  }
}
