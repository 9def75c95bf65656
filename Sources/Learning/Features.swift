import CKernels
import Gym

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

  /// What has been learned of them, in one array; nothing where they are what they are.
  var learned: [Float] { get set }

  /// Learns from the trial whose steps were taken last.
  ///
  /// - Parameter gaps: E − V at each of them, and 0 where nothing was expected.
  func learn(from gaps: [Float])
}

extension Features {
  var learned: [Float] {
    get { [] }
    set { precondition(newValue.isEmpty, "nothing is learned of these features") }
  }

  func learn(from _: [Float]) {}
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

/// The rates of a second network.
///
/// It hears at t what is shown at t and, if it hears the first network too, r(t − 1) of that. It has no
/// noise and starts every trial alike, so equal trials look equal to it.
///
/// Its weights are drawn once. They stay, or they learn by random feedback of the error, of which each
/// keeps what is local to it (RFLO; Murray, *eLife* 8:e43299, 2019):
///
///     p(t)  = (1 − 1/τ) p(t−1) + 1/τ r′(t) r(t−1)ᵀ           r′ = 1 − r², of the unit that is heard by
///     ΔJ    = η_c b ∘ ⟨ (E − V(t)) p(t) ⟩                    b: drawn for each unit, from U(−1, 1)
///
/// and likewise for the weights of inputs. As E − V is a number, the sum over t can be taken first: with
/// q(s) = Σ_{t ≥ s} (1 − 1/τ)^{t−s} (E − V(t)), it is 1/τ Σ_s q(s) r′(s) r(s−1)ᵀ, one product for a trial.
final class Reservoir: Features {
  /// N of it, and g: chaotic, so that trials which differed once never look alike again. With 1.2 a
  /// delay of 200 ms is forgotten, and delayed non-match to sample is not learned.
  static let units = 100
  static let gain = 1.5
  /// η_c
  static let learningRate: Float = 0.003

  let count = Reservoir.units
  var stride: Int { trial.stride }
  let values: FloatBuffer
  private(set) var stepCount = 0
  private let units: Int
  private let trial: RateTrial
  private let heard: FloatBuffer
  private let learns: Bool
  private let timeConstant: Float
  private var network: RateNetwork
  /// b
  private let feedback: [Float]

  /// - Parameters:
  ///   - units: of the first network, that are heard; 0 if it is not.
  ///   - learns: whether weights learn.
  init(inputs: Int, units: Int, stepCapacity: Int, seed: UInt64, learns: Bool = false) {
    var rule = LocalRule()
    rule.units = Self.units
    rule.gain = Self.gain
    rule.unitsWithoutInput = 0
    rule.heldUnits = []
    self.units = units
    self.learns = learns
    timeConstant = Float(rule.unitTimeConstant)
    trial = RateTrial(rule, inputs: inputs + units, stepCapacity: stepCapacity)
    values = FloatBuffer(count: stepCapacity * trial.stride)
    heard = FloatBuffer(count: stepCapacity * (inputs + units))
    let drawn = RateNetwork(rule, inputs: inputs + units, seed: seed, network: 4)
    // Many rates together are to drive a unit as much as one input does.
    let scale =
      [Float](repeating: 1, count: inputs)
      + [Float](repeating: 1 / Float(max(units, 1)).squareRoot(), count: units)
    network = RateNetwork(
      units: drawn.units, inputs: drawn.inputs, response: drawn.response,
      recurrent: drawn.recurrent,
      input: drawn.input.enumerated().map { $1 * scale[$0 % scale.count] })
    var random = Random(seed: seed, stream: .feedback)
    feedback = (0..<Self.units).map { _ in 2 * random.uniform() - 1 }
    trial.load(network)
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

  var learned: [Float] {
    get { learns ? network.recurrent + network.input : [] }
    set {
      precondition(newValue.count == learned.count, "weights fit the network")
      guard learns else { return }
      replaceWeights(with: newValue)
    }
  }

  private func replaceWeights(with weights: [Float]) {
    let n = network.recurrent.count
    network = RateNetwork(
      units: network.units, inputs: network.inputs, response: network.response,
      recurrent: Array(weights[..<n]), input: Array(weights[n...]))
    trial.load(network)
  }

  func learn(from gaps: [Float]) {
    guard learns else { return }
    precondition(gaps.count == stepCount)
    // b r′(s) q(s) / τ, [step × unit]
    let slopes = FloatBuffer(count: stepCount * Self.units)
    var later: Float = 0
    for step in (0..<stepCount).reversed() {
      later = gaps[step] + (1 - 1 / timeConstant) * later
      for unit in 0..<Self.units {
        let rate = values.start[step * stride + unit]
        slopes.start[step * Self.units + unit] =
          feedback[unit] * (1 - rate * rate) * later / timeConstant
      }
    }
    let expected = gaps.count { $0 != 0 }
    let share = Self.learningRate / Float(max(1, expected))
    func change(by pre: MatrixView, width: Int) -> FloatBuffer {
      let change = FloatBuffer(count: Self.units * width)
      addTransposedProduct(
        MatrixView(slopes.start, rows: stepCount, columns: Self.units), pre,
        to: MatrixView(change.start, rows: Self.units, columns: width))
      return change
    }
    let recurrent = change(
      by: MatrixView(
        trial.rates.start, rows: stepCount, columns: Self.units, stride: trial.stride),
      width: Self.units)
    let input = change(
      by: MatrixView(heard.start, rows: stepCount, columns: trial.inputs), width: trial.inputs)
    replaceWeights(
      with: network.recurrent.enumerated().map { $1 + share * recurrent.start[$0] }
        + network.input.enumerated().map { $1 + share * input.start[$0] })
  }
}

extension Stream {
  /// By what the error is fed back to a network that predicts it.
  static let feedback = Stream("feedback")
}
