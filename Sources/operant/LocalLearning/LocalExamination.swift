import Analysis
import Console
import Gym
import Learning
import Runs
import Wire

/// A network that learned by the local rule, as its run left it.
struct LocalSubject {
  let configuration: LocalRunConfiguration
  let state: HebbianLearner.State
  /// What became of each trial of the training.
  let record: LocalRecord
  /// The task, under the parameters of the training.
  let task: TaskDescription

  /// After how many trials the task counted as learned; nil if it never did.
  var learnedAt: Int? { configuration.training.criterion?.trial(in: record.judged) }

  /// Reads a run.
  init(in folder: RunFolder, servers: TaskServers) throws {
    configuration = try JSONFile.read(LocalRunConfiguration.self, from: folder.config)
    let environment = try configuration.open(at: servers, seed: configuration.seed)
    task = environment.specification.task
    try configuration.training.check(for: task)
    guard let restored = try Checkpoints(folder: folder.checkpoints).latest() else {
      throw ProgramError(
        "the run in '\(folder.path)' has no checkpoint yet; go on with: "
          + "operant train --resume \(folder.path)", .noInput)
    }
    for warning in restored.warnings { writeToStandardError("operant: \(warning)\n") }
    let start = configuration.makeLearner(for: environment, seed: configuration.seed).state
    let contents = try LocalCheckpoint(restored.contents, shapedLike: start)
    (state, record) = (contents.state, contents.record)
  }

  /// The network as it was drawn, before it had learned anything.
  func untrained(at servers: TaskServers) throws -> LocalSubject {
    let environment = try configuration.open(at: servers, seed: configuration.seed)
    return LocalSubject(
      self, configuration.makeLearner(for: environment, seed: configuration.seed).state)
  }

  /// The network with input `first` in the place of `second`, and the other way round.
  func swapping(inputs first: Int, _ second: Int) -> LocalSubject {
    var state = state
    let network = state.network
    var input = network.input
    for row in stride(from: 0, to: input.count, by: network.inputs) {
      input.swapAt(row + first, row + second)
    }
    state.network = RateNetwork(
      units: network.units, inputs: network.inputs, response: network.response,
      recurrent: network.recurrent, input: input)
    return LocalSubject(self, state)
  }

  private init(_ other: LocalSubject, _ state: HebbianLearner.State) {
    (configuration, task, record) = (other.configuration, other.task, LocalRecord())
    self.state = state
  }
}

/// Test trials of a network that learned by the local rule: trial n has condition n modulo the number of
/// conditions. Perturbations stay on, and nothing is learned.
struct LocalExamination {
  let subject: LocalSubject
  let environment: RemoteEnvironment
  let trialCount: Int
  private let learner: HebbianLearner

  /// - Parameter preset: the conditions and times of the test; those of the training if nil.
  init(
    of subject: LocalSubject, at servers: TaskServers, preset: String? = nil, seed: UInt64,
    trialsPerCondition: Int
  ) throws {
    self.subject = subject
    environment = try subject.configuration.open(at: servers, preset: preset, seed: seed)
    trialCount = trialsPerCondition * environment.specification.task.conditions.count
    // What is expected of conditions that training did not have is nobody's business in a test.
    learner = subject.configuration.makeLearner(for: environment, seed: seed)
    var state = subject.state
    state.expectations = learner.state.expectations
    state.trialCount = 0
    learner.state = state
  }

  var task: TaskDescription { environment.specification.task }
  var unitCount: Int { learner.rule.units }
  var outputCount: Int { learner.rule.outputs }

  /// Plays all trials.
  ///
  /// - Parameter each: is given a trial; false stops.
  /// - Returns: whether all were played.
  func play(_ each: (_ number: Int, HebbianTest) throws -> Bool) throws -> Bool {
    for number in 0..<trialCount {
      let trial = try learner.test(in: environment, condition: number % task.conditions.count)
      if try !each(number, trial) { return false }
    }
    return true
  }
}

/// `trials.csv` of such an examination: a row for each trial. Times are in seconds.
struct LocallyEvaluatedTrials {
  private let task: TaskDescription
  private let unitCount: Int
  /// What actions are called where they are choices.
  private let actionNames: [String]
  private(set) var table: CSVTable
  private var counts: [ConditionCount]

  /// What became of the trials of one condition.
  private struct ConditionCount {
    var trials = 0
    var correct = 0
    var error = 0.0
    var earned = 0.0
  }

  init(_ examination: LocalExamination) {
    task = examination.task
    unitCount = examination.unitCount
    if case .discrete(let names) = task.actions { actionNames = names } else { actionNames = [] }
    counts = .init(repeating: ConditionCount(), count: task.conditions.count)
    table = CSVTable(
      columns: ["id", "condition"] + EvaluatedTrials.columns(of: task.facts)
        + ["ending", "correct", actionNames.isEmpty ? "response" : "choice", "reward"])
  }

  mutating func append(_ trial: HebbianTest, number: Int) {
    let isCorrect = trial.ending == .correct
    // Where actions are amounts, a single output's last rate is what psychometric curves are of.
    let answer: CSV.Value =
      actionNames.isEmpty
      ? .single(
        trial.rates.count >= unitCount ? trial.rates[trial.rates.count - unitCount] : .nan)
      : trial.choice.map { .text(actionNames[$0]) } ?? .none
    table.append(
      [.integer(number), .integer(trial.condition)]
        + zip(task.facts, trial.facts).map { fact, value in
          fact.unit == "ms" ? .double(Double(value) / 1000) : .single(value)
        } + [
          .text("\(trial.ending)"), .integer(isCorrect ? 1 : 0), answer, .double(trial.earned),
        ])
    counts[trial.condition].trials += 1
    if isCorrect { counts[trial.condition].correct += 1 }
    counts[trial.condition].error += trial.error
    counts[trial.condition].earned += trial.earned
  }

  /// A line for each condition: how often it was answered right, and how far off answers were or, where
  /// they are choices, what they earned.
  var summary: String {
    summaryTable(
      of: task, columns: ["trials", "correct", actionNames.isEmpty ? "error" : "reward"],
      rows: counts.map(line),
      all: line(
        of: counts.reduce(into: ConditionCount()) { sum, count in
          sum.trials += count.trials
          sum.correct += count.correct
          sum.error += count.error
          sum.earned += count.earned
        }))
  }

  private func line(of count: ConditionCount) -> [String] {
    let trials = Double(count.trials)
    return [
      Figures.grouped(count.trials), Figures.percent(Double(count.correct) / trials),
      Figures.hundredths((actionNames.isEmpty ? count.error : count.earned) / trials),
    ]
  }
}
