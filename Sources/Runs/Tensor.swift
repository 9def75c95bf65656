/// Numbers in rows and columns: weights, moments, counters.
public struct Tensor: Sendable, Equatable {
  /// The last index runs fastest. Empty: a single number.
  public let shape: [Int]
  /// Row after row.
  public let values: Values

  /// Numbers of one kind.
  public enum Values: Sendable, Equatable {
    case float32([Float])
    case float64([Double])
    case int64([Int64])
    case uint64([UInt64])
  }

  /// Numbers of any kind in that shape.
  public init(shape: [Int], _ values: Values) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count,
      "a tensor of shape \(shape) can't have \(values.count) values")
    self.shape = shape
    self.values = values
  }

  /// A matrix or any other block of single precision.
  public init(_ values: [Float], shape: [Int]) { self.init(shape: shape, .float32(values)) }
  /// A row of single precision.
  public init(_ values: [Float]) { self.init(shape: [values.count], .float32(values)) }
  /// A row of double precision.
  public init(_ values: [Double]) { self.init(shape: [values.count], .float64(values)) }
  /// A row of whole numbers.
  public init(_ values: [Int64]) { self.init(shape: [values.count], .int64(values)) }
  /// A row of whole numbers from 0: counters, seeds.
  public init(_ values: [UInt64]) { self.init(shape: [values.count], .uint64(values)) }
}

extension Tensor.Values {
  /// How many numbers there are.
  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .float64(let values): values.count
    case .int64(let values): values.count
    case .uint64(let values): values.count
    }
  }

  /// The name the format has for the kind of number.
  var kind: NumberKind {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .int64: .int64
    case .uint64: .uint64
    }
  }

  func appendBytes(to bytes: inout [UInt8]) {
    switch self {
    case .float32(let values): values.withUnsafeBytes { bytes += $0 }
    case .float64(let values): values.withUnsafeBytes { bytes += $0 }
    case .int64(let values): values.withUnsafeBytes { bytes += $0 }
    case .uint64(let values): values.withUnsafeBytes { bytes += $0 }
    }
  }

  /// Reads as many numbers as the bytes hold.
  init(_ kind: NumberKind, bytes: ArraySlice<UInt8>) {
    self =
      switch kind {
      case .float32: .float32(numbers(bytes, zero: 0))
      case .float64: .float64(numbers(bytes, zero: 0))
      case .int64: .int64(numbers(bytes, zero: 0))
      case .uint64: .uint64(numbers(bytes, zero: 0))
      }
  }
}

/// The kinds of number we read and write, under the names the safetensors format has for them.
enum NumberKind: String, CaseIterable {
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  var byteCount: Int { self == .float32 ? 4 : 8 }
}

/// The file's numbers are little-endian, as those of every machine we run on are.
private func numbers<Number>(_ bytes: ArraySlice<UInt8>, zero: Number) -> [Number] {
  var result = [Number](repeating: zero, count: bytes.count / MemoryLayout<Number>.size)
  result.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  return result
}
