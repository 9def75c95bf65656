import CGymProto
import CProtobufC
import Gym

// Presets and their advice for training, both ways.

extension PresetDescription {
  init(
    _ message: Operant__V1__Preset, _ read: FieldReader, names: Int, texts: Int
  ) throws(Refusal) {
    try TaskDescription.require(
      (1...10_000).contains(message.time_step_ms), "preset.time_step_ms", "\(message.time_step_ms)")
    guard let training = message.training?.pointee else {
      throw Refusal(.malformed, "'preset.training' is missing")
    }
    self.init(
      name: try read.text(message.name, "preset.name", atMost: names),
      reference: try read.text(message.reference, "preset.reference", atMost: texts),
      timeStep: Int(message.time_step_ms),
      settings: try read.settings(message.settings, message.n_settings, names: names),
      training: try TrainingAdvice(training, read, names: names))
  }

  func message(_ write: FieldWriter) -> Operant__V1__Preset {
    var message = Operant__V1__Preset()
    operant__v1__preset__init(&message)
    message.name = write.text(name)
    message.reference = write.text(reference)
    message.time_step_ms = UInt32(timeStep)
    message.n_settings = settings.count
    message.settings = write.settings(settings)
    message.training = write.message(training.message(write))
    return message
  }
}

extension TrainingAdvice {
  fileprivate init(
    _ message: Operant__V1__Training, _ read: FieldReader, names: Int
  ) throws(Refusal) {
    self.init(
      trialsPerUpdate: Int(message.trials_per_update),
      validationTrials: Int(message.validation_trials),
      validationInterval: Int(message.validation_interval),
      decisionsToReach: try read.finite(message.decisions_to_reach, "decisions_to_reach"),
      correctToReach: try read.finite(message.correct_to_reach, "correct_to_reach"),
      rewardTimeConstant: Int(message.reward_time_constant_ms),
      learningRate: try read.finite(message.learning_rate, "learning_rate"))
    if let goal = message.opt_out?.pointee {
      optOut = OptOutGoal(
        offeredBy: try read.text(goal.offered_by, "opt_out.offered_by", atMost: names),
        above: try read.finite(goal.above, "opt_out.above"),
        upTo: try read.finite(goal.up_to, "opt_out.up_to"))
    }
    if let goal = message.recent_reward?.pointee {
      try TaskDescription.require(
        (1...65_536).contains(goal.trials), "recent_reward.trials", "\(goal.trials)")
      recentReward = RecentRewardGoal(
        trials: Int(goal.trials), reward: try read.finite(goal.reward, "recent_reward.reward"))
    }
    if let networks = message.networks?.pointee {
      self.networks = try NetworkAdvice(networks, read, names: names)
    }
    if let rule = message.local_rule?.pointee { localRule = try LocalRuleAdvice(rule, read) }
  }

  fileprivate func message(_ write: FieldWriter) -> Operant__V1__Training {
    var message = Operant__V1__Training()
    operant__v1__training__init(&message)
    message.trials_per_update = UInt32(trialsPerUpdate)
    message.validation_trials = UInt32(validationTrials)
    message.validation_interval = UInt32(validationInterval)
    message.decisions_to_reach = decisionsToReach
    message.correct_to_reach = correctToReach
    message.reward_time_constant_ms = UInt32(rewardTimeConstant)
    message.learning_rate = learningRate
    if let optOut {
      var goal = Operant__V1__OptOutGoal()
      operant__v1__opt_out_goal__init(&goal)
      goal.offered_by = write.text(optOut.offeredBy)
      goal.above = optOut.above
      goal.up_to = optOut.upTo
      message.opt_out = write.message(goal)
    }
    if let recentReward {
      var goal = Operant__V1__RecentRewardGoal()
      operant__v1__recent_reward_goal__init(&goal)
      goal.trials = UInt32(recentReward.trials)
      goal.reward = recentReward.reward
      message.recent_reward = write.message(goal)
    }
    if let networks { message.networks = write.message(networks.message(write)) }
    if let localRule { message.local_rule = write.message(localRule.message(write)) }
    return message
  }
}

extension NetworkAdvice {
  /// More units than anybody's network has.
  static let mostUnits: UInt32 = 1 << 20
  private static let mostMasks = 65_536

  fileprivate init(
    _ message: Operant__V1__Networks, _ read: FieldReader, names: Int
  ) throws(Refusal) {
    for (field, units) in [
      ("networks.decision_units" as StaticString, message.decision_units),
      ("networks.value_units", message.value_units),
    ] {
      try TaskDescription.require((1...Self.mostUnits).contains(units), field, "\(units)")
    }
    let timeConstant = try read.finite(
      message.unit_time_constant_ms, "networks.unit_time_constant_ms")
    try TaskDescription.require(
      timeConstant > 0, "networks.unit_time_constant_ms", "\(timeConstant)")
    self.init(
      decisionUnits: Int(message.decision_units), valueUnits: Int(message.value_units),
      unitTimeConstant: timeConstant,
      recurrentNoise: try read.finite(message.recurrent_noise, "networks.recurrent_noise"),
      initialValue: try read.finite(message.initial_value, "networks.initial_value"),
      valueInputGain: try read.finite(message.value_input_gain, "networks.value_input_gain"),
      inputMasks: try read.list(
        message.input_masks, message.n_input_masks, "networks.input_masks", atMost: Self.mostMasks
      ) { mask throws(Refusal) -> InputMask in
        try TaskDescription.require(
          mask.first_unit <= Self.mostUnits && mask.unit_count <= Self.mostUnits,
          "input_mask.unit_count", "\(mask.unit_count) from \(mask.first_unit) on")
        let first = Int(mask.first_unit)
        return InputMask(
          channels: try read.texts(
            mask.channels, mask.n_channels, "input_mask.channels", atMost: Self.mostMasks,
            bytes: names),
          units: first..<(first + Int(mask.unit_count)))
      })
  }

  fileprivate func message(_ write: FieldWriter) -> Operant__V1__Networks {
    var message = Operant__V1__Networks()
    operant__v1__networks__init(&message)
    message.decision_units = UInt32(decisionUnits)
    message.value_units = UInt32(valueUnits)
    message.unit_time_constant_ms = unitTimeConstant
    message.recurrent_noise = recurrentNoise
    message.initial_value = initialValue
    message.value_input_gain = valueInputGain
    message.n_input_masks = inputMasks.count
    message.input_masks = write.list(inputMasks) { mask in
      var message = Operant__V1__InputMask()
      operant__v1__input_mask__init(&message)
      message.n_channels = mask.channels.count
      message.channels = write.texts(mask.channels)
      message.first_unit = UInt32(mask.units.lowerBound)
      message.unit_count = UInt32(mask.units.count)
      return message
    }
    return message
  }
}
