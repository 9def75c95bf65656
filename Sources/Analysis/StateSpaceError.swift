/// What a targeted regression can't be made of.
public enum StateSpaceError: Error, Equatable, CustomStringConvertible {
  case tooFewUnits(Int, needed: Int)
  case tooFewTrials(Int, time: Int, terms: Int)
  case dependentRegressors(rank: Int, time: Int, terms: Int)
  case nothingToDenoiseBy

  public var description: String {
    switch self {
    case .tooFewUnits(let count, let needed):
      "\(count) units vary enough to count as active, \(needed) axes need as many; lower the bound"
    case .tooFewTrials(let count, let time, let terms):
      "\(count) decided trials have rates at time \(time), a regression on \(terms) terms needs as "
        + "many; play more trials, or take earlier times"
    case .dependentRegressors(let rank, let time, let terms):
      "only \(rank) of \(terms) terms are independent in the trials at time \(time); play trials of "
        + "both contexts and sides, and more than one strength of each kind of evidence"
    case .nothingToDenoiseBy:
      "no condition has correct trials for units of either preference; play more trials, or leave "
        + "the coefficients as they are"
    }
  }
}
