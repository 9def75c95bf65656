import Gym

/// Reaching with an arm of two joints and sixteen muscles for one of two targets.
///
/// After Miconi, *eLife* 6:e20899 (2017), with an arm that moves in a plane in place of the original's
/// (`Arm`). One of two inputs tells for the whole trial of 700 ms which target is meant, one to the right
/// and near or one to the left and far. The subject puts out an activation for each muscle at any moment.
/// Every 7 ms they are sampled; nine tenths of the samples, joined by straight lines, excite the muscles.
/// Nothing is sensed of the arm. All that counts is where the hand is in the end, and what it took:
///
///     err = |hand − target| + 0.8 ⟨Σₘ fₘ rₘ⟩        fₘ: a muscle's share of the strength of all
public struct ArmReaching: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case leftTarget, rightTarget }

  /// rₘ.
  public enum Activation: Int, ActionAmount {
    case tricepsLong, tricepsLateral, tricepsMedial, bicepsLong, bicepsShort, brachialis
    case pectoralisClavicular, pectoralisMiddle, pectoralisLower
    case deltoidAnterior, deltoidMiddle, deltoidPosterior
    case supraspinatus, infraspinatus, teresMinor, brachioradialis

    public static var range: ClosedRange<Float> { 0...1 }
  }
  public typealias Action = Amounts<Activation>

  // MARK: Conditions

  public enum Target: Int, Sendable {
    case left = -1
    case right = 1
  }
  public var conditions: [Target] { [.left, .right] }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case movement }
  public var duration: Milliseconds = 700
  /// From one sample of the activations to the next; a time step if that is longer.
  public var sampleInterval: Milliseconds = 7

  public var timeLimit: Milliseconds { duration }

  // MARK: Targets and rewards

  /// How far in front of the middle of the body both targets are, in metres.
  public var targetDistance: Float = 0.4
  /// How far to the side each of them is.
  public var targetOffset: Float = 0.2
  /// What excites muscles of what is put out.
  public var excitationGain: Float = 0.9
  public var effortCost: Float = 0.8
  /// A trial is correct if the hand ends nearer to its target than this, in metres.
  public var tolerance: Float = 0.08

  /// For a trial that is shorter than one time step, in which nothing is moved.
  public var rewardForMiss: Float { 0 }

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let target: Target
    /// What is to be reached, in metres.
    let place: (x: Double, z: Double)
    let timeStep: Milliseconds
    let stepCount: Int
    let stepsPerSample: Int

    public fileprivate(set) var arm = Arm()
    /// The last sample of what was put out.
    fileprivate var sample = InlineArray<16, Double>(repeating: 0)
    /// Σₜ Σₘ fₘ rₘ.
    fileprivate var effortSum = 0.0
    fileprivate var effortCount = 0
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Target, after _: Trial?, timeStep: Milliseconds, using _: inout Random
  ) -> Trial {
    Trial(
      target: condition,
      place: (Double(targetDistance), Double(condition.rawValue) * Double(targetOffset)),
      timeStep: timeStep, stepCount: duration / timeStep,
      stepsPerSample: max(1, sampleInterval / timeStep))
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    guard time < duration else { return }
    input[trial.target == .left ? .leftTarget : .rightTarget] = 1
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    var effort = 0.0
    for (index, muscle) in Muscle.all.enumerated() {
      effort += muscle.share * Double(action[Activation(rawValue: index)!])
    }
    trial.effortSum += effort
    trial.effortCount += 1

    let step = time / trial.timeStep
    if step % trial.stepsPerSample == 0 { takeSample(of: action, at: step, in: &trial) }
    guard step + 1 >= trial.stepCount else { return .wait }
    // The last sample is held to the end.
    let last = step / trial.stepsPerSample * trial.stepsPerSample
    move(&trial, to: trial.sample, steps: step + 1 - last)
    return .end(
      distance(in: trial) < Double(tolerance) ? .correct : .error, reward: -error(of: trial))
  }

  /// Moves the arm from the sample before up to this one. What excites muscles is known from one sample
  /// on only when the next is there.
  private func takeSample(of action: Action, at step: Int, in trial: inout Trial) {
    let next = InlineArray<16, Double> { index in
      Double(action[Activation(rawValue: index)!])
    }
    if step > 0 { move(&trial, to: next, steps: trial.stepsPerSample) }
    trial.sample = next
  }

  /// Moves the arm on, while what is put out goes in a straight line from the last sample to the next.
  private func move(_ trial: inout Trial, to next: InlineArray<16, Double>, steps: Int) {
    let moments = steps * trial.timeStep
    let gain = Double(excitationGain)
    let last = trial.sample
    for moment in 0..<moments {
      let weight = Double(moment) / Double(moments)
      trial.arm.move(
        exciting: InlineArray { gain * (last[$0] + weight * (next[$0] - last[$0])) })
    }
  }

  /// From the hand to the target, in metres.
  private func distance(in trial: Trial) -> Double {
    let hand = trial.arm.hand
    let (x, z) = (hand.x - trial.place.x, hand.z - trial.place.z)
    return (x * x + z * z).squareRoot()
  }

  /// ⟨Σₘ fₘ rₘ⟩; not a number before anything was put out.
  private func effort(in trial: Trial) -> Double { trial.effortSum / Double(trial.effortCount) }

  private func error(of trial: Trial) -> Float {
    Float(distance(in: trial) + Double(effortCost) * effort(in: trial))
  }
}

// MARK: For analyses and experimenters

extension ArmReaching {
  public enum Fact: Int, TrialFact {
    case target, finalDistance, effort, error

    public var unit: String { self == .finalDistance ? "m" : "" }

    public var meaning: String {
      switch self {
      case .target: "Which target was meant: −1 is left, 1 is right."
      case .finalDistance: "From the hand to it in the end."
      case .effort: "The mean activation, each muscle by its share of the strength of all."
      case .error: "The distance, and the cost of the effort."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .target: Float(trial.target.rawValue)
    case .finalDistance: Float(distance(in: trial))
    case .effort: Float(effort(in: trial))
    case .error: error(of: trial)
    }
  }

  public func factors(of condition: Target) -> [Factor] {
    [Factor("target", Double(condition.rawValue))]
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init("duration", "ms", "How long a trial lasts.", \.duration, in: 1...60_000),
      .init(
        "sampleInterval", "ms", "From one sample of the activations to the next.",
        \.sampleInterval, in: 1...60_000),
      .init(
        "targetDistance", "m", "How far in front of the body both targets are.", \.targetDistance,
        in: 0...1),
      .init(
        "targetOffset", "m", "How far to the side each target is.", \.targetOffset, in: 0...1),
      .init(
        "excitationGain", "", "What excites muscles of what is put out.", \.excitationGain,
        in: 0...1),
      .init("effortCost", "", "What an effort of 1 costs.", \.effortCost, in: 0...1000),
      .init(
        "tolerance", "m", "A trial is correct if the hand ends nearer to its target than this.",
        \.tolerance, in: 0...10),
    ]
  }
}
