import Gym

/// How a unit's current comes back from a perturbation, after Figure 8 of Miconi, *eLife* 6:e20899 (2017).
///
///     x ← x + (h − x)/τ       x̄ ← 0.9 x̄ + 0.1 x        τ = 10 ms, in steps of 1 ms
///
/// Ten inputs in ±1, with weights in ±0.2, stay the same. The perturbation, once, makes x jump by ±1. What
/// follows is a large fluctuation x − x̄ for a moment, and many small ones of the other sign: the areas
/// cancel, and only what is more than linear in fluctuations tells the two apart.
public struct Relaxation: Equatable, Sendable {
  public static let stepCount = 300
  public static let perturbedStep = 200
  /// ±10: a current jumps by a τth of it.
  public static let perturbationSize = 10.0

  /// x, by step.
  public private(set) var currents: [Double] = []
  /// x̄ before it has heard of x at the same step.
  public private(set) var averages: [Double] = []

  /// δ = x − x̄
  public var fluctuations: [Double] { zip(currents, averages).map { $0 - $1 } }

  /// - Parameter perturbation: what is added to h at step 200.
  public init(perturbation: Double = perturbationSize, seed: UInt64) {
    var random = Random(seed: seed, stream: .initialWeights, lane: 6)
    let drive = (0..<10).reduce(0.0) { sum, _ in
      sum + (2 * random.preciseUniform() - 1) * 0.2 * (2 * random.preciseUniform() - 1)
    }
    var (x, mean) = (0.0, 0.0)
    for step in 0..<Self.stepCount {
      let h = drive + (step == Self.perturbedStep ? perturbation : 0)
      x += (h - x) / 10
      currents.append(x)
      averages.append(mean)
      mean = 0.9 * mean + 0.1 * x
    }
  }
}
