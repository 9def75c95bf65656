/// The mean and variance of numbers that come one at a time and are not kept (Welford,
/// *Technometrics* 4, 1962).
///
///     x̄ₙ = x̄ₙ₋₁ + (xₙ − x̄ₙ₋₁)/n
///     Mₙ = Mₙ₋₁ + (xₙ − x̄ₙ₋₁)(xₙ − x̄ₙ),      s² = Mₙ/(n − 1)
public struct RunningMoments: Equatable, Sendable {
  public private(set) var count = 0
  /// x̄; 0 before the first number.
  public private(set) var mean = 0.0
  /// M.
  private var squares = 0.0

  public init() {}

  public mutating func add(_ value: Double) {
    count += 1
    let before = value - mean
    mean += before / Double(count)
    squares += before * (value - mean)
  }

  /// s²; 0 with fewer than two numbers.
  public var variance: Double { count > 1 ? squares / Double(count - 1) : 0 }

  /// s.
  public var standardDeviation: Double { variance.squareRoot() }
}
