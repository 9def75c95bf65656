import Gym
import Learning
import Runs

/// A run of a decision and a value network, which learn along their gradients.
typealias RunConfiguration = Configuration<Hyperparameters>
/// A run of a network that learns by the local rule.
typealias LocalRunConfiguration = Configuration<LocalTraining>

/// `config.json`: everything that decides what a run comes out as, nothing left open.
struct Configuration<Training: Codable & Equatable>: Codable, Equatable {
  /// The task's own name.
  var task: String
  /// The name it was asked for by.
  var alias: String
  var preset: String
  var seed: UInt64
  /// Δt, in milliseconds.
  var timeStep: Int
  /// What differs from the preset.
  var settings: [String: [Double]] = [:]
  var training: Training
  /// The program's version.
  var version = "0.1.0"

  /// The preset's experiment on a task, with a training of its kind.
  init(
    _ task: TaskDescription, askedFor name: String, preset: PresetDescription, seed: UInt64,
    training: Training
  ) {
    self.task = task.name
    alias = name
    self.preset = preset.name
    self.seed = seed
    timeStep = preset.timeStep
    self.training = training
  }

  var parameterSettings: [ParameterSetting] {
    settings.sorted { $0.key < $1.key }.map { ParameterSetting($0.key, $0.value) }
  }
}

extension RunConfiguration {
  /// What the task's preset says of training, over the defaults.
  init(_ task: TaskDescription, askedFor name: String, preset: PresetDescription, seed: UInt64) {
    var training = Hyperparameters()
    training.follow(preset.training)
    if !task.allowsLookAhead { training.lookAhead = 1 }
    self.init(task, askedFor: name, preset: preset, seed: seed, training: training)
  }

  /// The environment of the trials that are learned from, of the validation's, or of a test's.
  func options(seed: UInt64, firstLane: UInt64, laneCount: Int) -> EnvironmentOptions {
    EnvironmentOptions(
      seed: seed, firstLane: firstLane, laneCount: laneCount, timeStep: timeStep,
      restartRule: .disabled, lookAhead: training.lookAhead)
  }
}

/// A run's configuration, in whichever way its networks learn.
enum AnyRunConfiguration: Equatable {
  case gradients(RunConfiguration)
  case localRule(LocalRunConfiguration)

  /// Reads a `config.json`.
  init(from path: String) throws {
    self =
      try JSONFile.has(["training", "rule"], in: path)
      ? .localRule(JSONFile.read(LocalRunConfiguration.self, from: path))
      : .gradients(JSONFile.read(RunConfiguration.self, from: path))
  }

  func write(to path: String) throws {
    switch self {
    case .gradients(let configuration): try JSONFile.write(configuration, to: path)
    case .localRule(let configuration): try JSONFile.write(configuration, to: path)
    }
  }

  /// The name the task was asked for by.
  var alias: String {
    switch self {
    case .gradients(let configuration): configuration.alias
    case .localRule(let configuration): configuration.alias
    }
  }
}

extension RunFolder {
  /// Whether the run is of a network that learns by the local rule.
  var isOfLocalRule: Bool {
    get throws { try JSONFile.has(["training", "rule"], in: config) }
  }
}
