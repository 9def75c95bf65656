import Envs
import Gym
import Testing

/// The physics are held to Gymnasium's `CartPole-v1` (version 1.4.0 of the package, double precision),
/// the timing and the rewards to the program that came with Song, Yang & Wang, eLife 6:e21492 (2017).
@Suite("Cart and pole")
struct CartPoleTests {
  let task = "cartpole"
  let start = CartPole.Cart(position: 0.01, velocity: -0.02, angle: 0.03, angularVelocity: -0.04)

  // MARK: Physics

  private func expect(
    _ cart: CartPole.Cart, is expected: [Double], within tolerance: Double
  ) {
    let found = [cart.position, cart.velocity, cart.angle, cart.angularVelocity]
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < tolerance) }
  }

  /// Gymnasium's state after so many pushes.
  @Test(
    "a pushed cart moves as Gymnasium's does",
    arguments: [
      (1, [0.009600000000000001, 0.17467919574755525, 0.0292, -0.3230687179600081]),
      (2, [0.013093583914951107, 0.36937344399176103, 0.02273862564079984, -0.6064020159998607]),
      (5, [0.031338077939797045, 0.17372587880180418, -0.00744155616726251, -0.30187245208590807]),
      (
        10,
        [0.040939284166852885, -0.020326538588694543, -0.026661611227023277, -0.032792418628757536]
      ),
      (
        20, [0.07255565851351278, -0.012029309879708655, -0.0983659577010312, -0.21680649705310368]
      ),
    ])
  func pushes(count: Int, expected: [Double]) {
    let pushes: [CartPole.Action] = [
      .right, .right, .left, .right, .left, .left, .right, .left, .right, .left,
    ]
    var cart = start
    for push in 0..<count { cart.move(pushed: pushes[push % 10]) }
    expect(cart, is: expected, within: 1e-13)
  }

  @Test("left is the mirror image of right")
  func mirror() {
    var (cart, image) = (
      start, CartPole.Cart(position: -0.01, velocity: 0.02, angle: -0.03, angularVelocity: 0.04)
    )
    for _ in 0..<8 {
      cart.move(pushed: .left)
      image.move(pushed: .right)
      expect(
        image, is: [-cart.position, -cart.velocity, -cart.angle, -cart.angularVelocity],
        within: 1e-15)
    }
  }

  /// Gymnasium: from rest the ninth push to the same side ends the trial, at an angle of 0.2152.
  @Test("pushed to one side alone, a pole at rest has fallen to the other after nine pushes")
  func fall() {
    var cart = CartPole.Cart(position: 0, velocity: 0, angle: 0, angularVelocity: 0)
    for push in 1...9 {
      cart.move(pushed: .left)
      #expect(cart.hasFallen == (push == 9))
    }
    expect(
      cart,
      is: [-0.14065097203306187, -1.7603811257683097, 0.21518604988500967, 2.777886494012814],
      within: 1e-13)
  }

  @Test("a pole has fallen beyond 12°, and on a cart more than 2.4 m off")
  func limits() {
    for (position, degrees, hasFallen): (Double, Double, Bool) in [
      (0, 11.99, false), (0, 12.01, true), (0, -12.01, true), (2.399, 0, false), (2.401, 0, true),
      (-2.401, 0, true),
    ] {
      let cart = CartPole.Cart(
        position: position, velocity: 0, angle: degrees * Double.pi / 180, angularVelocity: 0)
      #expect(cart.hasFallen == hasFallen)
    }
  }

  /// The state after 200 pushes by the same rule in Gymnasium. The pole magnifies what differs in the
  /// last bits of sine and cosine.
  @Test("its own controller ends up where the same one does in Gymnasium")
  func controlled() throws {
    let task = CartPole()
    var random = Random(seed: 1, stream: .trial)
    var trial = task.makeTrial(
      of: task.conditions[0], after: nil, timeStep: 1, using: &random)
    trial.cart = start
    for push in 1...200 {
      let action = try #require(task.idealAction(in: trial, at: push))
      #expect(task.respond(to: action, in: &trial, at: push) == .goOn(reward: 0.005))
    }
    expect(
      trial.cart,
      is: [
        -0.0029794868310244337, -0.02326482000022828, -0.0037405503815576007, 0.032037178772420516,
      ], within: 1e-8)
  }

  // MARK: A trial

  @Test("cart and pole begin anywhere within ±0.05")
  func starts() throws {
    let entry = try catalogue.find(task).entry
    let environment = try entry.makeEnvironment([], .init(seed: 97, laneCount: 4000, timeStep: 1))
    try environment.begin((0..<4000).map { .init(lane: $0) })
    let senses = environment.frame.observations
    #expect(environment.frame.observationSize == 4)
    for channel in 0..<4 {
      let values = (0..<4000).map { senses[4 * $0 + channel] }
      #expect(values.allSatisfy { (-0.05...0.05).contains($0) })
      let found = statistics(values)
      // 0.1 / √12.
      #expect(abs(found.mean) < 3 * 0.0289 / Float(4000).squareRoot())
      #expect(abs(found.deviation / 0.028_87 - 1) < 0.03)
      #expect(
        abs(correlation(values, (0..<4000).map { senses[4 * $0 + (channel + 1) % 4] }))
          < 3 / Float(4000).squareRoot())
    }
  }

  @Test("in the first step nothing moves and nothing is earned, then each push earns 1/200")
  func firstStep() throws {
    let entry = try catalogue.find(task).entry
    for action in UInt8(0)..<2 {
      let environment = try entry.makeEnvironment([], .init(seed: 97, timeStep: 1))
      #expect(environment.specification.stepLimit == 201)
      try environment.begin([.init(lane: 0)])
      let start = environment.frame.observations
      try environment.step([action])
      #expect(environment.frame.observations == start && environment.frame.rewards == [0])
      try environment.step([action])
      // The position goes on by 20 ms of the speed it had before the push.
      #expect(abs(environment.frame.observations[0] - start[0] - 0.02 * start[1]) < 1e-8)
      #expect((environment.frame.observations[1] > start[1]) == (action == 1))
      #expect(environment.frame.rewards == [0.005])
    }
  }

  @Test("the pole that falls ends the trial, the push that let it fall still earns")
  func fallen() throws {
    for trial in try outcomes(
      of: task, lanes: 100, timeStep: 1, subject: { _ in AtStep(1000, 0) })
    {
      #expect(trial.end.ending == .completed && trial.end.choice == 0)
      #expect((9...13).contains(trial.end.stepCount) && trial.reward == 0.005)
      #expect(abs(trial.total - 0.005 * Float(trial.end.stepCount - 1)) < 1e-6)
      #expect(try #require(trial.facts["poleAngle"]) > 12)
      #expect(try #require(trial.facts["cartPosition"]) < 0.05)
    }
  }

  @Test("a pole that stands for all 200 pushes earns 1, and its trial is cut off")
  func balanced() throws {
    let trials = try outcomes(of: task, lanes: 500, timeStep: 1) { _ in Balancer() }
    for trial in trials {
      #expect(trial.end.ending == .truncated && trial.end.choice == nil)
      #expect(trial.end.stepCount == 201 && trial.reward == 0.005)
      #expect(abs(trial.total - 1) < 1e-5)
    }
  }

  @Test("a longer trial asks for more pushes, and promises its oracle as much more")
  func longer() throws {
    let settings: [ParameterSetting] = [.init("timeLimit", [1000])]
    let trials = try outcomes(of: task, settings, lanes: 10, timeStep: 1) { _ in Balancer() }
    #expect(trials.allSatisfy { $0.end.ending == .truncated && $0.end.stepCount == 1001 })
    let levels = try catalogue.find(task).entry.makeEnvironment(
      settings, .init(seed: 1, timeStep: 1)
    ).specification.task.levels
    #expect(abs(try #require(levels.oracleReward) - 5) < 1e-6)
  }

  @Test("pushes at random keep the pole up for some twenty steps")
  func erratic() throws {
    let trials = try outcomes(of: task, lanes: 2000, timeStep: 1) { lane in
      Erratic(
        random: Random(seed: 3, stream: Gym.Stream("erratic"), lane: UInt64(lane)), actionCount: 2)
    }
    #expect(trials.allSatisfy { $0.end.ending == .completed })
    // Gymnasium, 20 000 trials of random pushes: 22.2 on average, standard deviation 12.
    let pushes = statistics(trials.map { Float($0.end.stepCount - 1) })
    #expect(abs(pushes.mean - 22.2) < 3 * 12 / Float(2000).squareRoot())
  }

  @Test("several steps at once are not shown, as each depends on the push before")
  func lookAhead() throws {
    let entry = try catalogue.find(task).entry
    #expect(throws: RequestError.self) {
      try entry.makeEnvironment([], .init(seed: 1, timeStep: 1, lookAhead: 2))
    }
  }
}

/// Pushes by a linear rule of what it senses.
private struct Balancer: Subject {
  mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
    let senses = Array(senses)
    return senses[0] / 10 + senses[1] / 5 + senses[2] + senses[3] / 5 > 0 ? 1 : 0
  }
}
