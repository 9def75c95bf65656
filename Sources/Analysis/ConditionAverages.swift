/// The population's average response in each condition, as its units prefer it.
///
///     x_c(t) = ⟨ z(t) ⟩  over the trials of condition c
///
/// A unit that prefers the left is averaged over the mirror image of c: the same condition with the
/// sides of choice, motion and colour exchanged. So +1 is the preferred side of every unit.
struct ConditionAverages {
  let variables: [TaskVariable]
  /// In ascending order of their variables' values.
  let conditions: [[Double]]
  /// x_c(t), by condition and time; nil where a unit has no trial.
  let responses: [[[Double]?]]

  private struct Sums {
    /// Σ z, [time × unit].
    var responses: [Double]
    /// By time.
    var trials: [Int]
  }

  /// - Parameters:
  ///   - trials: The values of `variables` in each, with sides as they were; and z, [time × unit].
  ///   - signs: +1 for units that prefer the right, −1 for others.
  init(
    of trials: [(values: [Double], responses: [Double])], by variables: [TaskVariable],
    signs: [Double]
  ) {
    let unitCount = signs.count
    let timeCount = trials.map { $0.responses.count / unitCount }.max() ?? 0
    var sums: [[Double]: Sums] = [:]
    for trial in trials {
      var sum =
        sums.removeValue(forKey: trial.values)
        ?? Sums(
          responses: .init(repeating: 0, count: timeCount * unitCount),
          trials: .init(repeating: 0, count: timeCount))
      for index in trial.responses.indices { sum.responses[index] += trial.responses[index] }
      for time in 0..<(trial.responses.count / unitCount) { sum.trials[time] += 1 }
      sums[trial.values] = sum
    }

    func mirrored(_ condition: [Double]) -> [Double] {
      zip(variables, condition).map { $0.isSided ? -$1 : $1 }
    }
    // A condition may have been met as its mirror image only.
    let conditions = Set(sums.keys).union(sums.keys.map(mirrored)).sorted {
      $0.lexicographicallyPrecedes($1)
    }
    let responses = conditions.map { condition in
      let (plain, mirror) = (sums[condition], sums[mirrored(condition)])
      return (0..<timeCount).map { time -> [Double]? in
        var average: [Double] = []
        for unit in 0..<unitCount {
          guard let sum = signs[unit] > 0 ? plain : mirror, sum.trials[time] > 0 else { return nil }
          average.append(sum.responses[time * unitCount + unit] / Double(sum.trials[time]))
        }
        return average
      }
    }
    self.variables = variables
    let met = conditions.indices.filter { condition in responses[condition].contains { $0 != nil } }
    self.conditions = met.map { conditions[$0] }
    self.responses = met.map { responses[$0] }
  }
}
