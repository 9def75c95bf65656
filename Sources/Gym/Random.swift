/// Random numbers that are a pure function of what they are for.
///
/// The key says which experiment and which purpose, the counter where in the experiment:
///
///     key = (seed, stream)        counter = (block, step, trial, lane)
///
///     var random = Random(seed: 97, stream: .trial, lane: 3, trial: 12)
///     random.uniform()            // the same for ever, on every machine
///
/// Nothing is carried from one lane, trial or step to the next, so the order in which they are
/// played is free. Blocks count from 1, hence the words are those of NumPy's
///
///     u64 = lambda *words: numpy.array(words, numpy.uint64)
///     Philox(key=u64(seed, stream), counter=u64(0, step, trial, lane)).random_raw()
///
/// (without `u64`, NumPy takes a list with a large stream key in it for floats, and rounds).
///
/// Numbers are made by integer operations and + − × ÷ √ alone. No mathematics library is in the
/// path: those differ in their last bits from machine to machine.
public struct Random: Sendable {
  @usableFromInline let key: (UInt64, UInt64)
  @usableFromInline let place: (step: UInt64, trial: UInt64, lane: UInt64)
  @usableFromInline var block: UInt64 = 0
  @usableFromInline var words: Philox.Block = (0, 0, 0, 0)
  /// How many of `words` are used up.
  @usableFromInline var used = 4
  /// The second normal of the last pair, until it is asked for.
  @usableFromInline var spareNormal: Float?

  @inlinable
  public init(
    seed: UInt64, stream: Stream, lane: UInt64 = 0, trial: UInt64 = 0, step: UInt64 = 0
  ) {
    key = (seed, stream.key)
    place = (step, trial, lane)
  }

  /// The numbers that this trial has in common with those beside it on its lane, for trials that are
  /// variations of one another: trials 0 … n − 1 have the same ones, n … 2n − 1 have others, ….
  ///
  /// They are of a stream of their own, and this generator is left as it is.
  @inlinable
  public func common(toTrials count: UInt64) -> Random {
    precondition(count > 0, "at least one trial has its numbers")
    return Random(
      key: (key.0, Stream.trialGroup.key), place: (place.step, place.trial / count, place.lane))
  }

  @inlinable
  init(key: (UInt64, UInt64), place: (step: UInt64, trial: UInt64, lane: UInt64)) {
    self.key = key
    self.place = place
  }

  /// The next 64 random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    if used == 4 {
      block += 1
      words = Philox.block(at: (block, place.step, place.trial, place.lane), key: key)
      used = 0
    }
    used += 1
    return switch used {
    case 1: words.0
    case 2: words.1
    case 3: words.2
    default: words.3
    }
  }

  /// Uniform in 0..<1, a multiple of 2⁻²⁴.
  @inlinable
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0..<1, a multiple of 2⁻⁵³.
  @inlinable
  public mutating func preciseUniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0..<count, without bias (Lemire, *ACM Trans. Model. Comput. Simul.* 29, 2019).
  @inlinable
  public mutating func index(below count: Int) -> Int {
    precondition(count > 0, "can't draw from an empty collection")
    let bound = UInt64(count)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// One of `elements`, each as likely as the others.
  @inlinable
  public mutating func element<Element>(of elements: [Element]) -> Element {
    elements[index(below: elements.count)]
  }

  /// A standard normal. Two come from one word, so every other call costs nothing.
  @inlinable
  public mutating func normal() -> Float {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let pair = Normal.pair(from: next())
    spareNormal = pair.1
    return pair.0
  }

  /// An exponential waiting time that is known to lie in `range`, rounded down to a multiple of
  /// `timeStep` (reference program of Song, Yang & Wang 2017).
  ///
  /// Exponentials have no memory, so what is left of one after taking off whole widths of the range
  /// has the distribution that drawing until one falls into the range would give, without the loop.
  @inlinable
  public mutating func exponential(
    mean: Milliseconds, within range: Range<Milliseconds>, roundedDownTo timeStep: Milliseconds
  ) -> Milliseconds {
    precondition(mean > 0 && !range.isEmpty && timeStep > 0)
    let time = -Double(mean) * naturalLogarithm(of: 1 - preciseUniform())
    let excess = time.truncatingRemainder(dividingBy: Double(range.count))
    return (range.lowerBound + Milliseconds(excess)) / timeStep * timeStep
  }

  /// A duration that is as likely anywhere in `range`, rounded down to a multiple of `timeStep`.
  @inlinable
  public mutating func uniform(
    in range: Range<Milliseconds>, roundedDownTo timeStep: Milliseconds
  ) -> Milliseconds {
    precondition(!range.isEmpty && timeStep > 0)
    return (range.lowerBound + index(below: range.count)) / timeStep * timeStep
  }
}

/// log x, for positive normal x, by + − × ÷ alone.
///
///     x = m · 2ᵉ,  m in [√½, √2)       log x = e log 2 + 2 artanh s,   s = (m − 1) / (m + 1)
@inlinable
public func naturalLogarithm(of x: Double) -> Double {
  precondition(x >= Double.leastNormalMagnitude && x.isFinite)
  var exponent = Double(x.exponent)
  var mantissa = x.significand
  if mantissa >= 1.414_213_562_373_095_1 {
    mantissa /= 2
    exponent += 1
  }
  let s = (mantissa - 1) / (mantissa + 1)
  let square = s * s
  // artanh s = s (1 + s²/3 + s⁴/5 + …); the next term is below 10⁻¹⁷.
  var series = 1.0 / 21
  var odd = 19.0
  while odd >= 1 {
    series = series * square + 1 / odd
    odd -= 2
  }
  return exponent * 0.693_147_180_559_945_3 + 2 * s * series
}
