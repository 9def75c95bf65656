import Envs
import Gym
import Testing

/// Numbers without another origin are those of Song, Yang & Wang, eLife 6:e21492 (2017), and of the
/// program that came with it.
@Suite("Economic choice")
struct EconomicDecisionMakingTests {
  /// 1 A is worth 2.2 B.
  let task = "padoaschioppa2006"
  /// 1 A is worth 4.1 B.
  let dearTask = "padoaschioppa2006_1A3B"

  func settings(of name: String) throws -> [ParameterSetting] {
    let (entry, preset) = try catalogue.find(name)
    return try #require(entry.preset(named: preset)).settings
  }

  /// Plays every offer equally often.
  func outcomes<Player: Subject>(
    of name: String, lanes: Int, subject: (_ lane: Int) -> Player
  ) throws -> [Outcome] {
    try EnvsTests.outcomes(of: name, settings(of: name), lanes: lanes, subject: subject)
  }

  // MARK: What is shown

  @Test("nine offers are made with juice A on either side")
  func conditions() throws {
    let offers: [(name: String, b: [Float], a: [Float])] = [
      (task, [0, 1, 1, 1, 2, 3, 4, 6, 2], [1, 3, 2, 1, 1, 1, 1, 1, 0]),
      (dearTask, [0, 1, 1, 2, 3, 4, 6, 10, 3], [1, 2, 1, 1, 1, 1, 1, 1, 0]),
    ]
    for (name, b, a) in offers {
      let trials = try outcomes(of: name, lanes: 18) { _ in AtStep(0, Side.left) }
      #expect(trials.map { $0.facts["sideOfA"] ?? 0 } == (0..<18).map { $0 % 2 == 0 ? -1 : 1 })
      #expect(trials.map { $0.facts["amountB"] ?? -1 } == (0..<18).map { b[$0 / 2] })
      #expect(trials.map { $0.facts["amountA"] ?? -1 } == (0..<18).map { a[$0 / 2] })
    }
  }

  @Test(
    "juices and amounts are shown while the offer lasts, fixation whenever there is no choice to make",
    arguments: 0..<18)
  func epochs(condition: Int) throws {
    let (senses, facts) = try shown(task, [.init("noise", [0])], condition: condition)
    let decisionStart = try Int(#require(facts["decisionStart"]))
    let (a, b) = (try #require(facts["amountA"]), try #require(facts["amountB"]))
    #expect(facts["offerStart"] == 750)
    #expect((1750..<2750).contains(decisionStart) && decisionStart % 10 == 0)
    // Fixation; A left, B left, A right, B right; amount left, amount right.
    let offer = condition % 2 == 0 ? [1, 1, 0, 0, 1, a / 5, b / 5] : [1, 0, 1, 1, 0, b / 5, a / 5]
    // t_max = 750 + 2000 + 750 ms.
    #expect(senses.count == 351)
    for (step, senses) in senses.enumerated() {
      switch 10 * step {
      case ..<750: #expect(senses == [1, 0, 0, 0, 0, 0, 0])
      case ..<decisionStart: #expect(senses == offer)
      case ..<3500: #expect(senses == [0, 0, 0, 0, 0, 0, 0])
      default: #expect(senses == [1, 0, 0, 0, 0, 0, 0])
      }
    }
  }

  @Test("offers last 1000 to 1990 ms, all equally likely")
  func durations() throws {
    let times = try outcomes(of: task, lanes: 9000) { _ in AtStep(0, Side.left) }
      .map { ($0.facts["decisionStart"] ?? 0) - 750 }
    #expect(times.allSatisfy { (1000...1990).contains($0) && Int($0) % 10 == 0 })
    let found = statistics(times)
    // 1000 ms / √12.
    #expect(abs(found.mean - 1495) < 3 * 288.7 / Float(9000).squareRoot())
    #expect(abs(found.deviation / 288.7 - 1) < 0.02)
  }

  @Test("amounts are a fifth of the drops with standard deviation 0.141, juices have no noise")
  func amounts() throws {
    // 6 B on the left, 1 A on the right.
    let offer = try (UInt64(0)..<20).flatMap { seed in
      try Array(shown(task, seed: seed, condition: 15).senses[75..<175])
    }
    #expect(offer.allSatisfy { $0[0..<5] == [1, 0, 1, 1, 0] })
    let count = Float(offer.count)
    for (channel, mean): (Int, Float) in [(5, 1.2), (6, 0.2)] {
      let found = statistics(offer.map { $0[channel] })
      #expect(abs(found.mean - mean) < 3 * 0.1414 / count.squareRoot())
      #expect(abs(found.deviation / 0.141_42 - 1) < 3 / (2 * count).squareRoot())
    }
    #expect(abs(correlation(offer.map { $0[5] }, offer.map { $0[6] })) < 3 / count.squareRoot())
  }

  @Test("settings that contradict each other are refused")
  func contradictions() throws {
    let entry = try catalogue.find(task).entry
    #expect(
      throws: ParameterError(
        description: "'offersB' has 2 amounts and 'offersA' 9; each offer takes one of both")
    ) {
      try entry.makeEnvironment([.init("offersB", [1, 2])], .init(seed: 1))
    }
    #expect(
      throws: ParameterError(
        description: "'shortestOffer' is 1000 ms and 'longestOffer' 900 ms; "
          + "offers last between the two")
    ) {
      try entry.makeEnvironment([.init("longestOffer", [900])], .init(seed: 1))
    }
  }

  // MARK: What is paid

  @Test(
    "from the end of the offer on a side pays what its juice is worth, and costs before",
    arguments: 0..<18)
  func window(number: Int) throws {
    let task = EconomicDecisionMaking()
    var random = Random(seed: 1, stream: .trial)
    let condition = task.conditions[number]
    let trial = task.makeTrial(of: condition, after: nil, timeStep: 10, using: &random)
    let decision = try #require(trial.timeline.range(of: .decision))
    #expect(decision.count >= 750 && decision.upperBound == 3500)
    let (a, b) = (0.22 * condition.amountA, 0.1 * condition.amountB)
    for time in stride(from: 0, to: 3500, by: 10) {
      for side in [EconomicDecisionMaking.Action.left, .right] {
        var played = trial
        let response = task.respond(to: side, in: &played, at: time)
        let isA = side == condition.sideOfA
        let (chosen, other) = isA ? (a, b) : (b, a)
        #expect(
          response
            == (decision.contains(time)
              ? .end(chosen >= other ? .correct : .error, reward: chosen)
              : .end(.abort, reward: -1)))
        let choice = task.value(of: .choice, in: played)
        #expect(decision.contains(time) ? choice == (isA ? -1 : 1) : choice.isNaN)
        #expect(task.value(of: .choiceTime, in: played) == Float(time))
      }
    }
  }

  @Test("of two drops of B and one of A, A is the better choice; of three and one, B is")
  func indifference() throws {
    for side in [Side.left, Side.right] {
      let trials = try outcomes(of: task, lanes: 18) { _ in AtStep(300, side) }
      for condition in [8, 9, 10, 11] {
        let trial = trials[condition]
        let isA = (condition % 2 == 0) == (side == Side.left)
        let isBetter = isA == (condition < 10)
        #expect(trial.end.ending == (isBetter ? .correct : .error))
        #expect(trial.reward == (isA ? 0.22 : condition < 10 ? 0.2 : 0.3))
        #expect(trial.facts["choice"] == (isA ? -1 : 1))
      }
    }
  }

  @Test("where both sides are worth the same, either is right")
  func equality() throws {
    let even: [ParameterSetting] = [
      .init("offersB", [2]), .init("offersA", [1]), .init("rewardPerA", [0.2]),
    ]
    for side in [Side.left, Side.right] {
      let trials = try EnvsTests.outcomes(of: task, even, lanes: 2) { _ in AtStep(300, side) }
      #expect(trials.allSatisfy { $0.end.ending == .correct && $0.reward == 0.2 })
    }
    let levels = try catalogue.find(task).entry.makeEnvironment(even, .init(seed: 1))
      .specification.task.levels
    #expect(levels.chance == 1)
  }

  @Test("fixating is worth nothing until time runs out, and then −1, whatever the last action")
  func miss() throws {
    for action in [Side.none, Side.left, Side.right] {
      for trial in try outcomes(of: task, lanes: 18, subject: { _ in AtStep(350, action) }) {
        #expect(trial.end.ending == .miss && trial.end.choice == nil)
        #expect(trial.end.stepCount == 351 && trial.reward == -1 && trial.total == -1)
        #expect(trial.facts["choice"]?.isNaN == true && trial.facts["choiceTime"]?.isNaN == true)
      }
    }
  }

  // MARK: What can be known

  /// Reference, ideal-observer bounds.
  @Test("who always takes the better option earns 0.3622 and, where A is dearer, 0.5300")
  func oracle() throws {
    for (name, reward) in [(task, 0.3622), (dearTask, 0.5300)] {
      let environment = try catalogue.find(name).entry.makeEnvironment(
        settings(of: name), .init(seed: 1))
      let declared = try #require(environment.specification.task.levels.oracleReward)
      #expect(abs(declared - reward) < 0.000_05)
    }
  }

  @Test("whoever averages the amounts and knows that drops come whole is always right")
  func ideal() throws {
    for (name, ratio, reward): (String, Float, Float) in [
      (task, 2.2, 0.3622), (dearTask, 4.1, 0.5300),
    ] {
      let trials = try outcomes(of: name, lanes: 1800) { _ in Drinker(dropsPerA: ratio) }
      #expect(trials.allSatisfy { $0.end.ending == .correct })
      #expect(abs(statistics(trials.map(\.total)).mean - reward) < 0.0001)
    }
  }

  /// Reference, ideal-observer bounds: the mean reward of a random side.
  @Test("a subject blind to the offer is right by chance and earns 0.2456, or 0.3717")
  func blind() throws {
    for (name, reward): (String, Float) in [(task, 0.2456), (dearTask, 0.3717)] {
      let trials = try outcomes(of: name, lanes: 9000) { lane in
        Blind(
          sighted: Drinker(dropsPerA: 2.2),
          coin: Random(seed: 3, stream: Gym.Stream("coin"), lane: UInt64(lane)))
      }
      #expect(abs(accuracy(trials) - 0.5) < samplingError(0.5, trials.count))
      let found = statistics(trials.map(\.total))
      #expect(abs(found.mean - reward) < 3 * found.deviation / Float(9000).squareRoot())
    }
  }
}

private enum Side {
  static let none: UInt8 = 0
  static let left: UInt8 = 1
  static let right: UInt8 = 2
}

/// Averages the amounts while they are shown, rounds them to whole drops, and takes what is worth more
/// when the fixation point goes out.
private struct Drinker: Subject {
  /// How many drops of B are worth one of A.
  let dropsPerA: Float
  private var isAOnTheLeft = false
  private var amounts: (left: Float, right: Float) = (0, 0)
  private var samples: Float = 0

  init(dropsPerA: Float) { self.dropsPerA = dropsPerA }

  mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
    let senses = Array(senses)
    if senses[0] == 1 {
      guard senses[1] + senses[2] == 1 else { return Side.none }
      isAOnTheLeft = senses[1] == 1
      amounts.left += senses[5]
      amounts.right += senses[6]
      samples += 1
      return Side.none
    }
    let left = (5 * amounts.left / samples).rounded() * (isAOnTheLeft ? dropsPerA : 1)
    let right = (5 * amounts.right / samples).rounded() * (isAOnTheLeft ? 1 : dropsPerA)
    return left > right ? Side.left : Side.right
  }
}
