/// The outermost layer of a message: its sequence number, and how many bodies it has.
///
/// Read before the message is unpacked, and again by nobody: it lets a request whose body can't be read
/// be answered under its own number, and finds the second body that protobuf lets the last one hide.
struct Outline {
  private(set) var sequence: UInt64 = 0
  private(set) var bodies = 0
  /// Whether the bytes are fields from beginning to end.
  private(set) var isComplete = false

  private static let bodyFields: ClosedRange<UInt64> = 10...16

  init(of bytes: UnsafeRawBufferPointer) {
    var reader = Reader(bytes: bytes)
    while !reader.isAtEnd {
      guard let key = reader.number() else { return }
      let field = key >> 3
      switch key & 7 {
      case 0:
        guard let value = reader.number() else { return }
        if field == 1 { sequence = value }
      case 1: guard reader.skip(8) else { return }
      case 2: guard let length = reader.number(), reader.skip(length) else { return }
      case 5: guard reader.skip(4) else { return }
      default: return
      }
      if Self.bodyFields.contains(field) { bodies += 1 }
    }
    isComplete = true
  }

  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var place = 0

    var isAtEnd: Bool { place == bytes.count }

    /// A number of up to ten bytes, seven bits in each, the lowest first.
    mutating func number() -> UInt64? {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while place < bytes.count && shift < 70 {
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 0x7F) &<< shift
        if byte & 0x80 == 0 { return value }
        shift += 7
      }
      return nil
    }

    mutating func skip(_ count: UInt64) -> Bool {
      guard count <= UInt64(bytes.count - place) else { return false }
      place += Int(count)
      return true
    }
  }
}
