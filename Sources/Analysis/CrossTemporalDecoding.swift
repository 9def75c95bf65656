import COpenBLAS
import Gym

/// What a population's state at one time tells when it is read as at another (Meyers et al.,
/// *J. Neurophysiol.* 100, 2008; Stokes et al., *Neuron* 78, 2013; Miconi, *eLife* 6:e20899, 2017).
///
///     m_c(t)    = ⟨ r(t) ⟩ over the training half's trials of class c
///     ĉ(t, s)   = argmax_c  corr( r(s), m_c(t) )                 across units, each trial of the other half
///     A(t, s)   = ⟨ ĉ(t, s) is the trial's class ⟩                over these trials, and over random halves
///
/// Halves are of all trials, so a class may have more trials in one than in the other. Classes that
/// correlate equally share the guess; a state without any variance across units correlates 0.
///
///     let decoding = CrossTemporalDecoding(of: trials, unitCount: 200, times: times, seed: 1)
///     decoding.meanDiagonal(over: 50..<750)                       // read as at its own time
///     decoding.meanAccuracy(between: 50..<200, and: 400..<600)    // read across
public struct CrossTemporalDecoding: Equatable, Sendable {
  /// When rates were taken.
  public let times: [Milliseconds]
  /// A, [training time × test time].
  public let accuracies: [Double]
  /// What guessing would reach: 1 / number of classes.
  public let chance: Double

  /// Decodes.
  ///
  /// - Parameters:
  ///   - trials: The class of each, and rates of all units at `times`, [time × unit]
  ///     (`sampledRates`). At least two classes, and two trials.
  ///   - splitCount: How many random halves.
  ///   - seed: The same seed gives the same halves.
  public init<Label: Hashable>(
    of trials: [(label: Label, rates: [Float])], unitCount: Int, times: [Milliseconds],
    splitCount: Int = 100, seed: UInt64
  ) {
    precondition(unitCount > 0 && splitCount > 0, "there are units, and halves to read them by")
    precondition(
      trials.allSatisfy { $0.rates.count == times.count * unitCount },
      "each trial has rates of \(unitCount) units at \(times.count) times")
    let labels = trials.map(\.label)
    // In the order in which they are met, so that runs agree.
    var classes: [Label: Int] = [:]
    for label in labels where classes[label] == nil { classes[label] = classes.count }
    precondition(classes.count > 1, "decoding needs two classes to tell apart")
    self.times = times
    chance = 1 / Double(classes.count)

    let states = trials.map { lessMean($0.rates, unitCount: unitCount) }
    let members = labels.map { classes[$0]! }
    var scores = [Double](repeating: 0, count: times.count * times.count)
    var testCount = 0
    for split in 0..<splitCount {
      var random = Random(seed: seed, stream: Self.stream, trial: UInt64(split))
      let order = shuffled(trials.count, using: &random)
      let (training, test) = (order[..<(trials.count / 2)], order[(trials.count / 2)...])
      let prototypes = Prototypes(
        of: training.map { (members[$0], states[$0]) }, classCount: classes.count,
        unitCount: unitCount)
      for trial in test {
        prototypes.score(states[trial], of: members[trial], into: &scores)
      }
      testCount += test.count
    }
    accuracies = scores.map { $0 / Double(testCount) }
  }

  /// The stream the halves are drawn from.
  static let stream = Stream("decoding split")

  // MARK: In numbers

  /// A(t, t).
  public var diagonal: [Double] { times.indices.map { accuracies[$0 * times.count + $0] } }

  /// The mean of A(t, t) over the times in a window; nil if there are none.
  public func meanDiagonal(over window: Range<Milliseconds>) -> Double? {
    let values = zip(times, diagonal).filter { window.contains($0.0) }.map(\.1)
    return values.isEmpty ? nil : mean(of: values)
  }

  /// The mean of A over training times in one window and test times in another; nil if one of them
  /// has no times.
  public func meanAccuracy(
    training: Range<Milliseconds>, test: Range<Milliseconds>
  ) -> Double? {
    let rows = times.indices.filter { training.contains(times[$0]) }
    let columns = times.indices.filter { test.contains(times[$0]) }
    guard !rows.isEmpty && !columns.isEmpty else { return nil }
    return mean(of: rows.flatMap { row in columns.map { accuracies[row * times.count + $0] } })
  }

  /// The mean of A with training in one window and test in the other, and the other way round.
  public func meanAccuracy(
    between one: Range<Milliseconds>, and other: Range<Milliseconds>
  ) -> Double? {
    guard let forwards = meanAccuracy(training: one, test: other),
      let backwards = meanAccuracy(training: other, test: one)
    else { return nil }
    // Both blocks have the same number of entries.
    return (forwards + backwards) / 2
  }

  /// How far A(t, t) is below its largest value at a time; nil if no rates were taken then.
  public func diagonalFall(at time: Milliseconds) -> Double? {
    guard let index = times.firstIndex(of: time) else { return nil }
    return diagonal.max()! - diagonal[index]
  }
}

/// Average states of the classes, by which single ones are read.
private struct Prototypes {
  let unitCount: Int
  let timeCount: Int
  /// Whether a class had any training trial.
  let isKnown: [Bool]
  /// (m − mean m)/|m − mean m|, [class × time × unit]; 0 where that is 0/0.
  let directions: [Float]

  /// - Parameter trials: The class of each, and its states less their means, [time × unit].
  init(of trials: [(member: Int, states: [Float])], classCount: Int, unitCount: Int) {
    self.unitCount = unitCount
    let size = trials.first?.states.count ?? 0
    timeCount = size / unitCount
    var sums = [Float](repeating: 0, count: classCount * size)
    var isKnown = [Bool](repeating: false, count: classCount)
    for trial in trials {
      isKnown[trial.member] = true
      sums.withUnsafeMutableBufferPointer {
        cblas_saxpy(
          Int32(size), 1, trial.states, 1, $0.baseAddress! + trial.member * size, 1)
      }
    }
    // A sum has the direction of an average.
    for start in stride(from: 0, to: sums.count, by: unitCount) {
      let unit = start..<(start + unitCount)
      let length = unit.reduce(Float(0)) { $0 + sums[$1] * sums[$1] }.squareRoot()
      for place in unit where length > 0 { sums[place] /= length }
    }
    self.isKnown = isKnown
    directions = sums
  }

  /// Adds 1 to each pair of training and test times at which a trial's class is guessed.
  ///
  /// - Parameter states: Of the trial, less their means, [time × unit]. Their lengths would divide
  ///   the correlations with all classes alike.
  func score(_ states: [Float], of member: Int, into scores: inout [Double]) {
    let (rows, columns) = (timeCount, isKnown.count * timeCount)
    guard rows > 0 else { return }
    var products = [Float](repeating: 0, count: rows * columns)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(unitCount), 1,
      states, Int32(unitCount), directions, Int32(unitCount), 0, &products, Int32(columns))
    for test in 0..<rows {
      for training in 0..<rows {
        let start = test * columns + training
        var best = -Float.infinity
        var ties = 0
        for known in isKnown.indices where isKnown[known] {
          let product = products[start + known * timeCount]
          if product > best { (best, ties) = (product, 1) } else if product == best { ties += 1 }
        }
        if isKnown[member] && products[start + member * timeCount] == best {
          scores[training * rows + test] += 1 / Double(ties)
        }
      }
    }
  }
}

/// r(t) less its mean across units, [time × unit].
private func lessMean(_ rates: [Float], unitCount: Int) -> [Float] {
  var rates = rates
  for start in stride(from: 0, to: rates.count, by: unitCount) {
    let units = start..<(start + unitCount)
    let mean = units.reduce(Float(0)) { $0 + rates[$1] } / Float(unitCount)
    for place in units { rates[place] -= mean }
  }
  return rates
}

/// 0 ..< count in random order.
func shuffled(_ count: Int, using random: inout Random) -> [Int] {
  var order = Array(0..<count)
  for place in 0..<count { order.swapAt(place, place + random.index(below: count - place)) }
  return order
}
