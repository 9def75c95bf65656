/// Sine and cosine of an angle, by + − × ÷ and rounding alone: mathematics libraries differ in their last
/// bits from machine to machine.
///
///     x = k π/2 + y,  |y| ≤ π/4
///     sin y = y − y³/3! + … + y¹⁷/17!        cos y = 1 − y²/2! + … + y¹⁶/16!
///
/// The first terms left out are below 10⁻¹⁶. For angles of no more than some hundred turns.
struct Turn {
  let sine: Double
  let cosine: Double

  /// - Parameter x: In radians.
  init(_ x: Double) {
    let quarters = (x / (Double.pi / 2)).rounded()
    let y = x - quarters * (Double.pi / 2)
    let s = y * y
    // Nested: 1 − s/(2·3) (1 − s/(4·5) (1 − …)), and 1 − s/(1·2) (1 − s/(3·4) (1 − …)).
    var (sine, cosine) = (1.0, 1.0)
    var n = 16.0
    while n >= 2 {
      sine = 1 - s / (n * (n + 1)) * sine
      cosine = 1 - s / ((n - 1) * n) * cosine
      n -= 2
    }
    sine *= y
    switch Int(quarters) & 3 {
    case 0: (self.sine, self.cosine) = (sine, cosine)
    case 1: (self.sine, self.cosine) = (cosine, -sine)
    case 2: (self.sine, self.cosine) = (-sine, -cosine)
    default: (self.sine, self.cosine) = (-cosine, sine)
    }
  }
}
