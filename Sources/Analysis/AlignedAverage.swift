/// Averages of signals over trials, on a time axis that is aligned to an event: the
/// peri-stimulus time histogram of rates, or of the value.
///
///     r̄(k) = Σₙ Mₙ(eₙ + k) rₙ(eₙ + k)  /  Σₙ Mₙ(eₙ + k)
///
/// eₙ: the step of the event in trial n; k: steps from it; Mₙ: 1 at steps that were played, 0 at
/// others, so that trials drop out after they end (reference program of Song, Yang & Wang 2017).
///
///     var average = AlignedAverage<Side>(signalCount: 100, maximumStepCount: 276)
///     average.add(rates, alignedAt: onset - 1, to: .right)     // for each trial
///     average.points(of: .right, signal: 11)                   // unit 11
///
/// It holds one sum per group, step and signal, however many trials come. The reference program
/// aligns to the step *before* the one that first senses a stimulus, to the step of the action that
/// chooses, and in the economic task to the very step the offer comes on.
public struct AlignedAverage<Group: Hashable & Sendable>: Sendable {
  /// How many signals a trial has: units, or 1 for a value.
  public let signalCount: Int
  /// The axis: steps from the event.
  public let steps: ClosedRange<Int>
  private var sums: [Group: Sums] = [:]
  /// In the order in which they first came.
  public private(set) var groups: [Group] = []

  private struct Sums: Sendable {
    /// Σ M r, [step × signal].
    var signals: [Double]
    /// Σ M, by step.
    var trials: [Int]

    init(stepCount: Int, signalCount: Int) {
      signals = .init(repeating: 0, count: stepCount * signalCount)
      trials = .init(repeating: 0, count: stepCount)
    }

    /// Adds the signals of one step.
    mutating func add(_ values: ArraySlice<Float>, at place: Int) {
      trials[place] += 1
      var index = place * values.count
      for value in values {
        signals[index] += Double(value)
        index += 1
      }
    }
  }

  /// An average on an axis of its own, such as −20...45 steps.
  public init(signalCount: Int = 1, steps: ClosedRange<Int>) {
    precondition(signalCount > 0, "an average needs a signal")
    self.signalCount = signalCount
    self.steps = steps
  }

  /// An average on an axis that holds all of every trial wherever its event is: −(T − 1)…(T − 1).
  ///
  /// - Parameter maximumStepCount: T, how many steps the longest trial can have.
  public init(signalCount: Int = 1, maximumStepCount: Int) {
    precondition(maximumStepCount > 0, "a trial has a step")
    self.init(signalCount: signalCount, steps: (1 - maximumStepCount)...(maximumStepCount - 1))
  }

  /// Adds a trial.
  ///
  /// - Parameters:
  ///   - signals: r of the trial's steps from its first, [step × signal].
  ///   - mask: M, by step; without it all steps given were played.
  ///   - event: e, the step to align to. It may lie outside the trial.
  ///   - group: Which average the trial counts for.
  public mutating func add(
    _ signals: [Float], mask: [Bool]? = nil, alignedAt event: Int, to group: Group
  ) {
    let stepCount = signals.count / signalCount
    precondition(
      signals.count == stepCount * signalCount,
      "\(signals.count) numbers are no whole number of steps of \(signalCount) signals")
    precondition(
      mask == nil || mask!.count == stepCount, "a mask has an entry for each step of its trial")
    if sums[group] == nil {
      groups.append(group)
      sums[group] = Sums(stepCount: steps.count, signalCount: signalCount)
    }
    let axis = (event + steps.lowerBound)..<(event + steps.upperBound + 1)
    for step in axis.clamped(to: 0..<stepCount) where mask?[step] ?? true {
      let place = step - axis.lowerBound
      let range = (step * signalCount)..<((step + 1) * signalCount)
      sums[group]!.add(signals[range], at: place)
    }
  }

  /// r̄ of one signal in one group, at the steps where a trial was being played, in ascending order;
  /// empty for a group no trial was added to.
  public func points(of group: Group, signal: Int = 0) -> [AlignedPoint] {
    precondition(
      (0..<signalCount).contains(signal), "signals are 0..<\(signalCount), not \(signal)")
    guard let sums = sums[group] else { return [] }
    return zip(steps, sums.trials.indices).compactMap { step, place in
      let trials = sums.trials[place]
      guard trials > 0 else { return nil }
      return AlignedPoint(
        step: step, mean: sums.signals[place * signalCount + signal] / Double(trials),
        trials: trials)
    }
  }
}

/// The average of a signal at one step from an event.
public struct AlignedPoint: Equatable, Sendable {
  /// k, in steps.
  public let step: Int
  /// r̄(k), in the signal's unit.
  public let mean: Double
  /// Over how many trials.
  public let trials: Int
}
