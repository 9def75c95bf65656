/// A task being played on several lanes, here or behind a socket.
///
///     try environment.begin([.init(lane: 0, trial: 12)])      // frame.stages[0] == .first
///     try environment.step(actions)                           // one action a lane
///     try environment.step(amounts: rates)                    // where actions are continuous
///
/// Nothing above this protocol can tell whether the environment is in the same process.
public protocol Environment: AnyObject {
  /// What is played, and how.
  var specification: EnvironmentSpecification { get }

  /// What the last `begin` or `step` led to.
  var frame: Frame { get }

  /// Begins a trial on each of the lanes named; the others stay as they are and show `idle`.
  ///
  /// - Throws: `RequestError` if an order can't be met; nothing has begun then.
  func begin(_ orders: [TrialOrder]) throws

  /// Carries out the actions of all lanes, where they are choices.
  ///
  /// - Parameter actions: action indices, [step × lane], for as many steps as the look-ahead says.
  ///   Those of lanes that have no trial under way are ignored.
  /// - Throws: `RequestError` if there are too few or too many, one is out of range, or the task's
  ///   actions are amounts; nothing has been carried out then.
  func step(_ actions: [UInt8]) throws

  /// Carries out the actions of all lanes, where they are amounts.
  ///
  /// - Parameter amounts: [step × lane × width], for as many steps as the look-ahead says. Those of
  ///   lanes that have no trial under way are ignored.
  /// - Throws: `RequestError` if there are too few or too many, one is no finite number or out of
  ///   range, or the task's actions are choices; nothing has been carried out then.
  func step(amounts: [Float]) throws
}

extension Environment {
  /// What an environment answers that only plays tasks whose actions are choices.
  public func step(amounts _: [Float]) throws {
    throw RequestError.amountsForChoices(task: specification.task.name)
  }
}

/// What an open environment plays, and how.
public struct EnvironmentSpecification: Equatable, Sendable {
  /// The task under the parameters it was opened with.
  public var task: TaskDescription
  public var options: EnvironmentOptions
  /// T_max = ⌊t_max/Δt⌋ + 1: the most actions a trial can take.
  public var stepLimit: Int

  public init(task: TaskDescription, options: EnvironmentOptions) {
    self.task = task
    self.options = options
    stepLimit = task.timeLimit / options.timeStep + 1
  }
}

/// How an environment is to be opened.
public struct EnvironmentOptions: Equatable, Sendable {
  /// Decides, with lane and trial number, everything that is drawn.
  public var seed: UInt64
  /// The number of the first lane. Lanes of different environments with different numbers play
  /// different trials.
  public var firstLane: UInt64
  public var laneCount: Int
  /// Δt.
  public var timeStep: Milliseconds
  public var restartRule: RestartRule
  /// How many steps a frame spans.
  public var lookAhead: Int
  /// Whether frames tell the ideal action of each step.
  public var showsIdealActions: Bool

  public init(
    seed: UInt64, firstLane: UInt64 = 0, laneCount: Int = 1, timeStep: Milliseconds = 10,
    restartRule: RestartRule = .disabled, lookAhead: Int = 1, showsIdealActions: Bool = false
  ) {
    self.seed = seed
    self.firstLane = firstLane
    self.laneCount = laneCount
    self.timeStep = timeStep
    self.restartRule = restartRule
    self.lookAhead = lookAhead
    self.showsIdealActions = showsIdealActions
  }
}

/// What happens on a lane whose trial has ended: Gymnasium's autoreset modes, under their own names
/// and with the wire's raw values.
public enum RestartRule: UInt8, CaseIterable, Sendable {
  /// The next step ignores its action and shows the first frame of the next trial.
  case nextStep = 1
  /// The very frame that ends a trial shows the first observation of the next.
  case sameStep = 2
  /// The lane is idle until `begin`.
  case disabled = 3
}

/// Which trial a lane is to begin.
public struct TrialOrder: Equatable, Sendable {
  /// Counted from 0 within the environment.
  public var lane: Int
  /// The trial's number; the one after the lane's last if nil, 0 at first.
  public var trial: UInt64?
  /// The number of the condition; drawn if nil.
  public var condition: Int?

  public init(lane: Int, trial: UInt64? = nil, condition: Int? = nil) {
    self.lane = lane
    self.trial = trial
    self.condition = condition
  }
}

/// Why a request can't be carried out. Nothing has been changed by it.
public enum RequestError: Error, Equatable, Sendable {
  case laneOutOfRange(lane: Int, laneCount: Int)
  case laneNamedTwice(lane: Int)
  case noLanes
  case conditionOutOfRange(condition: Int, conditionCount: Int)
  case wrongActionCount(count: Int, expected: Int, lookAhead: Int, laneCount: Int)
  case actionOutOfRange(action: Int, lane: Int, names: [String])
  case wrongAmountCount(
    count: Int, expected: Int, lookAhead: Int, laneCount: Int, width: Int)
  /// `number` says which of its lane's, counted from 0.
  case amountOutOfRange(amount: Float, number: Int, lane: Int, range: ClosedRange<Float>)
  /// `place` is counted from 0 over all that came.
  case amountNotFinite(amount: Float, place: Int)
  case amountsForChoices(task: String)
  case choicesForAmounts(task: String, width: Int)
  case nothingBegun
  case idealActionsNotTold(task: String)
  case lookAheadNotAllowed(task: String, lookAhead: Int)
  case lookAheadNeedsDisabled(lookAhead: Int, restartRule: RestartRule)
  case outOfRange(what: String, value: Int, range: ClosedRange<Int>)
}

extension RequestError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .laneOutOfRange(let lane, let laneCount):
      "lane \(lane) is not one of this environment's \(laneCount), 0 to \(laneCount - 1)"
    case .laneNamedTwice(let lane):
      "lane \(lane) is named twice; a lane can begin one trial at a time"
    case .noLanes:
      "no lane is named; name at least one lane to begin"
    case .conditionOutOfRange(let condition, let count):
      "condition \(condition) is not one of this task's \(count), 0 to \(count - 1)"
    case .wrongActionCount(let count, let expected, let lookAhead, let laneCount):
      "got \(count) actions; a step takes \(expected): \(lookAhead) × \(laneCount) lanes"
    case .actionOutOfRange(let action, let lane, let names):
      "action \(action) of lane \(lane) is not one of this task's \(names.count): "
        + names.enumerated().map { "\($0.offset) \($0.element)" }.joined(separator: ", ")
    case .wrongAmountCount(let count, let expected, let lookAhead, let laneCount, let width):
      "got \(count) amounts; a step takes \(expected): "
        + "\(lookAhead) × \(laneCount) lanes × \(width)"
    case .amountOutOfRange(let amount, let number, let lane, let range):
      "amount \(number) of lane \(lane) is \(plain(shortest(amount))); "
        + "it can be \(plain(shortest(range.lowerBound))) to \(plain(shortest(range.upperBound)))"
    case .amountNotFinite(let amount, let place):
      "amount \(place) is \(amount); an amount has to be a finite number"
    case .amountsForChoices(let task):
      "amounts came; the actions of \(task) are choices, one byte for each lane"
    case .choicesForAmounts(let task, let width):
      "choices came; the actions of \(task) are amounts, \(width) for each lane"
    case .idealActionsNotTold(let task):
      "no ideal actions are told of \(task), whose actions are amounts; open it without them"
    case .nothingBegun:
      "can't step: no trial has begun; send 'begin' first"
    case .lookAheadNotAllowed(let task, let lookAhead):
      "look-ahead \(lookAhead) is not to be had: what \(task) shows depends on actions; ask for 1"
    case .lookAheadNeedsDisabled(let lookAhead, let rule):
      "look-ahead \(lookAhead) needs the restart rule 'disabled', got '\(rule)'"
    case .outOfRange(let what, let value, let range):
      "\(what) is \(value); it can be \(range.lowerBound) to \(range.upperBound)"
    }
  }
}
