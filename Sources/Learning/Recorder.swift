import Gym

/// What both networks did in one trial.
///
/// At step t the decision network has heard `inputs[t]` and acts on `policies[t]`; at step 0 it acts on
/// its initial state, having heard nothing.
public struct TrialActivity: Sendable {
  public let lane: Int
  public let stepCount: Int
  /// u, [step × channel]; zero at step 0.
  public let inputs: [Float]
  /// r of the decision network, [step × unit].
  public let decisionRates: [Float]
  /// π, [step × action].
  public let policies: [Float]
  /// r of the value network, [step × unit]; empty if the baseline has no units.
  public let valueRates: [Float]
  /// v, [step]: the return that was predicted.
  public let values: [Float]
}

/// Plays trials and writes down what the units of both networks did.
///
/// The value network hears (rₜ, eₜ₋₁) here, as the reference program's does in its roll-outs; in
/// training its rates lag by a step. Noise is on and actions are drawn, as ever.
public final class Recorder {
  private let rollout: Rollout
  private let passes: [ValuePass]
  private let decision: Network
  private let value: Network
  private let laneCount: Int
  private let seed: UInt64

  /// - Parameter environment: as many lanes as trials are to be played at once. It takes memory for
  ///   every step of every lane.
  public init(
    in environment: any Environment, decision: Network, value: Network,
    hyperparameters: Hyperparameters, seed: UInt64
  ) {
    rollout = Rollout(
      in: environment, shape: decision.shape, hyperparameters: hyperparameters, seed: seed,
      isRemembered: true)
    let options = environment.specification.options
    let dynamics = Dynamics(hyperparameters, timeStep: options.timeStep)
    passes = rollout.tiles.map { [rollout] tile in
      ValuePass(
        value.shape, dynamics, laneCount: tile.lanes.count, stepCount: rollout.stepCapacity)
    }
    self.decision = decision
    self.value = value
    self.seed = seed
    laneCount = options.laneCount
  }

  /// Plays trial `trial` on every lane.
  ///
  /// - Parameter conditions: the condition of each lane; nil where it is to be drawn.
  /// - Returns: what was played, and what the units did, lane by lane.
  public func play(
    trial: UInt64, conditions: [Int?]
  ) throws -> (played: PlayedTrials, activity: [TrialActivity]) {
    precondition(conditions.count == laneCount, "a recorder plays a trial on each of its lanes")
    let played = try rollout.play(
      conditions.enumerated().map { .init(lane: $0.offset, trial: trial, condition: $0.element) },
      with: decision)
    let activity = value.parameters.lend { parameters in
      zip(rollout.tiles, passes).flatMap { tile, pass in
        pass.predict(
          played, by: tile, hearing: .ratesNow, trial: trial, seed: seed, with: parameters)
        return tile.lanes.map { Self.activity(of: $0, played, tile, pass) }
      }
    }
    return (played, activity)
  }

  private static func activity(
    of lane: Int, _ played: PlayedTrials, _ tile: Tile, _ pass: ValuePass
  ) -> TrialActivity {
    let stepCount = played.stepCounts[lane]
    let decided = tile.history.rows(of: lane, stepCount: stepCount)
    let predicted = pass.history.rows(of: lane, stepCount: stepCount)
    let k = tile.history.shape.inputs
    var inputs = gather(tile.history.inputs, decided, columns: k, stride: k + 1)
    // Nothing is heard at step 0, whatever the buffer holds.
    inputs.replaceSubrange(0..<k, with: repeatElement(0, count: k))
    let units = tile.history.shape.units
    let valueUnits = pass.history.shape.units
    let actions = tile.history.shape.outputs
    return TrialActivity(
      lane: lane, stepCount: stepCount, inputs: inputs,
      decisionRates: gather(tile.history.rates, decided, columns: units),
      policies: gather(tile.policies, decided, columns: actions),
      valueRates: gather(pass.history.rates, predicted, columns: valueUnits),
      values: gather(pass.values, predicted, columns: 1))
  }

  /// Some rows of a buffer, one after the other.
  private static func gather(
    _ buffer: FloatBuffer, _ rows: [Int], columns: Int, stride: Int? = nil
  ) -> [Float] {
    rows.flatMap {
      UnsafeBufferPointer(start: buffer.start + $0 * (stride ?? columns), count: columns)
    }
  }
}

extension History {
  /// The rows of a lane's first steps.
  func rows(of lane: Int, stepCount: Int) -> [Int] {
    (0..<stepCount).map { index in
      let step = steps[index]
      guard let place = step.lanes.firstIndex(of: lane) else {
        preconditionFailure("lane \(lane) did not play step \(index)")
      }
      return step.rows.lowerBound + place
    }
  }
}
