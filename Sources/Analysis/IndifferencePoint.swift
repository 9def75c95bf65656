/// How often juice B was chosen at one offer.
public struct OfferCount: Equatable, Sendable {
  /// Units of juice A and of juice B, at least 0 and not both 0.
  public let amountOfA: Double
  public let amountOfB: Double
  public let trials: Int
  public let choseB: Int

  public init(amountOfA: Double, amountOfB: Double, trials: Int, choseB: Int) {
    precondition(
      amountOfA >= 0 && amountOfB >= 0 && amountOfA + amountOfB > 0,
      "an offer has something to offer")
    self.amountOfA = amountOfA
    self.amountOfB = amountOfB
    self.trials = trials
    self.choseB = choseB
  }
}

/// An offer on a line from only A (−1) to only B (+1).
///
///     x = (n_B − n_A) / (n_B + n_A)
public func offerContrast(amountOfA: Double, amountOfB: Double) -> Double {
  (amountOfB - amountOfA) / (amountOfB + amountOfA)
}

/// Where a subject does not care which juice it gets (Song, Yang & Wang 2017, Fig. 4—figure
/// supplements 1 and 2; after Padoa-Schioppa & Assad, *Nature* 441, 2006).
///
///     P(B) = Φ((x − μ)/σ),   x = (n_B − n_A)/(n_B + n_A)
///     I    = n_B/n_A at x = μ  =  (1 + μ)/(1 − μ)
///
/// One unit of A is worth I units of B.
public struct IndifferencePoint: Equatable, Sendable {
  /// P(B) against x.
  public let curve: PsychometricCurve
  /// I; nil if no offer is met with indifference: the curve is flat, or |μ| ≥ 1.
  public let ratio: Double?

  /// Fits; nil unless at least two different x have trials.
  public init?(fittedTo offers: [OfferCount]) {
    let counts = offers.map { offer in
      ChoiceCount(
        stimulus: offerContrast(amountOfA: offer.amountOfA, amountOfB: offer.amountOfB),
        trials: offer.trials, chosen: offer.choseB)
    }
    guard let curve = PsychometricCurve(fittedTo: counts) else { return nil }
    self.curve = curve
    ratio = curve.mean.flatMap { abs($0) < 1 ? (1 + $0) / (1 - $0) : nil }
  }
}

/// The x at which n_B/n_A is a ratio.
///
///     x₀ = (I − 1)/(I + 1)
public func offerContrast(atRatio ratio: Double) -> Double { (ratio - 1) / (ratio + 1) }
