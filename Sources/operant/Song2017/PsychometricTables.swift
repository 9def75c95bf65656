import Analysis
import Gym
import Runs

/// Fits psychometric curves, and writes counts and fits as two tables.
///
/// - Parameters:
///   - stimuli: for each curve, by name, the stimulus of a trial; nil for trials that are not its own.
///   - chosen: the action that is counted.
/// - Returns: the curves, by name.
@discardableResult
func writePsychometric(
  _ trials: TestTrials, _ stimuli: KeyValuePairs<String, (TestTrial) -> Double?>, chosen: String,
  as name: String, _ laboratory: Laboratory
) throws -> [String: PsychometricCurve] {
  let action = trials.action(chosen)
  var counts = CSVTable(
    columns: ["curve", "stimulus", "trials", "chosen", "proportion", "low", "high"])
  var fits = CSVTable(columns: [
    "curve", "mu", "mu_low", "mu_high", "sigma", "sigma_low", "sigma_high", "slope",
  ])
  var curves: [String: PsychometricCurve] = [:]
  for (curveName, stimulus) in stimuli {
    let tally = ChoiceCount.tally(
      trials.decisions.compactMap { trial in
        stimulus(trial).map { (stimulus: $0, chosen: trial.choice == action) }
      })
    for count in tally {
      let interval = proportionInterval(successes: count.chosen, of: count.trials)
      counts.append([
        .text(curveName), .text(label(count.stimulus)), .integer(count.trials),
        .integer(count.chosen), .double(rounded(count.proportion ?? .nan)),
        .double(rounded(interval.lowerBound)), .double(rounded(interval.upperBound)),
      ])
    }
    guard let curve = PsychometricCurve(fittedTo: tally),
      let bootstrap = PsychometricBootstrap(of: tally, seed: Laboratory.testSeed)
    else { continue }
    curves[curveName] = curve
    fits.append(
      [.text(curveName)]
        + [
          curve.mean ?? .nan, bootstrap.mean?.lowerBound ?? .nan,
          bootstrap.mean?.upperBound ?? .nan, curve.spread, bootstrap.spread.lowerBound,
          bootstrap.spread.upperBound, curve.slope,
        ].map { .double(rounded($0)) })
  }
  try laboratory.write(counts, as: name)
  try laboratory.write(fits, as: name + "-fits")
  return curves
}
