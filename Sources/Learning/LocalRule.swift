import Gym

/// Everything that decides a training by the reward-modulated Hebbian rule but the task and the seed
/// (Miconi 2017; where paper and program differ, the program). The defaults are those of delayed
/// non-match to sample.
public struct LocalRule: Codable, Equatable, Sendable {
  /// N
  public var units = 200
  /// Units that answer, from the first on: one for each number of an action, or for each choice but the
  /// first.
  public var outputs = 1
  /// How it chooses; nil where actions are amounts.
  public var choosing: Choosing?
  public var response = RateResponse.tanh
  /// Units whose tanh is rectified, from the first on: those that drive muscles.
  public var rectifiedUnits = 0
  /// Units that hear no input, from the first on.
  public var unitsWithoutInput = 1
  /// Units whose currents never move (the paper says four, all at 1).
  public var heldUnits: [HeldUnit] = [
    .init(unit: 1, current: 1), .init(unit: 10, current: 1), .init(unit: 11, current: -1),
  ]
  /// τ, in milliseconds.
  public var unitTimeConstant = 30.0
  /// g: weights start with a standard deviation of g/√N.
  public var gain = 1.5
  /// p: how likely a unit is perturbed in a step.
  public var perturbationProbability = 0.003
  /// A: perturbations of a current's drive are A · U(−1, 1), or A · Normal(0, 1).
  public var perturbationSize: Float = 16
  public var perturbationShape = PerturbationShape.uniform
  /// α_x, of the running mean from which fluctuations are taken.
  public var currentMemory: Float = 0.05
  public var eligibility = Eligibility.cubic
  /// η. What suits the cubic rule suits no other: 0.01 is right for the signed square, and 0.001 for node
  /// perturbation.
  public var learningRate: Float = 0.1
  /// c: the most that a trial may change a weight.
  public var changeLimit: Float = 3e-4
  /// α_R, of the running means of the error.
  public var errorMemory = 0.75
  /// Trials after which learning begins, so that the means have settled.
  public var trialsBeforeLearning = 101
  /// What a trial's error is held against.
  public var expectation = ErrorExpectation.byCondition
  /// When an expectation that is learned is had. Means are the same all along.
  public var expectationTime = ExpectationTime.beforeResponse
  /// η_v: which share of its own error a linear expectation takes back at once.
  public var expectationRate = 0.3
  /// α_R of the running mean over all trials that a learned expectation stands on. It is slow, because
  /// what errors swing about it is for the read-out to find.
  public var expectationMemory = 0.99
  /// How long before the end of a trial the response begins, in steps.
  public var responseSteps = 200

  public init() {}
}

/// What a trial's error is held against.
///
/// All but `nothing` start as a running mean. Those that are learned add a linear read-out of what has
/// been sensed before the perturbations they judge.
public enum ErrorExpectation: String, CaseIterable, Codable, Sendable {
  /// 0
  case nothing
  /// A running mean over all trials.
  case overall
  /// A running mean for each condition: it takes somebody who knows the condition.
  case byCondition
  /// A read-out of what has been shown so far.
  case inputs
  /// A read-out of the network's own rates.
  case rates
  /// A read-out of a second network that hears what is shown and does not learn.
  case reservoirOfInputs
  /// A read-out of a second network that hears what is shown and the first one's rates.
  case reservoirOfRates
  /// A read-out of such a second network whose own weights learn too
  case secondNetwork
}

/// When an expectation is had.
public enum ExpectationTime: String, CaseIterable, Codable, Sendable {
  /// Once, when the response begins. It has seen what earlier perturbations led to.
  case beforeResponse
  /// At every step, for that step's perturbations, which it has not seen.
  case everyStep
}

// MARK: Choices

extension LocalRule {
  /// A rule for tasks whose actions are choices, which the paper has none of.
  ///
  /// Changes are smaller than the paper's, because right or wrong says less of a trial than an error does, and
  /// perturbations are rarer, because one of them can end a trial.
  /// An expectation that is had once is had at the trial's last step.
  public init(choosingAmong actionCount: Int) {
    precondition(actionCount > 1, "there is a choice between two actions or more")
    outputs = actionCount - 1
    choosing = Choosing()
    unitsWithoutInput = outputs
    heldUnits = zip((units - 3)..<units, [1, 1, -1]).map { HeldUnit(unit: $0, current: $1) }
    perturbationProbability = 0.001
    learningRate = 0.03
    changeLimit = 1e-4
    responseSteps = 1
  }
}

// MARK: As an experiment's subjects learned

extension LocalRule {
  /// What the advice does not tell is as it was in all of the paper's experiments.
  ///
  /// - Parameter outputs: units that answer, one for each number of an action.
  public init(following advice: LocalRuleAdvice, outputs: Int) {
    units = advice.units
    self.outputs = outputs
    response = advice.response
    rectifiedUnits = advice.rectifiedUnits
    unitsWithoutInput = advice.unitsWithoutInput
    heldUnits = advice.heldUnits
    perturbationSize = Float(advice.perturbationSize)
    perturbationShape = advice.perturbationShape
    currentMemory = Float(advice.currentMemory)
    eligibility = advice.eligibility
    learningRate = Float(advice.learningRate)
    changeLimit = Float(advice.changeLimit)
    errorMemory = advice.errorMemory
    trialsBeforeLearning = advice.trialsBeforeLearning
  }
}
