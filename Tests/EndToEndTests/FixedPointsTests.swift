import Foundation
import Testing

@Suite("Fixed points of a run")
struct FixedPointsTests {
  @Test("points of a network that learned by the local rule are told, and laid beside its ways")
  func localRule() throws {
    try Laboratory.open { laboratory in
      #expect(try laboratory.operant("train dnms --seed 1 --trials 50 --run r").exitCode == 0)
      let command = "fixed-points r --starts 30 --at 900"
      let found = try laboratory.operant(command)
      #expect(found.exitCode == 0)
      let points = try laboratory.table("r/fixed-points.csv")
      #expect(found.output.contains(" fixed and "))
      #expect(points.reduce(0) { $0 + (Int($1["starts"] ?? "") ?? 0) } <= 30)
      for point in points {
        let slowness = try #require(Double(point["q"] ?? ""))
        #expect(slowness <= (point["kind"] == "fixed" ? 1e-18 : 1e-4))
      }
      // Four conditions of 1000 steps.
      #expect(try laboratory.table("r/fixed-points-paths.csv").count == 4000)
      // What is found is a matter of the seed alone.
      let table = try laboratory.bytes("r/fixed-points.csv")
      #expect(try laboratory.operant(command).exitCode == 0)
      #expect(try laboratory.bytes("r/fixed-points.csv") == table)
    }
  }

  @Test("points of a decision network are told, at inputs that were asked for")
  func gatedUnits() throws {
    try Laboratory.open { laboratory in
      _ = try laboratory.train(SmallRun(updateLimit: 20), in: "run")
      let found = try laboratory.operant("fixed-points run --starts 20 --input fixation=0,left=0.5")
      #expect(found.exitCode == 0)
      #expect(found.output.contains("next: python -m operant.figures.fixed_points run\n"))
      // A network that has hardly learned forgets: it rests in one place, whatever it was shown.
      #expect(found.output.hasPrefix("1 fixed and 0 slow points; 0 starts came to neither\n"))
      #expect(found.output.contains("  fixed point, from 20 starts: stable; slowest mode "))
      for (flags, words) in [
        ("--input lft=1", "has no channel 'lft'; did you mean 'left'?"),
        ("--input left=much", "--input takes CHANNEL=VALUE, got 'left=much'"),
        ("--at 90000", "no test trial lasts until 90000 ms; give --at an earlier time"),
      ] {
        let refused = try laboratory.operant("fixed-points run " + flags)
        #expect(refused.exitCode == 64)
        #expect(refused.errors.contains(words))
      }
    }
  }
}
