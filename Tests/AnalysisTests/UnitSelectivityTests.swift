import Analysis
import Testing

@Suite("Classes of value-network units")
struct UnitSelectivityTests {
  /// 1A = 2.2B: x₀ = 0.375.
  private static let x0 = 0.375

  /// Trials where five units follow one variable each, in the order of the classes, and noise.
  private static func trials(noise: Double) -> [EconomicTrial] {
    let offers: [(b: Double, a: Double)] = [
      (0, 1), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (2, 0),
    ]
    var draws = Draws(seed: 31)
    return (0..<900).map { trial in
      let offer = offers[trial % offers.count]
      let d = (offer.b - offer.a) / (offer.b + offer.a) - x0
      let choseB = d + 0.2 * draws.normal() > 0
      let signals = [abs(d), -min(0, d), 2 * max(0, d), choseB ? 0.3 : 0, 0]
      return EconomicTrial(
        amountOfA: offer.a, amountOfB: offer.b, choseB: choseB,
        responses: signals.map { 1 + $0 + noise * draws.normal() })
    }
  }

  @Test("a unit that follows a variable is of its class, and one that follows none of none")
  func classes() {
    let units = UnitSelectivity.classify(Self.trials(noise: 0.05), indifferenceRatio: 2.2)
    #expect(units.map(\.best) == [.chosenValue, .offerValueA, .offerValueB, .choice, nil])
    #expect(
      UnitSelectivity.shares(of: units)
        == [.chosenValue: 0.25, .offerValueA: 0.25, .offerValueB: 0.25, .choice: 0.25])
  }

  @Test("without noise the correlation with the own variable is ±1")
  func perfect() throws {
    let units = UnitSelectivity.classify(Self.trials(noise: 0), indifferenceRatio: 2.2)
    let signs: [Double] = [1, -1, 1, 1]
    for (unit, (variable, sign)) in zip(SelectivityClass.allCases, signs).enumerated() {
      let correlation = try #require(units[unit].correlations[variable])
      #expect(correlation.coefficient.isClose(to: sign, within: 1e-12))
    }
    #expect(units[4].correlations.isEmpty)
    #expect(units[4].best == nil)
  }

  @Test("offers of one juice alone are left out")
  func singleJuice() {
    let trials = Self.trials(noise: 0.05)
    let spoilt = trials.map { trial in
      var trial = trial
      if trial.amountOfA == 0 || trial.amountOfB == 0 { trial.responses = [99, 99, 99, 99, 99] }
      return trial
    }
    #expect(
      UnitSelectivity.classify(spoilt, indifferenceRatio: 2.2)
        == UnitSelectivity.classify(trials, indifferenceRatio: 2.2))
  }

  @Test("little variance explained is not enough, however significant")
  func weak() throws {
    let trials = Self.trials(noise: 0.8)
    let unit = UnitSelectivity.classify(trials, indifferenceRatio: 2.2)[3]
    let correlation = try #require(unit.correlations[.choice])
    #expect(correlation.significance < 0.05 && correlation.explainedVariance < 0.05)
    #expect(unit.best == nil)
    let lenient = UnitSelectivity.classify(
      trials, indifferenceRatio: 2.2, explainedVariance: 0.01)[3]
    #expect(lenient.best == .choice)
  }

  @Test("no trials, no units; no classes, no shares")
  func empty() {
    #expect(UnitSelectivity.classify([], indifferenceRatio: 2).isEmpty)
    #expect(UnitSelectivity.shares(of: []).isEmpty)
  }
}
