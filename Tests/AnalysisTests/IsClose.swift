extension Double {
  /// Whether two numbers agree to within `tolerance` of the larger one, or of 1 if both are smaller.
  func isClose(to other: Double, within tolerance: Double = 1e-9) -> Bool {
    abs(self - other) <= tolerance * max(1, abs(self), abs(other))
  }
}
