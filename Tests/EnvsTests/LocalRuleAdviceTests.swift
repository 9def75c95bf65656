import Envs
import Gym
import Testing

/// Miconi, eLife 6:e20899 (2017); where paper and program differ, the program.
@Suite("How Miconi's subjects learned")
struct LocalRuleAdviceTests {
  private func rule(_ alias: String) throws -> LocalRuleAdvice {
    let (entry, preset) = try catalogue.find(alias)
    return try #require(entry.preset(named: preset)?.training.localRule)
  }

  /// η, c, A, and the error below which a trial is good.
  @Test(
    "each experiment has its own learning rate, limit of change, perturbation, goal and length",
    arguments: [
      ("dnms", 0.1, 3e-4, 16, 1, 10_000), ("dnms_long_delay", 0.03, 3e-4, 16, 1, 30_000),
      ("dnms_variable_delay", 0.003, 3e-4, 16, 1, 50_000),
      ("dnms_excitatory_inhibitory", 3e-5, 1e-4, 16, 2.5, 20_000),
      ("selective_integration", 0.01, 2e-4, 30, 1, 20_000),
      ("selective_integration_test", 0.01, 2e-4, 30, 1, 20_000),
      ("arm_reaching", 0.1, 5e-5, 8, 0, 5000),
    ] as [(String, Double, Double, Double, Double, Int)])
  func constants(
    alias: String, rate: Double, limit: Double, perturbation: Double, goal: Double, trials: Int
  ) throws {
    let rule = try rule(alias)
    #expect(rule.learningRate == rate)
    #expect(rule.changeLimit == limit)
    #expect(rule.perturbationSize == perturbation)
    #expect(rule.errorToReach == goal)
    #expect(rule.trialLimit == trials)
  }

  @Test("where one rate answers, 200 units learn by the cubic rule, signed but in one experiment")
  func tasksOfOneRate() throws {
    for alias in [
      "dnms", "dnms_long_delay", "dnms_variable_delay", "dnms_excitatory_inhibitory",
      "selective_integration",
    ] {
      let rule = try rule(alias)
      #expect(rule.units == 200 && rule.unitsWithoutInput == 1 && rule.rectifiedUnits == 0)
      #expect(
        rule.heldUnits == [
          .init(unit: 1, current: 1), .init(unit: 10, current: 1), .init(unit: 11, current: -1),
        ])
      #expect(rule.perturbationShape == .uniform && rule.eligibility == .cubic)
      #expect(rule.currentMemory == 0.05 && rule.errorMemory == 0.75)
      // Trials 0 to 100 teach nothing.
      #expect(rule.trialsBeforeLearning == 101)
      #expect(
        rule.response == (alias == "dnms_excitatory_inhibitory" ? .excitatoryInhibitory : .tanh))
    }
  }

  @Test("the arm is moved by 16 of 400 units, half of which hear no input")
  func arm() throws {
    let rule = try rule("arm_reaching")
    #expect(rule.units == 400 && rule.unitsWithoutInput == 200 && rule.response == .tanh)
    let (entry, _) = try catalogue.find("arm_reaching")
    guard case .continuous(let width, _) = entry.description.actions else {
      Issue.record("the arm's actions are no amounts")
      return
    }
    #expect(rule.rectifiedUnits == width)
    #expect(
      rule.heldUnits == [
        .init(unit: 395, current: -1), .init(unit: 396, current: 1), .init(unit: 397, current: 1),
      ])
    #expect(rule.perturbationShape == .normal && rule.eligibility == .postCubic)
    #expect(rule.currentMemory == 0 && rule.errorMemory == 0.5)
    // Trials 0 to 50 teach nothing.
    #expect(rule.trialsBeforeLearning == 51)
  }

  @Test("a trial is good by the advice just where the task calls it correct")
  func tolerance() throws {
    for alias in [
      "dnms", "dnms_long_delay", "dnms_variable_delay", "dnms_excitatory_inhibitory",
      "selective_integration",
    ] {
      let (entry, name) = try catalogue.find(alias)
      let preset = try #require(entry.preset(named: name))
      let tolerance =
        try preset.settings.first { $0.name == "tolerance" }?.value
        ?? #require(entry.description.parameters.first { $0.name == "tolerance" }).defaultValue
      #expect(try tolerance == [rule(alias).errorToReach])
    }
  }

  @Test("nobody learned where gradients were compared, and other papers had other rules")
  func noRule() throws {
    for alias in ["gradient_comparison", "rdm_fixed", "cartpole"] {
      let (entry, preset) = try catalogue.find(alias)
      #expect(try #require(entry.preset(named: preset)).training.localRule == nil)
    }
  }
}
