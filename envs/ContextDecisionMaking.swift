import Gym

/// Two things to judge, and a context that says which of them counts.
///
/// After Mante, Sussillo, Shenoy & Newsome, *Nature* 503 (2013), with the timing, noise and rewards of
/// Song, Yang & Wang, *eLife* 6:e21492 (2017).
///
/// For 750 ms a cue tells the context, motion or colour. Two pairs of noisy streams are then shown for
/// 750 ms: evidence for leftward and for rightward motion, and for leftward and for rightward colour,
/// each pair with a direction and a coherence of its own. A delay of 300 to 1500 ms follows, exponential,
/// until the cue goes out. The subject then chooses the side of what the context named; the other pair
/// says nothing about it. A choice while the cue is on ends the trial; so does never choosing.
public struct ContextDecisionMaking: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel {
    case motionCue, colourCue, motionLeft, motionRight, colourLeft, colourRight
  }
  public enum Action: Int, DiscreteAction { case fixate, left, right }

  // MARK: Conditions

  public enum Context: Sendable { case motion, colour }

  /// What counts, and a direction and strength for each of the two.
  public struct Condition: Sendable {
    public let context: Context
    public let motion: Evidence
    public let colour: Evidence

    /// What is to be judged.
    public var relevant: Evidence { context == .motion ? motion : colour }
  }

  /// One pair of streams.
  public struct Evidence: Sendable {
    public let direction: Action
    /// In percent.
    public let coherence: Float

    /// In percent, positive to the right.
    public var signedCoherence: Float { direction == .right ? coherence : -coherence }
  }

  /// Strengths of motion, and of colour, in percent.
  public var coherences: [Float] = [5, 15, 50]

  /// Every combination; context first, then the side of motion, the side of colour, and their strengths.
  public var conditions: [Condition] {
    let sides: [Action] = [.left, .right]
    return coherences.flatMap { colourCoherence in
      coherences.flatMap { motionCoherence in
        sides.flatMap { colourSide in
          sides.flatMap { motionSide in
            [Context.motion, .colour].map {
              Condition(
                context: $0, motion: Evidence(direction: motionSide, coherence: motionCoherence),
                colour: Evidence(direction: colourSide, coherence: colourCoherence))
            }
          }
        }
      }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case fixation, stimulus, delay, decision }
  public var fixation: Milliseconds = 750
  public var stimulus: Milliseconds = 750
  public var meanDelay: Milliseconds = 300
  public var shortestDelay: Milliseconds = 300
  public var longestDelay: Milliseconds = 1500
  /// The shortest time to decide; what a trial leaves of its delay comes on top.
  public var decision: Milliseconds = 500

  public var timeLimit: Milliseconds { fixation + stimulus + longestDelay + decision }

  // MARK: Noise and rewards

  /// σ of each stream, per √ms: √(2 · 100 ms · 0.02).
  public var noise: Float = 2
  public var rewardForCorrect: Float = 1
  public var rewardForError: Float = 0
  public var rewardForAbort: Float = -1
  public var rewardForMiss: Float = -1

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let condition: Condition
    public let timeline: Timeline<Epoch>
    /// When the subject chose.
    public var choiceTime: Milliseconds?
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    // 300 ms and an exponential with a mean of 300, which has no memory.
    let delay = random.exponential(
      mean: meanDelay, within: shortestDelay..<max(longestDelay, shortestDelay + 1),
      roundedDownTo: timeStep)
    return Trial(
      condition: condition,
      timeline: [
        .fixation: fixation, .stimulus: stimulus, .delay: delay,
        .decision: timeLimit - fixation - stimulus - delay,
      ])
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    let cue: Channel = trial.condition.context == .motion ? .motionCue : .colourCue
    switch trial.timeline.epoch(at: time) {
    case .fixation, .delay:
      input[cue] = 1
    case .stimulus:
      let motion = trial.condition.motion.signedCoherence / 100
      let colour = trial.condition.colour.signedCoherence / 100
      input[cue] = 1
      input[.motionLeft] = (1 - motion) / 2
      input[.motionRight] = (1 + motion) / 2
      input[.colourLeft] = (1 - colour) / 2
      input[.colourRight] = (1 + colour) / 2
      input.addNoise(noise, to: .motionLeft, .motionRight, .colourLeft, .colourRight)
    case .decision, nil:
      break  // The cue is out: go.
    }
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    if action == .fixate { return .wait }
    trial.choiceTime = time
    guard trial.timeline.epoch(at: time) == .decision else {
      return .end(.abort, reward: rewardForAbort)
    }
    return action == trial.condition.relevant.direction
      ? .end(.correct, reward: rewardForCorrect) : .end(.error, reward: rewardForError)
  }

  /// Hold fixation, then choose the side of what the context named.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .fixation, .stimulus, .delay: .fixate
    case .decision: trial.condition.relevant.direction
    case nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension ContextDecisionMaking {
  public enum Fact: Int, TrialFact {
    case context, motionDirection, colourDirection, motionCoherence, colourCoherence
    case stimulusStart, stimulusDuration, delay, reactionTime

    public var unit: String {
      switch self {
      case .context, .motionDirection, .colourDirection: ""
      case .motionCoherence, .colourCoherence: "%"
      case .stimulusStart, .stimulusDuration, .delay, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .context: "What counted: 1 motion, -1 colour."
      case .motionDirection: "Where the motion went: -1 left, 1 right."
      case .colourDirection: "Which side the colour spoke for: -1 left, 1 right."
      case .motionCoherence: "How strong the motion was."
      case .colourCoherence: "How strong the colour was."
      case .stimulusStart: "When motion and colour were first shown."
      case .stimulusDuration: "How long they were shown."
      case .delay: "From their end to the end of the cue."
      case .reactionTime: "From the end of the cue to the choice; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    let delay = trial.timeline.range(of: .delay) ?? 0..<0
    return switch fact {
    case .context: trial.condition.context == .motion ? 1 : -1
    case .motionDirection: trial.condition.motion.direction == .right ? 1 : -1
    case .colourDirection: trial.condition.colour.direction == .right ? 1 : -1
    case .motionCoherence: trial.condition.motion.coherence
    case .colourCoherence: trial.condition.colour.coherence
    case .stimulusStart: Float(fixation)
    case .stimulusDuration: Float(stimulus)
    case .delay: Float(delay.count)
    case .reactionTime: trial.choiceTime.map { Float($0 - delay.upperBound) } ?? .nan
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    Levels(
      chance: 0.5, oracleReward: Double(rewardForCorrect),
      idealObserver: idealObserver(
        coherences: coherences, durations: [steps(timeStep) * timeStep], noise: noise))
  }

  /// Time steps at which motion and colour are shown.
  private func steps(_ timeStep: Milliseconds) -> Int {
    (fixation + stimulus + timeStep - 1) / timeStep - (fixation + timeStep - 1) / timeStep
  }

  public func factors(of condition: Condition) -> [Factor] {
    [
      Factor("context", condition.context == .motion ? 1 : -1),
      Factor("motionDirection", condition.motion.direction == .right ? 1 : -1),
      Factor("colourDirection", condition.colour.direction == .right ? 1 : -1),
      Factor("motionCoherence", condition.motion.coherence),
      Factor("colourCoherence", condition.colour.coherence),
    ]
  }

  public var contradiction: String? {
    shortestDelay <= longestDelay
      ? nil
      : "'shortestDelay' is \(shortestDelay) ms and 'longestDelay' \(longestDelay) ms; "
        + "delays lie between the two"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "coherences", "%", "Strengths of motion and of colour, each shown to either side.",
        \.coherences, in: 0...100),
      .init(
        "fixation", "ms", "How long the cue is seen before the evidence.", \.fixation,
        in: 0...60_000),
      .init("stimulus", "ms", "How long motion and colour are shown.", \.stimulus, in: 1...60_000),
      .init(
        "meanDelay", "ms", "Mean of the exponential from which delays are drawn.", \.meanDelay,
        in: 1...60_000),
      .init("shortestDelay", "ms", "The shortest delay.", \.shortestDelay, in: 0...60_000),
      .init("longestDelay", "ms", "No delay is as long as this.", \.longestDelay, in: 1...60_000),
      .init(
        "decision", "ms", "How long the subject has to choose at least.", \.decision, in: 1...60_000
      ),
      .init(
        "noise", "1/√ms", "Standard deviation of each stream of evidence.", \.noise, in: 0...1000),
      .init(
        "rewardForCorrect", "", "What a correct choice earns.", \.rewardForCorrect, in: -1000...1000
      ),
      .init("rewardForError", "", "What a wrong choice earns.", \.rewardForError, in: -1000...1000),
      .init(
        "rewardForAbort", "", "What a choice at the wrong time earns.", \.rewardForAbort,
        in: -1000...1000),
      .init("rewardForMiss", "", "What never choosing earns.", \.rewardForMiss, in: -1000...1000),
    ]
  }
}
