import CGymProto
import CProtobufC
import Gym

// Task descriptions, both ways. An agent distrusts what a server says of a task as much as a server
// distrusts an agent: sizes and ranges that come out of here can be believed.

extension TaskDescription {
  /// Bounds on what an agent believes a task to have.
  private enum Most {
    static let nameBytes = 4096
    static let textBytes = 65_536
    static let entries = 65_536
    static let conditions = 1 << 20
    static let observationSize = 1 << 20
    static let choices = 255
  }

  init(_ message: Operant__V1__Task, _ read: FieldReader) throws(Refusal) {
    let names = Most.nameBytes
    let texts = Most.textBytes
    let entries = Most.entries
    self.init(
      name: try read.text(message.name, "task.name", atMost: names),
      aliases: try read.list(message.aliases, message.n_aliases, "task.aliases", atMost: entries) {
        alias throws(Refusal) -> TaskAlias in
        TaskAlias(
          name: try read.text(alias.name, "alias.name", atMost: names),
          preset: try read.text(alias.preset, "alias.preset", atMost: names))
      },
      summary: try read.text(message.summary, "task.summary", atMost: texts),
      reference: try read.text(message.reference, "task.reference", atMost: texts),
      channels: try read.list(
        message.channels, message.n_channels, "task.channels", atMost: entries
      ) { channel throws(Refusal) -> ChannelDescription in
        try Self.require(
          (1...Most.observationSize).contains(Int(channel.width)), "channel.width",
          "\(channel.width)")
        return ChannelDescription(
          name: try read.text(channel.name, "channel.name", atMost: names),
          width: Int(channel.width))
      },
      actions: try Self.actions(message, read),
      epochs: try read.texts(
        message.epochs, message.n_epochs, "task.epochs", atMost: entries, bytes: names),
      conditions: try read.list(
        message.conditions, message.n_conditions, "task.conditions", atMost: Most.conditions
      ) { condition throws(Refusal) -> [Factor] in
        try read.list(condition.factors, condition.n_factors, "condition.factors", atMost: entries)
        {
          factor throws(Refusal) -> Factor in
          Factor(
            try read.text(factor.name, "factor.name", atMost: names),
            try read.finite(factor.value, "factor.value"))
        }
      },
      parameters: try read.list(
        message.parameters, message.n_parameters, "task.parameters", atMost: entries
      ) { parameter throws(Refusal) -> ParameterDescription in
        try ParameterDescription(parameter, read, names: names, texts: texts)
      },
      facts: try read.list(message.facts, message.n_facts, "task.facts", atMost: entries) {
        fact throws(Refusal) -> FactDescription in
        FactDescription(
          name: try read.text(fact.name, "fact.name", atMost: names),
          unit: try read.text(fact.unit, "fact.unit", atMost: names),
          meaning: try read.text(fact.meaning, "fact.meaning", atMost: texts))
      },
      presets: try read.list(message.presets, message.n_presets, "task.presets", atMost: entries) {
        preset throws(Refusal) -> PresetDescription in
        try PresetDescription(preset, read, names: names, texts: texts)
      },
      timeLimit: Int(message.time_limit_ms), allowsLookAhead: message.allows_look_ahead != 0,
      levels: Levels(
        chance: try read.level(message.chance, "task.chance"),
        oracleReward: try read.level(message.oracle_reward, "task.oracle_reward"),
        idealObserver: try read.level(message.ideal_observer, "task.ideal_observer")))
    try Self.require(!name.isEmpty, "task.name", "empty")
    try Self.require(!conditions.isEmpty, "task.conditions", "empty")
    try Self.require(!presets.isEmpty, "task.presets", "empty")
    try Self.require(
      (1...Most.observationSize).contains(observationSize), "task.channels",
      "\(observationSize) numbers wide")
  }

  private static func actions(
    _ message: Operant__V1__Task, _ read: FieldReader
  ) throws(Refusal) -> ActionSpace {
    switch message.actions_case {
    case OPERANT__V1__TASK__ACTIONS_DISCRETE:
      let discrete = message.discrete.pointee
      let names = try read.texts(
        discrete.names, discrete.n_names, "discrete.names", atMost: Most.choices,
        bytes: Most.nameBytes)
      try require(!names.isEmpty, "discrete.names", "empty")
      return .discrete(names)
    case OPERANT__V1__TASK__ACTIONS_CONTINUOUS:
      let continuous = message.continuous.pointee
      try require(
        (1...Most.observationSize).contains(Int(continuous.width)), "continuous.width",
        "\(continuous.width)")
      try require(
        continuous.low.isFinite && continuous.high.isFinite && continuous.low <= continuous.high,
        "continuous.low", "\(continuous.low) and 'continuous.high' \(continuous.high)")
      return .continuous(
        width: Int(continuous.width), range: continuous.low...continuous.high)
    default:
      throw Refusal(.malformed, "the task has neither discrete nor continuous actions")
    }
  }

  static func require(
    _ isTrue: Bool, _ field: StaticString, _ came: @autoclosure () -> String
  ) throws(Refusal) {
    guard isTrue else { throw Refusal(.malformed, "'\(field)' is \(came()), which it can't be") }
  }

  func message(_ write: FieldWriter) -> Operant__V1__Task {
    var message = Operant__V1__Task()
    operant__v1__task__init(&message)
    message.name = write.text(name)
    message.n_aliases = aliases.count
    message.aliases = write.list(aliases) { alias in
      var message = Operant__V1__Alias()
      operant__v1__alias__init(&message)
      message.name = write.text(alias.name)
      message.preset = write.text(alias.preset)
      return message
    }
    message.summary = write.text(summary)
    message.reference = write.text(reference)
    message.n_channels = channels.count
    message.channels = write.list(channels) { channel in
      var message = Operant__V1__Channel()
      operant__v1__channel__init(&message)
      message.name = write.text(channel.name)
      message.width = UInt32(channel.width)
      return message
    }
    switch actions {
    case .discrete(let names):
      var discrete = Operant__V1__DiscreteActions()
      operant__v1__discrete_actions__init(&discrete)
      discrete.n_names = names.count
      discrete.names = write.texts(names)
      message.actions_case = OPERANT__V1__TASK__ACTIONS_DISCRETE
      message.discrete = write.message(discrete)
    case .continuous(let width, let range):
      var continuous = Operant__V1__ContinuousActions()
      operant__v1__continuous_actions__init(&continuous)
      continuous.width = UInt32(width)
      continuous.low = range.lowerBound
      continuous.high = range.upperBound
      message.actions_case = OPERANT__V1__TASK__ACTIONS_CONTINUOUS
      message.continuous = write.message(continuous)
    }
    message.n_epochs = epochs.count
    message.epochs = write.texts(epochs)
    message.n_conditions = conditions.count
    message.conditions = write.list(conditions) { factors in
      var message = Operant__V1__Condition()
      operant__v1__condition__init(&message)
      message.n_factors = factors.count
      message.factors = write.list(factors) { factor in
        var message = Operant__V1__Factor()
        operant__v1__factor__init(&message)
        message.name = write.text(factor.name)
        message.value = factor.value
        return message
      }
      return message
    }
    message.n_parameters = parameters.count
    message.parameters = write.list(parameters) { $0.message(write) }
    message.n_facts = facts.count
    message.facts = write.list(facts) { fact in
      var message = Operant__V1__Fact()
      operant__v1__fact__init(&message)
      message.name = write.text(fact.name)
      message.unit = write.text(fact.unit)
      message.meaning = write.text(fact.meaning)
      return message
    }
    message.n_presets = presets.count
    message.presets = write.list(presets) { $0.message(write) }
    message.time_limit_ms = UInt32(timeLimit)
    message.allows_look_ahead = allowsLookAhead ? 1 : 0
    message.chance = write.level(levels.chance)
    message.oracle_reward = write.level(levels.oracleReward)
    message.ideal_observer = write.level(levels.idealObserver)
    return message
  }
}

extension FieldReader {
  /// A number that may be absent.
  fileprivate func level(
    _ message: UnsafeMutablePointer<Operant__V1__Level>?, _ field: StaticString
  ) throws(Refusal) -> Double? {
    guard let message else { return nil }
    return try finite(message.pointee.value, field)
  }
}

extension FieldWriter {
  fileprivate func level(_ value: Double?) -> UnsafeMutablePointer<Operant__V1__Level>? {
    guard let value else { return nil }
    var message = Operant__V1__Level()
    operant__v1__level__init(&message)
    message.value = value
    return self.message(message)
  }
}

extension ParameterDescription {
  fileprivate init(
    _ message: Operant__V1__Parameter, _ read: FieldReader, names: Int, texts: Int
  ) throws(Refusal) {
    try TaskDescription.require(
      message.low.isFinite && message.high.isFinite && message.low <= message.high,
      "parameter.low", "\(message.low) and 'parameter.high' \(message.high)")
    self.init(
      name: try read.text(message.name, "parameter.name", atMost: names),
      unit: try read.text(message.unit, "parameter.unit", atMost: names),
      meaning: try read.text(message.meaning, "parameter.meaning", atMost: texts),
      defaultValue: try read.numbers(
        message.default_value, message.n_default_value, "parameter.default_value", atMost: 65_536,
        else: .malformed),
      range: message.low...message.high, isList: message.is_list != 0)
  }

  fileprivate func message(_ write: FieldWriter) -> Operant__V1__Parameter {
    var message = Operant__V1__Parameter()
    operant__v1__parameter__init(&message)
    message.name = write.text(name)
    message.unit = write.text(unit)
    message.meaning = write.text(meaning)
    message.n_default_value = defaultValue.count
    message.default_value = write.numbers(defaultValue)
    message.low = range.lowerBound
    message.high = range.upperBound
    message.is_list = isList ? 1 : 0
    return message
  }
}
