/// A trial that ended with a decision, of a task where the subject chooses when to decide.
public struct ReactionTrial: Equatable, Sendable {
  /// In the unit of the experiment, such as % coherence without a sign.
  public var stimulus: Double
  /// From the onset of the stimulus to the choice, in ms.
  public var reactionTime: Double
  public var isCorrect: Bool

  public init(stimulus: Double, reactionTime: Double, isCorrect: Bool) {
    self.stimulus = stimulus
    self.reactionTime = reactionTime
    self.isCorrect = isCorrect
  }
}

/// The mean reaction time at one stimulus.
public struct ChronometricPoint: Equatable, Sendable {
  public let stimulus: Double
  public let trials: Int
  /// In ms.
  public let meanReactionTime: Double
  /// s/√n, in ms.
  public let standardError: Double
}

/// How long decisions take at each stimulus, right and wrong ones apart (Song, Yang & Wang 2017,
/// Fig. 1—figure supplement 2; after Roitman & Shadlen, *J. Neurosci.* 22, 2002).
///
///     RT(x) = (1/n) Σᵢ RTᵢ  ±  s/√n,    over the n trials at x
///
/// The paper leaves out coherence 0, where right and wrong are drawn by chance; here that is up to
/// who hands in the trials.
public struct ChronometricCurves: Equatable, Sendable {
  /// In ascending stimulus.
  public let correct: [ChronometricPoint]
  /// In ascending stimulus.
  public let error: [ChronometricPoint]

  /// - Parameter minimum: A point needs more trials than this; at least 1, for an error needs two.
  public init(of trials: [ReactionTrial], moreTrialsThan minimum: Int = 10) {
    precondition(minimum >= 1, "the error of a mean needs two trials")
    correct = Self.points(of: trials.filter(\.isCorrect), minimum)
    error = Self.points(of: trials.filter { !$0.isCorrect }, minimum)
  }

  private static func points(of trials: [ReactionTrial], _ minimum: Int) -> [ChronometricPoint] {
    Dictionary(grouping: trials, by: \.stimulus).filter { $0.value.count > minimum }
      .sorted { $0.key < $1.key }.map { stimulus, trials in
        let times = trials.map(\.reactionTime)
        return ChronometricPoint(
          stimulus: stimulus, trials: trials.count, meanReactionTime: mean(of: times),
          standardError: standardError(of: times))
      }
  }
}
