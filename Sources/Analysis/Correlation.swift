/// Pearson's correlation of two variables, and how likely one so large is by chance.
///
///     r = Σ (xᵢ − x̄)(yᵢ − ȳ) / √( Σ (xᵢ − x̄)² Σ (yᵢ − ȳ)² )
///     t = r √( ν/(1 − r²) ),   ν = n − 2
///     p = P(|T_ν| ≥ |t|)  =  I_{1−r²}(ν/2, ½)
///
/// T_ν: Student's t of ν degrees of freedom, which t has if x and y are independent and one of them
/// is normal; I: the regularised incomplete beta function, of ν/(ν + t²) = 1 − r².
public struct Correlation: Equatable, Sendable {
  /// r, in −1...1.
  public let coefficient: Double
  /// p, of both tails.
  public let significance: Double

  /// r², the part of y's variance that a line in x explains.
  public var explainedVariance: Double { coefficient * coefficient }

  /// Correlates; nil with fewer than three pairs, or where one variable does not vary.
  public init?(of x: [Double], with y: [Double]) {
    precondition(x.count == y.count, "a correlation is of pairs, not of \(x.count) with \(y.count)")
    guard x.count > 2 else { return nil }
    let (meanX, meanY) = (mean(of: x), mean(of: y))
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      xx += (x - meanX) * (x - meanX)
      yy += (y - meanY) * (y - meanY)
      xy += (x - meanX) * (y - meanY)
    }
    guard let first = x.first, x.contains(where: { $0 != first }) else { return nil }
    guard let height = y.first, y.contains(where: { $0 != height }) else { return nil }
    // Squares of differences too small for a double, or too large, leave nothing to divide by.
    guard xx > 0 && yy > 0 && xx.isFinite && yy.isFinite else { return nil }
    coefficient = min(1, max(-1, xy / (xx.squareRoot() * yy.squareRoot())))
    significance = incompleteBeta(1 - coefficient * coefficient, Double(x.count - 2) / 2, 0.5)
  }
}
