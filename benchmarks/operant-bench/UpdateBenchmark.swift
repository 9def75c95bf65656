import COpenBLAS
import Glibc
import Gym
import Learning

/// A learning update of both networks, beside what the machine's matrix product could do.
///
/// Everything an update does is in the figure but the environment: the roll-out's forward pass with its
/// noise and its draws, the value network's forward pass, both ways back, and both Adam steps. Floating
/// point operations are counted as 2 × weights forward and twice that backward for every trial-step,
/// 552 thousand for both networks at 100 units, three inputs and three actions, connections dense.
func benchmarkUpdates() throws {
  useOneThreadForProducts()
  for (trials, steps, budget) in [(10, 120, 0.60), (256, 150, 0.70)] {
    let environment = FixedLengthEnvironment(laneCount: trials, stepCount: steps)
    let hyperparameters = Hyperparameters()
    let start = Snapshot(
      for: environment.specification.task, hyperparameters: hyperparameters, seed: 1)
    let learner = Reinforce(
      decision: start.decision, value: start.value,
      learningFrom: Rollout(
        in: environment, shape: start.decision.shape, hyperparameters: hyperparameters, seed: 1,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: 1)
    var trial: UInt64 = 0
    let repeats = max(1, 4000 / (trials * steps / 10))
    var ratios: [(time: Double, fraction: Double, peak: Double)] = []
    for _ in 0..<7 {
      let peak = productPeak()
      let seconds = try medianSeconds(runs: 3) {
        for _ in 0..<repeats {
          _ = try learner.update(trial: trial)
          trial += 1
        }
        learner.finish()
      }
      let time = seconds / Double(repeats)
      let weights = start.decision.parameters.values.count + start.value.parameters.values.count
      let operations = 6 * Double(weights - 200) * Double(trials * steps)
      ratios.append((time, operations / time / peak, peak))
    }
    let median = ratios.sorted { $0.fraction < $1.fraction }[ratios.count / 2]
    printFigure(
      "update \(trials) trials × \(steps) steps", median.time * 1000, "ms",
      beside: "one thread")
    printFigure(
      "  of the sgemm peak", median.fraction, "of peak",
      beside: "peak \(Int(median.peak / 1e9)) GFLOP/s; at least \(budget)")
  }
}

/// Operations per second of a 1024³ matrix product, the best of three.
private func productPeak() -> Double {
  let size = 1024
  let a = [Float](repeating: 0.5, count: size * size)
  let b = [Float](repeating: 0.25, count: size * size)
  var c = [Float](repeating: 0, count: size * size)
  var best = Double.infinity
  for _ in 0..<3 {
    let start = secondsNow()
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(size), Int32(size), Int32(size), 1, a,
      Int32(size), b, Int32(size), 0, &c, Int32(size))
    best = min(best, secondsNow() - start)
  }
  return 2 * Double(size * size * size) / best
}

/// Trials that all last equally long and show three numbers: an environment that costs next to nothing.
final class FixedLengthEnvironment: Environment {
  let specification: EnvironmentSpecification
  private(set) var frame: Frame
  private let stepCount: Int
  private var step = 0
  private var trial: UInt64 = 0

  init(laneCount: Int, stepCount: Int) {
    let task = TaskDescription(
      name: "FixedLength", aliases: [], summary: "", reference: "",
      channels: [.init(name: "senses", width: 3)], actions: .discrete(["a", "b", "c"]), epochs: [],
      conditions: [[]], parameters: [], facts: [], presets: [], timeLimit: (stepCount - 1) * 10,
      allowsLookAhead: true)
    specification = EnvironmentSpecification(
      task: task, options: .init(seed: 1, laneCount: laneCount))
    self.stepCount = stepCount
    frame = Frame(laneCount: laneCount, observationSize: 3)
    for index in frame.observations.indices { frame.observations[index] = Float(index % 7) / 7 }
  }

  func begin(_ orders: [TrialOrder]) {
    step = 0
    trial = orders[0].trial ?? 0
    frame.endedTrials = []
  }

  func step(_ actions: [UInt8]) {
    step += 1
    guard step == stepCount else { return }
    for lane in 0..<frame.laneCount {
      frame.rewards[lane] = actions[lane] == 0 ? 1 : 0
      frame.endedTrials.append(
        .init(
          lane: lane, trial: trial, condition: 0, ending: .correct, choice: Int(actions[lane]),
          stepCount: stepCount))
    }
  }
}
