/// NWB numbers its objects with UUIDs. Ours are made of the recording's identifier and the object's
/// place in the file, so that equal recordings have equal ones.
///
/// Version 8 of RFC 9562, whose bits are one's own to choose: here, the FNV-1a hash of the identifier, a
/// zero byte, and the place.
func objectID(of place: String, in identifier: String) -> String {
  var bits = fnv1a(Array(identifier.utf8) + [0] + Array(place.utf8))
  bits = bits & ~(UInt128(0b1111) << 76) | (UInt128(8) << 76)  // the version
  bits = bits & ~(UInt128(0b11) << 62) | (UInt128(0b10) << 62)  // the variant

  let digits = String(bits, radix: 16)
  var rest = (String(repeating: "0", count: 32 - digits.count) + digits)[...]
  return [8, 4, 4, 4, 12].map { count in
    defer { rest = rest.dropFirst(count) }
    return String(rest.prefix(count))
  }.joined(separator: "-")
}

/// The 128-bit hash of Fowler, Noll and Vo, in the variant 1a (RFC 9923).
///
///     h₀ = basis,   hₙ₊₁ = (hₙ xor byteₙ) · prime   mod 2¹²⁸
func fnv1a(_ bytes: [UInt8]) -> UInt128 {
  let basis: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
  let prime: UInt128 = 1 << 88 + 0x13B
  return bytes.reduce(basis) { hash, byte in (hash ^ UInt128(byte)) &* prime }
}
