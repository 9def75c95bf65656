import Analysis
import Gym
import Runs

/// Averages of signals over trials, group by group, on their way into a table.
///
///     var averages = Averages(of: ["coherence", "choice"], signalCount: 100, around: -200...450, timeStep: 10)
///     averages.add(activity.decisionRates, at: onset, to: ["12.8", "right"])
///     averages.append(to: &table, panel: "stimulus", signal: 11)
struct Averages {
  private let timeStep: Milliseconds
  private var average: AlignedAverage<[String]>

  /// - Parameters:
  ///   - window: in ms around the event.
  init(signalCount: Int, around window: ClosedRange<Milliseconds>, timeStep: Milliseconds) {
    self.timeStep = timeStep
    average = AlignedAverage(
      signalCount: signalCount,
      steps: (window.lowerBound / timeStep)...(window.upperBound / timeStep))
  }

  /// Adds a trial: [step × signal], aligned to the step `event`.
  mutating func add(_ signals: [Float], at event: Int, to group: [String]) {
    average.add(signals, alignedAt: event, to: group)
  }

  /// The groups, sorted.
  var groups: [[String]] { average.groups.sorted { $0.lexicographicallyPrecedes($1) } }

  /// The mean of a signal in a stretch of time around the event; nil if no trial was there.
  func mean(
    of signal: Int, in group: [String], _ window: ClosedRange<Milliseconds>
  ) -> Double? {
    let points = average.points(of: group, signal: signal).filter {
      window.contains($0.step * timeStep)
    }
    let trials = points.reduce(0) { $0 + $1.trials }
    guard trials > 0 else { return nil }
    return points.reduce(0) { $0 + $1.mean * Double($1.trials) } / Double(trials)
  }

  /// Adds a row a step: panel, signal, the group, time in ms, mean, trials.
  func append(to table: inout CSVTable, panel: String, signal: Int, named name: String? = nil) {
    for group in groups {
      for point in average.points(of: group, signal: signal) {
        table.append(
          [.text(panel), .text(name ?? "\(signal)")] + group.map { .text($0) }
            + [
              .integer(point.step * timeStep), .double(rounded(point.mean)), .integer(point.trials),
            ])
      }
    }
  }

  /// The columns of such a table, for groups told by `factors`.
  static func columns(_ factors: [String]) -> [String] {
    ["panel", "unit"] + factors + ["time_ms", "mean", "trials"]
  }
}

/// As many digits as a figure shows, so that tables are not longer than they need be.
func rounded(_ value: Double, digits: Int = 6) -> Double {
  guard value.isFinite, value != 0 else { return value }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  return (value * scale).rounded() / scale
}
