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
    let valueShape = NetworkShape(
      inputs: decisionShape.units + actions.count, units: hyperparameters.valueUnits, outputs: 1)
    // K = p N; N is the decision network's for both (reference program).
    let n = Double(decisionShape.units)
    let decision = Initialisation(
      connectionProbability: hyperparameters.decisionConnectionProbability,
      inputDegree: hyperparameters.decisionConnectionProbability * n, outputBias: 0
    ).draw(decisionShape, seed: seed, network: 0)
    let value = Initialisation(
      connectionProbability: hyperparameters.valueConnectionProbability,
      inputDegree: hyperparameters.valueConnectionProbability * n,
      outputBias: hyperparameters.initialValue
    ).draw(valueShape, seed: seed, network: 1)
    self.init(
      update: 0, validatedUpdate: nil,
      decision: Network(parameters: decision.parameters, connections: decision.connections),
      value: Network(parameters: value.parameters, connections: value.connections),
      decisionOptimiser: Adam(parameterCount: decision.parameters.values.count),
      valueOptimiser: Adam(parameterCount: value.parameters.values.count), best: nil)
  }
}

/// Updates and validations by turns, until the task counts as learned.
///
///     before update 0, 50, 100, …:   validate; stop if the criterion is met
///     update
///
/// Trial *i* of every training lane belongs to update *i*, and trial *j* of every validation lane to
/// validation *j*, so a training that was interrupted goes on with the trials it would have had.
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
  private let examination: Rollout
  private let discounts: [Float]
  private var update: Int
  private var validatedUpdate: Int?
  private var best: Snapshot.Best?

  /// - Parameters:
  ///   - environment: as many lanes as trials per update.
  ///   - validationEnvironment: as many lanes as validation trials, from `firstValidationLane` on.
  public init(
    from snapshot: Snapshot, in environment: any Environment,
    validatingIn validationEnvironment: any Environment, hyperparameters: Hyperparameters,
    seed: UInt64
  ) {
    useOneThreadForProducts()
    self.hyperparameters = hyperparameters
    let shape = snapshot.decision.shape
    reinforce = Reinforce(
      decision: snapshot.decision, value: snapshot.value,
      learningFrom: Rollout(
        in: environment, shape: shape, hyperparameters: hyperparameters, seed: seed,
        isRemembered: true),
      hyperparameters: hyperparameters, seed: seed)
    reinforce.decisionOptimiser = snapshot.decisionOptimiser
    reinforce.valueOptimiser = snapshot.valueOptimiser
    examination = Rollout(
      in: validationEnvironment, shape: shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: false)
    let specification = environment.specification
    discounts = discountFactors(
      stepCount: specification.stepLimit, timeStep: specification.options.timeStep,
      timeConstant: hyperparameters.rewardTimeConstant)
    update = snapshot.update
    validatedUpdate = snapshot.validatedUpdate
    best = snapshot.best
  }

  /// Where the training is. Between events only.
  public func snapshot() -> Snapshot {
    reinforce.finish()
    return Snapshot(
      update: update, validatedUpdate: validatedUpdate, decision: reinforce.decision,
      value: reinforce.value, decisionOptimiser: reinforce.decisionOptimiser,
      valueOptimiser: reinforce.valueOptimiser, best: best)
  }

  /// Trains until the criterion is met, the limit reached, or `tell` answers false.
  public func run(telling tell: (Event) throws -> Bool) throws -> Outcome {
    while true {
      if update % hyperparameters.validationInterval == 0, validatedUpdate != update {
        let validation = try validate()
        let learned = validation.meets(hyperparameters)
        let isBest = learned || validation.meanReward > best?.validation.meanReward ?? -.infinity
        if isBest {
          reinforce.finish()
          best = .init(
            decision: reinforce.decision.parameters, value: reinforce.value.parameters,
            validation: validation)
        }
        validatedUpdate = update
        let goOn = try tell(.validated(validation, isBest: isBest, meetsCriterion: learned))
        if learned { return .learned }
        if !goOn { return .stopped }
      }
      if update >= hyperparameters.updateLimit { return .updateLimitReached }
      let measures = try reinforce.update(trial: UInt64(update))
      update += 1
      if try !tell(.updated(update: update, measures)) { return .stopped }
    }
  }

  private func validate() throws -> Validation {
    let number = UInt64(update / hyperparameters.validationInterval)
    let played = try examination.play(
      (0..<hyperparameters.validationTrials).map { TrialOrder(lane: $0, trial: number) },
      with: reinforce.decision)
    return Validation(
      update: update, trials: update * hyperparameters.trialsPerUpdate, of: played,
      discounts: discounts)
  }
}
