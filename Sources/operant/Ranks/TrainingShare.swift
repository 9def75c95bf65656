import Console
import Learning
import Runs

/// What a rank other than 0 does of a training: its lanes, and the same steps of the same networks.
enum TrainingShare {
  /// Trains as rank 0 says, until it is over for all.
  static func train(in ranks: Ranks, servers endpoints: [String]) throws -> ExitCode {
    switch try ranks.awaitCall() {
    case .end: return .success
    case .train(let configuration, let checkpoint):
      let (training, servers) = try ready(ranks) {
        try prepare(configuration, from: checkpoint, ranks, endpoints)
      }
      defer { servers.close() }
      if training.snapshot().isLearned(by: configuration.training) { return .success }
      let outcome = try training.run { _ in !StopSignal.wasRaised }
      return outcome == .stopped ? try ranks.stopCode() : .success
    }
  }

  /// Does what can fail on this rank alone, and lets the others know whether it did.
  private static func ready<Result>(
    _ ranks: Ranks, _ work: () throws -> Result
  ) throws -> Result {
    let result: Result
    do { result = try work() } catch {
      _ = try ranks.team.isUnanimous(false)
      throw error
    }
    guard try ranks.team.isUnanimous(true) else {
      throw ProgramError("another rank can't begin, and says why", .unavailable)
    }
    return result
  }

  private static func prepare(
    _ configuration: RunConfiguration, from checkpoint: [UInt8], _ ranks: Ranks,
    _ endpoints: [String]
  ) throws -> (Training, TaskServers) {
    let servers = try TaskServers(endpoints)
    do {
      let environments = try TrainingEnvironments(configuration, servers, ranks.team)
      let start = environments.start(of: configuration)
      let contents = try CheckpointContents(SafeTensors(decoding: checkpoint), shapedLike: start)
      let training = Training(
        from: contents.snapshot, in: environments.training,
        validatingIn: environments.validation, hyperparameters: configuration.training,
        seed: configuration.seed, team: ranks.team)
      return (training, servers)
    } catch {
      servers.close()
      throw error
    }
  }
}

extension Snapshot {
  /// Whether its last validation met the criterion, and nothing is left to do.
  func isLearned(by hyperparameters: Hyperparameters) -> Bool {
    guard let best, best.validation.update == update else { return false }
    return hyperparameters.isReached(by: best.validation)
  }
}
