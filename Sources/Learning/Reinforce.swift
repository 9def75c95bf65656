/// REINFORCE with a learned baseline (Song, Yang & Wang 2017; where paper and reference program
/// differ, the program).
///
///     Gₜ = Σₖ≥ₜ Rₖ                                         what the rest of the trial earned
///     A₀ = R₀ − b₀,   Aₜ = Gₜ − bₜ                         more or less than predicted
///     Lᵥ =  Σ (vₜ − Gₜ)² / Σ 1                             over all steps of all trials together
///     Lπ = −⟨ Σₜ Aₜ log πₜ(aₜ) ⟩                           ⟨·⟩: mean over trials
///
/// The baseline b is what the value network predicted *before* this update changed it. Both are held
/// fixed in Lπ, and Lᵥ stops at the decision network's rates. In place of the value network there can
/// be a linear read-out, a constant or nothing (`Baseline`).
public final class Reinforce {
  public var decision: Network
  public var value: Network
  public var decisionOptimiser: Adam
  public var valueOptimiser: Adam

  private let rollout: Rollout
  /// Two, that tiles use by turns: one is predicted while the other is learned from.
  private let lessons: [ValueLesson]
  private let decisionSlopes: FloatBuffer
  /// What the loss has of the decision network's rates besides, [row].
  private let rateSlopes: FloatBuffer
  private let decisionScratch: BackwardScratch
  private let valueScratch: BackwardScratch
  /// One of each of this rank's shards; the first becomes the sum over all.
  private let decisionGradients: [FloatBuffer]
  private let valueGradients: [FloatBuffer]
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

  /// - Parameter rollout: where the trials come from; it must remember them. If it has a rank's share
  ///   of the lanes, the other ranks' learners do the same at the same time.
  public init(
    decision: Network, value: Network, learningFrom rollout: Rollout,
    hyperparameters: Hyperparameters, seed: UInt64
  ) {
    precondition(rollout.tiles[0].history.isKept, "a learner needs a rollout that remembers")
    precondition(
      [0, decision.shape.units + decision.shape.outputs].contains(value.shape.inputs)
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
    let laneCount = rollout.tiles.map(\.lanes.count).max() ?? 0
    lessons = (0..<min(2, rollout.tiles.count)).map { _ in
      ValueLesson(
        ValuePass(value.shape, dynamics, laneCount: laneCount, stepCount: stepCapacity),
        slopes: FloatBuffer(count: laneCount * stepCapacity))
    }
    rateSlopes = FloatBuffer(count: laneCount * stepCapacity)
    decisionSlopes = FloatBuffer(count: laneCount * stepCapacity * decision.shape.outputs)
    decisionScratch = BackwardScratch(decision.shape, laneCount: laneCount)
    valueScratch = BackwardScratch(value.shape, laneCount: laneCount)
    let shards = rollout.shards.own
    decisionGradients = shards.map { _ in FloatBuffer(count: decision.parameters.values.count) }
    valueGradients = shards.map { _ in FloatBuffer(count: value.parameters.values.count) }
    discounts = discountFactors(
      stepCount: stepCapacity, timeStep: options.timeStep,
      timeConstant: hyperparameters.rewardTimeConstant)
  }

  deinit { companion.wait() }

  /// Plays one trial on every lane and learns from them.
  ///
  /// The value network's way back runs beside the decision network's and beside the next rollout,
  /// which does not need it; the next update waits for it. `finish` does so at once. With other ranks
  /// it runs beside the decision network's only.
  public func update(trial: UInt64) throws -> Measures {
    let laneCount = rollout.environment.specification.options.laneCount
    let played = try rollout.play(
      (0..<laneCount).map { .init(lane: $0, trial: trial) }, with: decision)
    finish()
    return try learn(from: played, trial: trial)
  }

  /// Waits until the value network has learned from the last update too.
  public func finish() { companion.wait() }

  /// What is normalised by: sums over the lanes of all ranks.
  private struct Totals {
    let trialCount: Int
    /// Σ 1
    let stepCount: Int
    /// Σ R
    let reward: Double

    init(_ played: PlayedTrials, _ shards: LaneShards) throws {
      let sums = try shards.sum(
        shards.ownLanes.map { lanes in
          [
            Double(lanes.count), Double(played.stepCounts[lanes].reduce(0, +)),
            Double(played.totalReward(of: lanes)),
          ]
        })
      (trialCount, stepCount, reward) = (Int(sums[0]), Int(sums[1]), sums[2])
    }
  }

  private func learn(from played: PlayedTrials, trial: UInt64) throws -> Measures {
    let shards = rollout.shards
    let totals = try Totals(played, shards)
    // What both networks are while every tile is gone through; they change after the last.
    let (decisionNow, valueNow) = (decision.parameters, value.parameters)
    for gradient in decisionGradients + valueGradients { gradient.clear() }
    var squares = shards.own.map { _ in [0.0] }
    for (index, tile) in rollout.tiles.enumerated() {
      let shard = rollout.shardOfTile[index]
      let (decisionGradient, valueGradient) = (decisionGradients[shard], valueGradients[shard])
      let lesson = lessons[index % lessons.count]
      lesson.job?.wait()
      valueNow.lend {
        lesson.pass.predict(played, by: tile, trial: trial, seed: seed, with: $0)
      }
      squares[shard][0] += prepareSlopes(of: tile, lesson, played, totals)
      if costsRates { prepareRateSlopes(of: tile, lesson, stepCount: totals.stepCount) }
      if isBaselineLearned {
        lesson.job = companion.run { [valueScratch, costsRates] in
          valueNow.lend {
            lesson.pass.backpropagate(
              lesson.slopes.start, rateSlopes: costsRates ? lesson.rateSlopes?.start : nil,
              with: $0, using: valueScratch, into: valueGradient.start)
          }
        }
      }
      decisionNow.lend {
        tile.units.backpropagate(
          decisionSlopes.start, rateSlopes: costsRates ? rateSlopes.start : nil,
          through: tile.history, with: $0, using: decisionScratch, into: decisionGradient.start)
      }
    }
    if isBaselineLearned, !shards.isShared {
      companion.run { [self] in
        shards.sumHere(valueGradients.map(\.numbers))
        _ = descend(&value, &valueOptimiser, along: valueGradients[0])
      }
    }
    try shards.sum(decisionGradients.map(\.numbers))
    let norm = descend(&decision, &decisionOptimiser, along: decisionGradients[0])
    if isBaselineLearned, shards.isShared {
      // Ranks talk on one thread alone.
      finish()
      try shards.sum(valueGradients.map(\.numbers))
      _ = descend(&value, &valueOptimiser, along: valueGradients[0])
    }
    return Measures(
      meanReward: totals.reward / Double(totals.trialCount), stepCount: totals.stepCount,
      decisionGradientNorm: norm,
      valueLoss: try shards.sum(squares)[0] / Double(totals.stepCount))
  }

  private var costsRates: Bool { hyperparameters.regularisation.rates > 0 }
  private var isBaselineLearned: Bool { hyperparameters.baseline != .none }

  /// Writes what regularisation adds to the slopes of rates, for the lanes of one tile.
  ///
  ///     δr = 2 ρ r / (N Σ 1)             in steps that were played
  private func prepareRateSlopes(of tile: Tile, _ lesson: ValueLesson, stepCount: Int) {
    let rho = Float(hyperparameters.regularisation.rates)
    func slope(_ units: Int) -> Float { 2 * rho / Float(units * stepCount) }
    rateSlopes.clear()
    let rows = Rows(of: tile.history, lanes: tile.lanes)
    let played = lesson.pass.history.steps.enumerated()
    for (step, lanes) in played.map({ ($0.offset, $0.element.lanes) }) {
      for lane in lanes { rateSlopes.start[rows[step, lane]] = slope(decision.shape.units) }
    }
    guard value.shape.units > 0 else { return }
    let valueSlopes = lesson.rateSlopes ?? FloatBuffer(count: lesson.slopes.count)
    valueSlopes.start.update(
      repeating: slope(value.shape.units), count: lesson.pass.history.rowCount)
    lesson.rateSlopes = valueSlopes
  }

  /// Writes the slopes of both losses at both read-outs, for the lanes of one tile.
  ///
  ///     δzₜ = −(1/trials) (1ₐ − πₜ) Aₜ           1ₐ: one at aₜ, zero elsewhere
  ///     δvₜ = 2 (vₜ − Gₜ) / Σ 1
  ///
  /// - Returns: Σ (vₜ − Gₜ)² of these lanes.
  private func prepareSlopes(
    of tile: Tile, _ lesson: ValueLesson, _ played: PlayedTrials, _ totals: Totals
  ) -> Double {
    let (values, valueSlopes) = (lesson.pass.values, lesson.slopes)
    let valueRows = Rows(of: lesson.pass.history, lanes: tile.lanes)
    let decisionRows = Rows(of: tile.history, lanes: tile.lanes)
    let trialCount = Float(totals.trialCount)
    let actionCount = decision.shape.outputs
    // Frames may have run on beyond the end of a trial; nothing is learned from those rows.
    decisionSlopes.clear()
    var squares = 0.0
    for lane in tile.lanes {
      let rewards = zip(played.rewards(ofLane: lane), discounts).map { $0 * $1 }
      let baseline = rewards.indices.map { values.start[valueRows[$0, lane]] }
      for (step, target) in returns(of: rewards).enumerated() {
        let excess = baseline[step] - target
        valueSlopes.start[valueRows[step, lane]] = 2 * excess / Float(totals.stepCount)
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

  /// One step of one network. Returns the gradient's norm.
  private func descend(
    _ network: inout Network, _ optimiser: inout Adam, along gradient: FloatBuffer
  ) -> Double {
    hyperparameters.regularisation.addWeightSlopes(of: network.parameters, to: gradient)
    network.connections.clearAbsent(in: gradient.start, shape: network.shape)
    return optimiser.update(
      &network.parameters.values, against: gradient, learningRate: hyperparameters.learningRate,
      limit: hyperparameters.gradientLimit)
  }
}

/// A tile's predictions, and what the value network is to learn from them.
private final class ValueLesson {
  let pass: ValuePass
  /// δv, [row]
  let slopes: FloatBuffer
  /// What the loss has of the value network's rates besides, [row].
  var rateSlopes: FloatBuffer?
  /// The way back, if it was begun.
  var job: Companion.Job?

  init(_ pass: ValuePass, slopes: FloatBuffer) {
    self.pass = pass
    self.slopes = slopes
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
