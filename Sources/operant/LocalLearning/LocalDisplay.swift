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
  mutating func show(_ record: LocalRecord) {
    guard !isQuiet else { return }
    let display = self
    bar.show(display.reading(record))
  }

  private func reading(_ record: LocalRecord) -> ProgressBar.Reading {
    let limit = configuration.training.trialLimit
    var fields = fields(record)
    let elapsed = secondsOfUptime() - startTime
    // What the first moments say of the rest is far off.
    if elapsed >= 1 {
      let rate = Double(record.count - firstTrial) / elapsed
      let bound = configuration.training.endsWhenLearned ? "left ≤ " : "left "
      fields += [
        "\(Figures.grouped(Int(rate))) trials/s",
        bound + Figures.duration(Double(limit - record.count) / max(rate, 1e-9)),
      ]
    }
    return .init(fraction: Double(record.count) / Double(max(1, limit)), fields: fields)
  }

  /// Of the last hundred trials.
  private func fields(_ record: LocalRecord) -> [String] {
    let training = configuration.training
    let recent = Array(record.errors.suffix(LocalRun.rowTrials))
    var fields = ["trials " + Figures.padded(Figures.grouped(record.count), to: 7)]
    if !training.isOfChoices {
      fields.append("error " + Figures.padded(Figures.hundredths(median(of: recent)), to: 5))
    }
    if training.criterion != nil {
      let good = Figures.percent(training.goodFraction(of: record))
      fields.append(
        (training.isOfChoices ? "correct " : "good ") + Figures.padded(good, to: 7))
    }
    return fields
  }

  /// Prints how it goes, now and then.
  mutating func tell(_ record: LocalRecord) {
    guard !isQuiet, record.count % Self.lineTrials == 0 else { return }
    bar.note(([configuration.alias] + fields(record)).joined(separator: "  "))
  }

  mutating func erase() { bar.erase() }
}
