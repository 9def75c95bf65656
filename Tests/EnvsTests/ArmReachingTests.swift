import Foundation
import Gym
import Testing

@testable import Envs

@Suite("Arm reaching")
struct ArmReachingTests {
  let task = "arm_reaching"

  private func course(
    condition: Int = 1, settings: [ParameterSetting] = [], timeStep: Milliseconds = 1,
    _ amounts: (Int) -> [Float]
  ) throws -> OutputCourse {
    try playOutputs(
      task, settings: settings, condition: condition, timeStep: timeStep, amounts: amounts)
  }

  private func still(_: Int) -> [Float] { .init(repeating: 0, count: 16) }

  /// The arm after so many milliseconds of the same excitations.
  private func arm(_ moments: Int, exciting muscles: [Int], by excitation: Double = 1) -> Arm {
    var arm = Arm()
    let excitations = InlineArray<16, Double> { muscles.contains($0) ? excitation : 0 }
    for _ in 0..<moments { arm.move(exciting: excitations) }
    return arm
  }

  // MARK: The task

  @Test("one input tells the target for the whole trial, the left one first")
  func inputs() throws {
    for (condition, senses) in [[1, 0], [0, 1]].enumerated() {
      let course = try course(condition: condition, still)
      #expect(course.stepCount == 700)
      #expect(course.senses.allSatisfy { $0 == senses.map { Float($0) } })
      #expect(course.facts["target"] == (condition == 0 ? -1 : 1))
    }
    #expect(
      try catalogue.find(task).entry.description.actions == .continuous(width: 16, range: 0...1))
  }

  /// The reference gives 0.67 and 1.05 m; by hand, from θ = (0.2, 0.2): the hand is at
  /// −0.018 + 0.2904 sin 0.2 + 0.413 sin 0.4 forward, 0.17 + 0.2904 cos 0.2 + 0.413 cos 0.4 to the right.
  @Test("a relaxed arm stays where it is, and costs no effort")
  func relaxed() throws {
    let hand = (
      x: -0.018 + 0.2904 * sin(0.2) + 0.413 * sin(0.4),
      z: 0.17 + 0.2904 * cos(0.2) + 0.413 * cos(0.4)
    )
    for (condition, side, rounded) in [(0, -0.2, 1.05), (1, 0.2, 0.67)] {
      let course = try course(condition: condition, still)
      let expected = hypot(hand.x - 0.4, hand.z - side)
      #expect(abs(expected - rounded) < 0.01)
      let distance = try #require(course.facts["finalDistance"])
      #expect(abs(Double(distance) - expected) < 1e-6)
      #expect(course.facts["effort"] == 0 && course.facts["error"] == distance)
      #expect(course.rewards.last == -distance && course.end?.ending == .error)
    }
  }

  @Test("effort is the mean activation, by the muscles' shares, and costs 0.8 of itself")
  func effort() throws {
    #expect(abs(Muscle.all.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    let all = try course { _ in .init(repeating: 0.25, count: 16) }
    #expect(abs(try #require(all.facts["effort"]) - 0.25) < 1e-6)
    // Muscle 5, brachialis: 987.26 N of 10 328.06 N, for the first 350 of 700 steps.
    let one = try course { step in (0..<16).map { $0 == 5 && step < 350 ? 1 : 0 } }
    let (effort, distance, error) = (
      try #require(one.facts["effort"]), try #require(one.facts["finalDistance"]),
      try #require(one.facts["error"])
    )
    #expect(abs(effort - 987.26 / 10_328.06 / 2) < 1e-6)
    #expect(abs(error - distance - 0.8 * effort) < 1e-6)
    #expect(one.rewards.last == -error)
  }

  @Test("activations between two samples move nothing, and those of a sample do")
  func samples() throws {
    func distance(at step: Int) throws -> Float {
      let course = try course { now in .init(repeating: now == step ? 1 : 0, count: 16) }
      return try #require(course.facts["finalDistance"])
    }
    let relaxed = try distance(at: -1)
    for step in [1, 6, 8, 348, 694, 699] { #expect(try distance(at: step) == relaxed) }
    for step in [0, 7, 343, 686, 693] { #expect(try distance(at: step) != relaxed) }
  }

  /// Samples at 0, 7, …, 693 ms; the last one is held for the last 7 ms.
  @Test("nine tenths of the samples, joined by straight lines, excite the muscles")
  func interpolation() throws {
    func output(_ step: Int, _ muscle: Int) -> Double {
      Double(Float(((step / 7) * (muscle + 3)) % 11) / 11)
    }
    var arm = Arm()
    for moment in 0..<700 {
      let (sample, weight) = (moment / 7 * 7, Double(moment % 7) / 7)
      arm.move(
        exciting: .init { muscle in
          let next = output(min(sample + 7, 693), muscle)
          return Double(Float(0.9))
            * (output(sample, muscle)
              + weight * (next - output(sample, muscle)))
        })
    }
    let course = try course { step in (0..<16).map { Float(output(step, $0)) } }
    let hand = arm.hand
    let expected =
      ((hand.x - Double(Float(0.4))) * (hand.x - Double(Float(0.4)))
      + (hand.z - Double(Float(0.2))) * (hand.z - Double(Float(0.2)))).squareRoot()
    #expect(abs(Double(try #require(course.facts["finalDistance"])) - expected) < 1e-6)
  }

  /// 1500 random drives of the reference: mean final distance 0.34 m to the right target and 0.62 m
  /// to the left one, the best 0.015 and 0.02 m; its drives were drawn otherwise.
  @Test("random drives leave it stable, and some bring it to either target")
  func randomDrives() throws {
    let entry = try catalogue.find(task).entry
    let lanes = 1500
    for (condition, mean) in [(0, 0.62), (1, 0.34)] {
      let environment = try entry.makeEnvironment(
        [], .init(seed: 97, laneCount: lanes, timeStep: 70))
      try environment.begin((0..<lanes).map { .init(lane: $0, condition: condition) })
      var random = Random(seed: 5, stream: Stream("drive"))
      for _ in 0..<10 {
        try environment.step(
          amounts: (0..<(16 * lanes)).map { _ in
            let drive = random.normal()
            // max(0, tanh x) of a standard normal.
            return Float(max(0, tanh(Double(drive))))
          })
      }
      let distances = (0..<lanes).map { environment.frame.facts[$0 * 4 + 1] }
      let found = distances.reduce(0) { $0 + Double($1) } / Double(lanes)
      #expect(abs(found - mean) < 0.1)
      #expect(try #require(distances.min()) < 0.08)
      // Nothing has flown off: no hand is farther than both links reach.
      #expect(try #require(distances.max()) < 0.7034 + 0.558 + 1e-3)
    }
  }

  // MARK: Sine, cosine and muscles

  @Test("sines and cosines are those of the mathematics library within rounding")
  func turns() {
    for step in -4000...4000 {
      let x = Double(step) / 173
      let turn = Turn(x)
      #expect(abs(turn.sine - sin(x)) < 1e-14 && abs(turn.cosine - cos(x)) < 1e-14)
    }
  }

  @Test("muscles are strongest at their optimal length, and at a length like exp(−(l − 1)²/0.5)")
  func lengths() {
    #expect(Muscle.lengthFactor(1) == 1)
    for length in stride(from: 0.5, through: 1.6, by: 0.01) {
      let expected = exp(-(length - 1) * (length - 1) / 0.5)
      #expect(abs(Muscle.lengthFactor(length) - expected) < 1e-15)
    }
  }

  @Test("muscles that shorten are weaker, up to nothing; stretched ones stronger, up to 1.8 times")
  func speeds() {
    #expect(Muscle.speedFactor(0) == 1)
    #expect(Muscle.speedFactor(1) == 0 && Muscle.speedFactor(2) == 0)
    // (1 − 0.3)/(1 + 1), and (1 + 9.72)/(1 + 5.4).
    #expect(abs(Muscle.speedFactor(0.3) - 0.35) < 1e-12)
    #expect(abs(Muscle.speedFactor(-1) - 10.72 / 6.4) < 1e-12)
    #expect(abs(Muscle.speedFactor(-1e6) - 1.8) < 1e-5)
    // The slopes on both sides of 0 match, as the reference says: −(1 + 1/0.3) and −0.8 · 5.4.
    #expect(abs((Muscle.speedFactor(1e-6) - 1) / 1e-6 + 4.3333) < 1e-3)
    #expect(abs((1 - Muscle.speedFactor(-1e-6)) / 1e-6 + 4.32) < 1e-3)
  }

  // MARK: The arm

  @Test(
    "each muscle pulls its joints the way its moment arms say",
    arguments: [
      // Brachialis bends the elbow; pectoralis and anterior deltoid bring the arm forward; the
      // posterior deltoid and infraspinatus take it back.
      (5, 0, 1), (6, 1, 0), (9, 1, 0), (11, -1, 0), (13, -1, 0),
    ])
  func directions(muscle: Int, shoulder: Int, elbow: Int) {
    let start = Arm()
    let moved = arm(20, exciting: [muscle])
    if shoulder != 0 {
      #expect((moved.shoulderAngle - start.shoulderAngle) * Double(shoulder) > 0)
    }
    if elbow != 0 { #expect((moved.elbowAngle - start.elbowAngle) * Double(elbow) > 0) }
  }

  @Test("pulling at one joint moves the other, which nothing holds")
  func coupling() {
    // Brachialis crosses the elbow alone; the upper arm is pushed back.
    #expect(arm(20, exciting: [5]).shoulderAngle < 0.2)
    // Pectoralis crosses the shoulder alone; the forearm lags behind.
    #expect(arm(20, exciting: [6]).elbowAngle < 0.2)
  }

  @Test("all muscles at once, or any one of them, leave it within its limits")
  func limits() {
    for muscles in [Array(0..<16), [9, 6, 7, 8], [11, 13, 14], [5, 15, 3, 4], [0, 1, 2]] {
      let moved = arm(2000, exciting: muscles)
      // A spring of 50 N m/rad holds what the muscles pull against it.
      #expect((-1.5...3.6).contains(moved.shoulderAngle), "\(muscles)")
      #expect((-1...3.3).contains(moved.elbowAngle), "\(muscles)")
      #expect(abs(moved.shoulderSpeed) < 15 && abs(moved.elbowSpeed) < 15)
    }
  }

  /// τ = 10 ms up, 40 ms down, seen by the arm as what it does after the excitation is over.
  @Test("a short excitation goes on pulling after it is over")
  func activation() {
    var moved = arm(10, exciting: [9])
    let speed = moved.shoulderSpeed
    moved.move(exciting: .init(repeating: 0))
    #expect(moved.shoulderSpeed > speed)
  }
}
