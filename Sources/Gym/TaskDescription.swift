/// All that an agent can know about a task before it opens one.
public struct TaskDescription: Equatable, Sendable {
  public var name: String
  /// Other names it answers to, each with the preset it stands for.
  public var aliases: [TaskAlias]
  /// What the subject does, in a sentence or two.
  public var summary: String
  /// The paper to cite.
  public var reference: String
  public var channels: [ChannelDescription]
  public var actions: ActionSpace
  /// The epochs of a trial, in order.
  public var epochs: [String]
  /// The factors of each condition, in the order of the conditions' numbers.
  public var conditions: [[Factor]]
  public var parameters: [ParameterDescription]
  public var facts: [FactDescription]
  public var presets: [PresetDescription]
  /// t_max, in milliseconds.
  public var timeLimit: Milliseconds
  /// Whether several steps may be shown at once.
  public var allowsLookAhead: Bool
  /// What subjects can reach.
  public var levels: Levels

  public init(
    name: String, aliases: [TaskAlias], summary: String, reference: String,
    channels: [ChannelDescription], actions: ActionSpace, epochs: [String],
    conditions: [[Factor]], parameters: [ParameterDescription], facts: [FactDescription],
    presets: [PresetDescription], timeLimit: Milliseconds, allowsLookAhead: Bool,
    levels: Levels = Levels()
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.reference = reference
    self.channels = channels
    self.actions = actions
    self.epochs = epochs
    self.conditions = conditions
    self.parameters = parameters
    self.facts = facts
    self.presets = presets
    self.timeLimit = timeLimit
    self.allowsLookAhead = allowsLookAhead
    self.levels = levels
  }

  /// How many numbers one observation has.
  public var observationSize: Int { channels.reduce(0) { $0 + $1.width } }
}

/// Another name for a task under one of its presets: a paper's own.
public struct TaskAlias: Equatable, Sendable {
  public let name: String
  public let preset: String

  public init(name: String, preset: String) {
    self.name = name
    self.preset = preset
  }
}

/// A named group of inputs.
public struct ChannelDescription: Equatable, Sendable {
  public let name: String
  public let width: Int

  public init(name: String, width: Int) {
    self.name = name
    self.width = width
  }
}

/// What a subject can do.
public enum ActionSpace: Equatable, Sendable {
  /// One of several named actions; an action is its index.
  case discrete([String])
  /// So many numbers, each within a range.
  case continuous(width: Int, range: ClosedRange<Float>)

  /// The same without names.
  public var shape: ActionShape {
    switch self {
    case .discrete(let names): .choices(count: names.count)
    case .continuous(let width, let range): .amounts(width: width, range: range)
    }
  }
}

/// How actions are written, for whoever checks and copies them at every step.
public enum ActionShape: Equatable, Sendable {
  /// A byte each, below `count`.
  case choices(count: Int)
  /// So many floats each, within a range.
  case amounts(width: Int, range: ClosedRange<Float>)

  /// How many numbers an action takes.
  public var width: Int {
    switch self {
    case .choices: 1
    case .amounts(let width, _): width
    }
  }
}

/// A number that travels with every trial that has ended.
public struct FactDescription: Equatable, Sendable {
  public let name: String
  public let unit: String
  public let meaning: String

  public init(name: String, unit: String, meaning: String) {
    self.name = name
    self.unit = unit
    self.meaning = meaning
  }
}

/// Whose experiment the parameters are, and how a subject was trained in it.
public struct PresetDescription: Equatable, Sendable {
  public let name: String
  public let reference: String
  /// Δt of the experiment.
  public let timeStep: Milliseconds
  public let settings: [ParameterSetting]
  public let training: TrainingAdvice

  public init(
    name: String, reference: String, timeStep: Milliseconds, settings: [ParameterSetting] = [],
    training: TrainingAdvice
  ) {
    self.name = name
    self.reference = reference
    self.timeStep = timeStep
    self.settings = settings
    self.training = training
  }
}
