/// What predicts how much a trial will err, so that only what is better or worse than expected teaches.
///
/// An expectation must be right for each kind of trial on its own (Frémaux, Sprekeler & Gerstner 2010),
/// must not have seen the perturbation that it judges, and must follow as the network gets better.
protocol ExpectedErrors {
  /// All that has been learned, in one array.
  var learned: [Double] { get set }

  /// What is expected of the trial just played.
  func expectation(of trial: RateTrial, condition: Int, stepCount: Int) -> ExpectedError

  /// Learns from the same trial. `expected` is what `expectation` has said.
  mutating func learn(
    from error: Double, against expected: ExpectedError, in trial: RateTrial, condition: Int)
}

/// V, once or for every step.
struct ExpectedError: Equatable {
  /// V, or its mean over the steps.
  var mean: Double
  /// V(t), if it differs from step to step.
  var bySteps: [Float]?
}

/// Running means of the error: one for each condition, or a single one.
///
///     Ē_k ← α_R Ē_k + (1 − α_R) E
struct MeanErrors: ExpectedErrors {
  /// α_R
  let memory: Double
  /// Ē, by condition or alone.
  var learned: [Double]

  init(count: Int, memory: Double) {
    self.memory = memory
    learned = .init(repeating: 0, count: count)
  }

  func expectation(of _: RateTrial, condition: Int, stepCount _: Int) -> ExpectedError {
    ExpectedError(mean: learned[place(of: condition)])
  }

  mutating func learn(
    from error: Double, against _: ExpectedError, in _: RateTrial, condition: Int
  ) {
    let k = place(of: condition)
    learned[k] = memory * learned[k] + (1 - memory) * error
  }

  private func place(of condition: Int) -> Int { learned.count == 1 ? 0 : condition }
}

/// A linear read-out on top of a running mean over all trials.
///
///     V(t) = Ē + w φ(t)
///     w ← w + η_v ⟨(E − V) φ⟩ / ⟨φ φ⟩          Ē ← α_R Ē + (1 − α_R) E
///
/// φ(t) is made of what has been heard until t and of rates until t − 1, so what a perturbation at t
/// leads to is not in it. ⟨·⟩ is over the steps at which something was expected: all of them, or the
/// first of the response. The division makes η_v the share of the error that is taken back, whatever the
/// features' size.
struct LinearExpectedErrors: ExpectedErrors {
  let features: any Features
  let time: ExpectationTime
  let responseSteps: Int
  /// η_v and α_R
  let rate: Double
  let memory: Double
  /// Ē
  private var mean = 0.0
  /// w
  private var weights: [Double]

  init(_ features: any Features, rule: LocalRule) {
    self.features = features
    time = rule.expectationTime
    responseSteps = rule.responseSteps
    rate = rule.expectationRate
    memory = rule.expectationMemory
    weights = .init(repeating: 0, count: features.count)
  }

  /// Ē, then w, then what was learned of the features.
  var learned: [Double] {
    get { [mean] + weights + features.learned.map { Double($0) } }
    set {
      mean = newValue[0]
      weights = Array(newValue[1...features.count])
      features.learned = newValue[(1 + features.count)...].map { Float($0) }
    }
  }

  func expectation(of trial: RateTrial, condition _: Int, stepCount: Int) -> ExpectedError {
    features.take(from: trial, stepCount: stepCount)
    let weights = FloatBuffer(weights.map { Float($0) })
    let product = FloatBuffer(count: stepCount)
    multiply(
      MatrixView(
        features.values.start, rows: stepCount, columns: features.count, stride: features.stride),
      MatrixView(weights.start, rows: features.count, columns: 1),
      into: MatrixView(product.start, rows: stepCount, columns: 1), adding: false)
    let mean = Float(mean)
    switch time {
    case .beforeResponse:
      return ExpectedError(mean: Double(mean + product.start[responseStart(stepCount)]))
    case .everyStep:
      let values = (0..<stepCount).map { mean + product.start[$0] }
      let sum = values.reduce(0.0) { $0 + Double($1) }
      return ExpectedError(mean: sum / Double(stepCount), bySteps: values)
    }
  }

  mutating func learn(
    from error: Double, against expected: ExpectedError, in _: RateTrial, condition _: Int
  ) {
    let stepCount = expected.bySteps?.count ?? 1
    let first = expected.bySteps == nil ? responseStart(features.stepCount) : 0
    let gaps = FloatBuffer(
      (expected.bySteps ?? [Float(expected.mean)]).map { Float(error) - $0 })
    let slopes = FloatBuffer(count: features.count)
    let phi = MatrixView(
      features.values.start + first * features.stride, rows: stepCount, columns: features.count,
      stride: features.stride)
    addTransposedProduct(
      phi, MatrixView(gaps.start, rows: stepCount, columns: 1),
      to: MatrixView(slopes.start, rows: features.count, columns: 1))
    let size = sumOfSquares(of: phi)
    if size > 0 {
      for k in 0..<features.count { weights[k] += rate * Double(slopes.start[k]) / size }
    }
    mean = memory * mean + (1 - memory) * error
    features.learn(
      from: (0..<features.stepCount).map {
        $0 >= first && $0 < first + stepCount ? gaps.start[$0 - first] : 0
      })
  }

  private func responseStart(_ stepCount: Int) -> Int { max(0, stepCount - responseSteps) }
}

extension LocalRule {
  /// What the rule expects by.
  func makeExpectedErrors(
    inputs: Int, conditionCount: Int, stepCapacity: Int, seed: UInt64
  ) -> any ExpectedErrors {
    let features: any Features
    switch expectation {
    case .nothing: return MeanErrors(count: 1, memory: 1)
    case .overall: return MeanErrors(count: 1, memory: errorMemory)
    case .byCondition: return MeanErrors(count: conditionCount, memory: errorMemory)
    case .inputs: features = InputHistory(inputs: inputs, stepCapacity: stepCapacity)
    case .rates: features = OwnRates(units: units, stepCapacity: stepCapacity)
    case .reservoirOfInputs, .reservoirOfRates:
      features = Reservoir(
        inputs: inputs, units: expectation == .reservoirOfRates ? units : 0,
        stepCapacity: stepCapacity, seed: seed)
    case .secondNetwork:
      features = Reservoir(
        inputs: inputs, units: units, stepCapacity: stepCapacity, seed: seed, learns: true)
    }
    return LinearExpectedErrors(features, rule: self)
  }
}
