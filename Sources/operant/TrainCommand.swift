import Console
import Gym
import Learning
import Runs

private let task = Positional<String?>("TASK", help: "a task's name or one of its aliases")
private let seed = Flag<UInt64?>(
  "seed", "N", default: nil, help: "decides everything that is drawn; 1 if not given")
private let run = Flag<String?>(
  "run", "FOLDER", default: nil, help: "where to keep the run; runs/TASK-sN if not given")
private let resume = Flag<String?>(
  "resume", "RUN", default: nil, help: "go on with the run in that folder")
private let config = Flag<String?>(
  "config", "FILE", default: nil, help: "train as that config.json says")
private let settings = Flag<[String]>(
  "set", "NAME=VALUE,…", default: [],
  help: "change a parameter of the task; several numbers with colons: coherences=6.4:51.2")
private let baseline = Flag<Baseline?>(
  "baseline", "KIND", default: nil,
  help: "what is subtracted from returns: " + Baseline.form)
private let units = Flag<UnitKind?>(
  "units", "KIND", default: nil,
  help: "what the networks' units are: " + UnitKind.form)
private let localRule = Switch(
  "local-rule",
  help: "learn by the local rule where actions are choices, which else are learned along gradients")
private let eligibility = Flag<Eligibility?>(
  "eligibility", "KIND", default: nil,
  help: "what a synapse remembers, in the local rule: " + Eligibility.form)
private let expectation = Flag<ErrorExpectation?>(
  "expectation", "KIND", default: nil,
  help: "what errors are held against, in the local rule: " + ErrorExpectation.form)
private let expectationTime = Flag<ExpectationTime?>(
  "expectation-time", "WHEN", default: nil,
  help: "when a learned expectation is had, in the local rule: " + ExpectationTime.form)
private let learningRate = Flag<Double?>(
  "learning-rate", "X", within: 0...1000, help: "η; the experiment's own if not given")
private let trials = Flag<Int?>(
  "trials", "N", within: 1...1_000_000_000,
  help: "play so many trials by the local rule, learned or not")
private let trialsPerUpdate = Flag<Int?>(
  "trials-per-update", "N", within: 1...65_536, help: "play so many trials side by side")
private let decisionUnits = Flag<Int?>(
  "decision-units", "N", within: 1...10_000, help: "how many units the decision network has")
private let valueUnits = Flag<Int?>(
  "value-units", "N", within: 1...10_000, help: "how many units the value network has")
private let shards = Flag<Int?>(
  "shards", "N", within: 1...4096,
  help: "cut the trials of an update into so many parts, for ranks of mpirun or srun to share")
private let deadline = Flag<Int>(
  "deadline", "SECONDS", default: 120, within: 1...86_400,
  help: "how long a rank waits for another before it ends with exit code 75")
private let updateLimit = Flag<Int?>(
  "update-limit", "N", within: 0...1_000_000_000, help: "end after so many updates, come what may")

/// `operant train TASK`: trains a network until the task counts as learned.
let trainCommand = Command(
  "train", summary: "Train a network on a task until it counts as learned.", takes: [task],
  flags: [
    seed, run, resume, config, settings, baseline, units, updateLimit, localRule, eligibility,
    expectation, expectationTime, learningRate, trials, trialsPerUpdate, decisionUnits, valueUnits,
    shards, deadline,
  ] + SharedFlags.servers + [SharedFlags.quiet],
  example: "operant train rdm_fixed --seed 97"
) { arguments in
  StopSignal.catchAll()
  useKeys(of: arguments)
  let ranks = try Ranks(deadline: arguments[deadline])
  do {
    let code =
      ranks.isFirst
      ? try train(as: arguments, in: ranks)
      : try naming {
        try TrainingShare.train(in: ranks, servers: arguments[SharedFlags.connect])
      }
    ranks.finish()
    return code
  } catch {
    try ranks.dismiss()
    throw error
  }
}

/// Trains a run, new or begun.
private func train(as arguments: Arguments, in ranks: Ranks) throws -> ExitCode {
  try naming {
    if let path = arguments[resume] {
      try refuse(
        [task, seed, run, config, settings, learningRate] + ofGradients + ofLocalRule,
        with: "--resume", in: arguments)
      let (servers, isQuiet) = (arguments[SharedFlags.connect], arguments[SharedFlags.quiet])
      guard try RunFolder.open(at: path).isOfLocalRule else {
        return try TrainingRun.resume(
          at: path, servers: servers, ranks: ranks, isQuiet: isQuiet
        ).train()
      }
      try ranks.expectAlone("a network that learns by the local rule")
      return try LocalRun.resume(at: path, servers: servers, isQuiet: isQuiet).train()
    }
    let servers = try TaskServers(arguments[SharedFlags.connect])
    do {
      let isQuiet = arguments[SharedFlags.quiet]
      switch try resolveConfiguration(arguments, servers) {
      case .gradients(let configuration):
        return try TrainingRun.create(
          at: runPath(arguments, of: configuration), configuration, servers: servers,
          ranks: ranks, isQuiet: isQuiet
        ).train()
      case .localRule(let configuration):
        try ranks.expectAlone("a network that learns by the local rule")
        return try LocalRun.create(
          at: runPath(arguments, of: configuration), configuration, servers: servers,
          isQuiet: isQuiet
        ).train()
      }
    } catch {
      servers.close()
      throw error
    }
  }
}

/// Flags of one kind of training, and of the other.
private let ofGradients: [any CommandFlag] = [
  baseline, units, updateLimit, trialsPerUpdate, decisionUnits, valueUnits, shards,
]
private let ofLocalRule: [any CommandFlag] = [
  localRule, eligibility, expectation, expectationTime, trials,
]

private func runPath<Training>(
  _ arguments: Arguments, of configuration: Configuration<Training>
) -> String {
  arguments[run] ?? RunFolder.usualPath(task: configuration.alias, seed: configuration.seed)
}

/// What the command line and the task's preset make of a run.
///
/// - Parameter arguments: of `operant train`.
/// - Throws: `ProgramError` for what doesn't go together; `RemoteError` if the servers know no such task.
func resolveConfiguration(
  _ arguments: Arguments, _ servers: TaskServers
) throws -> AnyRunConfiguration {
  if let path = arguments[config] {
    try refuse([task], with: "--config", in: arguments)
    switch try AnyRunConfiguration(from: path) {
    case .gradients(let configuration): return .gradients(try adjusted(configuration, arguments))
    case .localRule(let configuration): return .localRule(try adjusted(configuration, arguments))
    }
  }
  guard let name = arguments[task] else {
    throw ProgramError(
      "name a task to train on, such as rdm_fixed; 'operant tasks' lists them", .usage)
  }
  let description = try servers.client().describe(name)
  let alias = description.aliases.first { $0.name == name }
  guard
    let preset = description.presets.first(where: { alias == nil || $0.name == alias?.preset })
  else {
    throw ProgramError("the server knows no experiment for '\(name)'", .unavailable)
  }
  let seed = arguments[seed] ?? 1
  guard case .continuous(let outputs, _) = description.actions else {
    if case .discrete(let names) = description.actions, arguments[localRule] {
      var configuration = LocalRunConfiguration(
        description, askedFor: name, preset: preset, seed: seed,
        training: LocalTraining(choosingAmong: names.count, following: preset.training))
      // The rule's constants are for steps of this length.
      configuration.timeStep = 1
      return .localRule(try adjusted(configuration, arguments))
    }
    return .gradients(
      try adjusted(
        RunConfiguration(description, askedFor: name, preset: preset, seed: seed), arguments))
  }
  guard let advice = preset.training.localRule else {
    throw ProgramError(
      "the actions of \(description.name) are amounts, and its preset '\(preset.name)' names no local "
        + "rule to learn them by; train on a task that does, such as dnms", .usage)
  }
  return .localRule(
    try adjusted(
      LocalRunConfiguration(
        description, askedFor: name, preset: preset, seed: seed,
        training: LocalTraining(advice, outputs: outputs)), arguments))
}

private func adjusted(
  _ configuration: RunConfiguration, _ arguments: Arguments
) throws -> RunConfiguration {
  var configuration = configuration
  try takeSeedAndSettings(from: arguments, into: &configuration)
  for flag in ofLocalRule where arguments.isGiven(flag) {
    throw ProgramError(
      "--\(flag.name) is for networks that learn by the local rule, and \(configuration.alias) is "
        + "learned along gradients; leave it out, add --local-rule, or train on a task such as dnms",
      .usage)
  }
  if let baseline = arguments[baseline] { configuration.training.baseline = baseline }
  if let units = arguments[units] { configuration.training.units = units }
  if let limit = arguments[updateLimit] { configuration.training.updateLimit = limit }
  if let count = arguments[trialsPerUpdate] { configuration.training.trialsPerUpdate = count }
  if let count = arguments[decisionUnits] { configuration.training.decisionUnits = count }
  if let count = arguments[valueUnits] { configuration.training.valueUnits = count }
  if let count = arguments[shards] { configuration.training.shards = count }
  if let rate = arguments[learningRate] { configuration.training.learningRate = rate }
  try configuration.training.check()
  return configuration
}

private func adjusted(
  _ configuration: LocalRunConfiguration, _ arguments: Arguments
) throws -> LocalRunConfiguration {
  var configuration = configuration
  try takeSeedAndSettings(from: arguments, into: &configuration)
  for flag in ofGradients where arguments.isGiven(flag) {
    throw ProgramError(
      "--\(flag.name) is for networks that learn along gradients, and \(configuration.alias) is "
        + "learned by the local rule; leave it out, or train on a task such as rdm_fixed", .usage)
  }
  if let eligibility = arguments[eligibility] {
    configuration.training.rule.eligibility = eligibility
  }
  if let expectation = arguments[expectation] {
    configuration.training.rule.expectation = expectation
  }
  if let time = arguments[expectationTime] {
    configuration.training.rule.expectationTime = time
  }
  if let rate = arguments[learningRate] { configuration.training.rule.learningRate = Float(rate) }
  if let trials = arguments[trials] {
    configuration.training.trialLimit = trials
    configuration.training.endsWhenLearned = false
  }
  return configuration
}

private func takeSeedAndSettings<Training>(
  from arguments: Arguments, into configuration: inout Configuration<Training>
) throws {
  if let seed = arguments[seed] { configuration.seed = seed }
  var given: Set<String> = []
  for setting in arguments[settings] {
    let (name, value) = try parse(setting: setting)
    guard given.insert(name).inserted else {
      throw ProgramError("--set gives '\(name)' twice; give it once", .usage)
    }
    configuration.settings[name] = value
  }
}

private func parse(setting: String) throws -> (String, [Double]) {
  let halves = setting.split(separator: "=", maxSplits: 1)
  guard halves.count == 2 else {
    throw ProgramError("--set takes NAME=VALUE, got '\(setting)'", .usage)
  }
  let values = halves[1].split(separator: ":", omittingEmptySubsequences: false).map {
    Double(argument: String($0))
  }
  guard values.allSatisfy({ $0 != nil }) else {
    throw ProgramError(
      "--set takes a number, or several with colons, for '\(halves[0])'; got '\(halves[1])'",
      .usage)
  }
  return (String(halves[0]), values.compactMap { $0 })
}

/// Flags that would contradict another one are refused rather than ignored.
private func refuse(
  _ others: [Any], with flag: String, in arguments: Arguments
) throws {
  for other in others {
    if let other = other as? any CommandFlag, arguments.isGiven(other) {
      throw ProgramError(
        "--\(other.name) doesn't go with \(flag), which decides it already", .usage)
    }
    if other is Positional<String?>, let name = arguments[task] {
      throw ProgramError(
        "'\(name)' doesn't go with \(flag), which decides the task already", .usage)
    }
  }
}

extension Hyperparameters {
  /// - Throws: `ProgramError` for a number no training can have, from whatever file it comes.
  func check() throws {
    let counts = [
      ("decisionUnits", decisionUnits, 1...10_000), ("valueUnits", valueUnits, 1...10_000),
      ("trialsPerUpdate", trialsPerUpdate, 1...65_536),
      ("validationTrials", validationTrials, (recentReward == nil ? 1 : 0)...65_536),
      ("recentReward.trials", recentReward?.trials ?? 1, 1...65_536),
      ("validationInterval", validationInterval, 1...1_000_000),
      ("updateLimit", updateLimit, 0...1_000_000_000), ("lookAhead", lookAhead, 1...4096),
      ("shards", shards, 1...4096),
    ]
    for (name, value, range) in counts where !range.contains(value) {
      throw ProgramError(
        "'training.\(name)' is \(value); it can be \(range.lowerBound) to \(range.upperBound)",
        .data)
    }
    let fewestTrials =
      recentReward == nil ? min(trialsPerUpdate, validationTrials) : trialsPerUpdate
    guard shards <= fewestTrials else {
      throw ProgramError(
        "\(fewestTrials) trials can't be cut into \(shards) shards; every shard has a trial of each "
          + "update and each validation: raise --trials-per-update, or give fewer --shards", .usage)
    }
    let numbers = [
      ("decisionConnectionProbability", decisionConnectionProbability, 1e-9...1.0),
      ("valueConnectionProbability", valueConnectionProbability, 1e-9...1),
      ("unitTimeConstant", unitTimeConstant, 1e-3...1e6),
      ("recurrentNoise", recurrentNoise, 0...1e6), ("learningRate", learningRate, 0...1e3),
      ("gradientLimit", gradientLimit, 1e-12...1e12),
      ("rewardTimeConstant", rewardTimeConstant, 0...1e12),
      ("decisionsToReach", decisionsToReach, 0...1), ("correctToReach", correctToReach, 0...1),
      ("valueInputGain", valueInputGain, 0...1e6),
      ("regularisation.rates", regularisation.rates, 0...1e6),
      ("regularisation.absoluteWeights", regularisation.absoluteWeights, 0...1e6),
      ("regularisation.squaredWeights", regularisation.squaredWeights, 0...1e6),
    ]
    for (name, value, range) in numbers where !range.contains(value) {
      throw ProgramError(
        "'training.\(name)' is \(value); it can be \(range.lowerBound) to \(range.upperBound)",
        .data)
    }
  }

  /// - Throws: `ProgramError` for what names something the task does not have.
  func check(for task: TaskDescription) throws {
    guard case .discrete = task.actions else {
      throw ProgramError(
        "the actions of \(task.name) are amounts, and the networks trained here choose from a list; "
          + "train on a task that has one, such as rdm_fixed", .usage)
    }
    let names = task.channels.map(\.name)
    for mask in inputMasks {
      if let stray = mask.channels.first(where: { !names.contains($0) }) {
        throw ProgramError(
          "'training.inputMasks' names a channel '\(stray)'; the task has "
            + names.joined(separator: ", "), .data)
      }
      guard mask.units.lowerBound >= 0, mask.units.upperBound <= decisionUnits else {
        throw ProgramError(
          "'training.inputMasks' names units \(mask.units.lowerBound) to "
            + "\(mask.units.upperBound - 1); there are 0 to \(decisionUnits - 1)", .data)
      }
    }
    if let goal = optOut, !task.facts.contains(where: { $0.name == goal.offeredBy }) {
      throw ProgramError(
        "'training.optOut' names a fact '\(goal.offeredBy)'; the task has "
          + task.facts.map(\.name).joined(separator: ", "), .data)
    }
  }
}
