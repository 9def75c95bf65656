/// When a subject has learned: the first trial at which most of those just past went well.
///
///     n* = min { n ≥ w :  #{ m ∈ n − w + 1 … n : err_m < bound }  >  k }        w = 100, k = 95
///
/// Trials count from 0, and the window looks back (Miconi, *eLife* 6:e20899, 2017; his script for
/// selective integration looks ahead, which tells a time about w smaller). Should errors be on either
/// side of the bound by a coin, a window meets it with probability below 10⁻²⁰.
///
///     LearningCriterion(errorBelow: 1).trial(in: errors)      // 843, or nil: never
public struct LearningCriterion: Equatable, Sendable {
  /// The error that a trial must stay below to count as good.
  public var errorBound: Double
  /// w, in trials.
  public var window: Int
  /// k: more good trials than these are asked for.
  public var goodTrials: Int

  public init(errorBelow errorBound: Double, inMoreThan goodTrials: Int = 95, of window: Int = 100)
  {
    precondition(
      goodTrials >= 0 && goodTrials < window,
      "more than \(goodTrials) of \(window) trials can't be good")
    self.errorBound = errorBound
    self.window = window
    self.goodTrials = goodTrials
  }

  /// Whether the last of these trials meets it.
  ///
  /// - Parameter errors: of successive trials, the first one on.
  public func isMet(at errors: [Double]) -> Bool {
    errors.count > window && errors.suffix(window).count { $0 < errorBound } > goodTrials
  }

  /// n*; nil if no trial of these met it.
  ///
  /// - Parameter errors: err₀ … err_T₋₁, of successive trials.
  public func trial(in errors: [Double]) -> Int? {
    var good = 0
    for (trial, error) in errors.enumerated() {
      if error < errorBound { good += 1 }
      if trial >= window && errors[trial - window] < errorBound { good -= 1 }
      if trial >= window && good > goodTrials { return trial }
    }
    return nil
  }
}

/// How long replicates took to meet a criterion.
///
///     times of those that met it, and the length examined for each that never did
///
/// The median and quartiles are over all of them (Miconi 2017), so where `unmetCount` is more than a
/// quarter the upper quartile says how long was watched, and no more.
public struct CriterionTimes: Equatable, Sendable {
  /// Of each replicate, in trials; nil if it never met the criterion.
  public let times: [Int?]
  /// How many trials each replicate was watched for.
  public let trialsExamined: Int

  public init(_ times: [Int?], trialsExamined: Int) {
    precondition(!times.isEmpty, "criterion times are of at least one replicate")
    precondition(
      times.allSatisfy { $0 ?? 0 < trialsExamined },
      "a criterion met after the \(trialsExamined) trials that were examined")
    self.times = times
    self.trialsExamined = trialsExamined
  }

  /// Of equally many trials from each replicate: [replicate][trial].
  public init(of errors: [[Double]], meeting criterion: LearningCriterion) {
    let count = errors.first?.count ?? 0
    precondition(
      errors.allSatisfy { $0.count == count }, "replicates are watched for equally many trials")
    self.init(errors.map { criterion.trial(in: $0) }, trialsExamined: count)
  }

  /// How many replicates never met the criterion.
  public var unmetCount: Int { times.count { $0 == nil } }

  public var median: Double { quantile(0.5) }
  public var lowerQuartile: Double { quantile(0.25) }
  public var upperQuartile: Double { quantile(0.75) }

  /// A quantile of the times, in trials; see `quantile(_:of:)`.
  public func quantile(_ fraction: Double) -> Double {
    Analysis.quantile(fraction, of: times.map { Double($0 ?? trialsExamined) })
  }
}
