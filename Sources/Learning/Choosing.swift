import Gym

/// How a network of rate units chooses, where actions are choices.
///
///     a(t) = 1 + argmax_k (x_k(t) + κ_k)       once a unit that answers has a rate above θ, and
///                                              max_k (x_k(t) + κ_k) > artanh θ
///     a(t) = 0                                 otherwise
///     κ_k  = K U(−1, 1)                        anew every w steps
///
/// The first action is what a network at rest does: in the tasks of the papers, to hold fixation. The
/// kicks κ are to choices what perturbations are to currents: by them other choices are tried, and a choice
/// is put off that would have been made. They count as fluctuations, in the step in which they first decide,
/// of the units that they go to, so that synapses onto these remember them.
public struct Choosing: Codable, Equatable, Sendable {
  /// θ
  public var threshold: Float = 0.5
  /// K, as what it does to a current.
  public var kick: Float = 2
  /// w
  public var kickSteps = 100

  public init() {}

  /// What is chosen in one step, and what it is known by.
  ///
  /// - Parameters:
  ///   - rates: r of the units that answer.
  ///   - kicks: κ of each.
  /// - Returns: a, or nil if no rate is above θ, so that kicks decide nothing.
  func choice(of rates: some Collection<Float>, kicks: [Float]) -> UInt8? {
    guard rates.contains(where: { $0 > threshold }) else { return nil }
    let pulls = zip(rates, kicks).map { current(ofRate: $0) + $1 }
    let best = pulls.indices.reduce(0) { pulls[$1] > pulls[$0] ? $1 : $0 }
    return pulls[best] > current(ofRate: threshold) ? UInt8(1 + best) : 0
  }

  /// κ of all units that answer, [w steps × output], for a whole trial.
  func kicks(outputs: Int, stepCount: Int, seed: UInt64, trial: UInt64) -> [[Float]] {
    var random = Random(seed: seed, stream: .choiceKicks, trial: trial)
    return (0..<((stepCount + kickSteps - 1) / kickSteps)).map { _ in
      (0..<outputs).map { _ in kick * (2 * random.uniform() - 1) }
    }
  }
}

/// x = artanh r. Rates so near 1 that a float can't tell have the current of the last it can.
private func current(ofRate rate: Float) -> Float {
  let rate = Double(min(max(rate, -0.999_999_9), 0.999_999_9))
  return Float(0.5 * (naturalLogarithm(of: 1 + rate) - naturalLogarithm(of: 1 - rate)))
}

extension Stream {
  /// Kicks by which choices are tried.
  static let choiceKicks = Stream("choice kicks")
}
