/// Whether two senses are combined as well as they can be (Song, Yang & Wang 2017, Table 2; after
/// Ernst & Banks, *Nature* 415, 2002).
///
/// An observer who weighs two independent cues by their reliability, 1/σ², is as reliable as both
/// together:
///
///     1/σ_both² = 1/σ_v² + 1/σ_a²
///
///     let cues = CueCombination(visualSpread: 2.124, auditorySpread: 2.099, bothSpread: 1.451)!
///     cues.ratio        // 1.06: optimal, but for the error of the fits
public struct CueCombination: Equatable, Sendable {
  /// σ_v, σ_a and σ_both of the psychometric curves, in the stimulus's unit (events/s).
  public let visualSpread: Double
  public let auditorySpread: Double
  public let bothSpread: Double

  /// nil unless every σ is finite and not 0: steps and flat curves have no reliability to compare.
  public init?(visualSpread: Double, auditorySpread: Double, bothSpread: Double) {
    guard [visualSpread, auditorySpread, bothSpread].allSatisfy({ $0.isFinite && $0 != 0 }) else {
      return nil
    }
    self.visualSpread = visualSpread
    self.auditorySpread = auditorySpread
    self.bothSpread = bothSpread
  }

  /// What the two cues are worth together: 1/σ_v² + 1/σ_a².
  public var optimalReliability: Double {
    1 / (visualSpread * visualSpread) + 1 / (auditorySpread * auditorySpread)
  }

  /// What was measured with both: 1/σ_both².
  public var reliability: Double { 1 / (bothSpread * bothSpread) }

  /// Measured over optimal reliability: 1 for an optimal observer.
  public var ratio: Double { reliability / optimalReliability }
}
