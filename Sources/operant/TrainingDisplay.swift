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
    var fields = Self.fields(
      trials: update * trialsPerUpdate, reward: recentReward ?? .nan,
      correct: latest?.correct ?? .nan, decided: latest?.decided ?? .nan)
    let elapsed = secondsOfUptime() - startTime
    // What the first moments say of the rest is far off.
    if elapsed >= 1 {
      let rate = Double((update - firstUpdate) * trialsPerUpdate) / elapsed
      let left = Double((limit - update) * trialsPerUpdate) / max(rate, 1e-9)
      fields += ["\(Figures.grouped(Int(rate))) trials/s", "left ≤ \(Figures.duration(left))"]
    }
    return ProgressBar.Reading(
      fraction: Double(update) / Double(max(1, limit)), fields: fields)
  }

  /// The same widths whatever the numbers, so that lines make columns and the bar holds still.
  private static func fields(
    trials: Int, reward: Double, correct: Double, decided: Double
  ) -> [String] {
    [
      "trials " + Figures.padded(Figures.grouped(trials), to: 7),
      "reward " + Figures.padded(Figures.hundredths(reward), to: 5),
      "correct " + Figures.padded(Figures.percent(correct), to: 7),
      "decided " + Figures.padded(Figures.percent(decided), to: 7),
    ]
  }

  /// Prints how a validation went.
  mutating func tell(_ validation: Validation, isBest: Bool, meetsCriterion: Bool) {
    latest = validation
    guard !isQuiet else { return }
    var fields = Self.fields(
      trials: validation.trials, reward: validation.meanReward,
      correct: validation.correct ?? .nan, decided: validation.decided ?? .nan)
    if let optedOut = validation.optedOut {
      fields.append("opted out " + Figures.padded(Figures.percent(optedOut), to: 7))
    }
    let verdict = meetsCriterion ? ["criterion met"] : isBest ? ["best so far"] : []
    bar.note(([configuration.alias] + fields + verdict).joined(separator: "  "))
  }

  mutating func erase() { bar.erase() }
}

extension Figures {
  /// Text that ends where a column does.
  static func padded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// `0.75`, `−1.00`; `–` if there is nothing to tell.
  static func hundredths(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let hundredths = Int((abs(value) * 100).rounded())
    let fraction = String(hundredths % 100)
    return (value < 0 && hundredths > 0 ? "−" : "") + "\(hundredths / 100)."
      + (fraction.count == 1 ? "0" : "") + fraction
  }
}
