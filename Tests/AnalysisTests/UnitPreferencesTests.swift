import Analysis
import Testing

@Suite("Preferred sides of units")
struct UnitPreferencesTests {

  @Test("d′ in the head")
  func inTheHead() throws {
    // Unit 0: left 1, 3 (mean 2, s² 2); right 4, 6, 8 (mean 6, s² 4). d′ = 4/√3.
    // Unit 1: the same the other way round.
    var preferences = UnitPreferences(unitCount: 2)
    preferences.add([1, 4, 3, 6], side: .left)
    preferences.add([4, 1], side: .right)
    preferences.add([6, 3, 8, 3], side: .right)
    preferences.add([Float](), side: .right)
    let found = preferences.discriminabilities
    #expect(try #require(found[0]).isClose(to: 4 / 3.0.squareRoot()))
    // Left 4, 6 (mean 5, s² 2); right 1, 3, 3 (mean 7/3, s² 4/3): −(8/3)/√(5/3).
    #expect(try #require(found[1]).isClose(to: -(8.0 / 3) / (5.0 / 3).squareRoot()))
    #expect(preferences.preferredSides == [.right, .left])
  }

  @Test("units that don't tell the sides apart count as left")
  func ties() {
    var preferences = UnitPreferences(unitCount: 3)
    preferences.add([0, 1, 2, 0, 3, 2], side: .left)
    #expect(preferences.discriminabilities == [nil, nil, nil])
    preferences.add([0, 2, 5], side: .right)
    // Silent; equal means; and constant rates that differ.
    #expect(preferences.discriminabilities == [0, 0, .infinity])
    #expect(preferences.preferredSides == [.left, .left, .right])
  }

  @Test("normal rates whose means are d s.d. apart have a d′ of d")
  func normals() throws {
    var preferences = UnitPreferences(unitCount: 1)
    var draws = Draws(seed: 8)
    for _ in 0..<400 {
      preferences.add((0..<50).map { _ in Float(3 + draws.normal()) }, side: .left)
      preferences.add((0..<50).map { _ in Float(4.5 + draws.normal()) }, side: .right)
    }
    // 20 000 samples a side: s.e. of the difference 0.01.
    #expect(abs(try #require(preferences.discriminabilities[0]) - 1.5) < 0.04)
  }

  @Test("moments that are not kept agree with those of a kept sample, far from 0 too")
  func moments() {
    var draws = Draws(seed: 9)
    let values = draws.normals(500).map { 1e6 + $0 }
    var moments = RunningMoments()
    for value in values { moments.add(value) }
    #expect(moments.count == 500)
    #expect(moments.mean.isClose(to: mean(of: values), within: 1e-14))
    #expect(
      moments.standardDeviation.isClose(to: standardDeviation(of: values), within: 1e-9))
    #expect(RunningMoments().variance == 0)
  }
}
