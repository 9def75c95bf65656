import Console
import Gym
import Learning

/// How a network is trained by the local rule, and when that ends.
struct LocalTraining: Codable, Equatable {
  var rule: LocalRule
  /// A trial is good if its error is below this; 0 where no error counts as good.
  var errorToReach: Double
  /// Trials after which it ends.
  var trialLimit: Int
  /// Whether it ends before that, as soon as the task counts as learned.
  var endsWhenLearned = true
  /// What is asked of choices, and which trials are played; nil where actions are amounts.
  var choices: ChoiceTraining?
}

/// A training where actions are choices.
struct ChoiceTraining: Codable, Equatable {
  /// Lanes whose trials are played by turns: those that a learner by gradients plays at once, so that the
  /// trials are the same.
  var lanes: Int
  /// The fraction of trials that have to be answered rightly, of the last `window`.
  var correctToReach: Double
  var window = 500
}

extension LocalTraining {
  /// What a preset says of the experiment's subjects.
  init(_ advice: LocalRuleAdvice, outputs: Int) {
    self.init(
      rule: LocalRule(following: advice, outputs: outputs), errorToReach: advice.errorToReach,
      trialLimit: advice.trialLimit)
  }

  /// Choices, as an experiment trains them by gradients.
  init(choosingAmong actionCount: Int, following advice: TrainingAdvice) {
    self.init(
      rule: LocalRule(choosingAmong: actionCount), errorToReach: 0, trialLimit: 20_000,
      choices: ChoiceTraining(
        lanes: advice.trialsPerUpdate,
        correctToReach: advice.decisionsToReach * advice.correctToReach))
  }

  /// Whether trials count as learned by what they ended in, rather than by how far off they were.
  var isOfChoices: Bool { choices != nil }

  /// - Throws: `ProgramError` for a number no training can have, from whatever file it comes.
  func check(for task: TaskDescription) throws {
    let outputs: Int
    switch task.actions {
    case .continuous(let width, _): outputs = width
    case .discrete(let names): outputs = names.count - 1
    }
    let takesChoices = if case .discrete = task.actions { true } else { false }
    guard takesChoices == (choices != nil), takesChoices == (rule.choosing != nil) else {
      throw ProgramError(
        "the actions of \(task.name) are \(takesChoices ? "choices" : "amounts"); 'training.choices' and "
          + "'training.rule.choosing' are there if, and only if, they are choices", .data)
    }
    let counts = [
      ("rule.units", rule.units, 4...4096), ("rule.outputs", rule.outputs, 1...rule.units),
      ("rule.rectifiedUnits", rule.rectifiedUnits, 0...rule.units),
      ("rule.unitsWithoutInput", rule.unitsWithoutInput, 0...rule.units),
      ("rule.trialsBeforeLearning", rule.trialsBeforeLearning, 0...1_000_000_000),
      ("rule.responseSteps", rule.responseSteps, 1...1_000_000),
      ("trialLimit", trialLimit, 0...1_000_000_000),
      ("choices.lanes", choices?.lanes ?? 1, 1...4096),
      ("choices.window", choices?.window ?? 1, 1...1_000_000),
      ("rule.choosing.kickSteps", rule.choosing?.kickSteps ?? 1, 1...1_000_000),
    ]
    for (name, value, range) in counts where !range.contains(value) {
      throw ProgramError(
        "'training.\(name)' is \(value); it can be \(range.lowerBound) to \(range.upperBound)",
        .data)
    }
    let numbers = [
      ("rule.unitTimeConstant", rule.unitTimeConstant, 1...1e6), ("rule.gain", rule.gain, 0...100),
      ("rule.perturbationProbability", rule.perturbationProbability, 0...0.999),
      ("rule.perturbationSize", Double(rule.perturbationSize), 0...1e6),
      ("rule.currentMemory", Double(rule.currentMemory), 0...0.999_999),
      ("rule.learningRate", Double(rule.learningRate), 0...1e6),
      ("rule.changeLimit", Double(rule.changeLimit), 0...1e6),
      ("rule.errorMemory", rule.errorMemory, 0...1),
      ("rule.expectationRate", rule.expectationRate, 0...1e3),
      ("rule.expectationMemory", rule.expectationMemory, 0...1),
      ("errorToReach", errorToReach, 0...1e6),
      ("choices.correctToReach", choices?.correctToReach ?? 0, 0...1),
      ("rule.choosing.threshold", Double(rule.choosing?.threshold ?? 0), -1...1),
      ("rule.choosing.kick", Double(rule.choosing?.kick ?? 0), 0...1e6),
    ]
    for (name, value, range) in numbers where !range.contains(value) {
      throw ProgramError(
        "'training.\(name)' is \(value); it can be \(range.lowerBound) to \(range.upperBound)",
        .data)
    }
    guard rule.outputs == outputs else {
      throw ProgramError(
        "'training.rule.outputs' is \(rule.outputs); \(task.name) is answered by \(outputs)",
        .data)
    }
    guard rule.heldUnits.allSatisfy({ (0..<rule.units).contains($0.unit) }) else {
      throw ProgramError(
        "'training.rule.heldUnits' names a unit that is none of 0 to \(rule.units - 1)", .data)
    }
    guard rule.response == .tanh || rule.units % 4 == 0 else {
      throw ProgramError(
        "'training.rule.units' is \(rule.units); excitatory and inhibitory units come in fours",
        .data)
    }
    guard rule.eligibility != .exploratory || rule.expectation == .byCondition else {
      throw ProgramError(
        "'training.rule.expectation' is \(rule.expectation.rawValue), which the exploratory rule "
          + "doesn't use; leave it at \(ErrorExpectation.byCondition.rawValue)", .data)
    }
  }
}
