import Gym
import Learning
import Recording
import Runs

/// `recording.nwb`: what both networks did in the trials of an evaluation, in the order of `trials.csv`.
final class RunRecording {
  let path: String
  private let file: NWBFile
  private let columns: [Column]
  private let hasValues: Bool

  /// A column of the table of trials: where in a row of `trials.csv` it is from.
  private struct Column {
    let index: Int
    let column: TrialColumn
  }

  /// Begins a recording. It takes its place in the run when it is closed.
  init(of examination: Examination, in folder: RunFolder) throws {
    path = folder.path + "/recording.nwb"
    columns = Self.columns(of: examination.task)
    let subject = examination.subject
    let configuration = subject.configuration
    hasValues = configuration.training.baseline != .none
    guard case .discrete(let actions) = examination.task.actions else {
      preconditionFailure("an evaluation plays discrete actions")
    }
    let name = "\(configuration.alias)-s\(configuration.seed)"
    func labels(_ count: Int) -> [String] { (0..<count).map { "\($0)" } }
    file = try NWBFile(
      creating: path,
      description: RecordingDescription(
        identifier: "\(name), test seed \(examination.seed), "
          + "\(examination.roundCount * examination.laneCount) trials",
        session: "Test trials of a trained network, every condition equally often.",
        experiment: examination.task.summary,
        keywords: [configuration.alias, configuration.task, "recurrent network"],
        subject: .init(
          id: name,
          description: "Recurrent networks that learned \(configuration.task) from reward: "
            + "\(subject.decision.shape.units) units that decide, baseline "
            + "\(configuration.training.baseline.rawValue), seed \(configuration.seed)."),
        software: .init(name: "operant", version: configuration.version),
        timeStepMilliseconds: examination.timeStep,
        channels: examination.task.channels.flatMap { channel in
          channel.width == 1
            ? [channel.name] : (0..<channel.width).map { "\(channel.name) \($0)" }
        },
        actions: actions, decisionUnits: labels(subject.decision.shape.units),
        valueUnits: labels(subject.value.shape.units),
        hasValues: hasValues,
        trialColumns: columns.map(\.column)))
  }

  /// Adds a round.
  ///
  /// - Parameter rows: those of `trials.csv`, lane by lane.
  func append(
    _ played: PlayedTrials, _ activity: [TrialActivity], rows: [[CSV.Value]]
  ) throws {
    for (trial, row) in zip(activity, rows) {
      try file.append(
        RecordedTrial(
          stepCount: trial.stepCount, observations: trial.inputs,
          decisionRates: trial.decisionRates, policies: trial.policies,
          actions: (0..<trial.stepCount).map {
            Int(played.actions[$0 * played.laneCount + trial.lane])
          },
          rewards: played.rewards(ofLane: trial.lane), valueRates: trial.valueRates,
          values: hasValues ? trial.values : [],
          row: columns.map { Self.value(row[$0.index], as: $0.column.kind) }))
    }
  }

  /// Finishes the file and puts it in its place.
  func close() throws { try file.close() }

  /// What the table of trials says, from the columns of `trials.csv`; what NWB says in its own way is
  /// left to it.
  private static func columns(of task: TaskDescription) -> [Column] {
    let facts = zip(EvaluatedTrials.columns(of: task.facts), task.facts).map { name, fact in
      TrialColumn(
        TrialColumn.reserved.contains(name) ? "fact_" + name : name, .number,
        meaning: fact.meaning + unit(of: fact))
    }
    let all: [TrialColumn?] =
      [
        nil, TrialColumn("lane", .integer, meaning: "The lane it was played on."),
        TrialColumn("trial", .integer, meaning: "Its number on that lane."),
        TrialColumn("condition", .integer, meaning: "The number of its condition."),
      ] + facts.map(Optional.some) + [
        TrialColumn("choice", .text, meaning: "The action that ended it."),
        TrialColumn("ending", .text, meaning: "How it ended."),
        TrialColumn("decided", .boolean, meaning: "Whether that was a choice, right or wrong."),
        TrialColumn("correct", .boolean, meaning: "Whether it was right; false if undecided."),
        nil, nil, TrialColumn("reward", .number, meaning: "What it earned."),
      ]
    return all.enumerated().compactMap { index, column in
      column.map { Column(index: index, column: $0) }
    }
  }

  /// The unit as the tables have it, in words.
  private static func unit(of fact: FactDescription) -> String {
    switch fact.unit {
    case "": ""
    case "ms": " In seconds."
    default: " In \(fact.unit)."
    }
  }

  private static func value(_ value: CSV.Value, as kind: TrialColumn.Kind) -> TrialValue {
    switch (kind, value) {
    case (.text, .text(let text)): .text(text)
    case (.text, _): .text("")
    case (.integer, .integer(let number)): .integer(number)
    case (.boolean, .integer(let number)): .boolean(number == 1)
    case (.boolean, _): .boolean(false)
    case (.number, .single(let number)): .number(Double(number))
    case (.number, .double(let number)): .number(number)
    case (.number, .integer(let number)): .number(Double(number))
    case (.number, _): .number(.nan)
    case (.integer, _): preconditionFailure("\(value) is no whole number")
    }
  }
}
