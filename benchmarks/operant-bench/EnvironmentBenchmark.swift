import Envs
import Gym

/// Environment steps in this process, on one processor.
///
/// The agent holds fixation while it is shown and then goes right, so that trials have all their
/// epochs; amounts are all the least they can be. Lanes restart by themselves.
func benchmarkEnvironment() throws {
  for entry in catalogue.entries {
    for laneCount in [1, 256] {
      let environment = try entry.makeEnvironment(
        [], .init(seed: 1, laneCount: laneCount, restartRule: .nextStep))
      let size = entry.description.observationSize
      try environment.begin((0..<laneCount).map { TrialOrder(lane: $0) })
      let steps = 1_000_000 / laneCount
      let seconds: Double
      switch entry.description.actions {
      case .discrete(let names):
        let right = UInt8(min(2, names.count - 1))
        var actions = [UInt8](repeating: 0, count: laneCount)
        seconds = try medianSeconds(runs: 5) {
          for _ in 0..<steps {
            let observations = environment.frame.observations
            for lane in 0..<laneCount {
              actions[lane] = observations[size * lane] > 0.5 ? 0 : right
            }
            try environment.step(actions)
          }
        }
      case .continuous(let width, let range):
        let amounts = [Float](repeating: range.lowerBound, count: laneCount * width)
        seconds = try medianSeconds(runs: 5) {
          for _ in 0..<steps { try environment.step(amounts: amounts) }
        }
      }
      printFigure(
        "\(entry.description.aliases.first?.name ?? entry.description.name), \(laneCount) "
          + "lane\(laneCount == 1 ? "" : "s"), in process", Double(steps * laneCount) / seconds,
        "lane-steps/s", beside: laneCount == 256 ? "at least 5,000,000" : "")
    }
  }
}
