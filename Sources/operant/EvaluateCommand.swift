import Console
import Gym
import Learning
import Runs

private let run = Positional<String>("RUN", help: "the folder of a run")
private let seed = Flag<UInt64>("seed", "N", default: 1, help: "decides the test trials")
private let trialsPerCondition = Flag<Int>(
  "trials-per-condition", "N", default: 1000, within: 1...1_000_000,
  help: "how often each condition is played")

/// `operant evaluate RUN`: plays a balanced set of conditions with a run's best network.
let evaluateCommand = Command(
  "evaluate", summary: "Play every condition equally often with a run's best network.",
  takes: [run], flags: [seed, trialsPerCondition, SharedFlags.connect, SharedFlags.quiet],
  example: "operant evaluate runs/rdm_fixed-s97"
) { arguments in
  StopSignal.catchAll()
  return try naming {
    let folder = try RunFolder.open(at: arguments[run])
    let configuration = try JSONFile.read(RunConfiguration.self, from: folder.config)
    try configuration.training.check()
    guard let best = try Checkpoints(folder: folder.checkpoints).best() else {
      throw ProgramError(
        "the run in '\(folder.path)' has no best network yet; go on with: "
          + "operant train --resume \(folder.path)", .noInput)
    }
    let servers = try TaskServers(arguments[SharedFlags.connect])
    defer { servers.close() }
    let evaluation = try Evaluation(
      configuration, best, servers, seed: arguments[seed],
      trialsPerCondition: arguments[trialsPerCondition])
    guard let trials = try evaluation.play(isQuiet: arguments[SharedFlags.quiet]) else {
      print("stopped; nothing was written")
      return StopSignal.raised?.exitCode ?? .success
    }
    try trials.table.write(to: folder.trials)
    print(trials.summary, terminator: "")
    print("wrote \(folder.trials)")
    print("next: python -m operant.figures \(folder.path)")
    return .success
  }
}

/// Test trials of a trained network: trial n has condition n modulo the number of conditions.
private struct Evaluation {
  let environment: any Environment
  let rollout: Rollout
  let network: Network
  let alias: String
  let roundCount: Int

  /// Lanes that are played side by side, at most.
  private static let mostLanes = 1000

  init(
    _ configuration: RunConfiguration, _ best: SafeTensors, _ servers: TaskServers, seed: UInt64,
    trialsPerCondition: Int
  ) throws {
    let task = try servers.client().describe(configuration.task)
    // Each round plays every condition equally often, and the rounds together as often as was asked.
    let most = max(1, Self.mostLanes / task.conditions.count)
    let perRound = (1...most).last { trialsPerCondition % $0 == 0 } ?? 1
    roundCount = trialsPerCondition / perRound
    environment = try servers.open(
      configuration.task, preset: configuration.preset,
      settings: configuration.parameterSettings,
      options: configuration.options(
        seed: seed, firstLane: 0, laneCount: perRound * task.conditions.count))
    let start = Snapshot(
      for: environment.specification.task, hyperparameters: configuration.training,
      seed: configuration.seed)
    let networks = try CheckpointContents.best(in: best, shapedLike: start)
    network = Network(parameters: networks.decision, connections: start.decision.connections)
    rollout = Rollout(
      in: environment, shape: network.shape, hyperparameters: configuration.training, seed: seed,
      isRemembered: false)
    alias = configuration.alias
  }

  /// Plays all rounds; nil if a signal came.
  func play(isQuiet: Bool) throws -> EvaluatedTrials? {
    let task = environment.specification.task
    let laneCount = environment.specification.options.laneCount
    var trials = EvaluatedTrials(task, timeStep: environment.specification.options.timeStep)
    var bar = ProgressBar(alias)
    defer { bar.erase() }
    let start = secondsOfUptime()
    for round in 0..<roundCount {
      let played = try rollout.play(
        (0..<laneCount).map {
          TrialOrder(lane: $0, trial: UInt64(round), condition: $0 % task.conditions.count)
        }, with: network)
      trials.append(played, round: round)
      if StopSignal.wasRaised { return nil }
      guard !isQuiet else { continue }
      let done = (round + 1) * laneCount
      let rate = Double(done) / max(1e-9, secondsOfUptime() - start)
      bar.show(
        .init(
          fraction: Double(round + 1) / Double(roundCount),
          fields: [
            "trials \(Figures.grouped(done))", "\(Figures.grouped(Int(rate))) trials/s",
            "left \(Figures.duration(Double((roundCount - round - 1) * laneCount) / rate))",
          ]))
    }
    return trials
  }
}
