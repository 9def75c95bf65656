import Gym

/// One session: which request makes sense when, and every request carried out exactly once.
///
/// Knows no sockets and no bytes. Requests are numbered from 1. The next number is carried out; the
/// last one again is answered again and not carried out again; any other is refused, and a refused
/// request has not used up its number.
///
///     expects    begin or step                            close
///     next       carried out, answered with its frame     closed
///     last       answered with the frame it led to        refused
///     other      refused                                  refused
///
/// Nothing has to be stored for answering again: until the next request is carried out, the frame the
/// last one led to is the environment's.
struct Conversation {
  let opened: Opened
  let environment: any Environment
  private(set) var lastSequence: UInt64 = 0

  init(opened: Opened, environment: any Environment) {
    self.opened = opened
    self.environment = environment
  }

  /// How a request went.
  enum Outcome {
    /// It was carried out, or had been before.
    case frame(isRepeated: Bool)
    case closed
  }

  /// Carries out `request` if it is its turn.
  ///
  /// - Throws: The `Refusal` to answer with; the session is then as it was before.
  mutating func carryOut(_ request: Request) throws(Refusal) -> Outcome {
    let isClosing = request.body == .close
    if request.sequence == lastSequence && lastSequence > 0 && !isClosing {
      return .frame(isRepeated: true)
    }
    guard request.sequence == lastSequence + 1 else {
      throw Refusal(.sequence, sequenceSentence(for: request.sequence))
    }
    switch request.body {
    case .begin(let beginning): try begin(beginning)
    case .step(let actions): try step(actions)
    case .close: return .closed
    case .hello, .describe, .open, .status:
      preconditionFailure("answered at the reception, not in a session")
    }
    lastSequence += 1
    return .frame(isRepeated: false)
  }

  private func sequenceSentence(for sequence: UInt64) -> String {
    lastSequence == 0
      ? "request \(sequence) came; the first of a session is request 1"
      : "request \(sequence) came; the next is request \(lastSequence + 1), "
        + "and the last, \(lastSequence), can be sent again"
  }

  // MARK: Beginning

  private func begin(_ beginning: Beginning) throws(Refusal) {
    let orders = try orders(beginning)
    do { try environment.begin(orders) } catch { throw Refusal(error) }
  }

  private func orders(_ beginning: Beginning) throws(Refusal) -> [TrialOrder] {
    let isEveryLane = beginning.lanes.isEmpty
    let count = isEveryLane ? Int(opened.options.laneCount) : beginning.lanes.count
    for (column, name) in [
      (beginning.trials.count, "trials"), (beginning.conditions.count, "conditions"),
    ] where column != 0 && column != count {
      throw Refusal(
        .malformed,
        "'\(name)' has \(column) numbers; it takes one for each of the \(count) lanes, or none")
    }
    if let stray = beginning.trials.first(where: { $0 > Self.lastTrial }) {
      throw Refusal(.outOfRange, "trial \(stray) can't be; trials are 0 to \(Self.lastTrial)")
    }
    return (0..<count).map { index in
      TrialOrder(
        lane: isEveryLane ? index : Int(beginning.lanes[index]),
        trial: beginning.trials.isEmpty ? nil : beginning.trials[index],
        condition: beginning.conditions.isEmpty || beginning.conditions[index] == Beginning.drawn
          ? nil : Int(beginning.conditions[index]))
    }
  }

  /// There has to be a next trial after any that is asked for, for as long as anybody may play.
  private static let lastTrial = UInt64(Int64.max)

  // MARK: Stepping

  private func step(_ actions: Actions) throws(Refusal) {
    do {
      switch (actions, opened.task.actions) {
      // A step with neither choices nor amounts brings none of what the task takes.
      case (.choices(let choices), .continuous) where choices.isEmpty:
        try environment.step(amounts: [])
      case (.choices(let choices), _): try environment.step(choices)
      case (.amounts(let amounts), _): try environment.step(amounts: amounts)
      }
    } catch { throw Refusal(error) }
  }
}

extension Refusal {
  /// The refusal that says what an environment or a catalogue threw.
  init(_ error: any Error) {
    switch error {
    case let error as Refusal: self = error
    case let error as UnknownTask: self.init(.unknownTask, error.description)
    case let error as ParameterError: self.init(.badSetting, error.description)
    case let error as RequestError: self.init(error.code, error.description)
    default: self.init(.internal, "something broke in the server: \(error)")
    }
  }
}

extension RequestError {
  fileprivate var code: Refusal.Code {
    switch self {
    case .laneOutOfRange, .laneNamedTwice, .noLanes, .conditionOutOfRange, .lookAheadNotAllowed,
      .lookAheadNeedsDisabled, .outOfRange:
      .outOfRange
    case .wrongActionCount, .actionOutOfRange, .wrongAmountCount, .amountOutOfRange,
      .amountNotFinite, .amountsForChoices, .choicesForAmounts:
      .badAction
    case .idealActionsNotTold: .unsupported
    case .nothingBegun: .nothingBegun
    }
  }
}
