import COpenBLAS
import Glibc

/// A direction in which what is little off a point grows or decays by itself.
///
///     (∂F/∂x) v = λ v
///     flow:   δ(t) ~ e^{λ t} v                    rate = Re λ
///     map:    δ(t) ~ (1 + λ)^t v                  rate = log |1 + λ|
///     time constant = −1/rate
///
/// A complex pair turns while it grows or decays; it is two modes, of which the second is the
/// conjugate of the first.
public struct Mode: Equatable, Sendable {
  /// λ
  public let eigenvalue: (real: Double, imaginary: Double)
  /// v, of length 1.
  public let direction: (real: [Double], imaginary: [Double])
  /// How fast the mode grows, per unit of time or step; below 0 it decays. −∞ if a map forgets it in
  /// one step.
  public let rate: Double

  /// Positive for a mode that decays; ±∞ for one that does neither.
  public var timeConstant: Double { -1 / rate }

  public static func == (one: Mode, other: Mode) -> Bool {
    one.eigenvalue == other.eigenvalue && one.direction == other.direction
      && one.rate == other.rate
  }

  /// Modes of a Jacobian, [from × to], the fastest growing first.
  static func all(of jacobian: [Double], time: VelocityField.Time) -> [Mode] {
    let n = Int(Double(jacobian.count).squareRoot())
    precondition(n * n == jacobian.count && jacobian.allSatisfy(\.isFinite))
    var a = jacobian
    var (left, right) = (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "V")))
    var (order, lda, ldl, ldr, info) = (Int32(n), Int32(n), Int32(1), Int32(n), Int32(0))
    var (real, imaginary) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    var (none, vectors) = ([0.0], [Double](repeating: 0, count: n * n))
    var work = [Double](repeating: 0, count: 40 * n)
    var workCount = Int32(work.count)
    dgeev_(
      &left, &right, &order, &a, &lda, &real, &imaginary, &none, &ldl, &vectors, &ldr, &work,
      &workCount, &info)
    precondition(info == 0, "the eigenvalues of a \(n) × \(n) matrix did not converge")
    // Of a complex pair one column is the real part, the next one the imaginary part of the first.
    func column(_ index: Int) -> [Double] { Array(vectors[(index * n)..<((index + 1) * n)]) }
    let modes = (0..<n).map { index in
      let isFirst = imaginary[index] > 0
      let turning = imaginary[index] != 0
      let pair = isFirst || !turning ? index : index - 1
      let part =
        turning ? column(pair + 1).map { isFirst ? $0 : -$0 } : .init(repeating: 0, count: n)
      return Mode(
        eigenvalue: (real[index], imaginary[index]), direction: (column(pair), part),
        rate: time == .continuous ? real[index] : log(hypot(1 + real[index], imaginary[index])))
    }
    // In LAPACK's order where rates are equal, so that the first of a pair stays first.
    return modes.enumerated().sorted {
      ($1.element.rate, $0.offset) < ($0.element.rate, $1.offset)
    }.map(\.element)
  }
}
