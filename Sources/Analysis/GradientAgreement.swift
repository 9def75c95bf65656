/// How far one estimate of a gradient agrees with another (Miconi, *eLife* 6:e20899, 2017,
/// his figure 9).
///
///     r   Pearson's correlation of the numbers          ρ   Spearman's, of their ranks
///     s   = #{ xᵢ yᵢ > 0 } / #{ xᵢ yᵢ ≠ 0 }
///
/// A rule that follows the gradient has all three near 1; one that knows nothing has r = 0, s = ½;
/// one that climbs where it should descend r < 0, s < ½.
public struct GradientAgreement: Equatable, Sendable {
  public let pearson: Double
  public let spearman: Double
  /// s, of those pairs in which neither is 0.
  public let sameSign: Double

  /// Compares; nil with fewer than three pairs, where one estimate does not vary, or where one of
  /// every pair is 0.
  public init?(of x: [Double], with y: [Double]) {
    guard let pearson = Correlation(of: x, with: y), let spearman = rankCorrelation(of: x, with: y)
    else { return nil }
    // Signs and not products, which might be too small for a double.
    let signed = zip(x, y).filter { $0 != 0 && $1 != 0 }
    guard !signed.isEmpty else { return nil }
    self.pearson = pearson.coefficient
    self.spearman = spearman
    sameSign = Double(signed.count { ($0 > 0) == ($1 > 0) }) / Double(signed.count)
  }
}
