import Console
import Gym
import Learning
import Wire

/// Test trials of a trained subject: trial n has condition n modulo the number of conditions, first
/// factor fastest (Song, Yang & Wang 2017; reference program). Noise is on and actions are drawn.
struct Examination {
  let subject: TrainedSubject
  let environment: RemoteEnvironment
  let roundCount: Int
  let seed: UInt64

  /// Lanes that are played side by side, at most. A recording keeps every step of every lane in memory,
  /// and plays the same trials as an examination without one.
  private static let mostLanes = 128

  /// - Parameter settings: what differs from the training, if anything.
  init(
    of subject: TrainedSubject, at servers: TaskServers, settings: [ParameterSetting] = [],
    seed: UInt64, trialsPerCondition: Int
  ) throws {
    // Each round plays every condition equally often, and the rounds together as often as was asked.
    let most = max(1, Self.mostLanes / subject.task.conditions.count)
    let perRound = (1...most).last { trialsPerCondition % $0 == 0 } ?? 1
    roundCount = trialsPerCondition / perRound
    let configuration = subject.configuration
    environment = try servers.open(
      configuration.task, preset: configuration.preset,
      settings: configuration.parameterSettings + settings,
      options: configuration.options(
        seed: seed, firstLane: 0, laneCount: perRound * subject.task.conditions.count))
    self.subject = subject
    self.seed = seed
  }

  /// Lanes of a round.
  var laneCount: Int { environment.specification.options.laneCount }
  var task: TaskDescription { environment.specification.task }
  var timeStep: Milliseconds { environment.specification.options.timeStep }
  private var conditions: [Int] { (0..<laneCount).map { $0 % task.conditions.count } }

  /// Plays all rounds.
  ///
  /// - Parameter each: is given what was played; false stops.
  /// - Returns: whether all rounds were played.
  func play(_ each: (_ round: Int, PlayedTrials) throws -> Bool) throws -> Bool {
    let rollout = Rollout(
      in: environment, shape: subject.decision.shape,
      hyperparameters: subject.configuration.training, seed: seed, isRemembered: false)
    for round in 0..<roundCount {
      let orders = conditions.enumerated().map {
        TrialOrder(lane: $0.offset, trial: UInt64(round), condition: $0.element)
      }
      if try !each(round, rollout.play(orders, with: subject.decision)) { return false }
    }
    return true
  }

  /// Plays all rounds and keeps what the units did.
  ///
  /// - Parameter each: is given what was played and the activity of each lane; false stops.
  func record(
    _ each: (_ round: Int, PlayedTrials, [TrialActivity]) throws -> Bool
  ) throws -> Bool {
    let recorder = Recorder(
      in: environment, decision: subject.decision, value: subject.value,
      hyperparameters: subject.configuration.training, seed: seed)
    for round in 0..<roundCount {
      let (played, activity) = try recorder.play(trial: UInt64(round), conditions: conditions)
      if try !each(round, played, activity) { return false }
    }
    return true
  }
}
