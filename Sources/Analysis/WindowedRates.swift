/// The mean rate of each unit in a window of a trial.
///
///     r̄ᵤ = (1/|w|) Σ_{t ∈ w} rᵤ(t)
///
/// - Parameters:
///   - rates: r of the trial's steps from its first, [step × unit].
///   - window: w, in steps of the trial. What lies outside the trial is left out, of the sum and of
///     |w|.
/// - Returns: A rate for each unit; nil if the window misses the trial.
public func meanRates(of rates: [Float], unitCount: Int, in window: Range<Int>) -> [Double]? {
  precondition(
    unitCount > 0 && rates.count % unitCount == 0,
    "\(rates.count) rates are no whole number of steps of \(unitCount) units")
  let steps = window.clamped(to: 0..<(rates.count / unitCount))
  guard !steps.isEmpty else { return nil }
  var sums = [Double](repeating: 0, count: unitCount)
  for step in steps {
    for unit in 0..<unitCount { sums[unit] += Double(rates[step * unitCount + unit]) }
  }
  return sums.map { $0 / Double(steps.count) }
}
