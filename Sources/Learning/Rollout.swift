import Gym

/// One trial on every lane, as a decision network played it.
public struct PlayedTrials: Sendable {
  public let laneCount: Int
  /// L: how many actions were taken, by lane.
  public internal(set) var stepCounts: [Int]
  /// a₀ … a_L₋₁, [step × lane].
  public internal(set) var actions: [UInt8]
  /// R₀ … R_L₋₁ as they were paid, [step × lane].
  public internal(set) var rewards: [Float]
  /// How the trials ended, in the order in which they did.
  public internal(set) var endedTrials: [EndedTrial]
  /// [ended trial × fact]
  public internal(set) var facts: [Float]

  init(laneCount: Int) {
    self.laneCount = laneCount
    stepCounts = .init(repeating: 0, count: laneCount)
    (actions, rewards, endedTrials, facts) = ([], [], [], [])
  }

  /// R₀ … R_L₋₁ of one lane.
  public func rewards(ofLane lane: Int) -> [Float] {
    (0..<stepCounts[lane]).map { rewards[$0 * laneCount + lane] }
  }

  /// What some lanes were paid, as it was paid: step by step, and within a step lane by lane.
  func totalReward(of lanes: Range<Int>) -> Float {
    var total: Float = 0
    for row in stride(from: 0, to: rewards.count, by: laneCount) {
      for lane in lanes { total += rewards[row + lane] }
    }
    return total
  }
}

/// Lets a decision network act in an environment and writes down what it went through.
///
///     x₀ → π₀ → a₀      the network acts once before it has seen anything
///     o₁ → x₁ → π₁ → a₁ …
///
/// Noise is always on and actions are always drawn, never the most likely one taken.
public final class Rollout {
  let environment: any Environment
  /// The lanes, some at a time. None of them spans two shards.
  let tiles: [Tile]
  /// How lanes are dealt out to shards, here and on other ranks.
  let shards: LaneShards
  /// Which of this rank's shards each tile is of.
  let shardOfTile: [Int]
  /// The most steps a trial can be played for. The last frame may reach beyond the longest trial.
  let stepCapacity: Int
  private let recurrence: Recurrence
  private let laneCount: Int
  private let lookAhead: Int
  private let companion = Companion()

  /// - Parameters:
  ///   - isRemembered: whether a learner will go back over the trials. It takes memory for every step
  ///     of every lane.
  ///   - shards: how lanes are dealt out; nil if this process has them all, in one shard.
  public init(
    in environment: any Environment, shape: NetworkShape, hyperparameters: Hyperparameters,
    seed: UInt64, isRemembered: Bool, shards: LaneShards? = nil
  ) {
    let specification = environment.specification
    let options = specification.options
    precondition(options.restartRule == .disabled, "a rollout begins its trials itself")
    precondition(shape.inputs == specification.task.observationSize)
    self.environment = environment
    laneCount = options.laneCount
    let shards = shards ?? LaneShards(count: 1, laneCount: laneCount)
    precondition(shards.lanes.count == laneCount, "an environment has the lanes of its rank")
    self.shards = shards
    lookAhead = options.lookAhead
    stepCapacity = (specification.stepLimit + lookAhead - 1) / lookAhead * lookAhead
    let dynamics = Dynamics(hyperparameters, timeStep: options.timeStep)
    let recurrence = Recurrence(shape)
    self.recurrence = recurrence
    let stepCount = isRemembered ? stepCapacity : 1
    let ranges = shards.ownLanes.enumerated().flatMap { shard, lanes in
      stride(from: lanes.lowerBound, to: lanes.upperBound, by: Tile.size).map { start in
        (shard: shard, lanes: start..<min(start + Tile.size, lanes.upperBound))
      }
    }
    shardOfTile = ranges.map(\.shard)
    tiles = ranges.map { [laneCount] range in
      Tile(
        range.lanes, of: laneCount, firstLane: options.firstLane,
        units: GatedUnits(shape, leak: dynamics.leak, recurrence: recurrence),
        noise: dynamics.noise, seed: seed,
        stepCount: stepCount, isRemembered: isRemembered)
    }
  }

  /// Plays one trial on every lane.
  ///
  /// - Parameter orders: one for each lane, with the number of its trial.
  public func play(_ orders: [TrialOrder], with network: Network) throws -> PlayedTrials {
    precondition(orders.count == laneCount, "a rollout plays a trial on each of its lanes")
    precondition(network.shape == tiles[0].units.shape)
    let trials = orders.sorted { $0.lane < $1.lane }.map { order in
      guard let trial = order.trial else { preconditionFailure("a rollout's trials are numbered") }
      return trial
    }
    recurrence.load(network)
    try environment.begin(orders)
    return try network.parameters.lend { parameters in
      for tile in tiles { tile.begin(trials, with: parameters) }
      return try playToTheEnd(with: parameters)
    }
  }

  private func playToTheEnd(
    with parameters: UnsafeMutablePointer<Float>
  ) throws -> PlayedTrials {
    var played = PlayedTrials(laneCount: laneCount)
    var choices = [UInt8](repeating: 0, count: lookAhead * laneCount)
    repeat {
      let frame = environment.frame
      choices.withUnsafeMutableBufferPointer { choices in
        let choices = choices.baseAddress!
        companion.share(tiles) { [lookAhead] tile in
          tile.act(on: frame, stepCount: lookAhead, with: parameters, into: choices)
        }
      }
      try environment.step(choices)
      played.actions += choices
      record(environment.frame, into: &played)
      for tile in tiles { tile.drop(lanesThatEndedIn: played.stepCounts) }
    } while tiles.contains { $0.isPlaying }
    return played
  }

  private func record(_ frame: Frame, into played: inout PlayedTrials) {
    played.rewards += frame.rewards
    played.endedTrials += frame.endedTrials
    played.facts += frame.facts
    for trial in frame.endedTrials { played.stepCounts[trial.lane] = trial.stepCount }
  }
}

/// How fast a network's units are and how noisy, in steps of an environment.
struct Dynamics {
  /// α = Δt/τ
  let leak: Float
  /// √(2 σ²/α), the standard deviation of q.
  let noise: Float

  init(_ hyperparameters: Hyperparameters, timeStep: Int) {
    let alpha = Double(timeStep) / hyperparameters.unitTimeConstant
    leak = Float(alpha)
    noise = Float((2 * hyperparameters.recurrentNoise / alpha).squareRoot())
  }
}
