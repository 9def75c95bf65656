import Console
import Gym

/// `operant tasks`: what can be played.
let tasksCommand = Command(
  "tasks", summary: "List the tasks on offer.",
  flags: SharedFlags.servers, example: "operant tasks"
) { arguments in
  try naming {
    let servers = try TaskServers(of: arguments)
    defer { servers.close() }
    for offer in try servers.client().hello().tasks {
      for line in headline(offer.name, offer.aliases) { print(line) }
      for line in wrapped(offer.summary, indent: 4) { print(line) }
    }
    return .success
  }
}

private let describedTask = Positional<String>("TASK", help: "a task's name or one of its aliases")

/// `operant describe TASK`: all that is known about a task.
let describeCommand = Command(
  "describe", summary: "Tell all about one task.", takes: [describedTask],
  flags: SharedFlags.servers, example: "operant describe rdm_fixed"
) { arguments in
  try naming {
    let servers = try TaskServers(of: arguments)
    defer { servers.close() }
    print(page(about: try servers.client().describe(arguments[describedTask])), terminator: "")
    return .success
  }
}

/// A task's names: its own, and then the others.
private func headline(_ name: String, _ aliases: [String]) -> [String] {
  guard !aliases.isEmpty else { return [name] }
  return wrapped(aliases.joined(separator: ", "), after: name + ", ", indent: 4)
}

/// "1 trial", "10 trials".
private func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)" + (count == 1 ? "" : "s")
}

/// A task on a page.
private func page(about task: TaskDescription) -> String {
  var lines = headline(task.name, task.aliases.map(\.name))
  lines += wrapped(task.summary, indent: 4) + wrapped(task.reference, indent: 4) + [""]
  func add(_ name: String, _ text: String) { lines += wrapped(text, after: name, indent: 12) }
  add(
    "channels",
    task.channels.map { $0.width == 1 ? $0.name : "\($0.name) (\($0.width))" }
      .joined(separator: ", "))
  switch task.actions {
  case .discrete(let names):
    add(
      "actions", names.enumerated().map { "\($0.offset) \($0.element)" }.joined(separator: ", "))
  case .continuous(let width, let range):
    add("actions", "\(width) numbers from \(range.lowerBound) to \(range.upperBound)")
  }
  add("epochs", task.epochs.joined(separator: ", "))
  add("time limit", "\(task.timeLimit) ms")
  add("look-ahead", task.allowsLookAhead ? "allowed" : "not allowed")
  if let level = task.levels.chance {
    add("chance", "\(Figures.percent(level)) of decisions correct")
  }
  if let level = task.levels.oracleReward {
    add("oracle", "\(Figures.plain(level)) a trial, for who knows the truth")
  }
  if let level = task.levels.idealObserver {
    add("observer", "\(Figures.percent(level)) of decisions correct, if nothing shown is missed")
  }
  lines += ["", "conditions"]
  for (number, factors) in task.conditions.enumerated() {
    let text = factors.map { "\($0.name) \(Figures.plain($0.value))" }.joined(separator: ", ")
    lines += text.isEmpty ? ["    \(number)"] : wrapped(text, after: "    \(number)  ", indent: 8)
  }
  if !task.parameters.isEmpty { lines += ["", "parameters"] }
  // A list is written the way --set takes it.
  for parameter in task.parameters {
    let value = parameter.defaultValue.map(Figures.plain).joined(separator: ":")
    let unit = parameter.unit.isEmpty ? "" : " \(parameter.unit)"
    lines += wrapped("= \(value)\(unit)", after: "    \(parameter.name) ", indent: 8)
    lines += wrapped(parameter.meaning, indent: 8)
  }
  if !task.facts.isEmpty { lines += ["", "facts of a trial"] }
  for fact in task.facts {
    let unit = fact.unit.isEmpty ? "" : " (\(fact.unit))"
    lines += wrapped(fact.meaning, after: "    \(fact.name)\(unit): ", indent: 8)
  }
  lines += ["", "presets"]
  for preset in task.presets {
    let training = preset.training
    lines += wrapped(preset.reference, after: "    \(preset.name): ", indent: 8)
    lines += wrapped(
      "Δt \(preset.timeStep) ms, \(counted(training.trialsPerUpdate, "trial")) an update; "
        + sentence(on: training), indent: 8)
    let aliases = task.aliases.filter { $0.preset == preset.name }.map(\.name)
    if !aliases.isEmpty {
      lines += wrapped("also called " + aliases.joined(separator: ", "), indent: 8)
    }
  }
  return lines.map { $0 + "\n" }.joined()
}

/// When a subject counts as trained.
private func sentence(on training: TrainingAdvice) -> String {
  if let goal = training.recentReward {
    return "trained when the last \(goal.trials) trials earned "
      + "\(Figures.plain(goal.reward)) on average"
  }
  var words =
    "trained when \(Figures.percent(training.decisionsToReach)) of "
    + "\(training.validationTrials) trials are decided and "
    + "\(Figures.percent(training.correctToReach)) of those correctly"
  if let goal = training.optOut {
    words +=
      ", and more than \(Figures.percent(goal.above)), up to \(Figures.percent(goal.upTo)), opt out "
      + "where '\(goal.offeredBy)' is 1"
  }
  return words
}

extension Figures {
  /// A number without a point where it needs none.
  static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }
}
