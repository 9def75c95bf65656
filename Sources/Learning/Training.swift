import Gym

/// The state of a training between two updates: enough to go on to the same bits.
public struct Snapshot: Equatable, Sendable {
  /// Updates made.
  public var update: Int
  /// The last update before which a validation was made; nil if none was.
  public var validatedUpdate: Int?
  public var decision: Network
  public var value: Network
  public var decisionOptimiser: Adam
  public var valueOptimiser: Adam
  /// The best networks so far and how they did; nil before the first validation.
  public var best: Best?
  /// What the latest updates earned a trial, oldest first, as far as a goal looks back.
  public var recentRewards: [Double] = []

  /// The networks that earned most in a validation.
  public struct Best: Equatable, Sendable {
    public var decision: Parameters
    public var value: Parameters
    public var validation: Validation

    public init(decision: Parameters, value: Parameters, validation: Validation) {
      self.decision = decision
      self.value = value
      self.validation = validation
    }
  }

  public init(
    update: Int, validatedUpdate: Int?, decision: Network, value: Network,
    decisionOptimiser: Adam, valueOptimiser: Adam, best: Best?
  ) {
    self.update = update
    self.validatedUpdate = validatedUpdate
    self.decision = decision
    self.value = value
    self.decisionOptimiser = decisionOptimiser
    self.valueOptimiser = valueOptimiser
    self.best = best
  }

  /// How a training starts for `task`.
  public init(for task: TaskDescription, hyperparameters: Hyperparameters, seed: UInt64) {
    guard case .discrete(let actions) = task.actions else {
      preconditionFailure("REINFORCE draws discrete actions")
    }
    let decisionShape = NetworkShape(
      inputs: task.observationSize, units: hyperparameters.decisionUnits, outputs: actions.count)
    // K = p N; N is the decision network's for both (reference program).
    let n = Double(decisionShape.units)
    var decisionStart = Initialisation(
      connectionProbability: hyperparameters.decisionConnectionProbability,
      inputDegree: hyperparameters.decisionConnectionProbability * n, outputBias: 0)
    decisionStart.units = hyperparameters.units
    decisionStart.inputsExist = Connections.inputs(
      through: hyperparameters.inputMasks, channels: task.channels, units: decisionShape.units)
    let decision = decisionStart.draw(decisionShape, seed: seed, network: 0)
    var valueStart = Initialisation(
      connectionProbability: hyperparameters.valueConnectionProbability,
      inputDegree: hyperparameters.valueConnectionProbability * n,
      outputBias: hyperparameters.baseline == .none ? 0 : hyperparameters.initialValue)
    valueStart.units = hyperparameters.units
    valueStart.inputGain = hyperparameters.valueInputGain
    let value = valueStart.draw(
      Self.valueShape(of: hyperparameters, hearing: decisionShape), seed: seed, network: 1)
    self.init(
      update: 0, validatedUpdate: nil,
      decision: Network(parameters: decision.parameters, connections: decision.connections),
      value: Network(parameters: value.parameters, connections: value.connections),
      decisionOptimiser: Adam(parameterCount: decision.parameters.values.count),
      valueOptimiser: Adam(parameterCount: value.parameters.values.count), best: nil)
  }

  /// The shape of whatever predicts returns.
  private static func valueShape(
    of hyperparameters: Hyperparameters, hearing decision: NetworkShape
  ) -> NetworkShape {
    let heard = decision.units + decision.outputs
    return switch hyperparameters.baseline {
    case .valueNetwork: NetworkShape(inputs: heard, units: hyperparameters.valueUnits, outputs: 1)
    case .linear: NetworkShape(inputs: heard, units: 0, outputs: 1)
    case .constant, .none: NetworkShape(inputs: 0, units: 0, outputs: 1)
    }
  }
}

/// Updates and validations by turns, until the task counts as learned.
///
///     before update 0, 50, 100, …:   validate; stop if the criterion is met
///     update
///
/// Where what was earned of late is to decide (`RecentRewardGoal`), there are no validations: the trials
/// that are learned from count, and training stops at the very update that reaches the goal.
///
/// Trial *i* of every training lane belongs to update *i*, and trial *j* of every validation lane to
/// validation *j*, so a training that was interrupted goes on with the trials it would have had.
///
/// Ranks of a `Team` that train together come to the same bits as one that trains alone: each has its
/// lanes of both environments, and stops at the update at which any of them is asked to.
public final class Training {
  /// The lanes that validations are played on begin here, far from those that are learned from.
  public static let firstValidationLane: UInt64 = 1 << 32

  /// What a training tells whoever watches it.
  public enum Event {
    case validated(Validation, isBest: Bool, meetsCriterion: Bool)
    case updated(update: Int, Reinforce.Measures)
  }

  /// Why a training returned.
  public enum Outcome: Equatable, Sendable {
    /// A validation met the criterion.
    case learned
    /// The limit of updates was reached.
    case updateLimitReached
    /// Whoever watches it asked it to stop.
    case stopped
  }

  public let hyperparameters: Hyperparameters
  private let reinforce: Reinforce
  private let team: any Team
  /// Nil where nothing is validated.
  private let examination: Rollout?
  /// Which of the facts is 1 in trials that offer to opt out.
  private let offer: Int?
  private let discounts: [Float]
  private var update: Int
  private var validatedUpdate: Int?
  private var best: Snapshot.Best?
  private var recentRewards: [Double]

  /// - Parameters:
  ///   - environment: as many lanes as trials per update; this rank's of them
  ///     (`LaneShards.lanes`).
  ///   - validationEnvironment: as many lanes as validation trials, from `firstValidationLane` on; this
  ///     rank's of them; nil where what was earned of late decides.
  ///   - team: who trains the same networks with this process.
  public init(
    from snapshot: Snapshot, in environment: any Environment,
    validatingIn validationEnvironment: (any Environment)?, hyperparameters: Hyperparameters,
    seed: UInt64, team: any Team = Solo()
  ) {
    precondition(
      (validationEnvironment == nil) == (hyperparameters.recentReward != nil),
      "validations or recent rewards decide when a training ends, and not both")
    self.hyperparameters = hyperparameters
    self.team = team
    func shards(of laneCount: Int) -> LaneShards {
      LaneShards(count: hyperparameters.shards, laneCount: laneCount, team: team)
    }
    let shape = snapshot.decision.shape
    reinforce = Reinforce(
      decision: snapshot.decision, value: snapshot.value,
      learningFrom: Rollout(
        in: environment, shape: shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true, shards: shards(of: hyperparameters.trialsPerUpdate)),
      hyperparameters: hyperparameters, seed: seed)
    reinforce.decisionOptimiser = snapshot.decisionOptimiser
    reinforce.valueOptimiser = snapshot.valueOptimiser
    examination = validationEnvironment.map {
      Rollout(
        in: $0, shape: shape, hyperparameters: hyperparameters, seed: seed, isRemembered: false,
        shards: shards(of: hyperparameters.validationTrials))
    }
    let specification = environment.specification
    offer = hyperparameters.optOut.flatMap { goal in
      specification.task.facts.firstIndex { $0.name == goal.offeredBy }
    }
    discounts = discountFactors(
      stepCount: specification.stepLimit, timeStep: specification.options.timeStep,
      timeConstant: hyperparameters.rewardTimeConstant)
    update = snapshot.update
    validatedUpdate = snapshot.validatedUpdate
    best = snapshot.best
    recentRewards = snapshot.recentRewards
  }

  /// Where the training is. Between events only.
  public func snapshot() -> Snapshot {
    reinforce.finish()
    var snapshot = Snapshot(
      update: update, validatedUpdate: validatedUpdate, decision: reinforce.decision,
      value: reinforce.value, decisionOptimiser: reinforce.decisionOptimiser,
      valueOptimiser: reinforce.valueOptimiser, best: best)
    snapshot.recentRewards = recentRewards
    return snapshot
  }

  /// Trains until the criterion is met, the limit reached, or `tell` answers false.
  public func run(telling tell: (Event) throws -> Bool) throws -> Outcome {
    while true {
      let isReached = hasReachedReward
      if isReached || update % hyperparameters.validationInterval == 0, validatedUpdate != update {
        try expectEqualWeights()
        let validation = try examination.map(validate(with:)) ?? tally()
        let learned = examination == nil ? isReached : validation.meets(hyperparameters)
        let isBest = learned || validation.meanReward > best?.validation.meanReward ?? -.infinity
        if isBest {
          reinforce.finish()
          best = .init(
            decision: reinforce.decision.parameters, value: reinforce.value.parameters,
            validation: validation)
        }
        validatedUpdate = update
        let goOn = try team.isUnanimous(
          tell(.validated(validation, isBest: isBest, meetsCriterion: learned)))
        if learned { return .learned }
        if !goOn { return .stopped }
      }
      if update >= hyperparameters.updateLimit { return .updateLimitReached }
      let measures = try reinforce.update(trial: UInt64(update))
      update += 1
      remember(measures.meanReward)
      if try !team.isUnanimous(tell(.updated(update: update, measures))) { return .stopped }
    }
  }

  /// - Throws: `TeamError` if ranks have come apart.
  private func expectEqualWeights() throws {
    guard team.size > 1 else { return }
    let digest = reinforce.decision.parameters.digest ^ reinforce.value.parameters.digest
    let (highest, lowest) = (try team.largest(of: digest), try -team.largest(of: -digest))
    guard highest == lowest else { throw TeamError.driftedApart(update: update) }
  }

  // MARK: What was earned of late

  /// How many updates a goal looks back.
  private var window: Int {
    let trials = hyperparameters.recentReward?.trials ?? 0
    return (trials + hyperparameters.trialsPerUpdate - 1) / hyperparameters.trialsPerUpdate
  }

  private func remember(_ reward: Double) {
    guard window > 0 else { return }
    recentRewards.append(reward)
    if recentRewards.count > window { recentRewards.removeFirst() }
  }

  private var recentReward: Double {
    recentRewards.reduce(0, +) / Double(max(1, recentRewards.count))
  }

  private var hasReachedReward: Bool {
    guard let goal = hyperparameters.recentReward else { return false }
    return recentRewards.count == window && recentReward >= goal.reward
  }

  /// What the latest trials earned, in the place of a validation.
  private func tally() -> Validation {
    Validation(
      update: update, trials: update * hyperparameters.trialsPerUpdate, meanReward: recentReward)
  }

  private func validate(with examination: Rollout) throws -> Validation {
    let number = UInt64(update / hyperparameters.validationInterval)
    let played = try examination.play(
      (0..<examination.shards.lanes.count).map { TrialOrder(lane: $0, trial: number) },
      with: reinforce.decision)
    return try Validation(
      update: update, trials: update * hyperparameters.trialsPerUpdate, of: played,
      discounts: discounts, offer: offer, shards: examination.shards)
  }
}
