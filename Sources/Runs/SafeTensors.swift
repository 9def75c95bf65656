import Foundation

/// A safetensors file: named tensors and a few strings, which PyTorch and NumPy read in one line.
///
///     8 bytes   length of the header
///     header    JSON: name → dtype, shape, where its numbers are; __metadata__ → strings
///     data      the numbers, tensor after tensor, without holes
///
/// The wider numbers come first, and names in order among equals, so that every tensor is aligned
/// and equal contents are equal bytes. The metadata's `checksum` is the SHA-256 of the whole file with
/// 64 zeros in its own place; no bit can flip unnoticed.
public struct SafeTensors: Sendable, Equatable {
  /// By name; not `__metadata__`.
  public var tensors: [String: Tensor]
  /// Strings by key, the checksum left out.
  public var metadata: [String: String]

  /// What a file should hold.
  public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    precondition(tensors["__metadata__"] == nil, "no tensor can be named __metadata__")
    precondition(metadata[Self.checksumKey] == nil, "the checksum is the file's own affair")
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Whether a file must bear a checksum. Those of other programs don't.
  public enum ChecksumRule: Sendable {
    case required
    case ifPresent
  }

  static let checksumKey = "checksum"
  private static let noChecksum = String(repeating: "0", count: 64)
  /// The format's own limit.
  private static let longestHeader = 100_000_000

  /// The file's bytes.
  public func encoded() -> [UInt8] {
    let order = tensors.sorted {
      let (a, b) = ($0.value.values.kind.byteCount, $1.value.values.kind.byteCount)
      return a != b ? a > b : $0.key < $1.key
    }
    var data: [UInt8] = []
    var strings = metadata
    strings[Self.checksumKey] = Self.noChecksum
    var entries = [
      "\"__metadata__\":{"
        + strings.sorted { $0.key < $1.key }
        .map { HeaderJSON.quoted($0.key) + ":" + HeaderJSON.quoted($0.value) }
        .joined(separator: ",") + "}"
    ]
    for (name, tensor) in order {
      let start = data.count
      tensor.values.appendBytes(to: &data)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        HeaderJSON.quoted(name)
          + ":{\"dtype\":\"\(tensor.values.kind.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(start),\(data.count)]}")
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    // The data begin at a multiple of 8.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    precondition(header.count <= Self.longestHeader, "more names than a safetensors file can hold")
    var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    bytes += header
    bytes += data
    Self.replaceChecksum(Self.noChecksum, by: SHA256.hex(of: bytes), in: &bytes)
    return bytes
  }

  /// Reads a file's bytes, and believes none of them before it has looked.
  public init(decoding bytes: [UInt8], checksum rule: ChecksumRule = .ifPresent)
    throws(SafeTensorsError)
  {
    guard bytes.count >= 8 else { throw .truncated(expected: 8, got: bytes.count) }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= Self.longestHeader else { throw .headerTooLong(length) }
    let dataStart = 8 + Int(length)
    guard bytes.count >= dataStart else { throw .truncated(expected: dataStart, got: bytes.count) }

    let header = try HeaderJSON.parse(bytes[8..<dataStart])
    var strings = header.metadata
    if let checksum = strings.removeValue(forKey: Self.checksumKey) {
      var copy = bytes
      guard checksum.utf8.count == 64,
        Self.replaceChecksum(checksum, by: Self.noChecksum, in: &copy),
        SHA256.hex(of: copy) == checksum
      else { throw .checksumDiffers }
    } else if rule == .required {
      throw .noChecksum
    }

    var found: [String: Tensor] = [:]
    var end = 0
    let dataCount = bytes.count - dataStart
    // By both offsets: a tensor without numbers begins where its neighbour does.
    let inOrder = header.tensors.sorted {
      $0.value.offsets.lexicographicallyPrecedes($1.value.offsets)
    }
    for (name, entry) in inOrder {
      guard let kind = NumberKind(rawValue: entry.dtype) else {
        throw .unknownKind(entry.dtype, tensor: name)
      }
      let (from, to) = (entry.offsets[0], entry.offsets[1])
      guard from == end, to >= from, to <= dataCount else {
        throw .misplaced(tensor: name, from: from, to: to, dataCount: dataCount)
      }
      var size = kind.byteCount
      for extent in entry.shape {
        let (product, overflows) = size.multipliedReportingOverflow(by: extent)
        guard !overflows else { throw .shapeMismatch(tensor: name, entry.shape, bytes: to - from) }
        size = product
      }
      guard size == to - from else {
        throw .shapeMismatch(tensor: name, entry.shape, bytes: to - from)
      }
      let values = Tensor.Values(kind, bytes: bytes[dataStart + from..<dataStart + to])
      found[name] = Tensor(shape: entry.shape, values)
      end = to
    }
    guard end == dataCount else { throw .leftOver(dataCount - end) }
    tensors = found
    metadata = strings
  }

  /// Puts other digits into the metadata's checksum; false if it isn't there in so many words.
  @discardableResult
  private static func replaceChecksum(
    _ old: String, by new: String, in bytes: inout [UInt8]
  ) -> Bool {
    let pattern = Array("\"\(checksumKey)\":\"\(old)\"".utf8)
    let headerEnd = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) } + 8
    guard let place = bytes[8..<headerEnd].firstRange(of: pattern) else { return false }
    bytes.replaceSubrange(
      place, with: Array("\"\(checksumKey)\":\"\(new)\"".utf8))
    return true
  }
}

/// Bytes that are no safetensors file, or no longer one.
public enum SafeTensorsError: Error, Equatable, CustomStringConvertible {
  case truncated(expected: Int, got: Int)
  case headerTooLong(UInt64)
  case header(String, at: Int)
  case noChecksum
  case checksumDiffers
  case unknownKind(String, tensor: String)
  case misplaced(tensor: String, from: Int, to: Int, dataCount: Int)
  case shapeMismatch(tensor: String, [Int], bytes: Int)
  case leftOver(Int)

  public var description: String {
    switch self {
    case .truncated(let expected, let got):
      "it should have at least \(expected) bytes and has \(got)"
    case .headerTooLong(let length):
      "its header would be \(length) bytes long, and 100000000 are the most"
    case .header(let what, let place):
      "its header is not as the safetensors format wants it: \(what) at byte \(place)"
    case .noChecksum:
      "it has no checksum"
    case .checksumDiffers:
      "its checksum differs"
    case .unknownKind(let kind, let tensor):
      "tensor '\(tensor)' holds \(kind) numbers; F32, F64, I64 and U64 can be read"
    case .misplaced(let tensor, let from, let to, let dataCount):
      "tensor '\(tensor)' should lie in bytes \(from) to \(to) of \(dataCount), with no hole before it"
    case .shapeMismatch(let tensor, let shape, let bytes):
      "tensor '\(tensor)' of shape \(shape) can't have \(bytes) bytes"
    case .leftOver(let count):
      "\(count) bytes belong to no tensor"
    }
  }
}
