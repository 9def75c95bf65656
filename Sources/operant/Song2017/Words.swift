import Console
import Foundation

/// "0.51, 0.68, 0.83".
func list(_ values: [Double], digits: Int = 2) -> String {
  values.map { number($0, digits: digits) }.joined(separator: ", ")
}

/// "0.51"; "–" if there is nothing to tell.
func number(_ value: Double, digits: Int = 2) -> String {
  value.isFinite ? String(format: "%.\(digits)f", value) : "–"
}

/// Whether each value is at least as large as the one before it, but for `slack`.
func rises(_ values: [Double], slack: Double = 0) -> Bool {
  zip(values, values.dropFirst()).allSatisfy { $1 >= $0 - slack }
}

/// A coherence as tables have it: "6.4".
func label(_ value: Double) -> String { Figures.plain(Double(Float(value).description) ?? value) }

/// That trials are decided: the paper's networks do in 99 of 100 cases at least.
func decidedFinding(_ name: String, _ trials: TestTrials) -> Finding {
  Finding(
    statement: "\(name): at least 99 % of test trials are decided",
    measured: "\(Figures.percent(trials.answered)) of \(Figures.grouped(trials.trials.count))",
    holds: trials.answered >= 0.99)
}
