import Console
import Gym
import Learning
import Runs

/// `trials.csv`: a row for each trial of an evaluation. Times are in seconds.
struct EvaluatedTrials {
  private let task: TaskDescription
  private let timeStep: Milliseconds
  private let actionNames: [String]
  private(set) var table: CSVTable
  private var counts: [ConditionCount]

  /// What became of the trials of one condition.
  private struct ConditionCount {
    var trials = 0
    /// Those that ended in a legal answer: right, wrong, or one that is neither, as a sure reward is.
    var answered = 0
    /// Those of them that were right or wrong.
    var decided = 0
    var correct = 0
    /// By action, among answers.
    var choices: [Int]
  }

  init(_ task: TaskDescription, timeStep: Milliseconds) {
    self.task = task
    self.timeStep = timeStep
    if case .discrete(let names) = task.actions { actionNames = names } else { actionNames = [] }
    counts = .init(
      repeating: ConditionCount(choices: .init(repeating: 0, count: actionNames.count)),
      count: task.conditions.count)
    table = CSVTable(
      columns: Self.columnsBefore + Self.columns(of: task.facts) + Self.columnsAfter)
  }

  private static let columnsBefore = ["id", "lane", "trial", "condition"]
  private static let columnsAfter = [
    "choice", "ending", "decided", "correct", "duration", "step_count", "reward",
  ]

  /// A column for each fact, under its name; with "fact_" before it where the name is another
  /// column's, as the tasks of others may have it.
  static func columns(of facts: [FactDescription]) -> [String] {
    var taken = Set(columnsBefore + columnsAfter)
    return facts.map { fact in
      var name = snakeCase(fact.name)
      while !taken.insert(name).inserted { name = "fact_" + name }
      return name
    }
  }

  /// Adds a round, in the order of its lanes.
  ///
  /// - Returns: its rows.
  @discardableResult
  mutating func append(_ played: PlayedTrials, round: Int) -> [[CSV.Value]] {
    var rows: [[CSV.Value]] = []
    let factCount = task.facts.count
    let order = played.endedTrials.indices.sorted {
      played.endedTrials[$0].lane < played.endedTrials[$1].lane
    }
    for index in order {
      let trial = played.endedTrials[index]
      let values = played.facts[(index * factCount)..<((index + 1) * factCount)]
      var row: [CSV.Value] = [
        .integer(round * played.laneCount + trial.lane), .integer(trial.lane),
        .integer(Int(trial.trial)), .integer(trial.condition),
      ]
      for (fact, value) in zip(task.facts, values) {
        row.append(fact.unit == "ms" ? .double(Double(value) / 1000) : .single(value))
      }
      let decided = trial.ending.isDecision
      let correct: CSV.Value = decided ? .integer(trial.ending == .correct ? 1 : 0) : .none
      row += [
        trial.choice.map { .text(actionNames[$0]) } ?? .none, .text("\(trial.ending)"),
        .integer(decided ? 1 : 0), correct,
        .double(Double(trial.stepCount * timeStep) / 1000), .integer(trial.stepCount),
        .single(played.rewards(ofLane: trial.lane).reduce(0, +)),
      ]
      table.append(row)
      rows.append(row)
      counts[trial.condition].trials += 1
      guard trial.ending.isAnswer else { continue }
      counts[trial.condition].answered += 1
      if decided { counts[trial.condition].decided += 1 }
      if trial.ending == .correct { counts[trial.condition].correct += 1 }
      if let choice = trial.choice { counts[trial.condition].choices[choice] += 1 }
    }
    return rows
  }

  /// A line for each condition: how often it was answered, how often decisions were right, and the share
  /// of answers that each choice had, a sure reward among them.
  var summary: String {
    let chosen = actionNames.indices.filter { action in counts.contains { $0.choices[action] > 0 } }
    let all = counts.reduce(into: ConditionCount(choices: [])) { sum, count in
      sum.trials += count.trials
      sum.answered += count.answered
      sum.decided += count.decided
      sum.correct += count.correct
    }
    return summaryTable(
      of: task, columns: ["trials", "answered", "correct"] + chosen.map { actionNames[$0] },
      rows: counts.map { count in
        line(of: count) + chosen.map { share(count.choices[$0], of: count.answered) }
      }, all: line(of: all) + chosen.map { _ in "" })
  }

  private func line(of count: ConditionCount) -> [String] {
    [
      Figures.grouped(count.trials), share(count.answered, of: count.trials),
      share(count.correct, of: count.decided),
    ]
  }

  private func share(_ part: Int, of whole: Int) -> String {
    Figures.percent(whole == 0 ? .nan : Double(part) / Double(whole))
  }
}

/// A line for each condition, which begins with its factors, and one for all of them.
func summaryTable(
  of task: TaskDescription, columns: [String], rows: [[String]], all: [String]
) -> String {
  // Not every condition has to set the same factors.
  var factors: [String] = []
  for factor in task.conditions.joined() where !factors.contains(factor.name) {
    factors.append(factor.name)
  }
  let labels = factors.isEmpty ? ["condition"] : factors
  let lines = zip(task.conditions, rows).enumerated().map { number, line in
    let values = factors.map { name in
      line.0.first { $0.name == name }.map { Figures.plain($0.value) } ?? ""
    }
    return (factors.isEmpty ? ["\(number)"] : values) + line.1
  }
  return aligned(
    [labels + columns] + lines + [["all"] + labels.dropFirst().map { _ in "" } + all])
}

/// Columns that stand under their names, to the right.
private func aligned(_ rows: [[String]]) -> String {
  let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    let line = zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
      .joined(separator: "  ")
    return line[...(line.lastIndex { $0 != " " } ?? line.startIndex)] + "\n"
  }.joined()
}

/// "stimulusDuration" as "stimulus_duration", the way tables are named.
private func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { text, letter in
    if letter.isUppercase { text += "_" }
    text += letter.lowercased()
  }
}
