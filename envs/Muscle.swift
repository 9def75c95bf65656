/// The sixteen muscles of an arm that moves in a plane.
///
/// Strengths, lengths and angles are those of the arm in the program that came with Miconi, *eLife*
/// 6:e20899 (2017), after Holzbaur, Murray & Delp, *Ann. Biomed. Eng.* 33 (2005). Moment arms are constant
/// ones, of the size of those of Selen, Franklin & Wolpert, *J. Neurosci.* 29 (2009).
struct Muscle: Sendable {
  /// F₀ cos α: the greatest force at rest, along the tendon, in N.
  let strength: Double
  /// L₀, in m.
  let optimalLength: Double
  /// ρ at the shoulder and at the elbow, in m; positive if it adducts the upper arm or bends the elbow.
  let shoulder: Double
  let elbow: Double
  /// f: F₀ as a share of all muscles'.
  let share: Double

  private init(
    force: Double, optimalLength: Double, pennation: Double, shoulder: Double, elbow: Double
  ) {
    strength = force * Turn(pennation).cosine
    self.optimalLength = optimalLength
    self.shoulder = shoulder
    self.elbow = elbow
    share = force / Self.forceOfAll
  }

  /// Σ F₀, in N.
  private static let forceOfAll = 10_328.06

  /// In the order of `ArmReaching.Activation`.
  static let all: [Muscle] = [
    // Triceps: long, lateral, medial.
    .init(
      force: 798.52, optimalLength: 0.1340, pennation: 0.209, shoulder: -0.0388, elbow: -0.0300),
    .init(force: 624.30, optimalLength: 0.1138, pennation: 0.157, shoulder: 0, elbow: -0.0267),
    .init(force: 624.30, optimalLength: 0.1138, pennation: 0.157, shoulder: 0, elbow: -0.0267),
    // Biceps: long, short.
    .init(force: 624.30, optimalLength: 0.1157, pennation: 0, shoulder: 0.0386, elbow: 0.0427),
    .init(force: 435.56, optimalLength: 0.1321, pennation: 0, shoulder: 0.0386, elbow: 0.0427),
    // Brachialis.
    .init(force: 987.26, optimalLength: 0.0858, pennation: 0, shoulder: 0, elbow: 0.0316),
    // Pectoralis: its three parts.
    .init(force: 444.3, optimalLength: 0.1442, pennation: 0.297, shoulder: 0.0536, elbow: 0),
    .init(force: 658.3, optimalLength: 0.1385, pennation: 0.454, shoulder: 0.0536, elbow: 0),
    .init(force: 498.1, optimalLength: 0.1385, pennation: 0.436, shoulder: 0.0536, elbow: 0),
    // Deltoid: anterior, middle, posterior.
    .init(force: 1218.9, optimalLength: 0.0976, pennation: 0.384, shoulder: 0.0536, elbow: 0),
    .init(force: 1103.5, optimalLength: 0.1078, pennation: 0.262, shoulder: -0.018, elbow: 0),
    .init(force: 201.6, optimalLength: 0.1367, pennation: 0.314, shoulder: -0.0536, elbow: 0),
    // Supraspinatus, infraspinatus, teres minor.
    .init(force: 487.82, optimalLength: 0.0682, pennation: 0.122, shoulder: -0.009, elbow: 0),
    .init(force: 1075.8, optimalLength: 0.0755, pennation: 0.332, shoulder: -0.0536, elbow: 0),
    .init(force: 269.5, optimalLength: 0.0741, pennation: 0.419, shoulder: -0.0536, elbow: 0),
    // Brachioradialis.
    .init(force: 276.0, optimalLength: 0.1726, pennation: 0, shoulder: 0, elbow: 0.0316),
  ]

  /// The force at full activation, in N.
  ///
  ///     F = 0.2 F₀ cos α f_l f_v
  ///     l = L₀ − Σₖ ρₖ (θₖ − θₖ⁰),  within 0.5 … 1.6 L₀      θ⁰ = (0.9, 1.1)
  ///     v = Σₖ ρₖ ωₖ / 10 L₀
  ///
  /// 0.2 stands for what gravity and the third dimension take of the strength of a whole arm. Tendons are
  /// rigid, and a muscle that is not active does not pull.
  func force(shoulderAngle: Double, elbowAngle: Double, shoulderSpeed: Double, elbowSpeed: Double)
    -> Double
  {
    let stretch = -(shoulder * (shoulderAngle - 0.9) + elbow * (elbowAngle - 1.1)) / optimalLength
    let length = min(max(1 + stretch, 0.5), 1.6)
    let shortening = (shoulder * shoulderSpeed + elbow * elbowSpeed) / (10 * optimalLength)
    return 0.2 * strength * Self.lengthFactor(length) * Self.speedFactor(shortening)
  }

  /// f_l = exp(−(l − 1)²/0.5)
  ///
  /// - Parameter length: In optimal lengths, 0.5 … 1.6.
  static func lengthFactor(_ length: Double) -> Double {
    let x = (length - 1) * (length - 1) / 0.5
    // exp(−x) = 1 − x (1 − x/2 (1 − x/3 (…))); x ≤ 0.72, so that the 18th term is below 10⁻¹⁷.
    var series = 1.0
    var n = 17.0
    while n >= 1 {
      series = 1 - x / n * series
      n -= 1
    }
    return series
  }

  /// f_v (Thelen 2003): a muscle is weak while it shortens and strong while it is stretched.
  ///
  ///     f_v = (1 − v)/(1 + v/0.3),  0 ≤ v ≤ 1        0 beyond
  ///     f_v = (1 + 1.8 · 5.4 w)/(1 + 5.4 w),  w = −v > 0
  ///
  /// - Parameter shortening: v, in ten optimal lengths a second.
  static func speedFactor(_ shortening: Double) -> Double {
    if shortening >= 1 { return 0 }
    if shortening >= 0 { return (1 - shortening) / (1 + shortening / 0.3) }
    let stretching = -shortening
    return (1 + 1.8 * 5.4 * stretching) / (1 + 5.4 * stretching)
  }
}
