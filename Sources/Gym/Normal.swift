/// Standard normals after Box & Muller, *Ann. Math. Stat.* 29 (1958), in operations that give the
/// same bits everywhere.
///
///     ρ = √(−2 log u),   (z₀, z₁) = ρ (cos θ, sin θ)
///
/// u and θ come from the upper and lower 24 bits of the two halves of one random word.
public enum Normal {
  /// Two independent standard normals from 64 random bits. None exceeds 5.9 in size.
  @inlinable
  public static func pair(from word: UInt64) -> (Float, Float) {
    let u = (Float(UInt32(truncatingIfNeeded: word >> 40)) + 0.5) * 0x1p-24
    let turn = UInt32(truncatingIfNeeded: word) >> 8
    let radius = (-2 * logarithm(of: u)).squareRoot()

    // The upper two bits of `turn` choose the quarter, the others the angle x in [−π/4, π/4).
    let x = (Float(turn & 0x3F_FFFF) - 0x1p21) * (0x1p-22 * 1.570_796_4)
    let square = x * x
    let sine =
      x * (1 + square * (-0.166_666_67 + square * (0.008_333_333 + square * -0.000_198_412_7)))
    let cosine =
      1 + square
      * (-0.5 + square * (0.041_666_668 + square * (-0.001_388_888_9 + square * 0.000_024_801_587)))
    let (a, b) = (radius * cosine, radius * sine)
    return switch turn >> 22 {
    case 0: (a, b)
    case 1: (-b, a)
    case 2: (-a, -b)
    default: (b, -a)
    }
  }

  /// log u for u in 2⁻²⁵...1, to single precision.
  @inlinable
  static func logarithm(of u: Float) -> Float {
    // Shift the exponent's boundary from 1 to √½, so that m lies in [√½, √2).
    let shifted = u.bitPattern &- 0x3F35_04F3
    let exponent = Float(Int32(bitPattern: shifted) >> 23)
    let m = Float(bitPattern: (shifted & 0x7F_FFFF) &+ 0x3F35_04F3)
    let s = (m - 1) / (m + 1)
    let square = s * s
    let series =
      1 + square * (0.333_333_34 + square * (0.2 + square * (0.142_857_15 + square * 0.111_111_11)))
    return exponent * 0.693_147_2 + 2 * (s * series)
  }
}
