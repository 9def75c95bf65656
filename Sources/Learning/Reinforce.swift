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
  /// One for each tile of the rollout, like the slopes.
  private let valuePasses: [ValuePass]
  private let decisionSlopes: [FloatBuffer]
  private let valueSlopes: [FloatBuffer]
  private let decisionScratch: BackwardScratch
  private let valueScratch: BackwardScratch
  private let decisionGradient: FloatBuffer
  private let valueGradient: FloatBuffer
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

    public init(
      meanReward: Double, stepCount: Int, decisionGradientNorm: Double, valueLoss: Double
    ) {
      self.meanReward = meanReward
      self.stepCount = stepCount
      self.decisionGradientNorm = decisionGradientNorm
      self.valueLoss = valueLoss
    }
  }

  /// - Parameter rollout: where the trials come from; it must remember them.
  public init(
    decision: Network, value: Network, learningFrom rollout: Rollout,
    hyperparameters: Hyperparameters, seed: UInt64
  ) {
    precondition(rollout.tiles[0].history.isKept, "a learner needs a rollout that remembers")
    precondition(
      value.shape.inputs == decision.shape.units + decision.shape.outputs
        && value.shape.outputs == 1)
    self.decision = decision
    self.value = value
    self.rollout = rollout
    self.hyperparameters = hyperparameters
    self.seed = seed
    decisionOptimiser = Adam(parameterCount: decision.parameters.values.count)
    valueOptimiser = Adam(parameterCount: value.parameters.values.count)
    let options = rollout.environment.specification.options
    let dynamics = Dynamics(hyperparameters, timeStep: options.timeStep)
    let stepCapacity = rollout.stepCapacity
    valuePasses = rollout.tiles.map {
      ValuePass(value.shape, dynamics, lanes: $0.lanes, stepCount: stepCapacity)
    }
    decisionSlopes = rollout.tiles.map {
      FloatBuffer(count: $0.lanes.count * stepCapacity * decision.shape.outputs)
    }
    valueSlopes = rollout.tiles.map { FloatBuffer(count: $0.lanes.count * stepCapacity) }
    let laneCount = rollout.tiles[0].lanes.count
    decisionScratch = BackwardScratch(decision.shape, laneCount: laneCount)
    valueScratch = BackwardScratch(value.shape, laneCount: laneCount)
    decisionGradient = FloatBuffer(count: decision.parameters.values.count)
    valueGradient = FloatBuffer(count: value.parameters.values.count)
    discounts = discountFactors(
      stepCount: stepCapacity, timeStep: options.timeStep,
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
    value.parameters.values.withUnsafeMutableBufferPointer { [seed] parameters in
      let parameters = parameters.baseAddress!
      companion.share(Array(zip(rollout.tiles, valuePasses))) { tile, pass in
        pass.predict(
          played, by: tile.history,
          noise: { NoiseKey(lane: firstLane &+ UInt64($0), trial: trial) }, seed: seed,
          with: parameters)
      }
    }
    let stepCount = played.stepCounts.reduce(0, +)
    let squares = rollout.tiles.indices.reduce(0.0) {
      $0 + prepareSlopes(ofTile: $1, played, stepCount: stepCount)
    }
    companion.run { [self] in learnValue() }
    return Measures(
      meanReward: Double(played.rewards.reduce(0, +)) / Double(played.laneCount),
      stepCount: stepCount, decisionGradientNorm: learnDecision(),
      valueLoss: squares / Double(stepCount))
  }

  /// Writes the slopes of both losses at both read-outs, for the lanes of one tile.
  ///
  ///     δzₜ = −(1/trials) (1ₐ − πₜ) Aₜ           1ₐ: one at aₜ, zero elsewhere
  ///     δvₜ = 2 (vₜ − Gₜ) / Σ 1
  ///
  /// - Parameter stepCount: Σ 1, over all lanes.
  /// - Returns: Σ (vₜ − Gₜ)² of these lanes.
  private func prepareSlopes(
    ofTile index: Int, _ played: PlayedTrials, stepCount: Int
  ) -> Double {
    let (tile, pass) = (rollout.tiles[index], valuePasses[index])
    let (decisionSlopes, valueSlopes) = (decisionSlopes[index], valueSlopes[index])
    let valueRows = Rows(of: pass.history, lanes: tile.lanes)
    let decisionRows = Rows(of: tile.history, lanes: tile.lanes)
    let trialCount = Float(played.laneCount)
    let actionCount = decision.shape.outputs
    // Frames may have run on beyond the end of a trial; nothing is learned from those rows.
    decisionSlopes.clear()
    var squares = 0.0
    for lane in tile.lanes {
      let rewards = zip(played.rewards(ofLane: lane), discounts).map { $0 * $1 }
      let baseline = rewards.indices.map { pass.values.start[valueRows[$0, lane]] }
      for (step, target) in returns(of: rewards).enumerated() {
        let excess = baseline[step] - target
        valueSlopes.start[valueRows[step, lane]] = 2 * excess / Float(stepCount)
        squares += Double(excess * excess)
      }
      for (step, advantage) in advantages(of: rewards, over: baseline).enumerated() {
        let start = decisionRows[step, lane] * actionCount
        let taken = Int(played.actions[step * played.laneCount + lane])
        for action in 0..<actionCount {
          let chosen: Float = action == taken ? 1 : 0
          decisionSlopes.start[start + action] =
            -(chosen - tile.policies.start[start + action]) * advantage / trialCount
        }
      }
    }
    return squares
  }

  private func learnDecision() -> Double {
    learn(
      &decision, &decisionOptimiser, decisionScratch, into: decisionGradient,
      from: zip(rollout.tiles, decisionSlopes).map { ($0.units, $0.history, $1) })
  }

  private func learnValue() {
    _ = learn(
      &value, &valueOptimiser, valueScratch, into: valueGradient,
      from: zip(valuePasses, valueSlopes).map { ($0.units, $0.history, $1) })
  }

  /// One step of one network. Returns the gradient's norm.
  private func learn(
    _ network: inout Network, _ optimiser: inout Adam, _ scratch: BackwardScratch,
    into gradient: FloatBuffer,
    from passes: [(units: GatedUnits, history: History, slopes: FloatBuffer)]
  ) -> Double {
    gradient.clear()
    network.parameters.values.withUnsafeMutableBufferPointer { parameters in
      for pass in passes {
        pass.units.backpropagate(
          pass.slopes.start, through: pass.history, with: parameters.baseAddress!,
          using: scratch, into: gradient.start)
      }
    }
    network.connections.clearAbsent(in: gradient.start, shape: network.shape)
    return optimiser.update(
      &network.parameters.values, against: gradient, learningRate: hyperparameters.learningRate,
      limit: hyperparameters.gradientLimit)
  }
}

/// Which row of a history a lane has at a step.
private struct Rows {
  private let lanes: Range<Int>
  private var rows: [Int]

  init(of history: History, lanes: Range<Int>) {
    self.lanes = lanes
    rows = .init(repeating: -1, count: history.steps.count * lanes.count)
    for (index, step) in history.steps.enumerated() {
      for (row, lane) in zip(step.rows, step.lanes) {
        rows[index * lanes.count + lane - lanes.lowerBound] = row
      }
    }
  }

  subscript(step: Int, lane: Int) -> Int {
    rows[step * lanes.count + lane - lanes.lowerBound]
  }
}
