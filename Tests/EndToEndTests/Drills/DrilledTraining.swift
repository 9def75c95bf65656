import Gym
import Learning
import Wire

/// A training in this process at servers in others, so that what befalls it can be timed to the step.
struct DrilledTraining {
  let seed: UInt64 = 97
  var updateLimit: Int

  /// All there is to compare.
  struct Result: Equatable {
    /// Weights, moments of the optimisers, best networks.
    let end: Snapshot
    /// Every trial that was learned from or validated, in the order it ended.
    let trials: [WatchedEnvironment.Trial]
    let stepsInTrials: Int

    /// How many of the trials are there more than once.
    var doubledTrials: Int {
      trials.count - Set(trials.map { [$0.lane, $0.trial] }).count
    }
  }

  private var hyperparameters: Hyperparameters {
    var hyperparameters = Hyperparameters()
    hyperparameters.decisionUnits = 30
    hyperparameters.valueUnits = 20
    hyperparameters.validationTrials = 40
    hyperparameters.validationInterval = 20
    hyperparameters.updateLimit = updateLimit
    hyperparameters.decisionsToReach = 1
    hyperparameters.correctToReach = 1
    hyperparameters.lookAhead = 8
    return hyperparameters
  }

  /// Trains to the end.
  ///
  /// - Parameters:
  ///   - timeOut: How long a server may be silent before it is asked again.
  ///   - beforeStep: Called in mid-trial, with the number of the step that comes.
  func run(
    at endpoints: [String], timeOut: Duration = .seconds(5),
    beforeStep: @escaping (Int) -> Void = { _ in }
  ) throws -> Result {
    let book = WatchedEnvironment.Book()
    func open(firstLane: UInt64, laneCount: Int) throws -> RemoteEnvironment {
      try RemoteEnvironment(
        endpoints: endpoints, task: "rdm_fixed",
        options: EnvironmentOptions(
          seed: seed, firstLane: firstLane, laneCount: laneCount, timeStep: 0,
          lookAhead: hyperparameters.lookAhead),
        timeOut: timeOut,
        // Somebody else brings the server back; all there is to do is to wait for it.
        onSilence: {})
    }
    let environments = [
      try open(firstLane: 0, laneCount: hyperparameters.trialsPerUpdate),
      try open(
        firstLane: Training.firstValidationLane, laneCount: hyperparameters.validationTrials),
    ]
    defer { for environment in environments { environment.close() } }
    let watched = environments.map {
      WatchedEnvironment($0, in: book, beforeStep: beforeStep)
    }
    let training = Training(
      from: Snapshot(
        for: watched[0].specification.task, hyperparameters: hyperparameters, seed: seed),
      in: watched[0], validatingIn: watched[1], hyperparameters: hyperparameters, seed: seed)
    _ = try training.run { _ in true }
    return Result(
      end: training.snapshot(), trials: book.trials, stepsInTrials: book.stepsInTrials)
  }
}
