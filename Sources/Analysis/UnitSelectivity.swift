/// What a unit of the value network tells of an economic choice (Song, Yang & Wang 2017; after
/// Padoa-Schioppa & Assad, *Nature* 441, 2006).
public enum SelectivityClass: CaseIterable, Hashable, Sendable {
  /// |x − x₀|.
  case chosenValue
  /// min(0, x − x₀).
  case offerValueA
  /// max(0, x − x₀).
  case offerValueB
  /// +1 for juice B, −1 for juice A.
  case choice

  /// The variable's value in a trial, up to a factor and a constant.
  ///
  /// - Parameters:
  ///   - x: The offer, (n_B − n_A)/(n_B + n_A).
  ///   - x₀: The offer of indifference, (I − 1)/(I + 1).
  func regressor(_ x: Double, indifference x0: Double, choseB: Bool) -> Double {
    switch self {
    case .chosenValue: abs(x - x0)
    case .offerValueA: min(0, x - x0)
    case .offerValueB: max(0, x - x0)
    case .choice: choseB ? 1 : -1
    }
  }
}

/// A trial of economic choice that ended with a choice.
public struct EconomicTrial: Equatable, Sendable {
  /// Units of juice A and of juice B.
  public var amountOfA: Double
  public var amountOfB: Double
  public var choseB: Bool
  /// What each unit did: its mean rate in the 500 ms before the choice.
  public var responses: [Double]

  public init(amountOfA: Double, amountOfB: Double, choseB: Bool, responses: [Double]) {
    self.amountOfA = amountOfA
    self.amountOfB = amountOfB
    self.choseB = choseB
    self.responses = responses
  }
}

/// Which variable a unit's response follows best.
///
///     r_v = correlation of the responses with variable v          v: chosen value, offer values, choice
///     class = argmax_v r_v²   among those with p_v < 0.05 and r_v² ≥ 0.05
public struct UnitSelectivity: Equatable, Sendable {
  /// The class; nil if no variable qualifies.
  public let best: SelectivityClass?
  /// Of each variable; none where the response or the variable does not vary.
  public let correlations: [SelectivityClass: Correlation]

  /// Classifies every unit.
  ///
  /// Trials where one of the amounts is 0 are left out.
  ///
  /// - Parameters:
  ///   - trials: With a response for each unit.
  ///   - ratio: I, at which choices are indifferent (`IndifferencePoint`).
  ///   - significance: p must be below it.
  ///   - explainedVariance: r² must reach it.
  /// - Returns: By unit; empty if no trial is left.
  public static func classify(
    _ trials: [EconomicTrial], indifferenceRatio ratio: Double, below significance: Double = 0.05,
    explainedVariance: Double = 0.05
  ) -> [UnitSelectivity] {
    precondition(ratio > 0, "an indifference ratio is positive, not \(ratio)")
    let trials = trials.filter { $0.amountOfA > 0 && $0.amountOfB > 0 }
    guard let unitCount = trials.first?.responses.count else { return [] }
    precondition(
      trials.allSatisfy { $0.responses.count == unitCount }, "a trial has a response for each unit")
    let x0 = offerContrast(atRatio: ratio)
    let regressors = SelectivityClass.allCases.map { variable in
      trials.map { trial in
        let x = offerContrast(amountOfA: trial.amountOfA, amountOfB: trial.amountOfB)
        return variable.regressor(x, indifference: x0, choseB: trial.choseB)
      }
    }
    return (0..<unitCount).map { unit in
      let responses = trials.map { $0.responses[unit] }
      var correlations: [SelectivityClass: Correlation] = [:]
      for (variable, values) in zip(SelectivityClass.allCases, regressors) {
        correlations[variable] = Correlation(of: values, with: responses)
      }
      let candidates = SelectivityClass.allCases.filter { variable in
        guard let correlation = correlations[variable] else { return false }
        return correlation.significance < significance
          && correlation.explainedVariance >= explainedVariance
      }
      let best = candidates.max {
        correlations[$0]!.explainedVariance < correlations[$1]!.explainedVariance
      }
      return UnitSelectivity(best: best, correlations: correlations)
    }
  }

  /// Which part of the classified units is of each class; empty if none is classified.
  public static func shares(of units: [UnitSelectivity]) -> [SelectivityClass: Double] {
    let classes = units.compactMap(\.best)
    guard !classes.isEmpty else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: SelectivityClass.allCases.map { kind in
        (kind, Double(classes.count { $0 == kind }) / Double(classes.count))
      })
  }
}
