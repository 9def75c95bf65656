import Console
import Learning

/// What a person sees of a training.
struct TrainingDisplay {
  private var bar: ProgressBar
  private let isQuiet: Bool
  private let configuration: RunConfiguration
  private let firstUpdate: Int
  private let startTime = secondsOfUptime()
  private var latest: Validation?
  /// Over the last updates, each counting a tenth less than the one after it.
  private var recentReward: Double?

  init(_ configuration: RunConfiguration, startingAt update: Int, isQuiet: Bool) {
    self.configuration = configuration
    self.isQuiet = isQuiet
    firstUpdate = update
    bar = ProgressBar(configuration.alias)
  }

  /// Draws how far the training is.
  mutating func show(update: Int, _ measures: Reinforce.Measures) {
    recentReward = recentReward.map { 0.9 * $0 + 0.1 * measures.meanReward } ?? measures.meanReward
    guard !isQuiet else { return }
    let display = self
    bar.show(display.reading(update: update))
  }

  private func reading(update: Int) -> ProgressBar.Reading {
    let trialsPerUpdate = configuration.training.trialsPerUpdate
    let limit = configuration.training.updateLimit
    let elapsed = max(1e-9, secondsOfUptime() - startTime)
    let rate = Double((update - firstUpdate) * trialsPerUpdate) / elapsed
    let left = Double((limit - update) * trialsPerUpdate) / max(rate, 1e-9)
    return ProgressBar.Reading(
      fraction: Double(update) / Double(max(1, limit)),
      fields: [
        "trials \(Figures.grouped(update * trialsPerUpdate))",
        "reward \(Figures.hundredths(recentReward ?? .nan))",
        "correct \(Figures.percent(latest?.correct ?? .nan))",
        "decided \(Figures.percent(latest?.decided ?? .nan))",
        "\(Figures.grouped(Int(rate))) trials/s", "left ≤ \(Figures.duration(left))",
      ])
  }

  /// Prints how a validation went.
  mutating func tell(_ validation: Validation, isBest: Bool, meetsCriterion: Bool) {
    latest = validation
    guard !isQuiet else { return }
    bar.note(
      "\(configuration.alias)  trials \(Figures.grouped(validation.trials))"
        + "  reward \(Figures.hundredths(validation.meanReward))"
        + "  decided \(Figures.percent(validation.decided))"
        + "  correct \(Figures.percent(validation.correct ?? .nan))"
        + (meetsCriterion ? "  criterion met" : isBest ? "  best so far" : ""))
  }

  mutating func erase() { bar.erase() }
}

extension Figures {
  /// `0.75`, `−1.00`; `–` if there is nothing to tell.
  static func hundredths(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let hundredths = Int((abs(value) * 100).rounded())
    let fraction = String(hundredths % 100)
    return (value < 0 && hundredths > 0 ? "−" : "") + "\(hundredths / 100)."
      + (fraction.count == 1 ? "0" : "") + fraction
  }
}
