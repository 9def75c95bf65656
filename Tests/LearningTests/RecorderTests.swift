import Gym
import Testing

@testable import Learning

@Suite("Recordings of both networks")
struct RecorderTests {
  let seed: UInt64 = 71

  private func recorder(
    _ start: Snapshot, _ hyperparameters: Hyperparameters, laneCount: Int = 40
  ) throws -> Recorder {
    Recorder(
      in: try HurriedDots.open(seed: seed, laneCount: laneCount, lookAhead: 4),
      decision: start.decision, value: start.value, hyperparameters: hyperparameters, seed: seed)
  }

  @Test("show what the equations make of the inputs, the noise and the actions, step by step")
  func literal() throws {
    let hyperparameters = HurriedDots.hyperparameters
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let conditions = (0..<40).map { Optional($0 % 10) }
    let (played, activity) = try recorder(start, hyperparameters).play(
      trial: 3, conditions: conditions)
    #expect(activity.map(\.lane) == Array(0..<40))
    #expect(Set(played.stepCounts).count > 4)
    let decision = LiteralNetwork(start.decision.parameters, leak: 0.1)
    let value = LiteralNetwork(start.value.parameters, leak: 0.1)
    for trial in activity {
      func noise(_ stream: Stream, _ step: Int, _ count: Int) -> [Double] {
        var random = Random(
          seed: seed, stream: stream, lane: UInt64(trial.lane), trial: 3, step: UInt64(step))
        // √(2 · 0.01/0.1)
        return (0..<count).map { _ in 0.2.squareRoot() * Double(random.normal()) }
      }
      #expect(trial.stepCount == played.stepCounts[trial.lane])
      var (decided, predicted) = (decision.begin(), value.begin())
      for step in 0..<trial.stepCount {
        let input = trial.inputs[(step * 3)..<(step * 3 + 3)].map(Double.init)
        if step == 0 {
          #expect(input == [0, 0, 0])
        } else {
          decided = decision.advance(
            from: decided, input: input, noise: noise(Stream("recurrent noise"), step, 16))
          let last = Int(played.actions[(step - 1) * 40 + trial.lane])
          predicted = value.advance(
            from: predicted, input: decided.rates + (0..<3).map { $0 == last ? 1 : 0 },
            noise: noise(Stream("value noise"), step, 12))
        }
        expect(trial.decisionRates[(step * 16)..<(step * 16 + 16)], near: decided.rates)
        expect(trial.policies[(step * 3)..<(step * 3 + 3)], near: softmax(decided.output))
        expect(trial.valueRates[(step * 12)..<(step * 12 + 12)], near: predicted.rates)
        expect(trial.values[step...step], near: predicted.output)
      }
      #expect(trial.values.count == trial.stepCount)
    }
  }

  private func expect(
    _ found: ArraySlice<Float>, near wanted: [Double], _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(
      found.count == wanted.count
        && zip(found, wanted).allSatisfy { abs(Double($0) - $1) < 2e-5 * max(1, abs($1)) },
      sourceLocation: location)
  }

  @Test("are of the trials that are played without a recorder")
  func sameTrials() throws {
    let hyperparameters = HurriedDots.hyperparameters
    let start = try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
    let (played, _) = try recorder(start, hyperparameters).play(
      trial: 5, conditions: .init(repeating: nil, count: 40))
    let alone = try Rollout(
      in: try HurriedDots.open(seed: seed, laneCount: 40, lookAhead: 4),
      shape: start.decision.shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: false
    ).play((0..<40).map { .init(lane: $0, trial: 5) }, with: start.decision)
    #expect(played.actions == alone.actions)
    #expect(played.facts.map(\.bitPattern) == alone.facts.map(\.bitPattern))
  }

  @Test(
    "have no units' rates where the baseline has no units", arguments: [Baseline.linear, .none])
  func readOuts(baseline: Baseline) throws {
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.baseline = baseline
    let start = try HurriedDots.opinionatedDecision(hyperparameters, seed: seed)
    let (_, activity) = try recorder(start, hyperparameters, laneCount: 2).play(
      trial: 0, conditions: [0, 1])
    for trial in activity {
      #expect(trial.valueRates.isEmpty)
      #expect(
        trial.values == .init(repeating: baseline == .linear ? -1 : 0, count: trial.stepCount))
    }
  }
}
