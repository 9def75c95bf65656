/// A cumulative Gaussian, fitted to how often an option was chosen at each stimulus.
///
///     P(x) = Φ((x − μ)/σ)
///     S    = Σᵢ (p̂ᵢ − P(xᵢ))²   made least, all stimuli alike      (Song, Yang & Wang 2017)
///
/// p̂ᵢ: the proportion at stimulus xᵢ, whatever the number of its trials. The fit starts at
/// μ = mean(x), σ = sd(x); should it end in a valley worse than the best flat line, it starts again
/// from that line.
///
///     let curve = PsychometricCurve(fittedTo: counts)!
///     curve.mean        // μ: where both options are chosen equally often
///     curve.probability(at: 12.8)
///
/// A curve that falls has σ < 0. What S can't determine is marked by `shape`.
public struct PsychometricCurve: Equatable, Sendable {
  /// What the proportions say of μ and σ.
  public enum Shape: Equatable, Sendable {
    /// They have a finite μ and a σ ≠ 0.
    case graded
    /// They jump between two neighbouring stimuli, or at one: S only falls as σ → 0. μ is in the
    /// middle between the two, or at the one.
    case step
    /// They don't depend on the stimulus: S only falls as σ → ∞, and no μ is better than others.
    case flat
  }

  public let shape: Shape
  /// μ, in the stimulus's unit; nil if flat.
  public let mean: Double?
  /// σ, in the stimulus's unit; 0 for a step and ∞ if flat, which are its limits.
  public let spread: Double
  /// How steeply the curve rises at μ, per unit of the stimulus: 1/(σ √2π). 0 if flat; for a step
  /// +∞ or −∞, as it rises or falls.
  public let slope: Double
  /// S, the sum of squared differences that is left, at the limit if it is one.
  public let residual: Double
  /// The height of a flat curve, and of a step at μ.
  private let level: Double

  /// P(x).
  public func probability(at stimulus: Double) -> Double {
    switch shape {
    case .graded: NormalDistribution.cumulative(at: (stimulus - mean!) / spread)
    case .flat: level
    case .step:
      stimulus == mean! ? level : (stimulus > mean!) == (slope > 0) ? 1 : 0
    }
  }

  /// Fits; nil unless at least two different stimuli have trials.
  ///
  /// - Parameter counts: In any order; those without trials count for nothing.
  public init?(fittedTo counts: [ChoiceCount]) {
    let points = counts.compactMap { count in
      count.proportion.map { (x: count.stimulus, p: $0) }
    }.sorted { $0.x < $1.x }
    guard let first = points.first, let last = points.last, first.x < last.x else { return nil }

    let center = Analysis.mean(of: points.map(\.x))
    let scale = standardDeviation(of: points.map(\.x))
    if points.allSatisfy({ $0.p == first.p }) {
      self.init(flatAt: first.p, points: points)
      return
    }

    // In z = (x − mean)/sd the start, μ = mean and σ = sd, is Φ(0 + 1 z).
    let z = points.map { ($0.x - center) / scale }
    let height = Analysis.mean(of: points.map(\.p))
    let line = ProbitLine(fittedTo: zip(z, points).map { ($0, $1.p) }, flatAt: height)
    let mean = center - scale * line.intercept / line.slope
    let spread = scale / line.slope
    // One stimulus within the rise can't determine both μ and σ. What decides is fixed in units of
    // σ, since at ±4 the curve is within 0.00003 of its ends.
    let within = points.filter { abs(($0.x - mean) / spread) < 4 }
    if abs(line.slope) < 1e-6 {
      self.init(flatAt: height, points: points)
    } else if Set(within.map(\.x)).count > 1 {
      self.init(mean: mean, spread: spread, residual: line.residual)
    } else if let at = within.first?.x {
      self.init(
        stepAt: at, rising: line.slope > 0,
        level: Analysis.mean(of: within.map(\.p)), points: points)
    } else if let below = points.last(where: { $0.x < mean })?.x,
      let above = points.first(where: { $0.x > mean })?.x
    {
      self.init(stepAt: (below + above) / 2, rising: line.slope > 0, level: 0.5, points: points)
    } else {
      // The rise is outside what was shown: all that is seen is one of the curve's ends.
      self.init(flatAt: height, points: points)
    }
  }

  private init(mean: Double, spread: Double, residual: Double) {
    shape = .graded
    self.mean = mean
    self.spread = spread
    slope = 1 / (spread * (2 * Double.pi).squareRoot())
    self.residual = residual
    level = 0.5
  }

  private init(flatAt level: Double, points: [(x: Double, p: Double)]) {
    shape = .flat
    mean = nil
    spread = .infinity
    slope = 0
    residual = points.reduce(0) { $0 + ($1.p - level) * ($1.p - level) }
    self.level = level
  }

  private init(
    stepAt mean: Double, rising: Bool, level: Double, points: [(x: Double, p: Double)]
  ) {
    shape = .step
    self.mean = mean
    spread = 0
    slope = rising ? .infinity : -.infinity
    residual = points.reduce(0) { sum, point in
      let height = point.x == mean ? level : (point.x > mean) == rising ? 1 : 0
      return sum + (point.p - height) * (point.p - height)
    }
    self.level = level
  }
}

/// Φ(a + b z) by least squares: the cumulative Gaussian in a form that stays finite when it is flat
/// (b = 0) and passes smoothly from rising to falling.
private struct ProbitLine {
  /// a.
  private(set) var intercept: Double
  /// b = 1/σ.
  private(set) var slope: Double
  /// S = Σᵢ (pᵢ − Φ(a + b zᵢ))².
  private(set) var residual: Double

  /// From a = 0, b = 1; and again from the flat line where that ended above it.
  init(fittedTo points: [(z: Double, p: Double)], flatAt level: Double) {
    self.init(intercept: 0, slope: 1, descendingAmong: points)
    let flat = ProbitLine(
      intercept: NormalDistribution.quantile(level), slope: 0, descendingAmong: points)
    if residual > flat.residual { self = flat }
  }

  /// Levenberg & Marquardt's iteration.
  ///
  ///     (JᵀJ + λ diag JᵀJ) δ = Jᵀr,    rᵢ = pᵢ − Φᵢ,   Jᵢ = φ(a + b zᵢ) (1, zᵢ)
  ///
  /// A step that does not make S smaller is not taken, and λ grows; so S never rises, and the
  /// number of steps is bounded.
  private init(
    intercept: Double, slope: Double, descendingAmong points: [(z: Double, p: Double)]
  ) {
    self.intercept = intercept
    self.slope = slope
    residual = Self.residual(intercept, slope, points)
    var damping = 1e-3
    for _ in 0..<1000 {
      var (aa, ab, bb, ar, br) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for point in points {
        let u = self.intercept + self.slope * point.z
        let r = point.p - NormalDistribution.cumulative(at: u)
        let density = NormalDistribution.density(at: u)
        aa += density * density
        ab += density * density * point.z
        bb += density * density * point.z * point.z
        ar += density * r
        br += density * r * point.z
      }
      if max(abs(ar), abs(br)) < 1e-13 { return }
      var improved = false
      while !improved && damping < 1e12 {
        let (p, q) = (aa * (1 + damping), bb * (1 + damping))
        let determinant = p * q - ab * ab
        let (da, db) = ((q * ar - ab * br) / determinant, (p * br - ab * ar) / determinant)
        let next = Self.residual(self.intercept + da, self.slope + db, points)
        // False too where the step is not a number, as the determinant of saturated points is 0.
        if da.isFinite && db.isFinite && next < residual {
          improved = true
          self.intercept += da
          self.slope += db
          residual = next
          damping = max(damping / 10, 1e-12)
        } else {
          damping *= 10
        }
      }
      if !improved { return }
    }
  }

  private static func residual(
    _ intercept: Double, _ slope: Double, _ points: [(z: Double, p: Double)]
  ) -> Double {
    points.reduce(0) { sum, point in
      let r = point.p - NormalDistribution.cumulative(at: intercept + slope * point.z)
      return sum + r * r
    }
  }
}
