import COpenBLAS
import CPlatform
import Console
import Glibc
import Gym
import Learning

/// A learning update of both networks, beside what the machine's matrix product could do and beside
/// PyTorch, one thread each.
///
/// Everything an update does is in the figure but the environment: the rollout's forward pass with its
/// noise and its draws, the value network's forward pass, both ways back, clipping and both Adam steps.
/// Operations are counted as 2 for every weight touched forward and 4 backward, for every trial-step:
/// 389 thousand for both networks at 100 units, three inputs and three actions, where the decision
/// network has a tenth of its recurrent connections; 552 thousand if those were all counted. (Slopes
/// of the inputs are counted and not computed: nobody needs them.)
func benchmarkUpdates() throws {
  // Two threads on one processor take the time of one.
  platform_stay_on_one_processor()
  for (trials, steps, budget, torchBudget) in [(10, 120, 0.60, 4.5), (256, 150, 0.70, 2.5)] {
    var figures: [(seconds: Double, peak: Double)] = []
    let update = try makeUpdate(trials: trials, steps: steps)
    for _ in 0..<7 { figures.append((try update.median(), productPeak())) }
    let median = figures.sorted { $0.seconds * $0.peak < $1.seconds * $1.peak }[3]
    let name = "update \(trials) trials × \(steps) steps"
    let rate = 6 * Double(trials * steps) / median.seconds / median.peak
    printFigure(name, median.seconds * 1000, "ms", beside: "one thread")
    printFigure(
      "  of the sgemm peak", rate * Double(update.touched), "of peak",
      beside: "peak \(Int(median.peak / 1e9)) GFLOP/s; at least \(budget)")
    printFigure("  if absent connections counted", rate * Double(update.dense), "of peak")
    var pairs: [(ratio: Double, torch: Double, version: String)] = []
    for _ in 0..<3 {
      guard let torch = torchSeconds(trials: trials, steps: steps) else { break }
      pairs.append((torch.seconds / (try update.median()), torch.seconds, torch.version))
    }
    guard pairs.count == 3 else {
      print("  PyTorch is not installed here; '.venv/bin/pip install torch' puts it beside")
      continue
    }
    let pair = pairs.sorted { $0.ratio < $1.ratio }[1]
    printFigure(
      "  times as fast as PyTorch \(pair.version)", pair.ratio, "times",
      beside: "\(Int(pair.torch * 1000)) ms; at least \(torchBudget)")
  }
}

/// Updates of a learner whose trials all last equally long.
private struct RepeatedUpdate {
  let learner: Reinforce
  let repeats: Int
  /// Weights that one trial-step goes through, absent connections left out or counted.
  let touched: Int
  let dense: Int

  /// Seconds of one update.
  func median() throws -> Double {
    var trial: UInt64 = 0
    return try medianSeconds(runs: 3) {
      for _ in 0..<repeats {
        _ = try learner.update(trial: trial)
        trial += 1
      }
      learner.finish()
    } / Double(repeats)
  }
}

private func makeUpdate(trials: Int, steps: Int) throws -> RepeatedUpdate {
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
  // x₀ is touched once a trial.
  let dense = [start.decision, start.value].reduce(0) {
    $0 + $1.parameters.values.count - $1.shape.units
  }
  return RepeatedUpdate(
    learner: learner, repeats: max(1, 40_000 / (trials * steps)),
    touched: dense - start.decision.connections.exist.count { !$0 }, dense: dense)
}

/// What the same update takes in PyTorch; nil if no Python here has it.
private func torchSeconds(trials: Int, steps: Int) -> (seconds: Double, version: String)? {
  for python in [".venv/bin/python", "/usr/bin/env"] {
    let script = ["benchmarks/pytorch_update.py", "\(trials)", "\(steps)", "5"]
    do {
      let child = try ChildProcess(
        python, arguments: python == "/usr/bin/env" ? ["python3"] + script : script)
      let words = try child.nextLine(within: .seconds(300)).split(separator: " ")
      if words.count == 2, let seconds = Double(words[0]) { return (seconds, String(words[1])) }
    } catch {
      continue
    }
  }
  return nil
}

/// Operations per second of a 1024³ matrix product, the best of three.
func productPeak() -> Double {
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
