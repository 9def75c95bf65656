import Envs
import Gym
import Testing

/// Held to the program that came with Miconi, eLife 6:e20899 (2017).
@Suite("Selective integration")
struct SelectiveIntegrationTests {
  let task = "selective_integration"

  /// Attend 1, b₁ > 0; attend 2, b₂ > 0; attend 1, b₁ < 0; attend 2, b₂ < 0.
  @Test(
    "the conditions are the program's four, in its order",
    arguments: [(0, 1, 0.5), (1, 2, 0.5), (2, 1, -0.5), (3, 2, -0.5)] as [(Int, Float, Float)])
  func conditions(condition: Int, context: Float, bias: Float) throws {
    let course = try playOutputs(task, condition: condition) { _ in [0] }
    #expect(course.facts["context"] == context && course.facts["relevantBias"] == bias)
    #expect(course.facts["target"] == (bias > 0 ? 1 : -1))
    #expect(course.stepCount == 700)
    #expect(try catalogue.find(task).entry.description.conditions.count == 4)
    for (step, senses) in course.senses.enumerated() {
      #expect(senses[2] == (context == 1 ? 1 : 0) && senses[3] == (context == 2 ? 1 : 0))
      let isShown = 1..<501 ~= step
      #expect((senses[0] != 0) == isShown && (senses[1] != 0) == isShown)
    }
  }

  @Test("each modality is noise of deviation ½ about half its bias, fresh at every step")
  func noise() throws {
    var relevant: [Float] = []
    var irrelevant: [Float] = []
    for trial in UInt64(0)..<40 {
      let condition = Int(trial % 4)
      let course = try playOutputs(task, condition: condition, trial: trial) { _ in [0] }
      let attended = condition % 2
      let biases = (
        try #require(course.facts["relevantBias"]), try #require(course.facts["irrelevantBias"])
      )
      for senses in course.senses[1..<501] {
        relevant.append(senses[attended] - biases.0 / 2)
        irrelevant.append(senses[1 - attended] - biases.1 / 2)
      }
    }
    for values in [relevant, irrelevant] {
      let (mean, deviation) = statistics(values)
      // Standard errors of 20 000 draws: 0.5/√20 000 = 0.0035, and 0.5/√40 000 = 0.0025.
      #expect(abs(mean) < 4 * 0.0035)
      #expect(abs(deviation - 0.5) < 4 * 0.0025)
      #expect(abs(correlation(Array(values.dropLast()), Array(values.dropFirst()))) < 4 * 0.0071)
    }
    #expect(abs(correlation(relevant, irrelevant)) < 4 * 0.0071)
  }

  @Test("the irrelevant bias is drawn for each trial, and no part of the condition")
  func irrelevant() throws {
    let entry = try catalogue.find(task).entry
    #expect(
      entry.description.conditions.allSatisfy { $0.map(\.name) == ["context", "relevantBias"] })
    let lanes = 2000
    let environment = try entry.makeEnvironment(
      [], .init(seed: 97, laneCount: lanes, timeStep: 700))
    try environment.begin((0..<lanes).map { .init(lane: $0, condition: $0 % 4) })
    try environment.step(amounts: .init(repeating: 0, count: lanes))
    let facts = environment.frame.facts
    let count = entry.description.facts.count
    for condition in 0..<4 {
      let drawn = stride(from: condition, to: lanes, by: 4).map { facts[$0 * count + 2] }
      #expect(Set(drawn) == [0.5, -0.5])
      let positive = Double(drawn.count { $0 > 0 }) / Double(drawn.count)
      #expect(abs(positive - 0.5) < samplingError(0.5, drawn.count))
    }
  }

  @Test("the test grid has all pairs of 11 biases in both contexts, each as a condition of its own")
  func grid() throws {
    let (entry, preset) = try catalogue.find("selective_integration_test")
    let environment = try entry.makeEnvironment(
      try #require(entry.preset(named: preset)).settings,
      .init(seed: 97, laneCount: 242, timeStep: 700))
    let conditions = environment.specification.task.conditions
    #expect(conditions.count == 242 && Set(conditions.map { "\($0)" }).count == 242)
    #expect(
      conditions[1] == [
        Factor("context", 1), Factor("relevantBias", -0.5), Factor("irrelevantBias", -0.4),
      ])
    try environment.begin((0..<242).map { .init(lane: $0, condition: $0) })
    try environment.step(amounts: .init(repeating: 0, count: 242))
    let facts = environment.frame.facts
    for (lane, factors) in conditions.enumerated() {
      let told = facts[(lane * 5)..<(lane * 5 + 4)].map { $0 }
      #expect(told[0..<3].elementsEqual(factors.map { Float($0.value) }))
      // Where the bias is 0 there is no right answer.
      #expect(told[3] == (told[1] > 0 ? 1 : told[1] < 0 ? -1 : 0))
    }
  }

  @Test("who adds up the modality that counts is nearly always right, the other one by chance")
  func integration() throws {
    var right = [0, 0]
    let trials = 200
    for trial in UInt64(0)..<UInt64(trials) {
      let condition = Int(trial % 4)
      let seen = try playOutputs(task, condition: condition, trial: trial) { _ in [0] }
      for (place, channel) in [condition % 2, 1 - condition % 2].enumerated() {
        let evidence = seen.senses.reduce(Float(0)) { $0 + $1[channel] }
        let answer: Float = evidence > 0 ? 0.9 : -0.9
        let course = try playOutputs(task, condition: condition, trial: trial) { _ in [answer] }
        right[place] += course.end?.ending == .correct ? 1 : 0
      }
    }
    // 500 steps of mean 0.25 and deviation 0.5: d′ = 11.
    #expect(right[0] == trials)
    #expect(
      abs(Double(right[1]) / Double(trials) - 0.5) < samplingError(0.5, trials))
  }
}
