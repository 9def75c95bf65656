import CGymProto
import CProtobufC
import Gym

// `Open` is the one message that both sides send: asked for, and answered with everything filled in.

extension Opening {
  /// The most settings, numbers of a setting, and bytes of a key.
  static let mostSettings = 256
  static let mostNumbers = 256
  static let longestKey = 64

  init(_ message: Operant__V1__Open, _ read: FieldReader, names: Int) throws(Refusal) {
    guard let rule = UInt8(exactly: message.restart_rule.rawValue).flatMap(RestartRule.init) else {
      throw Refusal(
        .malformed,
        "'restart_rule' is \(message.restart_rule.rawValue); "
          + "it can be 1 NEXT_STEP, 2 SAME_STEP, 3 DISABLED")
    }
    guard message.key.len <= Self.longestKey else {
      throw Refusal(
        .limit, "'key' has \(message.key.len) bytes; it can have at most \(Self.longestKey)")
    }
    task = try read.text(message.task, "task", atMost: names)
    preset = try read.text(message.preset, "preset", atMost: names)
    settings = try read.settings(message.settings, message.n_settings, names: names)
    seed = message.seed
    firstLane = message.first_lane
    laneCount = message.lane_count
    timeStep = message.time_step_ms
    restartRule = rule
    lookAhead = message.look_ahead
    lease = message.lease_ms
    key = try read.column(message.key, "key", of: UInt8.self)
    wantsReplay = message.replay != nil
    withIdealActions = message.with_ideal_actions != 0
  }

  func message(_ write: FieldWriter) -> Operant__V1__Open {
    var message = Operant__V1__Open()
    operant__v1__open__init(&message)
    message.task = write.text(task)
    message.preset = write.text(preset)
    message.n_settings = settings.count
    message.settings = write.settings(settings)
    message.seed = seed
    message.first_lane = firstLane
    message.lane_count = laneCount
    message.time_step_ms = timeStep
    message.restart_rule = Operant__V1__RestartRule(rawValue: .init(restartRule.rawValue))
    message.look_ahead = lookAhead
    message.lease_ms = lease
    message.key = write.column(key)
    if wantsReplay {
      var replay = Operant__V1__Replay()
      operant__v1__replay__init(&replay)
      message.replay = write.message(replay)
    }
    message.with_ideal_actions = withIdealActions ? 1 : 0
    return message
  }
}

extension FieldReader {
  func settings(
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Operant__V1__Setting>?>?, _ count: Int,
    names: Int
  ) throws(Refusal) -> [ParameterSetting] {
    try list(pointers, count, "settings", atMost: Opening.mostSettings) {
      setting throws(Refusal) -> ParameterSetting in
      ParameterSetting(
        try text(setting.name, "settings.name", atMost: names),
        try numbers(
          setting.value, setting.n_value, "settings.value", atMost: Opening.mostNumbers,
          else: .badSetting))
    }
  }
}

extension FieldWriter {
  func settings(
    _ settings: [ParameterSetting]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Operant__V1__Setting>?> {
    list(settings) { setting in
      var message = Operant__V1__Setting()
      operant__v1__setting__init(&message)
      message.name = text(setting.name)
      message.n_value = setting.value.count
      message.value = numbers(setting.value)
      return message
    }
  }
}
