/// Trials of a population in the few dimensions in which it varies most, over all of them together.
///
///     C = ⟨ (r(t) − r̄)(r(t) − r̄)ᵀ ⟩  over times and trials,     C v_a = λ_a v_a
///     p_a(t) = v_aᵀ ( r(t) − r̄ )
///
/// Trials of before and after training, say, have one set of axes and one center and can be drawn
/// into one picture (Miconi, *eLife* 6:e20899, 2017: 64 trials of reaching). The sign of an axis is
/// such that its largest weight is positive.
public struct TrajectoryProjection: Equatable, Sendable {
  /// r̄, by unit.
  public let center: [Double]
  /// v₁, v₂, …, a weight for each unit.
  public let axes: [[Double]]
  /// λ_a / Σ λ, of each axis: the share of all variance; 0 if nothing varies.
  public let explainedVariances: [Double]

  /// Finds the axes.
  ///
  /// - Parameters:
  ///   - trials: Rates of each, [step × unit]; of any lengths, but one step at least in all.
  ///   - axisCount: How many axes, at most as many as there are units.
  public init(of trials: [[Float]], unitCount: Int, axisCount: Int = 3) {
    precondition((1...max(1, unitCount)).contains(axisCount), "there are fewer units than axes")
    var sums = [Double](repeating: 0, count: unitCount)
    var stepCount = 0
    for trial in trials {
      precondition(
        trial.count % unitCount == 0,
        "\(trial.count) rates are no whole number of steps of \(unitCount) units")
      for start in stride(from: 0, to: trial.count, by: unitCount) {
        for unit in 0..<unitCount { sums[unit] += Double(trial[start + unit]) }
      }
      stepCount += trial.count / unitCount
    }
    precondition(stepCount > 0, "axes of trials need a step")
    let center = sums.map { $0 / Double(stepCount) }
    var covariance = Covariance(size: unitCount, around: center)
    for trial in trials {
      var steps = ColumnMatrix(rows: unitCount, columns: trial.count / unitCount)
      for place in trial.indices { steps.values[place] = Double(trial[place]) }
      covariance.add(steps)
    }
    let (variances, vectors) = covariance.components(axisCount)
    let total = covariance.total
    self.center = center
    explainedVariances = variances.map { total > 0 ? max(0, $0) / total : 0 }
    axes = (0..<axisCount).map { axis in
      let weights = vectors.column(axis)
      let largest = weights.max { abs($0) < abs($1) }!
      return largest < 0 ? weights.map(-) : weights
    }
  }

  /// p(t) of a trial, [step][axis].
  ///
  /// - Parameter rates: Of the trial, [step × unit].
  public func positions(of rates: [Float]) -> [[Double]] {
    precondition(
      rates.count % center.count == 0,
      "\(rates.count) rates are no whole number of steps of \(center.count) units")
    return stride(from: 0, to: rates.count, by: center.count).map { start in
      axes.map { axis in
        axis.indices.reduce(0) { $0 + axis[$1] * (Double(rates[start + $1]) - center[$1]) }
      }
    }
  }
}
