import Gym

/// How much the gradient of REINFORCE varies from trial to trial, under one baseline.
public struct GradientSpread: Equatable, Sendable {
  /// tr Cov(g): summed over all parameters.
  public var variance: Double
  /// |⟨g⟩|², without the part that comes of the finite number of trials.
  public var squaredMean: Double

  /// The trials whose mean gradient is as long as its error: variance over squared mean. Not a number
  /// if no mean stands out.
  public var trialsForUnitRatio: Double { squaredMean > 0 ? variance / squaredMean : .nan }
}

/// What is subtracted from returns, when gradients are compared.
public enum ComparedBaseline: String, CaseIterable, Sendable {
  /// b = 0
  case none
  /// b = ⟨G₀⟩: what a trial earns on average, known in advance.
  case constant
  /// bₙ = bₙ₋₁ + 0.05 (G₀ − bₙ₋₁): the running mean over the trials before.
  case runningMean
  /// bᵢ = ⟨ψᵢ gᵢ⟩ / ⟨ψᵢ²⟩ for each parameter i, which no other constant beats (Peters & Schaal 2008).
  case varianceOptimal
  /// bₜ = vₜ
  case valueNetwork
}

/// Compares baselines by the variance of the gradient they leave, for networks as they are.
///
///     ψ  = Σₜ ∇ log πₜ(aₜ)                     the score of a trial
///     g  = Σₜ ∇ log πₜ(aₜ) Cₜ                  C₀ = R₀,  Cₜ = Gₜ    what an action is credited with
///     gᵇ = g − b ψ                             a constant baseline
///     gᵛ = Σₜ ∇ log πₜ(aₜ) (Cₜ − vₜ)           the value network's
///
/// The trials are the same for all baselines. The gradient is that of the objective to be climbed, of
/// one trial.
public final class GradientVariance {
  private let rollout: Rollout
  private let pass: ValuePass
  private let decision: Network
  private let value: Network
  private let seed: UInt64
  private let discounts: [Float]
  private let slopes: FloatBuffer
  private let scratch: BackwardScratch
  private let gradient: FloatBuffer

  /// - Parameters:
  ///   - environment: one lane.
  ///   - value: a value network, or another baseline that is learned.
  public init(
    in environment: any Environment, decision: Network, value: Network,
    hyperparameters: Hyperparameters, seed: UInt64
  ) {
    let options = environment.specification.options
    precondition(options.laneCount == 1, "gradients are taken trial by trial, on one lane")
    rollout = Rollout(
      in: environment, shape: decision.shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: true)
    pass = ValuePass(
      value.shape, Dynamics(hyperparameters, timeStep: options.timeStep), laneCount: 1,
      stepCount: rollout.stepCapacity)
    self.decision = decision
    self.value = value
    self.seed = seed
    discounts = discountFactors(
      stepCount: rollout.stepCapacity, timeStep: options.timeStep,
      timeConstant: hyperparameters.rewardTimeConstant)
    slopes = FloatBuffer(count: rollout.stepCapacity * decision.shape.outputs)
    scratch = BackwardScratch(decision.shape, laneCount: 1)
    gradient = FloatBuffer(count: decision.parameters.values.count)
  }

  /// One trial's gradients.
  struct Sample {
    /// G₀
    var trialReturn: Double
    /// ψ, g and gᵛ, laid out like the parameters.
    var score: [Double]
    var credited: [Double]
    var predicted: [Double]
  }

  /// Plays trial `trial` and takes its gradients.
  func sample(trial: UInt64) throws -> Sample {
    let played = try rollout.play([.init(lane: 0, trial: trial)], with: decision)
    let tile = rollout.tiles[0]
    value.parameters.lend {
      pass.predict(played, by: tile, trial: trial, seed: seed, with: $0)
    }
    let rewards = zip(played.rewards(ofLane: 0), discounts).map { $0 * $1 }
    let nothing = [Float](repeating: 0, count: rewards.count)
    let predictions = rewards.indices.map { pass.values.start[$0] }
    return Sample(
      trialReturn: Double(returns(of: rewards).first ?? 0),
      score: backpropagate(.init(repeating: 1, count: rewards.count), played, tile),
      credited: backpropagate(advantages(of: rewards, over: nothing), played, tile),
      predicted: backpropagate(advantages(of: rewards, over: predictions), played, tile))
  }

  /// Σₜ ∇ log πₜ(aₜ) wₜ
  private func backpropagate(
    _ weights: [Float], _ played: PlayedTrials, _ tile: Tile
  ) -> [Double] {
    let actionCount = decision.shape.outputs
    slopes.clear()
    // One lane: row t is step t.
    for (step, weight) in weights.enumerated() {
      let taken = Int(played.actions[step])
      for action in 0..<actionCount {
        let place = step * actionCount + action
        slopes.start[place] = ((action == taken ? 1 : 0) - tile.policies.start[place]) * weight
      }
    }
    gradient.clear()
    decision.parameters.lend {
      tile.units.backpropagate(
        slopes.start, through: tile.history, with: $0, using: scratch, into: gradient.start)
    }
    decision.connections.clearAbsent(in: gradient.start, shape: decision.shape)
    return (0..<gradient.count).map { Double(gradient.start[$0]) }
  }

  /// Plays trials 0 ..< `trialCount`, and compares.
  ///
  /// - Parameter tell: is told how many trials have been played; false stops, and nil is returned.
  public func compare(
    trialCount: Int, telling tell: (Int) -> Bool
  ) throws -> [ComparedBaseline: GradientSpread]? {
    precondition(trialCount > 1, "a variance takes two trials at least")
    var sums = GradientSums(parameterCount: gradient.count)
    for trial in 0..<trialCount {
      sums.add(try sample(trial: UInt64(trial)))
      if !tell(trial + 1) { return nil }
    }
    return sums.spreads()
  }
}

/// Sums over trials from which every baseline's spread follows.
struct GradientSums {
  /// How fast the running mean follows.
  static let runningRate = 0.05

  private var count = 0.0
  private var returns = 0.0
  private var runningMean = 0.0
  // By parameter: Σ ψ, Σ g, Σ ψ², Σ ψ g, Σ g², and sums of the other two baselines' gradients.
  private var score: [Double]
  private var credited: [Double]
  private var scoreSquared: [Double]
  private var scoreCredited: [Double]
  private var creditedSquared: [Double]
  private var running: Moments
  private var predicted: Moments

  /// Σ g and Σ g², by parameter.
  private struct Moments {
    var sum: [Double]
    var squares: [Double]

    mutating func add(_ place: Int, _ gradient: Double) {
      sum[place] += gradient
      squares[place] += gradient * gradient
    }
  }

  init(parameterCount: Int) {
    let zeros = [Double](repeating: 0, count: parameterCount)
    (score, credited) = (zeros, zeros)
    (scoreSquared, scoreCredited, creditedSquared) = (zeros, zeros, zeros)
    running = Moments(sum: zeros, squares: zeros)
    predicted = Moments(sum: zeros, squares: zeros)
  }

  mutating func add(_ sample: GradientVariance.Sample) {
    for place in score.indices {
      let (psi, g) = (sample.score[place], sample.credited[place])
      score[place] += psi
      credited[place] += g
      scoreSquared[place] += psi * psi
      scoreCredited[place] += psi * g
      creditedSquared[place] += g * g
      running.add(place, g - runningMean * psi)
      predicted.add(place, sample.predicted[place])
    }
    count += 1
    returns += sample.trialReturn
    runningMean += Self.runningRate * (sample.trialReturn - runningMean)
  }

  func spreads() -> [ComparedBaseline: GradientSpread] {
    let mean = returns / count
    return [
      .none: constant { _ in 0 }, .constant: constant { _ in mean },
      .runningMean: spread(running),
      .varianceOptimal: constant {
        scoreSquared[$0] > 0 ? scoreCredited[$0] / scoreSquared[$0] : 0
      },
      .valueNetwork: spread(predicted),
    ]
  }

  /// Of gᵇ = g − b ψ, where b may differ from parameter to parameter.
  private func constant(_ baseline: (Int) -> Double) -> GradientSpread {
    var moments = Moments(sum: score, squares: score)
    for place in score.indices {
      let b = baseline(place)
      moments.sum[place] = credited[place] - b * score[place]
      moments.squares[place] =
        creditedSquared[place] - 2 * b * scoreCredited[place] + b * b * scoreSquared[place]
    }
    return spread(moments)
  }

  /// The mean's square has the variance of the mean in it, which is taken out.
  private func spread(_ moments: Moments) -> GradientSpread {
    var (variance, squaredMean) = (0.0, 0.0)
    for (sum, squares) in zip(moments.sum, moments.squares) {
      let mean = sum / count
      variance += (squares / count - mean * mean) * count / (count - 1)
      squaredMean += mean * mean
    }
    return GradientSpread(variance: variance, squaredMean: squaredMean - variance / count)
  }
}
