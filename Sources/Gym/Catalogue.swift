/// The tasks a server offers, under the names agents ask for them by.
public struct Catalogue: Sendable {
  public let entries: [Entry]

  public init(_ entries: Entry...) { self.entries = entries }

  /// A task under its name, with its papers' presets and names.
  public struct Entry: Sendable {
    /// The task under its own values.
    public let description: TaskDescription
    /// Opens the task under settings and options.
    public let makeEnvironment:
      @Sendable ([ParameterSetting], EnvironmentOptions) throws -> any Environment

    /// Seals `task` into closures here, where its own type is still known, so that the compiler can
    /// specialise its environment. It takes this and `-cross-module-optimization`.
    @inlinable
    public init<Task: CognitiveTask>(
      _ name: String, _ task: Task, summary: String, reference: String,
      presets: [PresetDescription], aliases: [TaskAlias] = []
    ) {
      precondition(!presets.isEmpty, "\(name) has no preset")
      let describe: @Sendable (Task, Milliseconds) -> TaskDescription = { task, timeStep in
        TaskDescription(
          of: task, name: name, aliases: aliases, summary: summary, reference: reference,
          presets: presets, timeStep: timeStep)
      }
      description = describe(task, presets[0].timeStep)
      makeEnvironment = { settings, options in
        let task = try task.applying(settings)
        return try TrialEnvironment(
          task, described: describe(task, max(1, options.timeStep)), options: options)
      }
    }

    /// The preset of that name; the first one if the name is empty.
    public func preset(named name: String) -> PresetDescription? {
      name.isEmpty
        ? description.presets[0] : description.presets.first { $0.name == name }
    }
  }

  /// Every name a task answers to.
  public var names: [String] {
    entries.flatMap { [$0.description.name] + $0.description.aliases.map(\.name) }
  }

  /// The task that answers to `name`, and the preset that name stands for.
  ///
  /// - Throws: `UnknownTask`, which knows the nearest name.
  public func find(_ name: String) throws(UnknownTask) -> (entry: Entry, preset: String) {
    for entry in entries {
      if entry.description.name == name { return (entry, entry.description.presets[0].name) }
      if let alias = entry.description.aliases.first(where: { $0.name == name }) {
        return (entry, alias.preset)
      }
    }
    throw UnknownTask(name: name, known: names)
  }
}

/// A task was asked for by a name nothing answers to.
public struct UnknownTask: Error, Equatable, CustomStringConvertible {
  public let name: String
  public let known: [String]

  public init(name: String, known: [String]) {
    self.name = name
    self.known = known
  }

  public var description: String {
    "no task named '\(name.prefix(100))'"
      + suggestion(for: name, among: known, else: "there are")
  }
}

extension TaskDescription {
  /// Describes `task` as agents are to know it.
  ///
  /// - Parameter timeStep: Δt, on which it may depend what subjects can reach.
  public init<Task: CognitiveTask>(
    of task: Task, name: String, aliases: [TaskAlias], summary: String, reference: String,
    presets: [PresetDescription], timeStep: Milliseconds = 10
  ) {
    self.init(
      name: name, aliases: aliases, summary: summary, reference: reference,
      channels: Task.Channel.allCases.map { .init(name: "\($0)", width: $0.width) },
      actions: Task.Action.space,
      epochs: Task.Epoch.allCases.map { "\($0)" },
      conditions: task.conditions.map { task.factors(of: $0) },
      parameters: Task.parameters.map { $0.description(in: task) },
      facts: Task.Fact.allCases.map { .init(name: "\($0)", unit: $0.unit, meaning: $0.meaning) },
      presets: presets, timeLimit: task.timeLimit, allowsLookAhead: Task.allowsLookAhead,
      levels: task.levels(timeStep: timeStep))
  }
}
