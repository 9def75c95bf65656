import Gym

/// Balancing a pole on a cart: a test of learning rules, and no task of cognition.
///
/// After Barto, Sutton & Anderson, *IEEE Trans. Syst. Man Cybern.* 13 (1983), with the rewards and the
/// timing that Song, Yang & Wang, *eLife* 6:e21492 (2017) tried their learning rule with, and the
/// physics of Gymnasium's `CartPole`.
///
/// A pole stands on a cart, nearly upright. The subject senses where the cart is, how far the pole
/// leans, and how fast both change, and each moment pushes the cart to the left or to the right. Every
/// push earns 1/200. The trial is over when the pole leans more than 12° or the cart leaves its track
/// of 2.4 m to either side; otherwise it is cut off after 200 pushes.
///
/// One time step is one push, and moves the cart on by 20 ms of its own time; the trial's clock counts
/// it as 1 ms. In the first step nothing moves yet, whatever the action, and nothing is earned.
public struct CartPole: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case position, velocity, angle, angularVelocity }
  public enum Action: Int, DiscreteAction { case left, right }

  // MARK: Conditions

  /// There is only one: trials differ by where cart and pole begin.
  public struct Condition: Sendable {}
  public var conditions: [Condition] { [Condition()] }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case balance }
  /// How many pushes a trial has at most, at 1 ms each.
  public var timeLimit: Milliseconds = 200

  // MARK: Rewards

  public var rewardPerPush: Float = 0.005

  /// The last push earns what the others do.
  public var rewardForMiss: Float { rewardPerPush }
  public var endingAtTimeLimit: Ending { .truncated }

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public var cart: Cart
  }

  /// Position, velocity, angle and angular velocity begin anywhere within ±0.05.
  public func makeTrial(
    of _: Condition, after _: Trial?, timeStep _: Milliseconds, using random: inout Random
  ) -> Trial {
    func start() -> Double { 0.1 * random.preciseUniform() - 0.05 }
    return Trial(
      cart: Cart(position: start(), velocity: start(), angle: start(), angularVelocity: start()))
  }

  public func observe(
    _ trial: Trial, at _: Milliseconds, into input: inout Observation<Channel>
  ) {
    input[.position] = Float(trial.cart.position)
    input[.velocity] = Float(trial.cart.velocity)
    input[.angle] = Float(trial.cart.angle)
    input[.angularVelocity] = Float(trial.cart.angularVelocity)
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    if time == 0 { return .wait }
    trial.cart.move(pushed: action)
    return trial.cart.hasFallen
      ? .end(.completed, reward: rewardPerPush) : .goOn(reward: rewardPerPush)
  }

  /// Push to the side to which the pole leans and falls, and a little to where the cart is off to.
  ///
  ///     right if  x/10 + ẋ/5 + θ + θ̇/5 > 0
  ///
  /// Found by trial. A hundred starts were all balanced for 10 000 pushes.
  public func idealAction(in trial: Trial, at _: Milliseconds) -> Action? {
    let cart = trial.cart
    return cart.position / 10 + cart.velocity / 5 + cart.angle + cart.angularVelocity / 5 > 0
      ? .right : .left
  }
}

// MARK: The cart

extension CartPole {
  /// A cart of 1 kg, and on it a pole of 0.1 kg that is 1 m long.
  public struct Cart: Equatable, Sendable {
    /// x, in metres to the right of the middle.
    public var position: Double
    /// ẋ, in m/s.
    public var velocity: Double
    /// θ, in radians to the right of upright.
    public var angle: Double
    /// θ̇, in rad/s.
    public var angularVelocity: Double

    public init(position: Double, velocity: Double, angle: Double, angularVelocity: Double) {
      self.position = position
      self.velocity = velocity
      self.angle = angle
      self.angularVelocity = angularVelocity
    }

    /// Whether the pole leans more than 12°, or the cart is more than 2.4 m off.
    public var hasFallen: Bool {
      abs(angle) > 12 * Double.pi / 180 || abs(position) > 2.4
    }

    /// Moves on by τ = 20 ms (Barto, Sutton & Anderson 1983, appendix, without friction).
    ///
    ///     a = (F + m l θ̇² sin θ) / (M + m)
    ///     θ̈ = (g sin θ − a cos θ) / (l (4/3 − m cos² θ / (M + m)))
    ///     ẍ = a − m l θ̈ cos θ / (M + m)
    ///
    /// F: ±10 N;  g = 9.8 m/s²;  M = 1 kg, the cart;  m = 0.1 kg, the pole;  l = 0.5 m, half its length.
    /// Position and angle go on with the speeds they had before (Euler).
    public mutating func move(pushed side: Action) {
      let (gravity, poleMass, totalMass, halfLength, timeStep) = (9.8, 0.1, 1.1, 0.5, 0.02)
      let force = side == .right ? 10.0 : -10.0
      let (sine, cosine) = (sine(of: angle), cosine(of: angle))
      let moment = poleMass * halfLength
      let a = (force + moment * angularVelocity * angularVelocity * sine) / totalMass
      let angularAcceleration =
        (gravity * sine - a * cosine)
        / (halfLength * (4.0 / 3 - poleMass * cosine * cosine / totalMass))
      let acceleration = a - moment * angularAcceleration * cosine / totalMass
      position += timeStep * velocity
      velocity += timeStep * acceleration
      angle += timeStep * angularVelocity
      angularVelocity += timeStep * angularAcceleration
    }
  }
}

/// sin x for the angles of a pole that has not fallen, by + − × ÷ alone: mathematics libraries differ in
/// their last bits from machine to machine.
///
///     x − x³/3! + x⁵/5! − … + x¹³/13!
private func sine(of x: Double) -> Double {
  let s = x * x
  return x
    * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110 * (1 - s / 156))))))
}

/// cos x for the same angles.
///
///     1 − x²/2! + x⁴/4! − … + x¹²/12!
private func cosine(of x: Double) -> Double {
  let s = x * x
  return 1 - s / 2 * (1 - s / 12 * (1 - s / 30 * (1 - s / 56 * (1 - s / 90 * (1 - s / 132)))))
}

// MARK: For analyses and experimenters

extension CartPole {
  public enum Fact: Int, TrialFact {
    case cartPosition, poleAngle

    public var unit: String {
      switch self {
      case .cartPosition: "m"
      case .poleAngle: "°"
      }
    }

    public var meaning: String {
      switch self {
      case .cartPosition: "Where the cart was in the end, to the right of the middle."
      case .poleAngle: "How far the pole leant in the end, to the right."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .cartPosition: Float(trial.cart.position)
    case .poleAngle: Float(trial.cart.angle * 180 / Double.pi)
    }
  }

  public func levels(timeStep: Milliseconds) -> Levels {
    // Rounded, lest 200 times 0.005 be 0.99999998.
    let reward = Double(timeLimit / timeStep) * Double(rewardPerPush)
    return Levels(oracleReward: (reward * 1e6).rounded() / 1e6)
  }

  public func factors(of _: Condition) -> [Factor] { [] }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "timeLimit", "ms", "How long the pole has to be balanced, at one push a time step.",
        \.timeLimit, in: 1...60_000),
      .init("rewardPerPush", "", "What each push earns.", \.rewardPerPush, in: -1000...1000),
    ]
  }
}
