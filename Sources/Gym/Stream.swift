/// What random numbers are drawn for.
///
/// Every purpose has a stream of its own, so that a new draw in one place shifts nothing elsewhere.
///
///     Stream("timing").key                 // the same number for ever
///
/// Agents in other languages reproduce a stream's numbers from its name: `key` is the 64-bit FNV-1a
/// hash of the name's UTF-8 bytes.
public struct Stream: Hashable, Sendable {
  /// The second word of the generator's key.
  public let key: UInt64

  public init(_ name: StaticString) {
    key = name.withUTF8Buffer { bytes in
      bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
  }

  /// Which condition a trial has, where the agent did not ask for one.
  public static let condition = Stream("condition")
  /// How long the epochs of a trial last, and whatever else is drawn when it is made.
  public static let trial = Stream("trial")
  /// What successive trials of a lane have in common.
  public static let trialGroup = Stream("trial group")
  /// The noise in what the subject senses.
  public static let stimulusNoise = Stream("stimulus noise")
}
