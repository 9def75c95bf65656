import COpenBLAS
import Glibc
import Gym

/// How the currents of a network move at constant input and without noise, in double precision: what
/// a search for its fixed points asks for.
///
///     τ dx/dt = F(x)
///
/// Time is counted in τ, so eigenvalues of ∂F/∂x are rates per τ.
public protocol FixedPointDynamics: Sendable {
  /// N
  var unitCount: Int { get }
  /// F(x).
  func velocity(at currents: [Double]) -> [Double]
  /// ∂F/∂x, [from × to]: at j N + i is ∂Fᵢ/∂xⱼ, what unit i hears of unit j.
  func jacobian(at currents: [Double]) -> [Double]
  /// r of x.
  func rates(of currents: [Double]) -> [Double]
  /// An x of r. What a threshold or a ceiling hides is at it.
  func currents(of rates: [Double]) -> [Double]
}

extension FixedPointDynamics {
  /// Where the currents go, as the network itself steps.
  ///
  ///     x(t + 1) = x(t) + α F(x(t))
  ///
  /// - Parameters:
  ///   - currents: x(0).
  ///   - leak: α = Δt/τ.
  /// - Returns: x(1) … x(stepCount), [step][unit].
  public func path(from currents: [Double], stepCount: Int, leak: Double) -> [[Double]] {
    precondition(currents.count == unitCount, "a state has \(unitCount) currents")
    var x = currents
    return (0..<stepCount).map { _ in
      x = zip(x, velocity(at: x)).map { $0 + leak * $1 }
      return x
    }
  }
}

/// The gated units of Song, Yang & Wang 2017 at constant input.
///
///     λ = sigmoid(W_λ r + V_λ u + b_λ)    γ = sigmoid(W_γ r + V_γ u + b_γ)    r = max(0, x)
///     c = W (γ ⊙ r) + V u + b
///     F = λ ⊙ (c − x)
///
///     Hⱼ = [xⱼ > 0]
///     ∂cᵢ/∂xⱼ = Hⱼ ( γⱼ Wᵢⱼ + Σₖ Wᵢₖ rₖ γₖ (1 − γₖ) W_γ,ₖⱼ )
///     ∂Fᵢ/∂xⱼ = λᵢ ( ∂cᵢ/∂xⱼ − δᵢⱼ ) + Hⱼ λᵢ (1 − λᵢ) (cᵢ − xᵢ) W_λ,ᵢⱼ
///
/// λ is never 0, so the state stays where x = c. Yet it may come close to 0, where all is slow and a
/// search by F alone gets lost; `atFullSpeed` is its guide.
public struct GatedDynamics: FixedPointDynamics {
  public let unitCount: Int
  /// W, W_λ, W_γ, [from × to].
  private let candidateWeights: [Double]
  private var lambdaWeights: [Double]
  private let gammaWeights: [Double]
  /// V u + b, of the candidate, of λ, of γ.
  private let candidateDrive: [Double]
  private var lambdaDrive: [Double]
  private let gammaDrive: [Double]

  /// - Parameters:
  ///   - parameters: Of a network that has units.
  ///   - input: u, held for ever: a number for each of the network's inputs.
  public init(_ parameters: Parameters, input: [Double]) {
    let (k, n) = (parameters.shape.inputs, parameters.shape.units)
    precondition(n > 0, "a network without units has no dynamics")
    precondition(input.count == k, "\(input.count) inputs for a network of \(k)")
    let gates = parameters["W_rec_gates"].map(Double.init)
    func gate(_ which: Int) -> [Double] {
      (0..<n).flatMap { from -> ArraySlice<Double> in
        let start = (2 * from + which) * n
        return gates[start..<(start + n)]
      }
    }
    unitCount = n
    candidateWeights = parameters["W_rec"].map(Double.init)
    lambdaWeights = gate(0)
    gammaWeights = gate(1)
    let weights = parameters["W_in"].map(Double.init)
    var drive = parameters["b_in"].map(Double.init)
    for (from, u) in input.enumerated() {
      for column in drive.indices { drive[column] += u * weights[from * 3 * n + column] }
    }
    candidateDrive = Array(drive[..<n])
    lambdaDrive = Array(drive[n..<(2 * n)])
    gammaDrive = Array(drive[(2 * n)...])
  }

  /// The same units with λ = 1, F = c − x: they stay where these stay.
  public var atFullSpeed: GatedDynamics {
    var dynamics = self
    dynamics.lambdaWeights = .init(repeating: 0, count: unitCount * unitCount)
    dynamics.lambdaDrive = .init(repeating: .infinity, count: unitCount)
    return dynamics
  }

  /// What a velocity and its slopes are made of.
  private struct Moment {
    let rates: [Double]
    let lambda: [Double]
    let gamma: [Double]
    let candidate: [Double]
  }

  private func moment(at x: [Double]) -> Moment {
    precondition(x.count == unitCount, "a state has \(unitCount) currents")
    let r = x.map { max(0, $0) }
    let lambda = heard(r, through: lambdaWeights, besides: lambdaDrive).map(sigmoid)
    let gamma = heard(r, through: gammaWeights, besides: gammaDrive).map(sigmoid)
    let gated = zip(gamma, r).map { $0 * $1 }
    return Moment(
      rates: r, lambda: lambda, gamma: gamma,
      candidate: heard(gated, through: candidateWeights, besides: candidateDrive))
  }

  public func velocity(at currents: [Double]) -> [Double] {
    let now = moment(at: currents)
    return currents.indices.map { now.lambda[$0] * (now.candidate[$0] - currents[$0]) }
  }

  public func jacobian(at currents: [Double]) -> [Double] {
    let now = moment(at: currents)
    let n = unitCount
    // From j to k: Hⱼ W_γ,ₖⱼ rₖ γₖ (1 − γₖ).
    var gating = [Double](repeating: 0, count: n * n)
    var slopes = [Double](repeating: 0, count: n * n)
    for j in 0..<n where currents[j] > 0 {
      for k in 0..<n {
        gating[j * n + k] =
          gammaWeights[j * n + k] * now.rates[k] * now.gamma[k] * (1 - now.gamma[k])
        slopes[j * n + k] = now.gamma[j] * candidateWeights[j * n + k]
      }
    }
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(n), Int32(n), Int32(n), 1, gating,
      Int32(n), candidateWeights, Int32(n), 1, &slopes, Int32(n))
    for j in 0..<n {
      slopes[j * n + j] -= 1
      for i in 0..<n {
        slopes[j * n + i] *= now.lambda[i]
        if currents[j] > 0 {
          slopes[j * n + i] +=
            now.lambda[i] * (1 - now.lambda[i]) * (now.candidate[i] - currents[i])
            * lambdaWeights[j * n + i]
        }
      }
    }
    return slopes
  }

  public func rates(of currents: [Double]) -> [Double] { currents.map { max(0, $0) } }
  public func currents(of rates: [Double]) -> [Double] { rates }

  /// d + W r.
  private func heard(
    _ rates: [Double], through weights: [Double], besides drive: [Double]
  ) -> [Double] {
    var sums = drive
    let n = Int32(unitCount)
    cblas_dgemv(CblasRowMajor, CblasTrans, n, n, 1, weights, n, rates, 1, 1, &sums, 1)
    return sums
  }
}

/// The rate units of Miconi 2017 at constant input, from plain arrays.
///
///     F = −x + J r + B u,    r = response(x)                     ∂Fᵢ/∂xⱼ = Jᵢⱼ r′(xⱼ) − δᵢⱼ
///
/// A unit that is held goes back to its current by itself, F = current − x, whatever it hears.
public struct RateDynamics: FixedPointDynamics {
  public let unitCount: Int
  private let response: RateResponse
  /// J, [to × from].
  private let recurrent: [Double]
  /// B u.
  private let drive: [Double]
  private let held: [Int: Double]
  private let rectifiedUnits: Int

  /// - Parameters:
  ///   - recurrent: J, [to × from].
  ///   - inputWeights: B, [to × input].
  ///   - input: u, held for ever.
  ///   - held: Units whose currents are held, and at what.
  ///   - rectifiedUnits: Units whose tanh is rectified, from the first on.
  public init(
    recurrent: [Float], inputWeights: [Float], input: [Double], response: RateResponse = .tanh,
    held: [Int: Double] = [:], rectifiedUnits: Int = 0
  ) {
    let n = Int(Double(recurrent.count).squareRoot())
    precondition(n > 0 && n * n == recurrent.count, "recurrent weights are a square matrix")
    precondition(
      inputWeights.count == n * input.count,
      "\(inputWeights.count) weights from \(input.count) inputs to \(n) units")
    precondition(
      held.keys.allSatisfy { (0..<n).contains($0) }, "a unit that is held is one of \(n)")
    precondition((0...n).contains(rectifiedUnits), "rectified units are among \(n)")
    unitCount = n
    self.response = response
    self.recurrent = recurrent.map(Double.init)
    var drive = [Double](repeating: 0, count: n)
    for unit in 0..<n {
      for (from, u) in input.enumerated() {
        drive[unit] += Double(inputWeights[unit * input.count + from]) * u
      }
    }
    self.drive = drive
    self.held = held
    self.rectifiedUnits = rectifiedUnits
  }

  public func velocity(at currents: [Double]) -> [Double] {
    precondition(currents.count == unitCount, "a state has \(unitCount) currents")
    let rates = currents.enumerated().map { rate(of: $0, at: $1).value }
    var sums = drive
    let n = Int32(unitCount)
    cblas_dgemv(CblasRowMajor, CblasNoTrans, n, n, 1, recurrent, n, rates, 1, 1, &sums, 1)
    for unit in currents.indices { sums[unit] = (held[unit] ?? sums[unit]) - currents[unit] }
    return sums
  }

  public func jacobian(at currents: [Double]) -> [Double] {
    precondition(currents.count == unitCount, "a state has \(unitCount) currents")
    let n = unitCount
    let isFree = currents.indices.map { held[$0] == nil }
    var slopes = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      let slope = rate(of: j, at: currents[j]).slope
      for i in 0..<n where isFree[i] { slopes[j * n + i] = recurrent[i * n + j] * slope }
      slopes[j * n + j] -= 1
    }
    return slopes
  }

  public func rates(of currents: [Double]) -> [Double] {
    currents.enumerated().map { rate(of: $0, at: $1).value }
  }

  public func currents(of rates: [Double]) -> [Double] {
    rates.map { rate in
      switch response {
      // A rate of 1, to single precision, is of a current of 9.
      case .tanh: atanh(min(max(rate, -1 + 1e-7), 1 - 1e-7))
      case .excitatoryInhibitory: rate - 2
      }
    }
  }

  /// r and r′.
  private func rate(of unit: Int, at current: Double) -> (value: Double, slope: Double) {
    switch response {
    case .tanh:
      if unit < rectifiedUnits && current <= 0 { return (0, 0) }
      let r = tanh(current)
      return (r, 1 - r * r)
    case .excitatoryInhibitory:
      let r = current + 2
      return (min(max(0, r), 20), r > 0 && r < 20 ? 1 : 0)
    }
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
