/// One time step of every lane: what is sensed, what was earned, where in its trial each lane is.
///
/// With look-ahead a frame spans `stepCount` steps. Entry k of `rewards` and `stages` is then what the
/// k-th of the last actions led to, and entry k of `observations` is what the k-th of the next actions
/// answers. Everything is stored step after step, in a step lane after lane.
///
///     look-ahead 1    begin → o₀         a₀ → r₁ o₁             a₁ → r₂ o₂        …
///     look-ahead 2    begin → o₀ o₁      a₀ a₁ → r₁ r₂ o₂ o₃    …
public struct Frame: Sendable {
  public let stepCount: Int
  public let laneCount: Int
  /// How many numbers one lane's observation has.
  public let observationSize: Int
  /// [step × lane × number]
  public var observations: [Float]
  /// [step × lane]; zero where no action was judged.
  public var rewards: [Float]
  /// [step × lane]
  public var stages: [Stage]
  /// The action that ideally answers the observation at the same place, [step × lane]; `noAction`
  /// where nothing can be earned any more or no trial is under way. Empty unless asked for.
  public var idealActions: [UInt8]
  /// The trials that ended in this frame, in the order of step, then lane.
  public var endedTrials: [EndedTrial]
  /// What their analyses will ask for: [ended trial × fact].
  public var facts: [Float]
  /// What each of them showed last, where a new trial has already taken its place
  /// (`RestartRule.sameStep`): [ended trial × number]. Empty otherwise.
  public var finalObservations: [Float]

  /// Stands where an action could, and none does.
  public static let noAction: UInt8 = 255

  /// A frame in which nothing has happened yet.
  public init(
    stepCount: Int = 1, laneCount: Int, observationSize: Int, showsIdealActions: Bool = false
  ) {
    precondition(stepCount > 0 && laneCount > 0 && observationSize >= 0)
    self.stepCount = stepCount
    self.laneCount = laneCount
    self.observationSize = observationSize
    observations = .init(repeating: 0, count: stepCount * laneCount * observationSize)
    rewards = .init(repeating: 0, count: stepCount * laneCount)
    stages = .init(repeating: .idle, count: stepCount * laneCount)
    idealActions = .init(
      repeating: Self.noAction, count: showsIdealActions ? stepCount * laneCount : 0)
    endedTrials = []
    facts = []
    finalObservations = []
  }
}

/// Where in its trial a lane is. The raw values are those of the wire; zero is none of them.
public struct Stage: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A trial begins: the observation is its first, and the reward, if `last` is set too, the last
  /// trial's.
  public static let first = Stage(rawValue: 1)
  /// A trial is under way.
  public static let middle = Stage(rawValue: 2)
  /// The trial is over: the reward is its last.
  public static let last = Stage(rawValue: 4)
  /// With `last`: the rules ended it.
  public static let terminated = Stage(rawValue: 8)
  /// With `last`: something other than the rules ended it.
  public static let truncated = Stage(rawValue: 16)
  /// Nothing happened on this lane: it waits for `begin`, or the frame is another lane's beginning.
  public static let idle = Stage(rawValue: 32)

  /// Whether the value is one a lane can have.
  public var isConsistent: Bool {
    switch self {
    case .first, .middle, .idle, [.last, .terminated], [.last, .truncated],
      [.first, .last, .terminated], [.first, .last, .truncated]:
      true
    default: false
    }
  }
}

/// A trial that is over: which it was and how it went.
public struct EndedTrial: Equatable, Sendable {
  /// Counted from 0 within the environment.
  public var lane: Int
  /// The trial's number on its lane.
  public var trial: UInt64
  /// The number of its condition.
  public var condition: Int
  public var ending: Ending
  /// The index of the action that ended it; nil if none did or actions are continuous.
  public var choice: Int?
  /// How many actions were taken in it.
  public var stepCount: Int

  @inlinable
  public init(
    lane: Int, trial: UInt64, condition: Int, ending: Ending, choice: Int?, stepCount: Int
  ) {
    self.lane = lane
    self.trial = trial
    self.condition = condition
    self.ending = ending
    self.choice = choice
    self.stepCount = stepCount
  }
}
