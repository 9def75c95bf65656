import Envs
import Gym
import Testing

/// Held to the program that came with Miconi, eLife 6:e20899 (2017).
@Suite("Delayed non-match to sample")
struct DelayNonMatchSampleTests {
  /// Channel, steps: what is shown at other steps is nothing.
  private func expect(
    _ course: OutputCourse, shows intervals: [(channel: Int, steps: Range<Int>)]
  ) {
    for (step, senses) in course.senses.enumerated() {
      var expected: [Float] = [0, 0]
      for (channel, steps) in intervals where steps.contains(step) { expected[channel] = 1 }
      #expect(senses == expected, "step \(step)")
    }
  }

  /// The program goes round AA, AB, BA, BB, and both targets are 0.98 from zero.
  @Test(
    "the conditions are AA, AB, BA, BB, and the target is high where the two differ",
    arguments: [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 1)])
  func conditions(condition: Int, first: Int, second: Int) throws {
    let course = try playOutputs("dnms", condition: condition) { _ in [0] }
    expect(course, shows: [(first, 1..<201), (second, 400..<600)])
    #expect(course.facts["firstStimulus"] == Float(first + 1))
    #expect(course.facts["secondStimulus"] == Float(second + 1))
    #expect(course.facts["target"] == (first == second ? -0.98 : 0.98))
    #expect(course.facts["secondStart"] == 400)
    #expect(course.stepCount == 1000)
    let description = try catalogue.find("dnms").entry.description
    #expect(description.conditions.count == 4)
    #expect(description.actions == .continuous(width: 1, range: -20...20))
  }

  @Test("with a long delay the response follows the second stimulus at once")
  func longDelay() throws {
    let course = try playOutputs("dnms_long_delay", condition: 1) { _ in [0] }
    expect(course, shows: [(0, 1..<401), (1, 1400..<1800)])
    #expect(course.stepCount == 2000)
  }

  /// 601 + ⌊499 U(0, 1)⌋
  @Test("a variable delay ends anywhere from 601 to 1099 ms")
  func variableDelay() throws {
    let (entry, preset) = try catalogue.find("dnms_variable_delay")
    let lanes = 3000
    let environment = try entry.makeEnvironment(
      try #require(entry.preset(named: preset)).settings,
      .init(seed: 97, laneCount: lanes, timeStep: 1, lookAhead: 1600))
    try environment.begin((0..<lanes).map { .init(lane: $0, condition: 2) })
    let shown = environment.frame.observations
    try environment.step(amounts: .init(repeating: 0, count: lanes * 1600))
    let fact = try #require(entry.description.facts.firstIndex { $0.name == "secondStart" })
    let facts = environment.frame.facts
    var starts = [Int](repeating: 0, count: lanes)
    for (index, end) in environment.frame.endedTrials.enumerated() {
      starts[end.lane] = Int(facts[index * entry.description.facts.count + fact])
    }
    #expect(starts.min() == 601 && starts.max() == 1099)
    // The mean of 0 … 498 is 249, and its standard deviation 144.
    let mean = Float(starts.reduce(0, +)) / Float(lanes)
    #expect(abs(mean - 850) < 4 * 144 / Float(lanes).squareRoot())
    for lane in 0..<20 {
      for step in 0..<1600 {
        let place = (step * lanes + lane) * 2
        // B first, A second.
        #expect(shown[place] == (starts[lane]..<(starts[lane] + 300) ~= step ? 1 : 0))
        #expect(shown[place + 1] == (1..<301 ~= step ? 1 : 0))
      }
    }
  }

  @Test("excitatory and inhibitory units are held against rates that are not negative")
  func excitatoryInhibitory() throws {
    for condition in 0..<4 {
      let course = try playOutputs("dnms_excitatory_inhibitory", condition: condition) { _ in [3] }
      #expect(course.facts["target"] == (condition == 0 || condition == 3 ? 0.02 : 5.98))
      // |3 − 0.02| = |3 − 5.98| = 2.98 are beyond the tolerance of 2.5.
      #expect(course.end?.ending == .error)
      expect(course, shows: [(condition / 2, 1..<201), (condition % 2, 400..<600)])
    }
  }

  @Test("times that don't go together are refused with their names")
  func contradictions() throws {
    let entry = try catalogue.find("dnms").entry
    for (settings, names) in [
      ([ParameterSetting("stimulus", [450])], ["stimulus", "earliestSecond"]),
      ([.init("earliestSecond", [500])], ["earliestSecond", "latestSecond"]),
      ([.init("latestSecond", [700])], ["latestSecond", "duration"]),
    ] {
      let error = #expect(throws: ParameterError.self) {
        try entry.makeEnvironment(settings, .init(seed: 1))
      }
      for name in names { #expect(error?.description.contains("'\(name)'") == true) }
    }
  }
}
