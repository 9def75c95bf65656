/// How close states of different conditions are that lead to the same response, beside those that
/// lead to different ones.
///
///     x̄_c   = mean over the trials of condition c
///     ratio = ⟨ |x̄_c − x̄_d| ⟩ over pairs c ≠ d of one response  /  the same over pairs of two responses
///
/// 1 if responses say nothing about states, near 0 once conditions differ only by their response
/// (after Miconi, *eLife* 6:e20899, 2017, his figure 3).
///
/// - Parameters:
///   - trials: The condition of each, its response, and its state: rates, or a place on a map. A
///     condition has one response.
/// - Returns: nil unless there are conditions of one response, and of two that do differ.
public func responseDistanceRatio<Condition: Hashable, Response: Equatable>(
  of trials: [(condition: Condition, response: Response, state: [Double])]
) -> Double? {
  let grouped = Dictionary(grouping: trials, by: \.condition)
  // In the order in which they are met, so that sums round alike each time.
  var met: Set<Condition> = []
  let conditions = trials.map(\.condition).filter { met.insert($0).inserted }.map { condition in
    let members = grouped[condition]!
    precondition(
      members.allSatisfy { $0.response == members[0].response }, "a condition has one response")
    let states = ColumnMatrix(columns: members.map(\.state))
    return (response: members[0].response, center: states.meanColumn)
  }
  var (same, different): ([Double], [Double]) = ([], [])
  for second in conditions.indices {
    for first in 0..<second {
      let apart = distance(conditions[first].center, conditions[second].center)
      if conditions[first].response == conditions[second].response {
        same.append(apart)
      } else {
        different.append(apart)
      }
    }
  }
  guard !same.isEmpty && !different.isEmpty && different.contains(where: { $0 > 0 }) else {
    return nil
  }
  return mean(of: same) / mean(of: different)
}
