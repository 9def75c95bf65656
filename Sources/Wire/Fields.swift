import CGymProto
import CProtobufC
import Glibc

#if _endian(big)
  #error("columns are copied as they lie in memory, which has to be little-endian")
#endif

// How single fields are read and written. Reading believes nothing: protobuf-c checks neither text nor
// sizes nor numbers.

/// A number, a text or a column of a message that has been unpacked into `arena`.
struct FieldReader {
  let arena: Arena

  /// The text of a field, at most `limit` bytes of UTF-8 without zero bytes.
  func text(
    _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString, atMost limit: Int
  ) throws(Refusal) -> String {
    // What is not the arena's is the empty text that protobuf-c puts where nothing came.
    guard let pointer, let size = arena.byteCount(of: pointer) else { return "" }
    let length = size - 1
    guard length <= limit else {
      throw Refusal(
        .limit, "'\(field)' has \(length) bytes; it can have at most \(limit)")
    }
    guard memchr(pointer, 0, length) == nil else {
      throw Refusal(.malformed, "'\(field)' holds a zero byte, which no text may")
    }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Refusal(.malformed, "'\(field)' is not UTF-8")
    }
    return text
  }

  /// The values behind a list of pointers, of which there may be at most `limit`.
  func list<Message, Value>(
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int,
    _ field: StaticString, atMost limit: Int, _ convert: (Message) throws(Refusal) -> Value
  ) throws(Refusal) -> [Value] {
    guard count <= limit else {
      throw Refusal(.limit, "'\(field)' has \(count) entries; it can have at most \(limit)")
    }
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<count {
      guard let pointer = pointers?[index] else {
        throw Refusal(.malformed, "'\(field)' lacks entry \(index)")
      }
      values.append(try convert(pointer.pointee))
    }
    return values
  }

  /// A list of texts.
  func texts(
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int,
    _ field: StaticString, atMost limit: Int, bytes: Int
  ) throws(Refusal) -> [String] {
    guard count <= limit else {
      throw Refusal(.limit, "'\(field)' has \(count) entries; it can have at most \(limit)")
    }
    var values: [String] = []
    for index in 0..<count { values.append(try text(pointers?[index], field, atMost: bytes)) }
    return values
  }

  /// Numbers of a list, none of which may be infinite or not a number.
  func numbers(
    _ pointer: UnsafeMutablePointer<Double>?, _ count: Int, _ field: StaticString,
    atMost limit: Int,
    else code: Refusal.Code
  ) throws(Refusal) -> [Double] {
    guard count <= limit else {
      throw Refusal(.limit, "'\(field)' has \(count) numbers; it can have at most \(limit)")
    }
    let values = Array(UnsafeBufferPointer(start: pointer, count: count))
    for value in values { _ = try finite(value, field, else: code) }
    return values
  }

  /// A number that is neither infinite nor not a number.
  func finite(
    _ value: Double, _ field: StaticString, else code: Refusal.Code = .malformed
  ) throws(Refusal) -> Double {
    guard value.isFinite else {
      throw Refusal(code, "'\(field)' is \(value); it has to be a finite number")
    }
    return value
  }

  /// The numbers of a column.
  func column<Number: BitwiseCopyable>(
    _ bytes: ProtobufCBinaryData, _ field: StaticString, of _: Number.Type
  ) throws(Refusal) -> [Number] {
    var numbers: [Number] = []
    try column(bytes, field, into: &numbers)
    return numbers
  }

  /// The numbers of a column, in the place of those that were there.
  func column<Number: BitwiseCopyable>(
    _ bytes: ProtobufCBinaryData, _ field: StaticString, into numbers: inout [Number]
  ) throws(Refusal) {
    let width = MemoryLayout<Number>.stride
    guard bytes.len.isMultiple(of: width) else {
      throw Refusal(
        .malformed, "'\(field)' has \(bytes.len) bytes; its numbers have \(width) bytes each")
    }
    numbers.removeAll(keepingCapacity: true)
    numbers.reserveCapacity(bytes.len / width)
    let raw = UnsafeRawBufferPointer(start: bytes.data, count: bytes.len)
    for place in stride(from: 0, to: bytes.len, by: width) {
      numbers.append(raw.loadUnaligned(fromByteOffset: place, as: Number.self))
    }
  }

  /// The token of a session; nil where none came.
  func token(_ bytes: ProtobufCBinaryData) throws(Refusal) -> SessionToken? {
    if bytes.len == 0 { return nil }
    guard bytes.len == SessionToken.byteCount else {
      throw Refusal(
        .malformed,
        "'session' has \(bytes.len) bytes; a token has \(SessionToken.byteCount), as 'opened' gave it"
      )
    }
    return SessionToken(UnsafeRawPointer(bytes.data).loadUnaligned(as: SIMD2<UInt64>.self))
  }
}

/// Puts values where protobuf-c will find them. They live until the arena's next `reset`.
struct FieldWriter {
  let arena: Arena

  func text(_ text: String) -> UnsafeMutablePointer<CChar> {
    var text = text
    return text.withUTF8 { bytes in
      let copy = arena.allocate(CChar.self, count: bytes.count + 1)
      if let start = bytes.baseAddress { memcpy(copy, start, bytes.count) }
      copy[bytes.count] = 0
      return copy
    }
  }

  func texts(_ texts: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let pointers = arena.allocate(UnsafeMutablePointer<CChar>?.self, count: texts.count)
    for (index, value) in texts.enumerated() { pointers[index] = text(value) }
    return pointers
  }

  func message<Message>(_ message: Message) -> UnsafeMutablePointer<Message> {
    let copy = arena.allocate(Message.self, count: 1)
    copy.initialize(to: message)
    return copy
  }

  func list<Value, Message>(
    _ values: [Value], _ convert: (Value) -> Message
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?> {
    let pointers = arena.allocate(UnsafeMutablePointer<Message>?.self, count: values.count)
    for (index, value) in values.enumerated() { pointers[index] = message(convert(value)) }
    return pointers
  }

  func numbers(_ values: [Double]) -> UnsafeMutablePointer<Double> {
    let copy = arena.allocate(Double.self, count: values.count)
    for (index, value) in values.enumerated() { copy[index] = value }
    return copy
  }

  func column<Number: BitwiseCopyable>(_ numbers: [Number]) -> ProtobufCBinaryData {
    column(count: numbers.count, of: Number.self) { numbers[$0] }
  }

  /// A column whose entries are made one by one.
  func column<Number: BitwiseCopyable>(
    count: Int, of _: Number.Type, _ number: (Int) -> Number
  ) -> ProtobufCBinaryData {
    guard count > 0 else { return ProtobufCBinaryData(len: 0, data: nil) }
    let copy = arena.allocate(Number.self, count: count)
    for index in 0..<count { copy[index] = number(index) }
    return ProtobufCBinaryData(
      len: count * MemoryLayout<Number>.stride,
      data: UnsafeMutableRawPointer(copy).assumingMemoryBound(to: UInt8.self))
  }

  func token(_ token: SessionToken) -> ProtobufCBinaryData {
    column(count: 2, of: UInt64.self) { token.words[$0] }
  }
}

/// A column that is viewed where it lies.
func viewed(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
  ProtobufCBinaryData(
    len: bytes.count,
    data: UnsafeMutablePointer(
      mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)))
}
