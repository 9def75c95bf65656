/// The progress of a run for TensorBoard.
///
/// TensorBoard stamps events with the time of day. Two equal runs would differ there, so the update
/// stands in as seconds; its horizontal axis "step" is the update as well.
///
/// A record of the file is
///
///     8 bytes   length of the event
///     4 bytes   masked CRC-32C of these
///     event     a protobuf message (tensorflow/core/util/event.proto)
///     4 bytes   masked CRC-32C of the event
public struct EventFile: Sendable {
  /// What TensorBoard looks for is the part in the middle; the rest is usually time and host.
  public static let name = "events.out.tfevents.0.operant"

  private let file: OpenFile

  /// Begins a file.
  public init(creating path: String) throws(FileError) {
    try AtomicFile.write(Self.record(Self.versionEvent), to: path)
    file = try OpenFile(path, .append)
  }

  /// Goes on with a file after `update`: what came later, or was never finished, is cut off. One that
  /// was lost begins anew.
  public init(resuming path: String, after update: Int) throws(FileError) {
    let head = Self.record(Self.versionEvent)
    guard let bytes = try OpenFile.contentsIfPresent(of: path), bytes.starts(with: head) else {
      try self.init(creating: path)
      return
    }
    var size = head.count
    while let record = Self.firstRecord(of: bytes[size...]), record.step <= update {
      size += record.byteCount
    }
    try self.init(path, keeping: size)
  }

  private init(_ path: String, keeping size: Int) throws(FileError) {
    file = try OpenFile(path, .append)
    try file.cut(to: size)
    try file.synchronize()
  }

  /// Adds what was measured at an update. What is NaN was not measured.
  public func append(update: Int, _ scalars: KeyValuePairs<String, Float>) throws(FileError) {
    try append(update: update, scalars.map { (tag: $0.key, value: $0.value) })
  }

  /// Adds what was measured at an update. What is NaN was not measured.
  public func append(update: Int, _ scalars: [(tag: String, value: Float)]) throws(FileError) {
    precondition(update >= 0)
    let measured = scalars.filter { !$0.value.isNaN }
    guard !measured.isEmpty else { return }
    var event = ProtobufBytes()
    event.add(1, Double(update))  // wall_time
    event.add(2, UInt64(update))  // step
    var summary = ProtobufBytes()
    for (tag, value) in measured {
      var entry = ProtobufBytes()
      entry.add(1, Array(tag.utf8))  // tag
      entry.add(2, value)  // simple_value
      summary.add(1, entry.bytes)  // value
    }
    event.add(5, summary.bytes)  // summary
    try file.write(Self.record(event.bytes))
    try file.synchronize()
  }

  private static var versionEvent: [UInt8] {
    var event = ProtobufBytes()
    event.add(1, 0.0)  // wall_time
    event.add(3, Array("brain.Event:2".utf8))  // file_version
    return event.bytes
  }

  /// An event in its frame.
  static func record(_ event: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(event.count))
    return length + littleEndian(CRC32C.masked(of: length)) + event
      + littleEndian(CRC32C.masked(of: event))
  }

  /// The step of the first record and its size; nil if it isn't whole.
  private static func firstRecord(of bytes: ArraySlice<UInt8>) -> (step: Int, byteCount: Int)? {
    guard bytes.count >= 16 else { return nil }
    let start = bytes.startIndex
    let lengthBytes = bytes[start..<start + 8]
    let length = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard bytes[(start + 8)...].starts(with: littleEndian(CRC32C.masked(of: lengthBytes))),
      length <= UInt64(bytes.count - 16)
    else { return nil }
    let event = bytes[start + 12..<start + 12 + Int(length)]
    guard bytes[event.endIndex...].starts(with: littleEndian(CRC32C.masked(of: event))) else {
      return nil
    }
    // Our own events begin with nine bytes of wall time, then the step.
    var place = event.startIndex + 9
    guard place < event.endIndex, event[place] == 2 << 3 else { return nil }
    var step: UInt64 = 0
    var shift: UInt64 = 0
    repeat {
      place += 1
      guard place < event.endIndex, shift < 63 else { return nil }
      step |= UInt64(event[place] & 0x7f) << shift
      shift += 7
    } while event[place] & 0x80 != 0
    return (Int(step), Int(length) + 16)
  }
}

/// A protobuf message, written field by field.
private struct ProtobufBytes {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: UInt64, _ value: UInt64) {
    add(varint: field << 3)
    add(varint: value)
  }

  mutating func add(_ field: UInt64, _ value: Double) {
    add(varint: field << 3 | 1)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func add(_ field: UInt64, _ value: [UInt8]) {
    add(varint: field << 3 | 2)
    add(varint: UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: UInt64, _ value: Float) {
    add(varint: field << 3 | 5)
    bytes += littleEndian(value.bitPattern)
  }

  private mutating func add(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
