import Glibc

/// How a state moves: dx/dt = F(x) of a flow, or F(x) = f(x) − x of a map x ← f(x).
///
///     let flow = VelocityField(dimension: 2) { x in [-x[0], -2 * x[1]] }
///
/// Where F is 0 the state stays.
public struct VelocityField {
  /// Whether states move smoothly or in steps, which decides what is stable.
  public enum Time: Equatable, Sendable { case continuous, discrete }

  public let dimension: Int
  public let time: Time
  /// F
  public let velocity: (_ state: [Double]) -> [Double]
  /// ∂F/∂x, [from × to]: at j · dimension + i is ∂Fᵢ/∂xⱼ, what xᵢ hears of xⱼ.
  public let jacobian: (_ state: [Double]) -> [Double]

  /// A flow.
  ///
  /// - Parameters:
  ///   - jacobian: ∂F/∂x as above; from differences of F if there is none.
  ///   - velocity: F.
  public init(
    dimension: Int, jacobian: ((_ state: [Double]) -> [Double])? = nil,
    velocity: @escaping (_ state: [Double]) -> [Double]
  ) {
    self.init(dimension, .continuous, velocity, jacobian)
  }

  /// A map.
  ///
  /// - Parameters:
  ///   - jacobian: ∂f/∂x, [from × to]; from differences if there is none.
  ///   - next: f.
  public static func map(
    dimension: Int, jacobian: ((_ state: [Double]) -> [Double])? = nil,
    next: @escaping (_ state: [Double]) -> [Double]
  ) -> VelocityField {
    VelocityField(
      dimension, .discrete, { x in zip(next(x), x).map { $0 - $1 } },
      jacobian.map { jacobian in
        { x in
          var slopes = jacobian(x)
          for place in 0..<dimension { slopes[place * dimension + place] -= 1 }
          return slopes
        }
      })
  }

  private init(
    _ dimension: Int, _ time: Time, _ velocity: @escaping ([Double]) -> [Double],
    _ jacobian: (([Double]) -> [Double])?
  ) {
    precondition(dimension > 0, "a state has at least one number")
    self.dimension = dimension
    self.time = time
    self.velocity = velocity
    self.jacobian = jacobian ?? { centralDifferences(of: velocity, at: $0) }
  }
}

/// ∂F/∂x by differences, [from × to].
///
///     ∂F/∂xⱼ ≈ ( F(x + h eⱼ) − F(x − h eⱼ) ) / 2h,      h = ∛ε · max(1, |xⱼ|)
///
/// ∛ε makes what rounding does and what the third derivative does about equally small, 10⁻¹⁰.
private func centralDifferences(
  of velocity: ([Double]) -> [Double], at state: [Double]
) -> [Double] {
  state.indices.flatMap { index -> [Double] in
    let step = cbrt(Double.ulpOfOne) * max(1, abs(state[index]))
    var (above, below) = (state, state)
    above[index] += step
    below[index] -= step
    // What was really added, after rounding.
    let width = above[index] - below[index]
    return zip(velocity(above), velocity(below)).map { ($0 - $1) / width }
  }
}
