import Envs
import Foundation
import Gym
import Runs
import Testing

@testable import Learning

/// What the value network of a learned run expects, on trials it has not learned from.
@Suite("What is expected")
struct ExpectationTests {

  /// Song, Yang & Wang 2017, Fig. 1E: before the motion the network expects what trials earn on average;
  /// after it the more the stronger the motion is, to whichever side.
  @Test(
    "more is expected the stronger the motion, to either side, and before it what trials earn",
    .tags(.slow))
  func value() throws {
    try Laboratory.open { laboratory in
      let trained = try laboratory.operant("train rdm_fixed --seed 97 --quiet")
      #expect(trained.exitCode == 0)
      let networks = try bestNetworks(laboratory.path("runs/rdm_fixed-s97"), seed: 97)
      let seen = try expectations(networks, seed: 1000, rounds: 4)

      let earned = mean(seen.map(\.reward))
      #expect(abs(mean(seen.compactMap(\.before)) - earned) < 0.15)

      func expected(_ coherences: Set<Float>, _ directions: Set<Float> = [-1, 1]) -> Double {
        mean(
          seen.filter { coherences.contains($0.coherence) && directions.contains($0.direction) }
            .compactMap(\.after))
      }
      // A standard error is about 0.01, and the weak ones differ by less than that.
      let (weak, middling, strong) = (expected([0, 6.4, 12.8]), expected([25.6]), expected([51.2]))
      #expect(weak < middling && middling < strong, "\(weak), \(middling), \(strong)")
      #expect(strong > weak + 0.05)
      // The two sides overlap approximately, in the original too.
      for side: Set<Float> in [[-1], [1]] {
        #expect(expected([51.2], side) > expected([0, 6.4, 12.8], side) + 0.02)
      }
    }
  }

  private struct Expectation {
    let coherence: Float
    let direction: Float
    let reward: Double
    /// v just before the motion, and 400 ms after it began if the trial still went on.
    let before: Double?
    let after: Double?
  }

  /// The networks of a run's best validation.
  private func bestNetworks(_ run: String, seed: UInt64) throws -> Snapshot {
    let file = try #require(try Checkpoints(folder: run + "/checkpoints").best())
    var snapshot = Snapshot(
      for: try catalogue.find("rdm_fixed").entry.description, hyperparameters: Hyperparameters(),
      seed: seed)
    for block in snapshot.decision.parameters.blocks {
      guard case .float32(let decision) = file.tensors["decision." + block.name]?.values,
        case .float32(let value) = file.tensors["value." + block.name]?.values
      else { throw CocoaError(.fileReadCorruptFile) }
      snapshot.decision.parameters[block.name] = decision
      snapshot.value.parameters[block.name] = value
    }
    return snapshot
  }

  private func expectations(
    _ networks: Snapshot, seed: UInt64, rounds: UInt64
  ) throws -> [Expectation] {
    let laneCount = 320
    let environment = try catalogue.find("rdm_fixed").entry.makeEnvironment(
      [], .init(seed: seed, laneCount: laneCount, lookAhead: 24))
    let rollout = Rollout(
      in: environment, shape: networks.decision.shape, hyperparameters: Hyperparameters(),
      seed: seed, isRemembered: true)
    let pass = ValuePass(
      networks.value.shape, Dynamics(Hyperparameters(), timeStep: 10), laneCount: Tile.size,
      stepCount: rollout.stepCapacity)
    var found: [Expectation] = []
    for trial in 0..<rounds {
      let played = try rollout.play(
        (0..<laneCount).map { .init(lane: $0, trial: trial, condition: $0 % 10) },
        with: networks.decision)
      let conditions = environment.specification.task.conditions
      for tile in rollout.tiles {
        networks.value.parameters.lend {
          pass.predict(played, by: tile, trial: trial, seed: seed, with: $0)
        }
        for lane in tile.lanes {
          func value(at step: Int) -> Double? {
            guard step < pass.history.steps.count,
              let row = pass.history.steps[step].lanes.firstIndex(of: lane)
            else { return nil }
            return Double(pass.values.start[pass.history.steps[step].rows.lowerBound + row])
          }
          let factors = conditions[lane % 10]
          found.append(
            Expectation(
              coherence: Float(factors[1].value), direction: Float(factors[0].value),
              reward: Double(played.rewards(ofLane: lane).reduce(0, +)), before: value(at: 74),
              after: value(at: 115)))
        }
      }
    }
    return found
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
