import Gym
import Testing

@testable import OwnTask

@Suite("Go/no-go")
struct GoNoGoTests {
  let task = GoNoGo()

  /// A trial whose odour lasts from 200 to 1200 ms.
  func trial(isGo: Bool) -> GoNoGo.Trial {
    GoNoGo.Trial(
      condition: .init(isGo: isGo, contrast: 60),
      timeline: [.light: 200, .odour: 1000, .outcome: 500])
  }

  // MARK: What is sensed

  @Test("go and no-go odours come at each of three contrasts")
  func conditions() throws {
    let trials = try play(lanes: 6) { _ in LicksAt(step: 0) }
    #expect(trials.map { $0.facts[.go] } == [0, 1, 0, 1, 0, 1])
    #expect(trials.map { $0.facts[.contrast] } == [20, 20, 60, 60, 100, 100])
  }

  @Test("a light of 100 to 300 ms gives way to an odour of 1000 ms")
  func epochs() throws {
    let environment = try Catalogue.Entry.goNoGo.makeEnvironment(
      [], .init(seed: 97, laneCount: 200, timeStep: 20))
    try environment.begin((0..<200).map { .init(lane: $0) })
    var light = [Int](repeating: 0, count: 200)
    var odour = [Int](repeating: 0, count: 200)
    while environment.frame.stages.contains(where: { $0 == .first || $0 == .middle }) {
      for lane in 0..<200 {
        let senses = environment.frame.senses(of: lane)
        light[lane] += senses.light == 1 ? 20 : 0
        odour[lane] += senses.odourA != 0 && senses.odourB != 0 && senses.light == 0 ? 20 : 0
      }
      try environment.step([UInt8](repeating: 0, count: 200))
    }
    #expect(Set(light) == Set(stride(from: 100, through: 300, by: 20)))
    #expect(odour.allSatisfy { $0 == 1000 })
  }

  @Test("without noise the odours are (1 ± c)/2")
  func odours() throws {
    let shares: [Float] = [0.4, 0.6, 0.2, 0.8, 0, 1]
    _ = try play([.init("noise", [0])], lanes: 6) { lane in
      Sniffer { odourA, odourB in
        #expect(abs(odourA - shares[lane]) < 1e-6 && abs(odourB - (1 - shares[lane])) < 1e-6)
      }
    }
  }

  @Test("noise is white, and 5/√Δt in each odour", arguments: [10, 20])
  func noise(timeStep: Milliseconds) throws {
    // What is left of the odours of condition 1, 0.6 and 0.4.
    var noise: [(a: Float, b: Float)] = []
    _ = try play([.init("contrasts", [20])], lanes: 400, timeStep: timeStep) { lane in
      Sniffer { if lane % 2 == 1 { noise.append(($0 - 0.6, $1 - 0.4)) } }
    }
    let count = Float(noise.count)
    #expect(noise.count == 200 * 1000 / timeStep)
    let variance: Float = 25 / Float(timeStep)
    func mean(_ products: [Float]) -> Float { products.reduce(0, +) / count }
    // The standard error of a variance is √(2/n) of it, and of a covariance √(1/n).
    #expect(abs(mean(noise.map { $0.a * $0.a }) / variance - 1) < 3 * (2 / count).squareRoot())
    #expect(abs(mean(noise.map { $0.b * $0.b }) / variance - 1) < 3 * (2 / count).squareRoot())
    #expect(abs(mean(noise.map { $0.a * $0.b }) / variance) < 3 * (1 / count).squareRoot())
    let successive = zip(noise, noise.dropFirst()).map { $0.a * $1.a }
    #expect(abs(mean(successive) / variance) < 3 * (1 / count).squareRoot())
  }

  // MARK: What is paid

  @Test("a lick pays for a go odour and costs for a no-go odour, at any time while it is there")
  func licking() {
    for time in stride(from: 200, to: 1200, by: 20) {
      var (go, noGo) = (trial(isGo: true), trial(isGo: false))
      #expect(task.respond(to: .lick, in: &go, at: time) == .end(.correct, reward: 1))
      #expect(task.respond(to: .lick, in: &noGo, at: time) == .end(.error, reward: -1))
      #expect(task.value(of: .reactionTime, in: go) == Float(time - 200))
    }
  }

  @Test("a lick before the odour aborts the trial", arguments: [false, true])
  func early(isGo: Bool) {
    for time in stride(from: 0, to: 200, by: 20) {
      var trial = trial(isGo: isGo)
      #expect(task.respond(to: .lick, in: &trial, at: time) == .end(.abort, reward: -1))
      #expect(task.value(of: .reactionTime, in: trial) == Float(time - 200))
    }
  }

  @Test("waiting is worth nothing until the odour is gone, and then what withholding is worth")
  func withholding() throws {
    // In steps up to half of `outcome`; where they are longer, time can run out before.
    for timeStep in [1, 20, 70, 250] {
      for trial in try play(lanes: 6, timeStep: timeStep, subject: { _ in LicksAt(step: 5000) }) {
        let isGo = trial.facts[.go] == 1
        #expect(trial.end.ending == (isGo ? .error : .correct))
        #expect(trial.reward == (isGo ? -1 : 1))
        #expect(trial.facts[.reactionTime]?.isNaN == true)
      }
    }
  }

  @Test("a lick after the odour comes too late, and counts as withheld", arguments: [false, true])
  func late(isGo: Bool) {
    for action in GoNoGo.Action.allCases {
      var trial = trial(isGo: isGo)
      #expect(
        task.respond(to: action, in: &trial, at: 1200)
          == (isGo ? .end(.error, reward: -1) : .end(.correct, reward: 1)))
      #expect(task.value(of: .reactionTime, in: trial).isNaN)
    }
  }

  // MARK: What can be reached

  @Test("ideal actions earn what an oracle is said to earn", arguments: [5, 20, 100])
  func oracle(timeStep: Milliseconds) throws {
    for rewards: [ParameterSetting] in [[], [.init("rewardForCorrect", [3])]] {
      let level = try GoNoGo().applying(rewards).levels(timeStep: timeStep).oracleReward
      let trials = try play(rewards, lanes: 60, timeStep: timeStep) { _ in Oracle() }
      #expect(trials.map { Double($0.reward) }.reduce(0, +) / 60 == level)
      for trial in trials where trial.facts[.go] == 1 {
        #expect(trial.facts[.reactionTime] == 0)
      }
    }
  }

  @Test("an ideal observer does as well as theory says, at every contrast")
  func ideal() throws {
    let trials = try play(lanes: 12_000) { _ in IdealObserver(sniffs: 50) }
    let level = try #require(task.levels(timeStep: 20).idealObserver)
    #expect(abs(accuracy(trials) - level) < samplingError(level, trials.count))
    // Φ(c √1000 / (√2 · 5)), from a table.
    #expect(abs(level - (0.8145 + 0.9964 + 1) / 3) < 0.0001)
    for (contrast, expected): (Float, Double) in [(20, 0.8145), (60, 0.9964), (100, 1)] {
      let some = trials.filter { $0.facts[.contrast] == contrast }
      #expect(abs(accuracy(some) - expected) <= samplingError(expected, some.count) + 0.0001)
    }
  }

  @Test("a subject that does not smell stays at chance: nothing else gives the odour away")
  func blind() throws {
    let trials = try play(lanes: 12_000) { lane in
      Blind(coin: Random(seed: 3, stream: Stream("coin"), lane: UInt64(lane)))
    }
    let level = try #require(task.levels(timeStep: 20).chance)
    #expect(trials.allSatisfy { $0.end.ending.isDecision })
    #expect(abs(accuracy(trials) - level) < samplingError(level, trials.count))
  }

  // MARK: What it says of itself

  @Test("a shortest light beyond the longest is refused")
  func contradiction() {
    #expect(
      throws: ParameterError(
        description: "'shortestLight' is 400 ms and 'longestLight' 300 ms; "
          + "the light is on for a time between the two")
    ) { try task.applying([.init("shortestLight", [400])]) }
  }

  @Test("a contrast is told as it was set")
  func factors() throws {
    let task = try task.applying([.init("contrasts", [12.8])])
    #expect(
      task.conditions.map(task.factors) == [
        [Factor("go", 0), Factor("contrast", 12.8)], [Factor("go", 1), Factor("contrast", 12.8)],
      ])
  }

  @Test("every parameter can be set to its own value, and every fact says what it is")
  func description() throws {
    let description = Catalogue.Entry.goNoGo.description
    let own = description.parameters.map { ParameterSetting($0.name, $0.defaultValue) }
    let environment = try Catalogue.Entry.goNoGo.makeEnvironment(
      own, .init(seed: 1, timeStep: description.presets[0].timeStep))
    #expect(environment.specification.task.parameters == description.parameters)
    for factor in description.conditions.joined() {
      #expect(description.facts.contains { $0.name == factor.name })
    }
  }
}

/// Waits until step `step`, then licks.
private struct LicksAt: Subject {
  let step: Int
  var now = 0

  mutating func act(on _: Frame, lane _: Int) -> GoNoGo.Action {
    defer { now += 1 }
    return now == step ? .lick : .wait
  }
}

/// Waits to the end and notes down what it smells.
private struct Sniffer: Subject {
  let note: (_ odourA: Float, _ odourB: Float) -> Void

  func act(on frame: Frame, lane: Int) -> GoNoGo.Action {
    let senses = frame.senses(of: lane)
    if senses.odourA != 0 || senses.odourB != 0 {
      note(senses.odourA, senses.odourB)
    }
    return .wait
  }
}

/// Knows the truth: takes the ideal action, and waits where none makes a difference.
private struct Oracle: Subject {
  func act(on frame: Frame, lane: Int) -> GoNoGo.Action {
    GoNoGo.Action(rawValue: Int(frame.idealActions[lane])) ?? .wait
  }
}

/// Adds up A minus B over all there is to smell, and then licks if there was more of A.
private struct IdealObserver: Subject {
  let sniffs: Int
  private var count = 0
  private var evidence: Float = 0

  init(sniffs: Int) { self.sniffs = sniffs }

  mutating func act(on frame: Frame, lane: Int) -> GoNoGo.Action {
    let senses = frame.senses(of: lane)
    guard senses.odourA != 0 || senses.odourB != 0 else { return .wait }
    count += 1
    evidence += senses.odourA - senses.odourB
    return count == sniffs && evidence > 0 ? .lick : .wait
  }
}

/// Tosses a coin when the light goes out.
private struct Blind: Subject {
  var coin: Random
  private var hasTossed = false

  init(coin: Random) { self.coin = coin }

  mutating func act(on frame: Frame, lane: Int) -> GoNoGo.Action {
    guard frame.senses(of: lane).light == 0, !hasTossed else { return .wait }
    hasTossed = true
    return coin.index(below: 2) == 0 ? .lick : .wait
  }
}
