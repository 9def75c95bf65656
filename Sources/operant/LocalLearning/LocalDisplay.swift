import Analysis
import Console

/// What a person sees of a training by the local rule.
struct LocalDisplay {
  private var bar: ProgressBar
  private let isQuiet: Bool
  private let configuration: LocalRunConfiguration
  private let firstTrial: Int
  private let startTime = secondsOfUptime()

  /// Trials after which a line is printed that stays.
  private static let lineTrials = 500

  init(_ configuration: LocalRunConfiguration, startingAt trial: Int, isQuiet: Bool) {
    self.configuration = configuration
    self.isQuiet = isQuiet
    firstTrial = trial
    bar = ProgressBar(configuration.alias)
  }

  /// Draws how far the training is.
  mutating func show(_ errors: [Double]) {
    guard !isQuiet else { return }
    let display = self
    bar.show(display.reading(errors))
  }

  private func reading(_ errors: [Double]) -> ProgressBar.Reading {
    let limit = configuration.training.trialLimit
    var fields = fields(errors)
    let elapsed = secondsOfUptime() - startTime
    // What the first moments say of the rest is far off.
    if elapsed >= 1 {
      let rate = Double(errors.count - firstTrial) / elapsed
      let bound = configuration.training.endsWhenLearned ? "left ≤ " : "left "
      fields += [
        "\(Figures.grouped(Int(rate))) trials/s",
        bound + Figures.duration(Double(limit - errors.count) / max(rate, 1e-9)),
      ]
    }
    return .init(fraction: Double(errors.count) / Double(max(1, limit)), fields: fields)
  }

  /// Of the last hundred trials.
  private func fields(_ errors: [Double]) -> [String] {
    let recent = Array(errors.suffix(LocalRun.rowTrials))
    var fields = [
      "trials " + Figures.padded(Figures.grouped(errors.count), to: 7),
      "error " + Figures.padded(Figures.hundredths(median(of: recent)), to: 5),
    ]
    if configuration.training.criterion != nil {
      let good = recent.count { $0 < configuration.training.errorToReach }
      fields.append(
        "good "
          + Figures.padded(Figures.percent(Double(good) / Double(max(1, recent.count))), to: 7))
    }
    return fields
  }

  /// Prints how it goes, now and then.
  mutating func tell(_ errors: [Double]) {
    guard !isQuiet, errors.count % Self.lineTrials == 0 else { return }
    bar.note(([configuration.alias] + fields(errors)).joined(separator: "  "))
  }

  mutating func erase() { bar.erase() }
}
