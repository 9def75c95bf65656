import Envs
import Gym
import Testing

/// Held to the program that came with Miconi, eLife 6:e20899 (2017), Figure 9.
@Suite("Gradient comparison")
struct GradientComparisonTests {
  let task = "gradient_comparison"

  @Test("ten inputs within ±1 are shown for 100 ms; the target is the sign of their sum")
  func inputs() throws {
    var all: [Float] = []
    var targets: Set<Float> = []
    for trial in stride(from: UInt64(0), to: 200, by: 2) {
      let course = try playOutputs(task, trial: trial, timeStep: trial < 4 ? 1 : 100) { _ in [0] }
      let inputs = course.senses[0]
      #expect(inputs.count == 10 && inputs.allSatisfy { (-1..<1).contains($0) })
      let shown = trial < 4 ? 100 : 1
      #expect(course.senses[..<shown].allSatisfy { $0 == inputs })
      #expect(course.senses[shown...].joined().allSatisfy { $0 == 0 })
      let sum = inputs.reduce(0, +)
      let target = try #require(course.facts["target"])
      #expect(course.facts["inputSum"] == sum && target == (sum > 0 ? 1 : -1))
      targets.insert(target)
      all += inputs
    }
    #expect(targets == [-1, 1])
    let (mean, deviation) = statistics(all)
    // Uniform within ±1: mean 0, deviation 1/√3; 1000 draws.
    #expect(abs(mean) < 4 * 0.577 / Float(1000).squareRoot() && abs(deviation - 0.577) < 0.04)
  }

  @Test("trials 2k and 2k + 1 have the same inputs, whatever was played before; others have others")
  func pairs() throws {
    func inputs(_ trial: UInt64, seed: UInt64 = 97) throws -> [Float] {
      try playOutputs(task, seed: seed, trial: trial, timeStep: 100) { _ in [0] }.senses[0]
    }
    for pair in UInt64(0)..<20 {
      let first = try inputs(2 * pair)
      #expect(try inputs(2 * pair + 1) == first)
      #expect(try inputs(2 * pair + 2) != first)
      #expect(try inputs(2 * pair, seed: 98) != first)
    }
    let environment = try catalogue.find(task).entry.makeEnvironment(
      [], .init(seed: 97, laneCount: 2, timeStep: 100, restartRule: .sameStep))
    try environment.begin([.init(lane: 0), .init(lane: 1)])
    for trial in UInt64(0)..<6 {
      let shown = environment.frame.observations
      #expect(Array(shown[..<10]) == (try inputs(trial)))
      #expect(shown[..<10] != shown[10...])
      for _ in 0..<3 { try environment.step(amounts: [0, 0]) }
    }
  }
}
