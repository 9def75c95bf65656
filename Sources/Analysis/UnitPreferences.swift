/// One of two sides: of a choice, or of the motion.
public enum Side: Hashable, Sendable {
  case left, right

  /// −1 for left, +1 for right.
  public var sign: Double { self == .left ? -1 : 1 }
}

/// Which side each unit prefers, and how well it tells the two apart (Song, Yang & Wang 2017).
///
///     d′ = (μ_R − μ_L) / √( (s_R² + s_L²)/2 )        right is preferred if d′ > 0, else left
///
/// μ and s² are of a unit's rates over all samples of the stimulus epoch, in trials of either side:
/// the side of the choice in context-dependent integration, of the motion in the wager task.
public struct UnitPreferences: Sendable {
  private var left: [RunningMoments]
  private var right: [RunningMoments]

  public init(unitCount: Int) {
    precondition(unitCount > 0, "there is a unit")
    left = .init(repeating: RunningMoments(), count: unitCount)
    right = left
  }

  /// Adds what the units did in the stimulus epoch of a trial.
  ///
  /// - Parameter rates: [step × unit], of any number of steps.
  public mutating func add(_ rates: [Float], side: Side) {
    precondition(
      rates.count % left.count == 0,
      "\(rates.count) rates are no whole number of steps of \(left.count) units")
    switch side {
    case .left: Self.add(rates, to: &left)
    case .right: Self.add(rates, to: &right)
    }
  }

  private static func add(_ rates: [Float], to moments: inout [RunningMoments]) {
    for start in stride(from: 0, to: rates.count, by: moments.count) {
      for unit in moments.indices { moments[unit].add(Double(rates[start + unit])) }
    }
  }

  /// d′ of each unit. 0 where the means are equal, also if nothing varies; ±∞ where they differ and
  /// nothing varies; nil where a side has no sample.
  public var discriminabilities: [Double?] {
    zip(left, right).map { left, right in
      guard left.count > 0 && right.count > 0 else { return nil }
      let difference = right.mean - left.mean
      return difference == 0
        ? 0 : difference / ((right.variance + left.variance) / 2).squareRoot()
    }
  }

  /// The preferred side of each unit. A d′ of 0 counts as left, and so does none.
  public var preferredSides: [Side] { discriminabilities.map { ($0 ?? 0) > 0 ? .right : .left } }
}
