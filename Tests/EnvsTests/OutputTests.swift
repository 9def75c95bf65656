import Envs
import Gym
import Testing

/// How a trial went whose subject put out amounts.
struct OutputCourse {
  /// [step][number]
  var senses: [[Float]] = []
  var rewards: [Float] = []
  var end: EndedTrial?
  var facts: [String: Float] = [:]

  var stepCount: Int { rewards.count }
}

/// Plays one trial of lane 0.
///
/// - Parameter amounts: What is put out at a step, given the facts about the trial that another
///   playing of it has told.
func playOutputs(
  _ name: String, settings: [ParameterSetting] = [], seed: UInt64 = 97, condition: Int? = nil,
  trial: UInt64 = 0, timeStep: Milliseconds = 1, amounts: (_ step: Int) -> [Float]
) throws -> OutputCourse {
  let (entry, preset) = try catalogue.find(name)
  let environment = try entry.makeEnvironment(
    try #require(entry.preset(named: preset)).settings + settings,
    .init(seed: seed, timeStep: timeStep))
  try environment.begin([.init(lane: 0, trial: trial, condition: condition)])
  var course = OutputCourse()
  while course.end == nil {
    course.senses.append(environment.frame.observations)
    try environment.step(amounts: amounts(course.stepCount))
    course.rewards.append(environment.frame.rewards[0])
    course.end = environment.frame.endedTrials.first
  }
  let names = entry.description.facts.map(\.name)
  course.facts = Dictionary(uniqueKeysWithValues: zip(names, environment.frame.facts))
  return course
}

/// What the tasks that hold one output against a target have in common.
@Suite("An output that is held against a target")
struct OutputTests {
  static let names = [
    "dnms", "dnms_long_delay", "dnms_variable_delay", "dnms_excitatory_inhibitory",
    "selective_integration", "gradient_comparison",
  ]

  /// By name: steps of a trial, and the first that is scored.
  static let lengths = [
    "dnms": (1000, 800), "dnms_long_delay": (2000, 1800), "dnms_variable_delay": (1600, 1400),
    "dnms_excitatory_inhibitory": (1000, 800), "selective_integration": (700, 500),
    "gradient_comparison": (300, 200),
  ]

  @Test("on target from the first scored step to the last it has no error", arguments: names)
  func ideal(name: String) throws {
    let (steps, scored) = try #require(Self.lengths[name])
    let target = try #require(playOutputs(name) { _ in [0] }.facts["target"])
    // Before, it may be as wrong as can be.
    let course = try playOutputs(name) { $0 < scored ? [-20] : [target] }
    #expect(course.stepCount == steps && course.rewards.allSatisfy { $0 == 0 })
    #expect(course.facts["error"] == 0 && course.end?.ending == .correct)
    #expect(try catalogue.find(name).entry.description.levels.oracleReward == 0)
  }

  @Test("every scored step weighs the same, and no other step weighs anything", arguments: names)
  func weights(name: String) throws {
    let (steps, scored) = try #require(Self.lengths[name])
    let target = try #require(playOutputs(name) { _ in [0] }.facts["target"])
    for step in [0, scored - 1, scored, scored + 57, steps - 1] {
      let course = try playOutputs(name) { [$0 == step ? target - 8 : target] }
      let expected = step < scored ? 0 : 8 / Float(steps - scored)
      let error = try #require(course.facts["error"])
      #expect(abs(error - expected) < 1e-5)
      #expect(course.rewards.last == -error)
    }
  }

  @Test("a constant one is as wrong as it is far from the target", arguments: names)
  func constant(name: String) throws {
    for output: Float in [-20, -0.3, 0, 1, 6.5] {
      let course = try playOutputs(name) { _ in [output] }
      let (target, error) = (
        try #require(course.facts["target"]), try #require(course.facts["error"])
      )
      #expect(abs(error - abs(output - target)) < 1e-5)
      #expect(course.rewards.last == -error && course.rewards.dropLast().allSatisfy { $0 == 0 })
      let tolerance: Float = name == "dnms_excitatory_inhibitory" ? 2.5 : 1
      #expect(course.end?.ending == (error < tolerance ? .correct : .error))
    }
  }

  @Test(
    "coarser time steps score the whole steps that begin in the same time",
    arguments: [(10, 100, 80), (7, 142, 115), (300, 3, 3 - 1), (500, 2, 2 - 1)])
  func timeSteps(timeStep: Milliseconds, steps: Int, scored: Int) throws {
    // Of 1000 ms, from 800 on; the last whole step counts in any case.
    func course(_ output: (Int) -> Float) throws -> OutputCourse {
      try playOutputs("dnms", condition: 0, timeStep: timeStep) { [output($0)] }
    }
    let right = try course { $0 < scored ? 5 : -0.98 }
    #expect(right.stepCount == steps && right.facts["error"] == 0)
    let wrong = try course { $0 == scored ? 0.02 : -0.98 }
    #expect(abs(try #require(wrong.facts["error"]) - 1 / Float(steps - scored)) < 1e-5)
  }

  @Test("a trial shorter than a time step judges nothing, and is a miss")
  func tooShort() throws {
    let course = try playOutputs("dnms", timeStep: 1001) { _ in [3] }
    #expect(course.end?.ending == .miss && course.rewards == [0])
    #expect(course.facts["error"]?.isNaN == true)
  }
}
