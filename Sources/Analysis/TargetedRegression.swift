/// Axes of a population's state that go with choice, motion, colour and context, and the way the
/// state takes along them (Mante, Sussillo, Shenoy & Newsome, *Nature* 503, 2013, as the reference
/// program of Song, Yang & Wang 2017 does it).
///
///     zᵤ = (rᵤ − mean rᵤ)/sd rᵤ                                  units whose sd is above 0.2
///     zᵤ(t) = βᵤ₁ choice + βᵤ₂ motion + βᵤ₃ colour + βᵤ₄ context + βᵤ₅ + Σ_{v<w} βᵤ_vw v w
///     β_v(t) = (β₁ᵥ … β_Nᵥ)ᵀ                                     least squares, per unit and time
///     β_v ← D β_v,   D = Σₐ vₐ vₐᵀ                                optional: leading components vₐ
///     β_v^max = β_v(argmaxₜ ‖β_v(t)‖)
///     [β_choice^max β_motion^max β_colour^max β_context^max] = Q R,    R_ii ≥ 0
///     p_vc(t) = q_vᵀ ( x_c(t) − ⟨x(t)⟩_c )
///
/// Choice, motion and colour are signed by a unit's preference, +1 its preferred side; motion and
/// colour are divided by their largest coherence; context is +1 for motion. v w: the six products of
/// pairs, which may be left out. x_c: average z over correct trials of condition c.
///
///     let regression = try TargetedRegression(trials, preferredSides: preferences.preferredSides)
///     let ways = regression.trajectories(of: trials, by: [.choice, .motion, .context])
///
/// Miconi (*eLife* 6:e20899, 2017) regresses all units that vary at all, on the variables alone, with
/// sides as they are, and takes the side that was asked for as the choice:
///
///     let regression = try TargetedRegression(
///       trials, preferredSides: .init(repeating: .right, count: 200), on: .variables,
///       activeAbove: 1e-10)
///     let panel = regression.trajectories(
///       of: trials.filter { $0.context == .motion && $0.motion != 0 }, by: [.choice, .motion])
public struct TargetedRegression: Sendable {
  /// What rates are regressed on, besides a constant.
  public enum Terms: Equatable, Sendable {
    /// Choice, motion, colour and context.
    case variables
    /// These, and the six products of two of them.
    case variablesAndProducts

    fileprivate func callAsFunction(_ values: [Double]) -> [Double] {
      switch self {
      case .variables: values + [1]
      case .variablesAndProducts:
        values + [1]
          + values.indices.flatMap { first in
            ((first + 1)..<values.count).map { values[first] * values[$0] }
          }
      }
    }

    fileprivate var count: Int {
      switch self {
      case .variables: 5
      case .variablesAndProducts: 11
      }
    }
  }

  /// The units taken into account, by their index in the population.
  public let activeUnits: [Int]
  /// β_v(t), by variable and time, a number for each active unit; denoised if that was asked for.
  public let coefficients: [TaskVariable: [[Double]]]
  /// argmaxₜ ‖β_v(t)‖, by variable.
  public let strongestTimes: [TaskVariable: Int]
  /// q_v, by variable: of length 1 and orthogonal, a number for each active unit.
  public let axes: [TaskVariable: [Double]]

  private let unitCount: Int
  /// Mean and sd of active units.
  private let moments: [RunningMoments]
  /// +1 for active units that prefer the right, −1 for others.
  private let signs: [Double]
  private let scale: CoherenceScale

  /// Regresses.
  ///
  /// - Parameters:
  ///   - trials: Rates of all units at the times of the regression. Undecided trials are left out.
  ///   - preferredSides: Of each unit (`UnitPreferences`).
  ///   - terms: The equation's regressors.
  ///   - activity: The sd of its rate, over all trials and times, above which a unit is active.
  ///   - componentCount: How many principal components of the condition averages the coefficients
  ///     are projected on (Mante et al.: 12); nil leaves them as they are.
  public init(
    _ trials: [ContextTrial], preferredSides: [Side], on terms: Terms = .variablesAndProducts,
    activeAbove activity: Double = 0.2, denoisedTo componentCount: Int? = nil
  ) throws(StateSpaceError) {
    precondition(componentCount ?? 1 > 0, "there is at least one component to project on")
    let decided = trials.filter { $0.choice != nil }
    unitCount = preferredSides.count
    precondition(unitCount > 0, "there is a unit")

    let all = Self.moments(of: decided, unitCount: unitCount)
    let active = all.indices.filter { all[$0].standardDeviation > activity }
    guard active.count >= TaskVariable.allCases.count else {
      throw .tooFewUnits(active.count, needed: TaskVariable.allCases.count)
    }
    activeUnits = active
    moments = active.map { all[$0] }
    signs = active.map { preferredSides[$0].sign }
    scale = CoherenceScale(of: decided)

    let raw = decided.map { [unitCount, moments, scale] trial in
      (
        values: scale.values(in: trial),
        responses: normalised(trial.rates, units: active, of: unitCount, moments: moments)
      )
    }
    var coefficients = try Self.regress(raw, on: terms, signs: signs)
    if let componentCount {
      let correct = zip(decided, raw).filter { $0.0.isCorrect }.map(\.1)
      let averages = ConditionAverages(of: correct, by: TaskVariable.allCases, signs: signs)
      let samples = averages.responses.flatMap { $0.compactMap(\.self) }
      guard !samples.isEmpty else { throw .nothingToDenoiseBy }
      let components = principalComponents(
        of: ColumnMatrix(columns: samples), count: min(componentCount, active.count))
      coefficients = coefficients.mapValues { $0.map { project($0, on: components) } }
    }
    self.coefficients = coefficients
    strongestTimes = coefficients.mapValues { vectors in
      vectors.indices.max { squaredNorm(vectors[$0]) < squaredNorm(vectors[$1]) }!
    }
    let strongest = TaskVariable.allCases.map { [strongestTimes] in
      coefficients[$0]![strongestTimes[$0]!]
    }
    let q = orthonormalAxes(of: ColumnMatrix(columns: strongest))
    axes = Dictionary(
      uniqueKeysWithValues: TaskVariable.allCases.map { ($0, q.column($0.rawValue)) })
  }

  /// Mean and variance of each unit over all trials and times.
  private static func moments(of trials: [ContextTrial], unitCount: Int) -> [RunningMoments] {
    var moments = [RunningMoments](repeating: RunningMoments(), count: unitCount)
    for trial in trials {
      precondition(
        trial.rates.count % unitCount == 0,
        "\(trial.rates.count) rates are no whole number of times of \(unitCount) units")
      for start in stride(from: 0, to: trial.rates.count, by: unitCount) {
        for unit in 0..<unitCount { moments[unit].add(Double(trial.rates[start + unit])) }
      }
    }
    return moments
  }

  /// β_v(t) for the four variables.
  ///
  /// All units share one design matrix, with sides as they were. For a unit that prefers the left
  /// the equation has −choice, −motion and −colour in their places: the same columns up to a sign,
  /// so the same fit, with coefficients of the other sign.
  private static func regress(
    _ trials: [(values: [Double], responses: [Double])], on terms: Terms, signs: [Double]
  ) throws(StateSpaceError) -> [TaskVariable: [[Double]]] {
    let timeCount = trials.map { $0.responses.count / signs.count }.max() ?? 0
    var coefficients: [TaskVariable: [[Double]]] = [:]
    guard timeCount > 0 else { throw .tooFewTrials(0, time: 0, terms: terms.count) }
    for time in 0..<timeCount {
      let range = (time * signs.count)..<((time + 1) * signs.count)
      let played = trials.filter { $0.responses.count >= range.upperBound }
      guard played.count >= terms.count else {
        throw .tooFewTrials(played.count, time: time, terms: terms.count)
      }
      var design = ColumnMatrix(rows: played.count, columns: terms.count)
      var responses = ColumnMatrix(rows: played.count, columns: signs.count)
      for (row, trial) in played.enumerated() {
        for (column, term) in terms(trial.values).enumerated() { design[row, column] = term }
        for (unit, index) in range.enumerated() { responses[row, unit] = trial.responses[index] }
      }
      let (beta, rank) = leastSquares(design, responses)
      guard rank == terms.count else {
        throw .dependentRegressors(rank: rank, time: time, terms: terms.count)
      }
      for variable in TaskVariable.allCases {
        coefficients[variable, default: []].append(
          signs.indices.map { unit in
            beta[variable.rawValue, unit] * (variable.isSided ? signs[unit] : 1)
          })
      }
    }
    return coefficients
  }

  /// p_vc(t): the population's way along the axes in each condition.
  ///
  /// Only correct trials count. A time has a point if every active unit has a trial there, of the
  /// condition as the unit prefers it; the mean that is taken off is over the conditions that do.
  ///
  /// - Parameters:
  ///   - trials: Rates of all units, at times that need not be those of the regression.
  ///   - variables: What tells conditions apart; trials that differ in others only are averaged.
  /// - Returns: In ascending order of the variables' values, by the order of `variables`.
  public func trajectories(
    of trials: [ContextTrial], by variables: [TaskVariable]
  ) -> [StateSpaceTrajectory] {
    let correct = trials.filter { $0.choice != nil && $0.isCorrect }.map { trial in
      let values = scale.values(in: trial)
      return (
        values: variables.map { values[$0.rawValue] },
        responses: normalised(trial.rates, units: activeUnits, of: unitCount, moments: moments)
      )
    }
    let averages = ConditionAverages(of: correct, by: variables, signs: signs)
    let timeCount = averages.responses.first?.count ?? 0
    let means = (0..<timeCount).map { time -> [Double] in
      let there = averages.responses.compactMap { $0[time] }
      return signs.indices.map { unit in
        there.isEmpty ? 0 : there.reduce(0) { $0 + $1[unit] } / Double(there.count)
      }
    }
    return zip(averages.conditions, averages.responses).map { condition, responses in
      let points = responses.enumerated().compactMap { time, response -> StateSpacePoint? in
        guard let response else { return nil }
        return StateSpacePoint(
          time: time,
          position: axes.mapValues { axis in
            axis.indices.reduce(0) { $0 + axis[$1] * (response[$1] - means[time][$1]) }
          })
      }
      return StateSpaceTrajectory(
        condition: Dictionary(uniqueKeysWithValues: zip(variables, condition)), points: points)
    }
  }
}

/// Where a population's way leads in one condition.
public struct StateSpaceTrajectory: Equatable, Sendable {
  /// The values of the variables that tell conditions apart: +1 is the preferred side of every unit.
  public let condition: [TaskVariable: Double]
  /// In ascending time.
  public let points: [StateSpacePoint]
}

/// A place on the axes of choice, motion, colour and context.
public struct StateSpacePoint: Equatable, Sendable {
  /// Which of the trials' times.
  public let time: Int
  /// p, in units' standard deviations.
  public let position: [TaskVariable: Double]
}

/// What the largest coherences are, which count as 1.
private struct CoherenceScale: Sendable {
  private let motion: Double
  private let colour: Double

  init(of trials: [ContextTrial]) {
    motion = trials.map { abs($0.motion) }.max() ?? 0
    colour = trials.map { abs($0.colour) }.max() ?? 0
  }

  /// The variables of a decided trial, in their order, with sides as they were.
  func values(in trial: ContextTrial) -> [Double] {
    [
      trial.choice!.sign, motion == 0 ? 0 : trial.motion / motion,
      colour == 0 ? 0 : trial.colour / colour, trial.context == .motion ? 1 : -1,
    ]
  }
}

/// z of some of the units, [time × unit].
private func normalised(
  _ rates: [Float], units: [Int], of unitCount: Int, moments: [RunningMoments]
) -> [Double] {
  precondition(
    rates.count % unitCount == 0,
    "\(rates.count) rates are no whole number of times of \(unitCount) units")
  return stride(from: 0, to: rates.count, by: unitCount).flatMap { start in
    zip(units, moments).map { unit, moments in
      (Double(rates[start + unit]) - moments.mean) / moments.standardDeviation
    }
  }
}

private func squaredNorm(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 } }

/// D x with D = Σₐ vₐ vₐᵀ.
private func project(_ vector: [Double], on components: ColumnMatrix) -> [Double] {
  var projection = [Double](repeating: 0, count: vector.count)
  for column in 0..<components.columns {
    let component = components.column(column)
    let length = zip(component, vector).reduce(0) { $0 + $1.0 * $1.1 }
    for row in projection.indices { projection[row] += length * component[row] }
  }
  return projection
}
