import Foundation
import Recording

/// Two channels, three actions, two units of one network and one of the other, steps of 20 ms.
func smallDescription(
  identifier: String = "small", valueUnits: [String] = ["only"], hasValues: Bool = true
)
  -> RecordingDescription
{
  RecordingDescription(
    identifier: identifier, session: "Trials that a test made up.",
    experiment: "The subject says left or right.", keywords: ["motion"],
    subject: .init(id: "nobody", description: "Numbers without a network."),
    software: .init(name: "operant", version: "0.1.0"), timeStepMilliseconds: 20,
    channels: ["fixation", "motion"], actions: ["fixate", "left", "right"],
    decisionUnits: ["first", "second"], valueUnits: valueUnits, hasValues: hasValues,
    trialColumns: [
      TrialColumn("condition", .integer, meaning: "The number of the condition."),
      TrialColumn("choice", .text, meaning: "What was chosen; empty if nothing was."),
      TrialColumn("coherence", .number, meaning: "In percent."),
      TrialColumn("correct", .boolean, meaning: "Whether the choice was right."),
    ])
}

/// A trial whose numbers tell where they belong: hundreds the step, ones the column, from `first` on.
func smallTrial(
  stepCount: Int, first: Int = 0, valueUnits: Int = 1, hasValues: Bool = true,
  row: [TrialValue] = [3, "right", -12.8, true]
) -> RecordedTrial {
  func numbers(_ width: Int) -> [Float] {
    (0..<stepCount).flatMap { step in
      (0..<width).map { Float(100 * (first + step) + $0) }
    }
  }
  return RecordedTrial(
    stepCount: stepCount, observations: numbers(2), decisionRates: numbers(2),
    policies: numbers(3), actions: (0..<stepCount).map { (first + $0) % 3 }, rewards: numbers(1),
    valueRates: numbers(valueUnits), values: hasValues ? numbers(1) : [],
    row: row)
}

/// A folder of a test's own, gone with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "operant-recording-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      print("can't remove \(path): \(error)")
    }
  }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
  }

  func put(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}
