/// How the way of a population keeps a variable in order, for each choice by itself.
///
///     ρ_choice = Spearman( v_c , ⟨ p_vc(t) ⟩ over times )       over conditions c of that choice
///
/// Near 1 in each choice, the population carries v though the choice does not need it (Mante et al.
/// 2013; Miconi, *eLife* 6:e20899, 2017, his figure 5).
///
/// - Parameters:
///   - trajectories: As told apart by choice and by v, at least.
///   - variable: v, along whose own axis positions are taken.
///   - times: Which of the trials' times count.
/// - Returns: ρ by choice; without those of fewer than three conditions, or none that differ.
public func positionOrder(
  of trajectories: [StateSpaceTrajectory], by variable: TaskVariable, during times: Range<Int>
) -> [Double: Double] {
  correlationByChoice(
    trajectories, variable, with: { $0.meanPosition(variable, during: times) },
    by: { rankCorrelation(of: $0, with: $1) })
}

/// How much of a variable is left in where the population ends along the axis of choice, for each
/// choice by itself.
///
///     r_choice = Pearson( v_c , p_choice,c(last t) )            over conditions c of that choice
///
/// Near 0 where v must not count.
///
/// - Returns: r by choice; without those of fewer than three conditions, or none that differ.
public func finalChoiceCorrelation(
  of trajectories: [StateSpaceTrajectory], with variable: TaskVariable
) -> [Double: Double] {
  correlationByChoice(
    trajectories, variable, with: { $0.points.last?.position[.choice] },
    by: { Correlation(of: $0, with: $1)?.coefficient })
}

private func correlationByChoice(
  _ trajectories: [StateSpaceTrajectory], _ variable: TaskVariable,
  with position: (StateSpaceTrajectory) -> Double?,
  by correlation: (_ values: [Double], _ positions: [Double]) -> Double?
) -> [Double: Double] {
  let placed = trajectories.compactMap { trajectory in
    position(trajectory).map { position in
      guard let choice = trajectory.condition[.choice], let value = trajectory.condition[variable]
      else { preconditionFailure("trajectories are told apart by choice and by \(variable)") }
      return (choice: choice, value: value, position: position)
    }
  }
  return Dictionary(grouping: placed, by: \.choice).compactMapValues { members in
    correlation(members.map(\.value), members.map(\.position))
  }
}

extension StateSpaceTrajectory {
  /// nil without a point in these times.
  fileprivate func meanPosition(_ variable: TaskVariable, during times: Range<Int>) -> Double? {
    let positions = points.filter { times.contains($0.time) }.compactMap { $0.position[variable] }
    return positions.isEmpty ? nil : mean(of: positions)
  }
}
