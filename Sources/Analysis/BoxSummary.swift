/// What a box plot shows of a sample (Tukey, *Exploratory Data Analysis*, 1977).
///
///     box       Q(¼) … Q(¾), a line at Q(½)
///     whiskers  to the farthest values within Q(¼) − f H … Q(¾) + f H,    H = Q(¾) − Q(¼), f = 1.5
///     outliers  all values beyond
public struct BoxSummary: Equatable, Sendable {
  public let count: Int
  public let mean: Double
  public let median: Double
  /// From the lower quartile to the upper one.
  public let box: ClosedRange<Double>
  /// A whisker ends at a value of the sample, at the box if none is between its edge and the limit.
  public let whiskers: ClosedRange<Double>
  /// In ascending order.
  public let outliers: [Double]

  /// Summarises.
  ///
  /// - Parameters:
  ///   - values: At least one, finite, in any order.
  ///   - reach: f, how many heights of the box a whisker may be long.
  public init(of values: [Double], reach: Double = 1.5) {
    precondition(!values.isEmpty, "a box needs a value")
    precondition(values.allSatisfy(\.isFinite), "a box is of finite values")
    precondition(reach >= 0, "whiskers reach outwards")
    let sorted = values.sorted()
    count = values.count
    mean = Analysis.mean(of: values)
    median = quantile(0.5, of: sorted)
    box = quantile(0.25, of: sorted)...quantile(0.75, of: sorted)
    let height = box.upperBound - box.lowerBound
    let limits = (box.lowerBound - reach * height)...(box.upperBound + reach * height)
    // The quartiles lie between values, so the nearest value within the limits may be inside the
    // box.
    let lowest = sorted.first { limits.contains($0) } ?? box.lowerBound
    let highest = sorted.last { limits.contains($0) } ?? box.upperBound
    whiskers = min(lowest, box.lowerBound)...max(highest, box.upperBound)
    outliers = sorted.filter { !limits.contains($0) }
  }
}

/// A box for each value of the stimulus.
///
/// - Parameter responses: A stimulus, such as a bias, and the response to it; any number of each.
/// - Returns: In ascending order of the stimulus.
public func boxes(
  of responses: [(stimulus: Double, response: Double)]
) -> [(stimulus: Double, box: BoxSummary)] {
  Dictionary(grouping: responses, by: \.stimulus).sorted { $0.key < $1.key }.map {
    ($0.key, BoxSummary(of: $0.value.map(\.response)))
  }
}
