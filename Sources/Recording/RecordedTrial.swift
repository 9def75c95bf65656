/// One trial, step by step, with what is to be told of it as a whole.
///
/// Row t of each array belongs to one moment: what was heard at step t, the rates and the policy that
/// came of it, the action drawn from that policy, and the reward that this action earned. At step 0
/// nothing has been heard, and the first action is drawn from the initial state alone.
public struct RecordedTrial: Sendable {
  /// T, at least 1.
  public var stepCount: Int
  /// oₜ, [step × channel]; zeros at step 0.
  public var observations: [Float]
  /// rₜ of the decision network, [step × unit].
  public var decisionRates: [Float]
  /// π(· | t), [step × action].
  public var policies: [Float]
  /// aₜ, [step], as indices of the description's actions.
  public var actions: [Int]
  /// What aₜ earned, [step].
  public var rewards: [Float]
  /// rₜ of the value network, [step × unit]; empty if it has no units.
  public var valueRates: [Float]
  /// vₜ, what the baseline expected, [step]; empty if there is none.
  public var values: [Float]
  /// A value for each of the description's trial columns, of its kind.
  public var row: [TrialValue]

  public init(
    stepCount: Int, observations: [Float], decisionRates: [Float], policies: [Float],
    actions: [Int], rewards: [Float], valueRates: [Float] = [], values: [Float] = [],
    row: [TrialValue]
  ) {
    self.stepCount = stepCount
    self.observations = observations
    self.decisionRates = decisionRates
    self.policies = policies
    self.actions = actions
    self.rewards = rewards
    self.valueRates = valueRates
    self.values = values
    self.row = row
  }

  /// Traps where it doesn't fit the description.
  func check(against description: RecordingDescription) {
    precondition(stepCount > 0, "a trial has at least one step")
    for (name, count, width) in [
      ("observations", observations.count, description.channels.count),
      ("decision rates", decisionRates.count, description.decisionUnits.count),
      ("policies", policies.count, description.actions.count),
      ("actions", actions.count, 1),
      ("rewards", rewards.count, 1),
      ("value rates", valueRates.count, description.valueUnits.count),
      ("values", values.count, description.hasValues ? 1 : 0),
    ] {
      precondition(
        count == stepCount * width, "\(count) \(name) for \(stepCount) steps of \(width)")
    }
    precondition(
      actions.allSatisfy(description.actions.indices.contains),
      "an action that is not one of the \(description.actions.count)")
    precondition(
      row.count == description.trialColumns.count,
      "\(row.count) values for \(description.trialColumns.count) columns of trials")
    for (value, column) in zip(row, description.trialColumns) {
      precondition(
        value.kind == column.kind, "\(value) for the column '\(column.name)' of \(column.kind)s")
    }
  }
}

/// What a column of the table of trials says of one trial.
public enum TrialValue: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)

  var kind: TrialColumn.Kind {
    switch self {
    case .text: .text
    case .integer: .integer
    case .number: .number
    case .boolean: .boolean
    }
  }
}

extension TrialValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  public init(stringLiteral text: String) { self = .text(text) }
  public init(integerLiteral number: Int) { self = .integer(number) }
  public init(floatLiteral number: Double) { self = .number(number) }
  public init(booleanLiteral isSo: Bool) { self = .boolean(isSo) }
}
