import CKernels
import Dispatch

/// REINFORCE with a learned baseline (Song, Yang & Wang 2017; where paper and reference program
/// differ, the program).
///
///     Gₜ = Σₖ≥ₜ Rₖ                                         what the rest of the trial earned
///     A₀ = R₀ − b₀,   Aₜ = Gₜ − bₜ                         more or less than predicted
///     Lᵥ =  Σ (vₜ − Gₜ)² / Σ 1                             over all steps of all trials together
///     Lπ = −⟨ Σₜ Aₜ log πₜ(aₜ) ⟩                           ⟨·⟩: mean over trials
///
/// The baseline b is what the value network predicted *before* this update changed it. Both are held
/// fixed in Lπ, and Lᵥ stops at the decision network's rates.
public final class Reinforce {
  public var decision: Network
  public var value: Network
  public var decisionOptimiser: Adam
  public var valueOptimiser: Adam

  private let rollout: Rollout
  private let valuePass: ValuePass
  private let decisionScratch: BackwardScratch
  private let valueScratch: BackwardScratch
  private let decisionGradient: FloatBuffer
  private let valueGradient: FloatBuffer
  private let decisionSlopes: FloatBuffer
  private let valueSlopes: FloatBuffer
  private let hyperparameters: Hyperparameters
  private let discounts: [Float]
  private let seed: UInt64
  private let companion = Companion()

  /// What an update measured.
  public struct Measures: Equatable, Sendable {
    /// Σ R / trials, undiscounted.
    public var meanReward: Double
    public var stepCount: Int
    public var decisionGradientNorm: Double
    /// Lᵥ before the update.
    public var valueLoss: Double
  }

  /// - Parameter rollout: where the trials come from; it must remember them.
  public init(
    decision: Network, value: Network, learningFrom rollout: Rollout,
    hyperparameters: Hyperparameters, seed: UInt64
  ) {
    let specification = rollout.environment.specification
    precondition(rollout.history.isKept, "a learner needs a rollout that remembers")
    precondition(
      value.shape.inputs == decision.shape.units + decision.shape.outputs
        && value.shape.outputs == 1)
    self.decision = decision
    self.value = value
    self.rollout = rollout
    self.hyperparameters = hyperparameters
    self.seed = seed
    let laneCount = specification.options.laneCount
    let rowCount = rollout.policies.count / decision.shape.outputs
    let leak = rollout.units.leak
    decisionOptimiser = Adam(parameterCount: decision.parameters.values.count)
    valueOptimiser = Adam(parameterCount: value.parameters.values.count)
    valuePass = ValuePass(
      value.shape, leak: leak,
      noiseDeviation: Float((2 * hyperparameters.recurrentNoise / Double(leak)).squareRoot()),
      laneCount: laneCount, stepCount: rowCount / laneCount)
    decisionScratch = BackwardScratch(decision.shape, laneCount: laneCount)
    valueScratch = BackwardScratch(value.shape, laneCount: laneCount)
    decisionGradient = FloatBuffer(count: decision.parameters.values.count)
    valueGradient = FloatBuffer(count: value.parameters.values.count)
    decisionSlopes = FloatBuffer(count: rowCount * decision.shape.outputs)
    valueSlopes = FloatBuffer(count: rowCount)
    discounts = discountFactors(
      stepCount: rowCount / laneCount, timeStep: specification.options.timeStep,
      timeConstant: hyperparameters.rewardTimeConstant)
  }

  deinit { companion.wait() }

  /// Plays one trial on every lane and learns from them.
  ///
  /// The value network's way back runs beside the decision network's and beside the next rollout,
  /// which does not need it; the next update waits for it. `finish` does so at once.
  public func update(trial: UInt64) throws -> Measures {
    let laneCount = rollout.environment.specification.options.laneCount
    let played = try rollout.play(
      (0..<laneCount).map { .init(lane: $0, trial: trial) }, with: decision)
    companion.wait()
    return learn(from: played, trial: trial)
  }

  /// Waits until the value network has learned from the last update too.
  public func finish() { companion.wait() }

  private func learn(from played: PlayedTrials, trial: UInt64) -> Measures {
    let firstLane = rollout.environment.specification.options.firstLane
    let keys = (0..<played.laneCount).map {
      NoiseKey(lane: firstLane &+ UInt64($0), trial: trial)
    }
    value.parameters.values.withUnsafeMutableBufferPointer {
      valuePass.predict(
        played, by: rollout.history, keys: keys, seed: seed, with: $0.baseAddress!)
    }
    let loss = prepareSlopes(played)
    companion.run { [self] in learnValue() }
    return Measures(
      meanReward: Double(played.rewards.reduce(0, +)) / Double(played.laneCount),
      stepCount: played.stepCounts.reduce(0, +), decisionGradientNorm: learnDecision(),
      valueLoss: loss)
  }

  /// Writes the slopes of both losses at both read-outs.
  ///
  ///     δzₜ = −(1/trials) (1ₐ − πₜ) Aₜ           1ₐ: one at aₜ, zero elsewhere
  ///     δvₜ = 2 (vₜ − Gₜ) / Σ 1
  ///
  /// - Returns: Lᵥ
  private func prepareSlopes(_ played: PlayedTrials) -> Double {
    let valueRows = Rows(of: valuePass.history, laneCount: played.laneCount)
    let decisionRows = Rows(of: rollout.history, laneCount: played.laneCount)
    let stepCount = Float(valuePass.history.rowCount)
    let trialCount = Float(played.laneCount)
    let actionCount = decision.shape.outputs
    // Frames may have run on beyond the end of a trial; nothing is learned from those rows.
    decisionSlopes.clear()
    var loss = 0.0
    for lane in 0..<played.laneCount {
      let rewards = zip(played.rewards(ofLane: lane), discounts).map { $0 * $1 }
      let baseline = rewards.indices.map { valuePass.values.start[valueRows[$0, lane]] }
      for (step, target) in returns(of: rewards).enumerated() {
        let excess = baseline[step] - target
        valueSlopes.start[valueRows[step, lane]] = 2 * excess / stepCount
        loss += Double(excess * excess)
      }
      for (step, advantage) in advantages(of: rewards, over: baseline).enumerated() {
        let start = decisionRows[step, lane] * actionCount
        let taken = Int(played.actions[step * played.laneCount + lane])
        for action in 0..<actionCount {
          let chosen: Float = action == taken ? 1 : 0
          decisionSlopes.start[start + action] =
            -(chosen - rollout.policies.start[start + action]) * advantage / trialCount
        }
      }
    }
    return loss / Double(stepCount)
  }

  private func learnDecision() -> Double {
    learn(
      &decision, &decisionOptimiser, from: decisionSlopes, through: rollout.history,
      by: rollout.units, decisionScratch, decisionGradient)
  }

  private func learnValue() {
    _ = learn(
      &value, &valueOptimiser, from: valueSlopes, through: valuePass.history, by: valuePass.units,
      valueScratch, valueGradient)
  }

  /// One step of one network. Returns the gradient's norm.
  private func learn(
    _ network: inout Network, _ optimiser: inout Adam, from slopes: FloatBuffer,
    through history: History, by units: GatedUnits, _ scratch: BackwardScratch,
    _ gradient: FloatBuffer
  ) -> Double {
    gradient.clear()
    network.parameters.values.withUnsafeMutableBufferPointer {
      units.backpropagate(
        slopes.start, through: history, with: $0.baseAddress!, using: scratch,
        into: gradient.start)
    }
    network.connections.clearAbsent(in: gradient.start, shape: network.shape)
    return optimiser.update(
      &network.parameters.values, against: gradient, learningRate: hyperparameters.learningRate,
      limit: hyperparameters.gradientLimit)
  }
}

/// Which row of a history a lane has at a step.
private struct Rows {
  private let laneCount: Int
  private var rows: [Int]

  init(of history: History, laneCount: Int) {
    self.laneCount = laneCount
    rows = .init(repeating: -1, count: history.steps.count * laneCount)
    for (index, step) in history.steps.enumerated() {
      for (row, lane) in zip(step.rows, step.lanes) { rows[index * laneCount + lane] = row }
    }
  }

  subscript(step: Int, lane: Int) -> Int { rows[step * laneCount + lane] }
}

/// Runs one piece of work at a time beside the caller.
final class Companion {
  private let queue = DispatchQueue(label: "operant.companion", qos: .userInitiated)
  private let group = DispatchGroup()

  /// Begins `work`, which nobody else may touch until `wait` returns.
  func run(_ work: @escaping () -> Void) {
    nonisolated(unsafe) let work = work
    queue.async(group: group) { work() }
  }

  /// Returns when nothing is under way.
  func wait() { group.wait() }
}
