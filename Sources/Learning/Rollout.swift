import CKernels
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

  /// R₀ … R_L₋₁ of one lane.
  public func rewards(ofLane lane: Int) -> [Float] {
    (0..<stepCounts[lane]).map { rewards[$0 * laneCount + lane] }
  }

  /// L of the longest trial.
  public var longest: Int { stepCounts.max() ?? 0 }
}

/// Lets a decision network act in an environment and writes down what it went through.
///
///     x₀ → π₀ → a₀      the network acts once before it has seen anything
///     o₁ → x₁ → π₁ → a₁ …
///
/// Noise is always on and actions are always drawn, never the most likely one taken.
public final class Rollout {
  let environment: any Environment
  let units: GatedUnits
  let history: History
  /// π, [row × action], of every row of `history`.
  let policies: FloatBuffer
  private let noiseDeviation: Float
  private let seed: UInt64
  private let laneCount: Int
  private let lookAhead: Int
  private let firstLane: UInt64

  /// - Parameters:
  ///   - isRemembered: whether a learner will go back over the trials. It takes memory for every
  ///     step of every lane.
  public init(
    in environment: any Environment, shape: NetworkShape, hyperparameters: Hyperparameters,
    seed: UInt64, isRemembered: Bool
  ) {
    let options = environment.specification.options
    precondition(options.restartRule == .disabled, "a rollout begins its trials itself")
    self.environment = environment
    self.seed = seed
    laneCount = options.laneCount
    lookAhead = options.lookAhead
    firstLane = options.firstLane
    let leak = Float(Double(options.timeStep) / hyperparameters.unitTimeConstant)
    units = GatedUnits(shape, leak: leak)
    noiseDeviation = Float((2 * hyperparameters.recurrentNoise / Double(leak)).squareRoot())
    // The last frame may reach beyond the longest trial.
    let stepCount =
      (environment.specification.stepLimit + lookAhead - 1) / lookAhead * lookAhead
    history = History(
      shape, laneCount: laneCount, stepCount: stepCount, isKept: isRemembered)
    policies = FloatBuffer(count: laneCount * shape.outputs * (isRemembered ? stepCount : 1))
  }

  /// Plays one trial on every lane.
  ///
  /// - Parameter orders: one for each lane, with the number of its trial.
  public func play(_ orders: [TrialOrder], with network: Network) throws -> PlayedTrials {
    precondition(orders.count == laneCount, "a rollout plays a trial on each of its lanes")
    precondition(network.shape == units.shape)
    let trials = orders.sorted { $0.lane < $1.lane }.map { order in
      guard let trial = order.trial else { preconditionFailure("a rollout's trials are numbered") }
      return trial
    }
    try environment.begin(orders)
    var parameters = network.parameters.values
    return try parameters.withUnsafeMutableBufferPointer { parameters in
      try play(trials, with: parameters.baseAddress!)
    }
  }

  private func play(
    _ trials: [UInt64], with parameters: UnsafeMutablePointer<Float>
  ) throws -> PlayedTrials {
    var played = PlayedTrials(
      laneCount: laneCount, stepCounts: .init(repeating: 0, count: laneCount), actions: [],
      rewards: [], endedTrials: [], facts: [])
    var choices = [UInt8](repeating: 0, count: lookAhead * laneCount)
    history.begin(lanes: Array(0..<laneCount))
    units.begin(history, with: parameters)
    var start = 0
    while true {
      for entry in 0..<lookAhead {
        let step = start + entry
        if step > 0 {
          if entry > 0 { history.extend(goingOn: nil) }
          hear(environment.frame, entry: entry, step: step, trials: trials, with: parameters)
        }
        act(entry: entry, step: step, trials: trials, with: parameters, into: &choices)
      }
      try environment.step(choices)
      played.actions += choices
      let survivors = record(environment.frame, into: &played, start: start)
      guard !survivors.isEmpty else { return played }
      start += lookAhead
      history.extend(goingOn: survivors.count == latest.lanes.count ? nil : survivors)
    }
  }

  private var latest: History.Step { history.steps[history.steps.count - 1] }

  /// Takes the state to `step` by what the frame's `entry` shows.
  private func hear(
    _ frame: Frame, entry: Int, step: Int, trials: [UInt64],
    with parameters: UnsafeMutablePointer<Float>
  ) {
    let (lanes, rows) = (latest.lanes, latest.rows)
    let (k, n) = (units.shape.inputs, units.shape.units)
    for (row, lane) in zip(rows, lanes) {
      let input = history.inputs.start + row * (k + 1)
      let observation = (entry * laneCount + lane) * k
      for index in 0..<k { input[index] = frame.observations[observation + index] }
      input[k] = 1
    }
    let drive = history.drive.start + rows.lowerBound * 3 * n
    drive.update(repeating: 0, count: rows.count * 3 * n)
    operant_normals(
      rows.count, n, 3 * n, drive, noiseDeviation, seed, Stream.recurrentNoise.key,
      lanes.map { firstLane &+ UInt64($0) }, lanes.map { trials[$0] }, UInt64(step))
    units.hearInputs(history, rows: rows, with: parameters)
    units.advance(history, to: history.steps.count - 1, with: parameters)
  }

  /// Draws every lane's action from its policy.
  private func act(
    entry: Int, step: Int, trials: [UInt64], with parameters: UnsafeMutablePointer<Float>,
    into choices: inout [UInt8]
  ) {
    let (lanes, rows) = (latest.lanes, latest.rows)
    let count = units.shape.outputs
    let policies = self.policies.start + rows.lowerBound * count
    units.readOut(history, rows: rows, with: parameters, into: policies)
    operant_softmax(rows.count, count, policies)
    for (row, lane) in lanes.enumerated() {
      var random = Random(
        seed: seed, stream: .policy, lane: firstLane &+ UInt64(lane), trial: trials[lane],
        step: UInt64(step))
      choices[entry * laneCount + lane] = UInt8(
        draw(from: policies + row * count, count: count, at: random.uniform()))
    }
  }

  /// The index in whose share of the policy `point`, in 0..<1, lies.
  private func draw(from policy: UnsafeMutablePointer<Float>, count: Int, at point: Float) -> Int {
    var sum: Float = 0
    for index in 0..<(count - 1) {
      sum += policy[index]
      if point < sum { return index }
    }
    return count - 1
  }

  /// Writes down what the last actions led to.
  ///
  /// - Returns: the rows whose trials go on, counted within the latest step.
  private func record(
    _ frame: Frame, into played: inout PlayedTrials, start: Int
  ) -> [Int] {
    played.rewards += frame.rewards
    played.endedTrials += frame.endedTrials
    played.facts += frame.facts
    for trial in frame.endedTrials { played.stepCounts[trial.lane] = trial.stepCount }
    return latest.lanes.indices.filter { played.stepCounts[latest.lanes[$0]] == 0 }
  }
}
