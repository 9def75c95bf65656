/// A block of floats with one owner, aligned for the widest vector registers.
///
/// Swift's arrays check for uniqueness at every write when they are held by a class; the loops over
/// time would spend most of their time on that.
final class FloatBuffer {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    start = bytes.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
  }

  deinit { start.deallocate() }

  /// All of them.
  var numbers: UnsafeMutableBufferPointer<Float> { .init(start: start, count: count) }

  func clear() { start.update(repeating: 0, count: count) }
}

extension FloatBuffer {
  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    start.update(from: values, count: values.count)
  }
}
