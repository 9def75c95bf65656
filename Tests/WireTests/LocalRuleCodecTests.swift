import CGymProto
import CProtobufC
import Gym
import Testing

@testable import Wire

/// Protocol 1.3: `training.local_rule`.
@Suite("Advice for local rules, as it travels")
struct LocalRuleCodecTests {

  // MARK: There and back

  private func roundTrip(_ advice: LocalRuleAdvice) throws -> LocalRuleAdvice {
    let arena = Arena()
    return try LocalRuleAdvice(
      advice.message(FieldWriter(arena: arena)), FieldReader(arena: arena))
  }

  @Test("each eligibility, response and shape of perturbations survives being written and read")
  func words() throws {
    for eligibility in Eligibility.allCases {
      let advice = LocalRuleAdvice(eligibility: eligibility)
      #expect(try roundTrip(advice) == advice)
    }
    for response in RateResponse.allCases {
      let advice = LocalRuleAdvice(response: response)
      #expect(try roundTrip(advice) == advice)
    }
    for shape in PerturbationShape.allCases {
      let advice = LocalRuleAdvice(perturbationShape: shape)
      #expect(try roundTrip(advice) == advice)
    }
  }

  @Test("what is at the end of its range survives, too")
  func ends() throws {
    let advice = LocalRuleAdvice(
      units: 1 << 20, rectifiedUnits: 1 << 20, unitsWithoutInput: 1 << 20,
      heldUnits: [.init(unit: 1 << 20 - 1, current: -.greatestFiniteMagnitude)],
      perturbationSize: Double(Float.greatestFiniteMagnitude), currentMemory: 1, learningRate: 0,
      changeLimit: 0, errorMemory: 0, trialsBeforeLearning: Int(UInt32.max), errorToReach: 0,
      trialLimit: Int(UInt32.max))
    #expect(try roundTrip(advice) == advice)
  }

  // MARK: What is refused

  @Test("advice that can't be followed is refused in these words")
  func refused() {
    let cases: [(change: (inout Operant__V1__LocalRule) -> Void, sentence: String)] = [
      ({ $0.units = 0 }, "'local_rule.units' is 0, which it can't be"),
      ({ $0.units = 1_048_577 }, "'local_rule.units' is 1048577, which it can't be"),
      (
        {
          $0.units = 198
          $0.response = .init(rawValue: 2)
        },
        "'local_rule.units' is 198, not a multiple of 4, of two kinds, which it can't be"
      ),
      (
        { $0.response = .init(rawValue: 0) },
        "'local_rule.response' is 0; it can be 1 TANH, 2 EXCITATORY_INHIBITORY"
      ),
      (
        { $0.response = .init(rawValue: 3) },
        "'local_rule.response' is 3; it can be 1 TANH, 2 EXCITATORY_INHIBITORY"
      ),
      (
        { $0.rectified_units = 201 },
        "'local_rule.rectified_units' is 201 of 200, which it can't be"
      ),
      (
        { $0.units_without_input = 201 },
        "'local_rule.units_without_input' is 201 of 200, which it can't be"
      ),
      (
        { $0.held_units[0]!.pointee.unit = 200 },
        "'held_unit.unit' is 200 of 200, which it can't be"
      ),
      (
        { $0.held_units[0]!.pointee.current = .nan },
        "'held_unit.current' is nan; it has to be a finite number"
      ),
      (
        { $0.perturbation_size = .infinity },
        "'local_rule.perturbation_size' is inf; it has to be a finite number"
      ),
      (
        { $0.perturbation_size = 1e39 },
        "'local_rule.perturbation_size' is 1e+39, which it can't be"
      ),
      (
        { $0.perturbation_shape = .init(rawValue: 0) },
        "'local_rule.perturbation_shape' is 0; it can be 1 UNIFORM, 2 NORMAL"
      ),
      ({ $0.current_memory = 1.5 }, "'local_rule.current_memory' is 1.5, which it can't be"),
      (
        { $0.eligibility = .init(rawValue: 8) },
        "'local_rule.eligibility' is 8; it can be 1 CUBIC, 2 POST_CUBIC, 3 SIGNED_SQUARE, "
          + "4 IDENTITY, 5 SIGNED_ROOT, 6 NODE_PERTURBATION, 7 EXPLORATORY"
      ),
      ({ $0.learning_rate = -1 }, "'local_rule.learning_rate' is -1.0, which it can't be"),
      (
        { $0.change_limit = .nan },
        "'local_rule.change_limit' is nan; it has to be a finite number"
      ),
      ({ $0.error_memory = -0.5 }, "'local_rule.error_memory' is -0.5, which it can't be"),
      ({ $0.error_to_reach = -2 }, "'local_rule.error_to_reach' is -2.0, which it can't be"),
      ({ $0.trial_limit = 0 }, "'local_rule.trial_limit' is 0, which it can't be"),
    ]
    for (change, sentence) in cases {
      let arena = Arena()
      var message = LocalRuleAdvice().message(FieldWriter(arena: arena))
      change(&message)
      #expect(throws: Refusal(.malformed, sentence)) {
        try LocalRuleAdvice(message, FieldReader(arena: arena))
      }
    }
  }

  @Test("more units held than there are is too many")
  func heldUnits() {
    let arena = Arena()
    var message = LocalRuleAdvice().message(FieldWriter(arena: arena))
    message.units = 2
    #expect(
      throws: Refusal(.limit, "'local_rule.held_units' has 3 entries; it can have at most 2")
    ) {
      try LocalRuleAdvice(message, FieldReader(arena: arena))
    }
  }
}
