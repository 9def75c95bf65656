/// Philox 4×64-10, the counter-based generator of Salmon et al., *SC '11*, doi 10.1145/2063384.2063405.
///
/// A block of four words is a pure function of a counter and a key: ten rounds of
///
///     hi₀,lo₀ = M₀ · c₀        hi₁,lo₁ = M₁ · c₂
///     c ← (hi₁ ⊕ c₁ ⊕ k₀, lo₁, hi₀ ⊕ c₃ ⊕ k₁, lo₀)
///     k ← k + (W₀, W₁)
///
/// NumPy's `Philox` is the same function, which is how it is tested.
public enum Philox {
  public typealias Block = (UInt64, UInt64, UInt64, UInt64)

  /// The four words at `counter` under `key`.
  @inlinable
  public static func block(at counter: Block, key: (UInt64, UInt64)) -> Block {
    var c = counter
    var k = key
    for _ in 0..<10 {
      let first = c.0.multipliedFullWidth(by: 0xD2E7_470E_E14C_6C93)
      let second = c.2.multipliedFullWidth(by: 0xCA5A_8263_9512_1157)
      c = (second.high ^ c.1 ^ k.0, second.low, first.high ^ c.3 ^ k.1, first.low)
      k.0 &+= 0x9E37_79B9_7F4A_7C15
      k.1 &+= 0xBB67_AE85_84CA_A73B
    }
    return c
  }
}
