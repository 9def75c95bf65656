import CKernels
import Gym

/// A chaotic network of rate units, after Miconi, *eLife* 6:e20899 (2017).
///
///     h = J r₋ + B u + ξ
///     x = x₋ + (Δt/τ) (h − x₋)            constant units: x stays as it is
///     r = response(x)
///
/// The input and the perturbation ξ of a step act in that very step, recurrent input is of the step
/// before. Some units' currents are held at ±1; the first ones are the network's answer, without a
/// read-out of their own.
public struct RateNetwork: Equatable, Sendable {
  public let units: Int
  public let inputs: Int
  public let response: RateResponse
  /// J, [to × from].
  public var recurrent: [Float]
  /// B, [to × input]; it stays as it was drawn.
  public let input: [Float]

  public init(
    units: Int, inputs: Int, response: RateResponse, recurrent: [Float], input: [Float]
  ) {
    precondition(recurrent.count == units * units && input.count == units * inputs)
    self.units = units
    self.inputs = inputs
    self.response = response
    self.recurrent = recurrent
    self.input = input
  }

  /// Draws a network.
  ///
  ///     J ~ Normal(0, g²/N)         B ~ b U(−1, 1), but 0 onto units without input
  ///
  /// With excitatory and inhibitory units each unit hears 50 of either kind, by weights of 0.15 and
  /// −0.18.
  ///
  /// - Parameters:
  ///   - inputScale: b
  ///   - first: the first of two numbers that tell these draws from those for other networks of a run.
  public init(
    _ rule: LocalRule, inputs: Int, seed: UInt64, inputScale: Float = 1, network first: UInt64 = 2
  ) {
    let n = rule.units
    precondition(
      rule.heldUnits.allSatisfy { (0..<n).contains($0.unit) }, "a unit that is held is one of \(n)")
    var weights = Random(seed: seed, stream: .initialWeights, lane: first)
    var inputWeights = Random(seed: seed, stream: .initialWeights, lane: first + 1)
    let input = (0..<(n * inputs)).map { place in
      let weight = inputScale * (2 * inputWeights.uniform() - 1)
      return place / inputs < rule.unitsWithoutInput ? 0 : weight
    }
    let deviation = Float(rule.gain) / Float(n).squareRoot()
    let recurrent =
      rule.response == .tanh
      ? (0..<(n * n)).map { _ in deviation * weights.normal() }
      : Self.drawSigned(units: n, using: &weights)
    self.init(
      units: n, inputs: inputs, response: rule.response, recurrent: recurrent, input: input)
  }

  /// Columns of the first half of the units are excitatory, those of the other half inhibitory.
  private static func drawSigned(units n: Int, using random: inout Random) -> [Float] {
    precondition(n % 4 == 0, "half the units of either kind are heard")
    var weights = [Float](repeating: 0, count: n * n)
    for row in 0..<n {
      for (half, weight): (Int, Float) in [(0, 0.15), (n / 2, -0.18)] {
        var pool = Array(half..<(half + n / 2))
        for place in 0..<(n / 4) {
          pool.swapAt(place, place + random.index(below: pool.count - place))
          weights[row * n + pool[place]] = weight
        }
      }
    }
    return weights
  }

  /// Puts excitatory weights below zero, and inhibitory ones above, back to zero (Dale's law).
  mutating func keepSigns() {
    guard response == .excitatoryInhibitory else { return }
    operant_keep_signs(units, units, units / 2, &recurrent)
  }
}

/// Kicks to single units at single steps, drawn for a whole trial at once.
///
///     ξᵢ(t) = A U(−1, 1)  with probability p, for each unit and step t > 3;  or A Normal(0, 1)
///
/// What is drawn is how far it is from one kick to the next, on the grid of all steps and units: a
/// geometric variable, so that what is not kicked costs nothing.
struct Perturbations: Equatable {
  /// The first step that can be kicked.
  static let firstStep = 4

  /// t N + i, ascending.
  var places: [UInt32] = []
  /// ξ
  var sizes: [Float] = []

  init() {}

  init(_ rule: LocalRule, stepCount: Int, seed: UInt64, trial: UInt64) {
    guard rule.perturbationProbability > 0 else { return }
    var random = Random(seed: seed, stream: .perturbation, trial: trial)
    let rest = naturalLogarithm(of: 1 - rule.perturbationProbability)
    var place = Self.firstStep * rule.units - 1
    while true {
      // 1 − U is never 0, so the logarithm is finite.
      place += 1 + Int(naturalLogarithm(of: 1 - random.preciseUniform()) / rest)
      guard place < stepCount * rule.units else { return }
      places.append(UInt32(place))
      let size =
        switch rule.perturbationShape {
        case .uniform: 2 * random.uniform() - 1
        case .normal: random.normal()
        }
      sizes.append(rule.perturbationSize * size)
    }
  }

  /// Adds one, or makes the one that is there already so much larger.
  mutating func insert(_ size: Float, at place: UInt32) {
    let index = places.firstIndex { $0 >= place } ?? places.count
    if index < places.count, places[index] == place {
      sizes[index] += size
    } else {
      places.insert(place, at: index)
      sizes.insert(size, at: index)
    }
  }

  /// Those given, in order.
  init(places: [UInt32], sizes: [Float]) {
    precondition(places.count == sizes.count)
    self.places = places
    self.sizes = sizes
  }
}

extension Stream {
  /// Kicks that a network explores by.
  static let perturbation = Stream("perturbation")
  /// Currents at the start of a trial.
  static let initialCurrents = Stream("initial currents")
}
