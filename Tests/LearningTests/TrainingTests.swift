import Gym
import Testing

@testable import Learning

/// An environment that breaks off where it is told to, and is well again afterwards.
private final class FailingEnvironment: Environment {
  struct Failure: Error {}

  private let healthy: any Environment
  /// Calls of `begin` and `step` until the one that fails; nil if none does.
  var callsLeft: Int?

  init(_ healthy: any Environment) { self.healthy = healthy }

  var specification: EnvironmentSpecification { healthy.specification }
  var frame: Frame { healthy.frame }

  func begin(_ orders: [TrialOrder]) throws {
    try count()
    try healthy.begin(orders)
  }

  func step(_ actions: [UInt8]) throws {
    try count()
    try healthy.step(actions)
  }

  private func count() throws {
    guard let callsLeft else { return }
    if callsLeft == 0 {
      self.callsLeft = nil
      throw Failure()
    }
    self.callsLeft = callsLeft - 1
  }
}

@Suite("Training")
struct TrainingTests {
  let seed: UInt64 = 61
  let hyperparameters = HurriedDots.hyperparameters

  func training(from snapshot: Snapshot, _ hyperparameters: Hyperparameters? = nil) throws
    -> Training
  {
    let hyperparameters = hyperparameters ?? self.hyperparameters
    return Training(
      from: snapshot,
      in: try HurriedDots.open(
        seed: seed, laneCount: hyperparameters.trialsPerUpdate,
        lookAhead: hyperparameters.lookAhead),
      validatingIn: try HurriedDots.open(
        seed: seed, firstLane: Training.firstValidationLane,
        laneCount: hyperparameters.validationTrials, lookAhead: hyperparameters.lookAhead),
      hyperparameters: hyperparameters, seed: seed)
  }

  func start() throws -> Snapshot {
    try HurriedDots.opinionatedStart(hyperparameters, seed: seed)
  }

  /// Trains to the end and tells all validations.
  func finish(_ training: Training) throws -> (
    outcome: Training.Outcome, validations: [Validation], snapshot: Snapshot
  ) {
    var validations: [Validation] = []
    let outcome = try training.run { event in
      if case .validated(let validation, _, _) = event { validations.append(validation) }
      return true
    }
    return (outcome, validations, training.snapshot())
  }

  // MARK: The loop

  @Test(
    "validates before update 0, 3, 6, … and before it gives up, and tells of everything in order")
  func events() throws {
    var log: [String] = []
    let outcome = try training(from: start()).run { event in
      switch event {
      case .validated(let validation, _, let meetsCriterion):
        log.append("validated before \(validation.update)")
        #expect(validation.trials == 5 * validation.update)
        #expect(!meetsCriterion)
      case .updated(let update, let measures):
        log.append("updated \(update)")
        #expect(measures.stepCount >= 5)
      }
      return true
    }
    #expect(outcome == .updateLimitReached)
    var wanted: [String] = []
    for update in 0...12 {
      if update > 0 { wanted.append("updated \(update)") }
      if update % 3 == 0 { wanted.append("validated before \(update)") }
    }
    #expect(log == wanted)
  }

  @Test("without validations what was earned of late decides, at the very update that reaches it")
  func recentReward() throws {
    var hyperparameters = self.hyperparameters
    hyperparameters.updateLimit = 200
    // Two updates of five trials each are looked back on.
    hyperparameters.recentReward = RecentRewardGoal(trials: 10, reward: 0.1)
    func training(from snapshot: Snapshot) throws -> Training {
      Training(
        from: snapshot,
        in: try HurriedDots.open(
          seed: seed, laneCount: hyperparameters.trialsPerUpdate,
          lookAhead: hyperparameters.lookAhead),
        validatingIn: nil, hyperparameters: hyperparameters, seed: seed)
    }
    let first = try training(from: start())
    var rewards: [Double] = []
    var tallies: [Validation] = []
    let outcome = try first.run { event in
      switch event {
      case .updated(_, let measures): rewards.append(measures.meanReward)
      case .validated(let validation, _, _): tallies.append(validation)
      }
      return true
    }
    #expect(outcome == .learned)
    let means = zip(rewards, rewards.dropFirst()).map { ($0 + $1) / 2 }
    #expect(means.firstIndex { $0 >= 0.1 } == means.count - 1)
    #expect(tallies.last?.meanReward == means.last)
    #expect(first.snapshot().best?.validation.update == rewards.count)

    // Interrupted half-way, it looks back on the same.
    let half = try training(from: start())
    _ = try half.run { event in
      if case .updated(let update, _) = event { return update < rewards.count - 1 }
      return true
    }
    let resumed = try training(from: half.snapshot())
    #expect(try resumed.run { _ in true } == .learned)
    #expect(resumed.snapshot() == first.snapshot())
  }

  @Test("the same seed trains to the same bits")
  func repeatable() throws {
    let first = try finish(training(from: start()))
    let second = try finish(training(from: start()))
    #expect(first.snapshot == second.snapshot)
    #expect(first.validations == second.validations)
    #expect(first.snapshot.decision.parameters != (try start()).decision.parameters)
    #expect(first.snapshot.value.parameters != (try start()).value.parameters)
    #expect(first.snapshot.update == 12 && first.snapshot.decisionOptimiser.updateCount == 12)
  }

  @Test(
    "interrupted after any update and resumed, it ends with the same bits and the same validations",
    arguments: [1, 2, 3, 5, 6, 11])
  func resuming(stop: Int) throws {
    let undisturbed = try finish(training(from: start()))

    var validations: [Validation] = []
    let first = try training(from: start())
    let outcome = try first.run { event in
      switch event {
      case .validated(let validation, _, _):
        validations.append(validation)
        return true
      case .updated(let update, _): return update < stop
      }
    }
    #expect(outcome == .stopped)
    #expect(first.snapshot().update == stop)
    let second = try finish(training(from: first.snapshot()))
    #expect(second.snapshot == undisturbed.snapshot)
    #expect(validations + second.validations == undisturbed.validations)
  }

  @Test("goes on in the same object as a resumed one would")
  func goingOn() throws {
    let undisturbed = try finish(training(from: start()))
    let training = try training(from: start())
    while try training.run(telling: { _ in false }) == .stopped {}
    #expect(training.snapshot() == undisturbed.snapshot)
  }

  @Test("a snapshot is of one moment: training on does not change it")
  func snapshotsAreValues() throws {
    let training = try training(from: start())
    _ = try training.run { event in
      if case .updated = event { false } else { true }
    }
    let early = training.snapshot()
    #expect(early == training.snapshot())
    let copy = early
    _ = try finish(training)
    #expect(early == copy && early != training.snapshot())
  }

  @Test("stopped at a validation, it does not make that validation again")
  func stoppingAtValidation() throws {
    var told = 0
    let first = try training(from: start())
    let outcome = try first.run { _ in
      told += 1
      return false
    }
    #expect(outcome == .stopped && told == 1)
    #expect(first.snapshot().validatedUpdate == 0 && first.snapshot().update == 0)
    var events: [String] = []
    _ = try training(from: first.snapshot()).run { event in
      if case .validated = event { events.append("validated") } else { events.append("updated") }
      return events.count < 2
    }
    #expect(events == ["updated", "updated"])
  }

  @Test("at its limit of updates there is nothing left to do")
  func atTheLimit() throws {
    let end = try finish(training(from: start())).snapshot
    let again = try finish(training(from: end))
    #expect(again.outcome == .updateLimitReached)
    #expect(again.validations.isEmpty && again.snapshot == end)
  }

  @Test("validations are played on trials of their own, new ones each time")
  func validationTrials() throws {
    // A network that does not change: whatever differs between validations is the trials.
    var hyperparameters = hyperparameters
    hyperparameters.learningRate = 0
    let validations = try finish(training(from: start(), hyperparameters)).validations
    #expect(validations.count == 5)
    #expect(Set(validations.map(\.meanStepCount)).count > 1)
  }

  // MARK: The best network

  @Test("the best network is the one that earned most in a validation, and the first of equals")
  func best() throws {
    let training = try training(from: start())
    var best = -Double.infinity
    var networks: (decision: Parameters, value: Parameters)?
    _ = try training.run { event in
      guard case .validated(let validation, let isBest, _) = event else { return true }
      #expect(isBest == (validation.meanReward > best))
      if isBest {
        best = validation.meanReward
        let now = training.snapshot()
        networks = (now.decision.parameters, now.value.parameters)
      }
      return true
    }
    let snapshot = training.snapshot()
    #expect(snapshot.best?.validation.meanReward == best)
    #expect(snapshot.best?.decision == networks?.decision)
    #expect(snapshot.best?.value == networks?.value)
  }

  /// Before the first update, with a best network that earned `reward`.
  func start(havingEarned reward: Double) throws -> Snapshot {
    var snapshot = try start()
    var validation = try finish(training(from: snapshot)).validations[0]
    validation.meanReward = reward
    snapshot.best = .init(
      decision: Parameters(snapshot.decision.shape), value: Parameters(snapshot.value.shape),
      validation: validation)
    return snapshot
  }

  @Test("a network that earns less than the best one does not replace it")
  func bestIsKept() throws {
    let start = try start(havingEarned: 10)
    let end = try finish(training(from: start))
    #expect(end.outcome == .updateLimitReached)
    #expect(end.snapshot.best == start.best)
  }

  @Test("a network that meets the criterion is the best regardless, and training ends with it")
  func learned() throws {
    var easy = hyperparameters
    easy.decisionsToReach = 0
    easy.correctToReach = 0
    let start = try start(havingEarned: 10)
    let training = try training(from: start, easy)
    var events = 0
    let outcome = try training.run { event in
      events += 1
      guard case .validated(_, let isBest, let meetsCriterion) = event else {
        Issue.record("updated although it had learned")
        return false
      }
      #expect(isBest && meetsCriterion)
      return true
    }
    #expect(outcome == .learned && events == 1)
    #expect(training.snapshot().best?.decision == start.decision.parameters)
    #expect((training.snapshot().best?.validation.meanReward ?? 10) < 10)
  }

  // MARK: Trouble

  @Test(
    "an update that the environment breaks off has not happened, and is made again as if nothing had been",
    arguments: [0, 1, 2])
  func brokenUpdate(call: Int) throws {
    let undisturbed = try finish(training(from: start()))

    let environment = FailingEnvironment(
      try HurriedDots.open(
        seed: seed, laneCount: hyperparameters.trialsPerUpdate,
        lookAhead: hyperparameters.lookAhead))
    let training = Training(
      from: try start(), in: environment,
      validatingIn: try HurriedDots.open(
        seed: seed, firstLane: Training.firstValidationLane,
        laneCount: hyperparameters.validationTrials, lookAhead: hyperparameters.lookAhead),
      hyperparameters: hyperparameters, seed: seed)
    var before: Snapshot?
    #expect(throws: FailingEnvironment.Failure.self) {
      try training.run { event in
        if case .updated(update: 4, _) = event {
          before = training.snapshot()
          environment.callsLeft = call
        }
        return true
      }
    }
    #expect(before?.update == 4)
    #expect(training.snapshot() == before)
    #expect(try finish(training).snapshot == undisturbed.snapshot)
  }

  @Test("a validation that the environment breaks off is made again")
  func brokenValidation() throws {
    let undisturbed = try finish(training(from: start()))
    let environment = FailingEnvironment(
      try HurriedDots.open(
        seed: seed, firstLane: Training.firstValidationLane,
        laneCount: hyperparameters.validationTrials, lookAhead: hyperparameters.lookAhead))
    let training = Training(
      from: try start(),
      in: try HurriedDots.open(
        seed: seed, laneCount: hyperparameters.trialsPerUpdate,
        lookAhead: hyperparameters.lookAhead),
      validatingIn: environment, hyperparameters: hyperparameters, seed: seed)
    var validations: [Validation] = []
    func tell(_ event: Training.Event) -> Bool {
      if case .validated(let validation, _, _) = event { validations.append(validation) }
      if case .updated(update: 3, _) = event { environment.callsLeft = 1 }
      return true
    }
    #expect(throws: FailingEnvironment.Failure.self) { try training.run(telling: tell) }
    #expect(training.snapshot().update == 3 && training.snapshot().validatedUpdate == 0)
    #expect(try training.run(telling: tell) == .updateLimitReached)
    #expect(validations == undisturbed.validations)
    #expect(training.snapshot() == undisturbed.snapshot)
  }

  @Test("an error of whoever is told comes out of the run and loses nothing")
  func brokenListener() throws {
    struct DiskFull: Error {}
    let undisturbed = try finish(training(from: start()))
    let training = try training(from: start())
    #expect(throws: DiskFull.self) {
      try training.run { event in
        if case .updated(update: 7, _) = event { throw DiskFull() }
        return true
      }
    }
    #expect(training.snapshot().update == 7)
    #expect(try finish(training).snapshot == undisturbed.snapshot)
  }
}
