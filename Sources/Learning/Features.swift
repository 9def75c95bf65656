import CKernels

/// φ(t): what an expectation is read out of, for all steps of a trial.
///
/// Row t depends on inputs until t and on rates until t − 1 only.
protocol Features: AnyObject {
  /// How many there are at each step.
  var count: Int { get }
  /// φ, [step × stride].
  var values: FloatBuffer { get }
  var stride: Int { get }
  /// Steps taken.
  var stepCount: Int { get }

  /// Takes them from the first steps of a trial.
  func take(from trial: RateTrial, stepCount: Int)
}

/// What has been shown so far: the sum of each input over each tenth of a second, in units of a tenth
/// of a second of one. What is still to come is 0.
final class InputHistory: Features {
  static let binSteps = 100

  let count: Int
  let values: FloatBuffer
  var stride: Int { count }
  private(set) var stepCount = 0
  private let inputs: Int

  init(inputs: Int, stepCapacity: Int) {
    self.inputs = inputs
    count = (stepCapacity + Self.binSteps - 1) / Self.binSteps * inputs
    values = FloatBuffer(count: stepCapacity * count)
  }

  func take(from trial: RateTrial, stepCount: Int) {
    self.stepCount = stepCount
    for step in 0..<stepCount {
      let row = values.start + step * count
      if step == 0 {
        row.update(repeating: 0, count: count)
      } else {
        row.update(from: row - count, count: count)
      }
      for input in 0..<inputs {
        row[step / Self.binSteps * inputs + input] +=
          trial.heard.start[step * inputs + input] / Float(Self.binSteps)
      }
    }
  }
}

/// r(t − 1) of the network itself.
final class OwnRates: Features {
  let count: Int
  let values: FloatBuffer
  let stride: Int
  private(set) var stepCount = 0

  init(units: Int, stepCapacity: Int) {
    count = units
    stride = (units + 15) / 16 * 16
    values = FloatBuffer(count: stepCapacity * stride)
  }

  func take(from trial: RateTrial, stepCount: Int) {
    self.stepCount = stepCount
    values.start.update(from: trial.rates.start, count: stepCount * stride)
  }
}

/// The rates of a second network, whose weights are drawn once and stay.
///
/// It hears at t what is shown at t and, if it hears the first network too, r(t − 1) of that. It has no
/// noise and starts every trial alike, so equal trials look equal to it.
final class Reservoir: Features {
  /// N of it, and g: chaotic, so that trials which differed once never look alike again. With 1.2 a
  /// delay of 200 ms is forgotten, and delayed non-match to sample is not learned.
  static let units = 100
  static let gain = 1.5
  /// Many rates together are to drive a unit as much as one input does.
  private static func scale(inputs: Int, units: Int) -> [Float] {
    .init(repeating: 1, count: inputs)
      + .init(repeating: 1 / Float(max(units, 1)).squareRoot(), count: units)
  }

  let count = Reservoir.units
  var stride: Int { trial.stride }
  let values: FloatBuffer
  private(set) var stepCount = 0
  private let units: Int
  private let trial: RateTrial
  private let heard: FloatBuffer

  /// - Parameter units: of the first network, that are heard; 0 if it is not.
  init(inputs: Int, units: Int, stepCapacity: Int, seed: UInt64) {
    var rule = LocalRule()
    rule.units = Self.units
    rule.gain = Self.gain
    rule.unitsWithoutInput = 0
    rule.heldUnits = []
    self.units = units
    trial = RateTrial(rule, inputs: inputs + units, stepCapacity: stepCapacity)
    values = FloatBuffer(count: stepCapacity * trial.stride)
    heard = FloatBuffer(count: stepCapacity * (inputs + units))
    let drawn = RateNetwork(rule, inputs: inputs + units, seed: seed, network: 4)
    let scale = Self.scale(inputs: inputs, units: units)
    trial.load(
      RateNetwork(
        units: drawn.units, inputs: drawn.inputs, response: drawn.response,
        recurrent: drawn.recurrent,
        input: drawn.input.enumerated().map { $1 * scale[$0 % scale.count] }))
  }

  func take(from first: RateTrial, stepCount: Int) {
    self.stepCount = stepCount
    let width = trial.inputs
    for step in 0..<stepCount {
      let row = heard.start + step * width
      row.update(from: first.heard.start + step * first.inputs, count: first.inputs)
      (row + first.inputs).update(from: first.rates.start + step * first.stride, count: units)
    }
    trial.begin(at: .init(repeating: 0, count: Self.units), perturbed: Perturbations())
    trial.advance(.init(start: heard.start, count: stepCount * width), steps: stepCount)
    values.start.update(from: trial.rates.start + trial.stride, count: stepCount * trial.stride)
  }
}
