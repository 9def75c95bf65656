/// The upper arm, and the forearm with the hand, of a right arm that moves in the horizontal plane at
/// the height of the shoulder, without gravity.
///
///     Z (right)
///     ▲          hand
///     │        ╱
///     shoulder─elbow   ▶ X (forward)
///
/// A stand-in for the three-dimensional arm of Miconi, *eLife* 6:e20899 (2017): as many muscles, more than
/// it has joints, some of which cross both; segments that pull at each other; and forces that only grow
/// slowly. By + − × ÷ and series alone, hence the same bits on every machine.
public struct Arm: Sendable {
  /// θ₁: of the upper arm, from straight to the right towards forward, in radians.
  public private(set) var shoulderAngle = 0.2
  /// θ₂: how far the elbow is bent, in radians.
  public private(set) var elbowAngle = 0.2
  /// ω₁ and ω₂, in radians a second.
  public private(set) var shoulderSpeed = 0.0
  public private(set) var elbowSpeed = 0.0
  /// a, of each muscle.
  private var activations = InlineArray<16, Double>(repeating: 0)

  /// An arm at rest, stretched out to the right.
  public init() {}

  // The segments.
  private static let upperArm = (mass: 1.8646, length: 0.2904, centre: 0.1805, inertia: 0.0148)
  private static let forearm = (mass: 1.5343, length: 0.413, centre: 0.1815, inertia: 0.0193)
  private static let shoulderPlace = (x: -0.018, z: 0.17)

  /// Where the fingertip is, in metres; x forward and z to the right of the middle of the body.
  ///
  ///     h = shoulder + l₁ (sin θ₁, cos θ₁) + l₂ (sin(θ₁ + θ₂), cos(θ₁ + θ₂))
  public var hand: (x: Double, z: Double) {
    let upper = Turn(shoulderAngle)
    let lower = Turn(shoulderAngle + elbowAngle)
    return (
      Self.shoulderPlace.x + Self.upperArm.length * upper.sine + Self.forearm.length * lower.sine,
      Self.shoulderPlace.z + Self.upperArm.length * upper.cosine
        + Self.forearm.length * lower.cosine
    )
  }

  /// Moves on by 1 ms.
  ///
  ///     M dω/dt = τ − C − B ω − limits        τₖ = Σₘ ρₘₖ aₘ Fₘ
  ///     M = [a₁ + 2 a₂ cos θ₂, a₃ + a₂ cos θ₂; a₃ + a₂ cos θ₂, a₃]
  ///     C = a₂ sin θ₂ (−ω₂ (2 ω₁ + ω₂), ω₁²)
  ///     B = [0.05, 0.025; 0.025, 0.05] N m s
  ///
  /// Activations follow excitations first; then speeds move on, and angles with the new speeds
  /// (semi-implicit Euler).
  ///
  /// - Parameter excitations: uₘ, 0 … 1.
  mutating func move(exciting excitations: InlineArray<16, Double>) {
    activate(by: excitations)
    let torque = muscleTorques()
    let (shoulderLimit, elbowLimit) = limitTorques()

    let (upper, lower) = (Self.upperArm, Self.forearm)
    let a1 =
      upper.inertia + lower.inertia + upper.mass * upper.centre * upper.centre
      + lower.mass * (upper.length * upper.length + lower.centre * lower.centre)
    let a2 = lower.mass * upper.length * lower.centre
    let a3 = lower.inertia + lower.mass * lower.centre * lower.centre
    let elbow = Turn(elbowAngle)
    let m11 = a1 + 2 * a2 * elbow.cosine
    let m12 = a3 + a2 * elbow.cosine
    let m22 = a3
    let c1 = -a2 * elbow.sine * elbowSpeed * (2 * shoulderSpeed + elbowSpeed)
    let c2 = a2 * elbow.sine * shoulderSpeed * shoulderSpeed
    let t1 = torque.shoulder - c1 - (0.05 * shoulderSpeed + 0.025 * elbowSpeed) - shoulderLimit
    let t2 = torque.elbow - c2 - (0.025 * shoulderSpeed + 0.05 * elbowSpeed) - elbowLimit
    let determinant = m11 * m22 - m12 * m12

    let timeStep = 0.001
    shoulderSpeed += timeStep * (m22 * t1 - m12 * t2) / determinant
    elbowSpeed += timeStep * (m11 * t2 - m12 * t1) / determinant
    shoulderAngle += timeStep * shoulderSpeed
    elbowAngle += timeStep * elbowSpeed
  }

  /// da/dt = (u − a)/τ;  τ = 10 ms while it grows, 40 ms while it falls.
  private mutating func activate(by excitations: InlineArray<16, Double>) {
    for index in activations.indices {
      let missing = excitations[index] - activations[index]
      activations[index] += missing / (missing > 0 ? 10 : 40)
    }
  }

  private func muscleTorques() -> (shoulder: Double, elbow: Double) {
    var torque = (shoulder: 0.0, elbow: 0.0)
    for (index, muscle) in Muscle.all.enumerated() where activations[index] > 0 {
      let force =
        activations[index]
        * muscle.force(
          shoulderAngle: shoulderAngle, elbowAngle: elbowAngle, shoulderSpeed: shoulderSpeed,
          elbowSpeed: elbowSpeed)
      torque.shoulder += muscle.shoulder * force
      torque.elbow += muscle.elbow * force
    }
    return torque
  }

  /// Outside θ₁ ∈ [−0.5, 2.6] and θ₂ ∈ [0, 2.27] a spring of 50 N m/rad and a damper of 1 N m s/rad.
  private func limitTorques() -> (shoulder: Double, elbow: Double) {
    func limit(_ angle: Double, _ speed: Double, _ range: ClosedRange<Double>) -> Double {
      let excess = angle - min(max(angle, range.lowerBound), range.upperBound)
      return excess == 0 ? 0 : 50 * excess + speed
    }
    return (
      limit(shoulderAngle, shoulderSpeed, -0.5...2.6), limit(elbowAngle, elbowSpeed, 0...2.27)
    )
  }
}
