import CGymProto
import Gym

// Advice for training by the reward-modulated Hebbian rule, both ways.

extension LocalRuleAdvice {
  init(_ message: Operant__V1__LocalRule, _ read: FieldReader) throws(Refusal) {
    let units = message.units
    try TaskDescription.require(
      (1...NetworkAdvice.mostUnits).contains(units), "local_rule.units", "\(units)")
    for (field, some) in [
      ("local_rule.rectified_units" as StaticString, message.rectified_units),
      ("local_rule.units_without_input", message.units_without_input),
    ] {
      try TaskDescription.require(some <= units, field, "\(some) of \(units)")
    }
    guard let response = RateResponse(onWire: message.response) else {
      throw Refusal(
        .malformed,
        "'local_rule.response' is \(message.response.rawValue); "
          + "it can be 1 TANH, 2 EXCITATORY_INHIBITORY")
    }
    // Each unit hears half of either kind, and either kind is half of all.
    try TaskDescription.require(
      response == .tanh || units.isMultiple(of: 4), "local_rule.units",
      "\(units), not a multiple of 4, of two kinds")
    guard let shape = PerturbationShape(onWire: message.perturbation_shape) else {
      throw Refusal(
        .malformed,
        "'local_rule.perturbation_shape' is \(message.perturbation_shape.rawValue); "
          + "it can be 1 UNIFORM, 2 NORMAL")
    }
    guard let eligibility = Eligibility(onWire: message.eligibility) else {
      throw Refusal(
        .malformed,
        "'local_rule.eligibility' is \(message.eligibility.rawValue); "
          + "it can be 1 CUBIC, 2 POST_CUBIC, 3 SIGNED_SQUARE, 4 IDENTITY, 5 SIGNED_ROOT, "
          + "6 NODE_PERTURBATION, 7 EXPLORATORY")
    }
    try TaskDescription.require(
      message.trial_limit >= 1, "local_rule.trial_limit", "\(message.trial_limit)")
    self.init(
      units: Int(units), response: response, rectifiedUnits: Int(message.rectified_units),
      unitsWithoutInput: Int(message.units_without_input),
      heldUnits: try read.list(
        message.held_units, message.n_held_units, "local_rule.held_units", atMost: Int(units)
      ) { held throws(Refusal) -> HeldUnit in
        try TaskDescription.require(
          held.unit < units, "held_unit.unit", "\(held.unit) of \(units)")
        return HeldUnit(
          unit: Int(held.unit),
          current: Float(try read.finite(Double(held.current), "held_unit.current")))
      },
      perturbationSize: try read.size(message.perturbation_size, "local_rule.perturbation_size"),
      perturbationShape: shape,
      currentMemory: try read.memory(message.current_memory, "local_rule.current_memory"),
      eligibility: eligibility,
      learningRate: try read.size(message.learning_rate, "local_rule.learning_rate"),
      changeLimit: try read.size(message.change_limit, "local_rule.change_limit"),
      errorMemory: try read.memory(message.error_memory, "local_rule.error_memory"),
      trialsBeforeLearning: Int(message.trials_before_learning),
      errorToReach: try read.size(message.error_to_reach, "local_rule.error_to_reach"),
      trialLimit: Int(message.trial_limit))
  }

  func message(_ write: FieldWriter) -> Operant__V1__LocalRule {
    var message = Operant__V1__LocalRule()
    operant__v1__local_rule__init(&message)
    message.units = UInt32(units)
    message.response = response.onWire
    message.rectified_units = UInt32(rectifiedUnits)
    message.units_without_input = UInt32(unitsWithoutInput)
    message.n_held_units = heldUnits.count
    message.held_units = write.list(heldUnits) { held in
      var message = Operant__V1__HeldUnit()
      operant__v1__held_unit__init(&message)
      message.unit = UInt32(held.unit)
      message.current = held.current
      return message
    }
    message.perturbation_size = perturbationSize
    message.perturbation_shape = perturbationShape.onWire
    message.current_memory = currentMemory
    message.eligibility = eligibility.onWire
    message.learning_rate = learningRate
    message.change_limit = changeLimit
    message.error_memory = errorMemory
    message.trials_before_learning = UInt32(trialsBeforeLearning)
    message.error_to_reach = errorToReach
    message.trial_limit = UInt32(trialLimit)
    return message
  }
}

extension FieldReader {
  /// A number that is not negative, nor too large for single precision.
  fileprivate func size(_ value: Double, _ field: StaticString) throws(Refusal) -> Double {
    let size = try finite(value, field)
    try TaskDescription.require(
      (0...Double(Float.greatestFiniteMagnitude)).contains(size), field, "\(size)")
    return size
  }

  /// α of a running mean, from 0 to 1.
  fileprivate func memory(_ value: Double, _ field: StaticString) throws(Refusal) -> Double {
    let memory = try finite(value, field)
    try TaskDescription.require((0...1).contains(memory), field, "\(memory)")
    return memory
  }
}

// MARK: Words of the rule

extension RateResponse {
  fileprivate init?(onWire value: Operant__V1__RateResponse) {
    guard let word = Self.allCases.first(where: { $0.onWire == value }) else { return nil }
    self = word
  }

  fileprivate var onWire: Operant__V1__RateResponse {
    switch self {
    case .tanh: OPERANT__V1__RATE_RESPONSE__RATE_RESPONSE_TANH
    case .excitatoryInhibitory: OPERANT__V1__RATE_RESPONSE__RATE_RESPONSE_EXCITATORY_INHIBITORY
    }
  }
}

extension PerturbationShape {
  fileprivate init?(onWire value: Operant__V1__PerturbationShape) {
    guard let word = Self.allCases.first(where: { $0.onWire == value }) else { return nil }
    self = word
  }

  fileprivate var onWire: Operant__V1__PerturbationShape {
    switch self {
    case .uniform: OPERANT__V1__PERTURBATION_SHAPE__PERTURBATION_SHAPE_UNIFORM
    case .normal: OPERANT__V1__PERTURBATION_SHAPE__PERTURBATION_SHAPE_NORMAL
    }
  }
}

extension Eligibility {
  fileprivate init?(onWire value: Operant__V1__Eligibility) {
    guard let word = Self.allCases.first(where: { $0.onWire == value }) else { return nil }
    self = word
  }

  fileprivate var onWire: Operant__V1__Eligibility {
    switch self {
    case .cubic: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_CUBIC
    case .postCubic: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_POST_CUBIC
    case .signedSquare: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_SIGNED_SQUARE
    case .identity: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_IDENTITY
    case .signedRoot: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_SIGNED_ROOT
    case .nodePerturbation: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_NODE_PERTURBATION
    case .exploratory: OPERANT__V1__ELIGIBILITY__ELIGIBILITY_EXPLORATORY
    }
  }
}
