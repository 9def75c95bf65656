import Gym

/// Every task this gym offers, under the name agents ask for it by.
public let catalogue = Catalogue(
  .init(
    "PerceptualDecisionMaking", PerceptualDecisionMaking(),
    summary:
      "Judge the direction of noisy motion that is shown for a time the subject does not control, then answer when the fixation point goes out.",
    reference: "Kiani, Hanks & Shadlen, J. Neurosci. 28 (2008)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(trialsPerUpdate: 10, validationTrials: 1000, correctToReach: 0.80)),
      .init(
        name: "song2017-1ms", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 1,
        training: .init(trialsPerUpdate: 10, validationTrials: 1000, correctToReach: 0.80)),
    ],
    aliases: [
      .init(name: "rdm_fixed", preset: "song2017"),
      .init(name: "rdm_fixed_dt", preset: "song2017-1ms"),
    ]),
  .init(
    "PerceptualDecisionMakingReactionTime", PerceptualDecisionMakingReactionTime(),
    summary: "Judge the direction of noisy motion and answer whenever ready.",
    reference: "Roitman & Shadlen, J. Neurosci. 22 (2002)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(
          trialsPerUpdate: 12, validationTrials: 1200, correctToReach: 0.80,
          rewardTimeConstant: 10_000))
    ],
    aliases: [.init(name: "rdm_rt", preset: "song2017")]),
  .init(
    "ContextDecisionMaking", ContextDecisionMaking(),
    summary:
      "Judge the direction of noisy motion or of noisy colour, whichever a cue says, and answer after a delay.",
    reference: "Mante, Sussillo, Shenoy & Newsome, Nature 503 (2013)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(trialsPerUpdate: 72, validationTrials: 3600, correctToReach: 0.85))
    ],
    aliases: [.init(name: "mante", preset: "song2017")]),
  .init(
    "MultiSensoryIntegration", MultiSensoryIntegration(),
    summary: "Say whether events that are seen, heard, or both came at a high rate or a low one.",
    reference: "Raposo, Kaufman & Churchland, Nature Neurosci. 17 (2014)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(
          trialsPerUpdate: 24, validationTrials: 1200, correctToReach: 0.82,
          networks: .init(
            decisionUnits: 150,
            inputMasks: [
              .init(channels: ["visualHigh", "visualLow"], units: 0..<50),
              .init(channels: ["auditoryHigh", "auditoryLow"], units: 100..<150),
            ])))
    ],
    aliases: [.init(name: "multisensory", preset: "song2017")]),
  .init(
    "DelayComparison", DelayComparison(),
    summary:
      "Remember a vibration for three seconds, and say whether it was faster than a second one.",
    reference: "Romo, Brody, Hernández & Lemus, Nature 399 (1999)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(
          trialsPerUpdate: 10, validationTrials: 200, correctToReach: 0.97, learningRate: 0.002))
    ],
    aliases: [.init(name: "romo", preset: "song2017")]),
  .init(
    "PostDecisionWager", PostDecisionWager(),
    summary:
      "Judge the direction of noisy motion after a delay, or decline to, where that is offered, for a small but certain reward.",
    reference: "Kiani & Shadlen, Science 324 (2009)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(
          trialsPerUpdate: 24, validationTrials: 1200, correctToReach: 0.79,
          optOut: .init(offeredBy: "wager", above: 0.4, upTo: 0.5),
          networks: .init(inputMasks: [
            .init(channels: ["left", "right"], units: 0..<50),
            .init(channels: ["sure"], units: 50..<100),
          ])))
    ],
    aliases: [.init(name: "postdecisionwager", preset: "song2017")]),
  .init(
    "EconomicDecisionMaking", EconomicDecisionMaking(),
    summary: "Choose between two amounts of two juices, one of which is worth more a drop.",
    reference: "Padoa-Schioppa & Assad, Nature 441 (2006)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        training: .init(
          trialsPerUpdate: 18, validationTrials: 900, correctToReach: 0.95,
          networks: .init(valueInputGain: 10))),
      .init(
        name: "song2017-1A3B", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 10,
        settings: [
          .init("offersB", [0, 1, 1, 2, 3, 4, 6, 10, 3]),
          .init("offersA", [1, 2, 1, 1, 1, 1, 1, 1, 0]),
          .init("rewardPerA", [0.41]),
        ],
        training: .init(
          trialsPerUpdate: 18, validationTrials: 900, correctToReach: 0.95,
          networks: .init(valueInputGain: 10))),
    ],
    aliases: [
      .init(name: "padoaschioppa2006", preset: "song2017"),
      .init(name: "padoaschioppa2006_1A3B", preset: "song2017-1A3B"),
    ]),
  .init(
    "CartPole", CartPole(),
    summary: "Keep a pole upright on a cart by pushing the cart to the left and to the right.",
    reference: "Barto, Sutton & Anderson, IEEE Trans. Syst. Man Cybern. 13 (1983)",
    presets: [
      .init(
        name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)", timeStep: 1,
        training: .init(
          trialsPerUpdate: 1, validationTrials: 0, correctToReach: 0,
          recentReward: .init(trials: 100, reward: 0.975),
          networks: .init(
            decisionUnits: 50, valueUnits: 50, unitTimeConstant: 1, recurrentNoise: 0.002,
            initialValue: 0)))
    ],
    aliases: [.init(name: "cartpole", preset: "song2017")]),
  .init(
    "DelayNonMatchSample", DelayNonMatchSample(),
    summary: "Remember a stimulus over a delay, and tell by one rate whether another one differs.",
    reference: "Miconi, eLife 6:e20899 (2017)",
    presets: [
      .init(
        name: "miconi2017", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        training: untilNearTarget(by: .init())),
      .init(
        name: "miconi2017-long-delay", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        settings: [
          .init("stimulus", [400]), .init("earliestSecond", [1400]), .init("latestSecond", [1400]),
          .init("duration", [2000]),
        ],
        training: untilNearTarget(by: .init(learningRate: 0.03, trialLimit: 30_000))),
      .init(
        name: "miconi2017-variable-delay", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        settings: [
          .init("stimulus", [300]), .init("earliestSecond", [601]), .init("latestSecond", [1100]),
          .init("duration", [1600]),
        ],
        training: untilNearTarget(by: .init(learningRate: 0.003, trialLimit: 50_000))),
      .init(
        name: "miconi2017-excitatory-inhibitory", reference: "Miconi, eLife 6:e20899 (2017)",
        timeStep: 1,
        settings: [
          .init("targetForSame", [0.02]), .init("targetForDifferent", [5.98]),
          .init("tolerance", [2.5]),
        ],
        training: untilNearTarget(
          by: .init(
            response: .excitatoryInhibitory, learningRate: 3e-5, changeLimit: 1e-4,
            errorToReach: 2.5, trialLimit: 20_000))),
    ],
    aliases: [
      .init(name: "dnms", preset: "miconi2017"),
      .init(name: "dnms_long_delay", preset: "miconi2017-long-delay"),
      .init(name: "dnms_variable_delay", preset: "miconi2017-variable-delay"),
      .init(name: "dnms_excitatory_inhibitory", preset: "miconi2017-excitatory-inhibitory"),
    ]),
  .init(
    "SelectiveIntegration", SelectiveIntegration(),
    summary:
      "Tell by one rate whether the mean of a noisy stream is positive, of whichever of two the context says.",
    reference: "Mante, Sussillo, Shenoy & Newsome, Nature 503 (2013)",
    presets: [
      .init(
        name: "miconi2017", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        training: untilNearTarget(by: selectiveIntegrationRule)),
      .init(
        name: "miconi2017-test", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        settings: [
          .init("relevantBiases", tenths), .init("irrelevantBiases", tenths),
          .init("tabulatesIrrelevant", [1]),
        ],
        training: untilNearTarget(by: selectiveIntegrationRule)),
    ],
    aliases: [
      .init(name: "selective_integration", preset: "miconi2017"),
      .init(name: "selective_integration_test", preset: "miconi2017-test"),
    ]),
  .init(
    "ArmReaching", ArmReaching(),
    summary: "Reach for one of two targets with an arm that is moved by sixteen muscles.",
    reference: "Miconi, eLife 6:e20899 (2017)",
    presets: [
      .init(
        name: "miconi2017", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        training: untilNearTarget(by: armReachingRule))
    ],
    aliases: [.init(name: "arm_reaching", preset: "miconi2017")]),
  .init(
    "GradientComparison", GradientComparison(),
    summary: "Tell by one rate whether the sum of ten inputs, shown for a moment, is positive.",
    reference: "Miconi, eLife 6:e20899 (2017)",
    presets: [
      .init(
        name: "miconi2017", reference: "Miconi, eLife 6:e20899 (2017)", timeStep: 1,
        training: untilNearTarget())
    ],
    aliases: [.init(name: "gradient_comparison", preset: "miconi2017")])
)

// Miconi's subjects learned by the reward-modulated Hebbian rule (eLife 6:e20899, 2017). What a rule does not
// name is as in delayed non-match to sample.

/// Weights change after every trial, and a subject counts as trained when 95 of 100 end near enough to
/// their targets.
private func untilNearTarget(by rule: LocalRuleAdvice? = nil) -> TrainingAdvice {
  TrainingAdvice(
    trialsPerUpdate: 1, validationTrials: 100, validationInterval: 100, correctToReach: 0.95,
    localRule: rule)
}

private let selectiveIntegrationRule = LocalRuleAdvice(
  perturbationSize: 30, learningRate: 0.01, changeLimit: 2e-4, trialLimit: 20_000)

/// As in the long run that was shown. The paper has no criterion for the arm.
private let armReachingRule = LocalRuleAdvice(
  units: 400, rectifiedUnits: 16, unitsWithoutInput: 200,
  heldUnits: [
    .init(unit: 395, current: -1), .init(unit: 396, current: 1), .init(unit: 397, current: 1),
  ],
  perturbationSize: 8, perturbationShape: .normal, currentMemory: 0, eligibility: .postCubic,
  learningRate: 0.1, changeLimit: 5e-5, errorMemory: 0.5, trialsBeforeLearning: 51,
  errorToReach: 0, trialLimit: 5000)

/// −0.5, −0.4, … 0.5.
private let tenths = (-5...5).map { Double($0) / 10 }
