/// How often an option was chosen at one value of a stimulus.
///
///     ChoiceCount.tally([(12.8, true), (-12.8, false), (12.8, false)])
///     // [(stimulus: −12.8, trials: 1, chosen: 0), (12.8, trials: 2, chosen: 1)]
///
/// Trials without a decision are left out: what is counted is choices among decisions (Song, Yang &
/// Wang 2017).
public struct ChoiceCount: Equatable, Sendable {
  /// In the unit of the experiment, such as % coherence with a sign for the side, or events/s.
  public let stimulus: Double
  public let trials: Int
  /// Of `trials`, how many chose the option (the right, the high rate, juice B).
  public let chosen: Int

  public init(stimulus: Double, trials: Int, chosen: Int) {
    precondition(stimulus.isFinite, "a stimulus is a finite number, not \(stimulus)")
    precondition(
      trials >= 0 && (0...trials).contains(chosen),
      "\(chosen) of \(trials) trials can't have chosen the option")
    self.stimulus = stimulus
    self.trials = trials
    self.chosen = chosen
  }

  /// chosen / trials; nil without a trial.
  public var proportion: Double? { trials == 0 ? nil : Double(chosen) / Double(trials) }

  /// Counts trial by trial, sorted by stimulus.
  public static func tally(_ decisions: [(stimulus: Double, chosen: Bool)]) -> [ChoiceCount] {
    var counts: [Double: (trials: Int, chosen: Int)] = [:]
    for decision in decisions {
      counts[decision.stimulus, default: (0, 0)].trials += 1
      if decision.chosen { counts[decision.stimulus, default: (0, 0)].chosen += 1 }
    }
    return counts.sorted { $0.key < $1.key }.map {
      ChoiceCount(stimulus: $0.key, trials: $0.value.trials, chosen: $0.value.chosen)
    }
  }
}
