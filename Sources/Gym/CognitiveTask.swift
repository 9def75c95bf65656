/// The rules of a task: what is seen when, and what is paid for what.
///
/// Parameters live in the task, events live in the trial: a task is an immutable value shared by
/// all lanes, and what a subject does to the world is in `Trial`.
///
/// One clock convention: at each time step the subject senses `observe(…, at: time)`, acts, and is
/// judged by `respond(…, at: time)` *at that same time*; then the clock moves on.
///
///     frame         0         1         …   105         106
///     stage         first     middle        middle      last
///     time          0         10            1050        1060
///     carries       o₀        o₁ r₁         o₁₀₅ r₁₀₅   r₁₀₆
///     answered by   a₀        a₁            a₁₀₅        (nothing)
///     judged in     fixation  fixation      decision
public protocol CognitiveTask: Sendable {
  associatedtype Channel: ObservationChannel
  associatedtype Action: TaskAction
  associatedtype Epoch: CaseIterable & Hashable & Sendable
  associatedtype Condition: Sendable
  associatedtype Fact: TrialFact
  associatedtype Trial: Sendable

  /// What an experimenter would tabulate; drawn from uniformly, unless an agent asks for one.
  var conditions: [Condition] { get }

  /// t_max. A trial without an answer runs out at this time, whatever the action then: a miss. Where
  /// it can be right to do nothing, `respond` has to end the trial before.
  var timeLimit: Milliseconds { get }

  /// The reward for running out of time.
  var rewardForMiss: Float { get }

  /// How a trial ends that runs out of time: a miss unless declared otherwise.
  var endingAtTimeLimit: Ending { get }

  /// Whether what is sensed depends on actions in no way but by the end of the trial, so that an
  /// agent may be shown several steps ahead. False unless declared otherwise.
  static var allowsLookAhead: Bool { get }

  /// Makes a trial of `condition`. Durations that are drawn are multiples of `timeStep`.
  ///
  /// - Parameter last: the trial before it on the same lane; nil for the first.
  func makeTrial(
    of condition: Condition, after last: Trial?, timeStep: Milliseconds,
    using random: inout Random
  ) -> Trial

  /// Writes what the subject senses at `time`. `input` starts at zero.
  func observe(_ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>)

  /// Judges `action`, taken at `time`.
  func respond(to action: Action, in trial: inout Trial, at time: Milliseconds) -> Response

  /// The action that the rules reward most at `time`, to one who knows the truth about `trial`; nil
  /// once nothing can be earned any more. Teachers and tests ask for it, subjects never see it. Where
  /// actions are amounts none is told.
  func idealAction(in trial: Trial, at time: Milliseconds) -> Action?

  /// What subjects can reach, as far as it is known.
  func levels(timeStep: Milliseconds) -> Levels

  /// What an analysis will ask of a trial that has ended; not a number where it has no answer.
  func value(of fact: Fact, in trial: Trial) -> Float

  /// Numbers that tell a condition apart from the others, under the names of the facts they set.
  func factors(of condition: Condition) -> [Factor]

  /// What an experimenter may change, each with its name, unit and a sentence.
  static var parameters: [Parameter<Self>] { get }

  /// Why the parameters can't go together, in a sentence; nil unless declared otherwise.
  var contradiction: String? { get }
}

extension CognitiveTask {
  public var contradiction: String? { nil }

  @inlinable public var endingAtTimeLimit: Ending { .miss }

  public func levels(timeStep _: Milliseconds) -> Levels { Levels() }

  @inlinable public static var allowsLookAhead: Bool { false }
}

/// What an analysis can ask about a trial, by name, in the order of the raw values 0, 1, 2, ….
public protocol TrialFact: CaseIterable, Sendable, RawRepresentable<Int> {
  /// The fact's unit: "ms", "%", or empty for a pure number. Milliseconds become seconds in tables.
  var unit: String { get }
  /// What the number says, in a sentence.
  var meaning: String { get }
}

/// How a trial went on after an action.
public enum Response: Equatable, Sendable {
  /// It goes on, and the action earned `reward`.
  case goOn(reward: Float)
  /// It is over.
  case end(Ending, reward: Float)

  /// The trial goes on and nothing was earned.
  @inlinable public static var wait: Response { .goOn(reward: 0) }
}

/// How a trial ended. The raw values are those of the wire.
public enum Ending: UInt8, CaseIterable, Sendable {
  /// Answered, and rightly so.
  case correct = 1
  /// Answered, and wrongly.
  case error = 2
  /// Let go too early.
  case abort = 3
  /// Never answered.
  case miss = 4
  /// Cut off by something other than the rules.
  case truncated = 5
  /// Over by the rules, which call it neither right nor wrong.
  case completed = 6

  /// Whether the trial ended by an answer that was right or wrong: what the field calls a decision.
  @inlinable public var isDecision: Bool { self == .correct || self == .error }

  /// Whether the trial ended by a legal answer, be it one that is neither right nor wrong.
  @inlinable public var isAnswer: Bool { isDecision || self == .completed }
}

/// One number of a condition.
public struct Factor: Equatable, Sendable {
  public let name: String
  public let value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }

  /// The number as it prints: 6.4 of a float, and not 6.400000095.
  public init(_ name: String, _ value: some BinaryFloatingPoint & CustomStringConvertible) {
    self.init(name, Double(value.description) ?? Double(value))
  }
}
