/// One bin of trials that are neighbours in x.
public struct EqualCountBin: Equatable, Sendable {
  public let trials: Int
  /// The mean of x within the bin, in the unit of x.
  public let meanX: Double
  /// The mean of y within the bin: a proportion where y is 0 or 1.
  public let meanY: Double
}

/// Bins of equally many points, after sorting them by x (reference program of Song, Yang & Wang
/// 2017).
///
///     bin k = points k m … (k + 1) m − 1,   m = ⌊n / count⌋,   k = 0 … count − 1
///
/// What is left over when n is not a multiple of `count` goes to the last bin. With fewer points than
/// bins, m = 0, all are in the last, and the empty ones are left out.
///
/// - Parameters:
///   - points: In any order. Points of equal x keep theirs, so a tie may be split between bins.
///   - count: How many bins, at least one.
/// - Returns: The bins that aren't empty, in ascending x.
public func equalCountBins(of points: [(x: Double, y: Double)], count: Int = 10) -> [EqualCountBin]
{
  precondition(count > 0, "there is at least one bin")
  let order = points.indices.sorted { (points[$0].x, $0) < (points[$1].x, $1) }
  let size = points.count / count
  return (0..<count).compactMap { bin in
    let end = bin == count - 1 ? points.count : (bin + 1) * size
    let members = order[(bin * size)..<end]
    guard !members.isEmpty else { return nil }
    return EqualCountBin(
      trials: members.count, meanX: mean(of: members.map { points[$0].x }),
      meanY: mean(of: members.map { points[$0].y }))
  }
}
