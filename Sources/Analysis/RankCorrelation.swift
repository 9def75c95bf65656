/// Ranks from 1, ascending; equal values share the mean of the ranks they take.
///
///     rank(x) = #{ y < x } + ( #{ y = x } + 1 ) / 2
public func ranks(of values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count && values[order[end]] == values[order[start]] { end += 1 }
    for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
    start = end
  }
  return ranks
}

/// Spearman's correlation: Pearson's of the ranks. It is 1 wherever one variable rises with the
/// other, however unevenly.
///
///     ρ = r( rank x, rank y )
///
/// - Returns: ρ in −1...1; nil with fewer than three pairs, or where one variable does not vary.
public func rankCorrelation(of x: [Double], with y: [Double]) -> Double? {
  Correlation(of: ranks(of: x), with: ranks(of: y))?.coefficient
}
