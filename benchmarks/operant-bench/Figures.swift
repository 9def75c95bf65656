import Glibc

/// Seconds on a clock that only goes forward.
func secondsNow() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// How long `work` takes: the median of several runs after one that is not counted, in seconds.
func medianSeconds(runs: Int = 7, of work: () throws -> Void) rethrows -> Double {
  try work()
  var times: [Double] = []
  for _ in 0..<runs {
    let start = secondsNow()
    try work()
    times.append(secondsNow() - start)
  }
  return times.sorted()[runs / 2]
}

/// One line of a benchmark: a name, a figure and its unit, and what stands beside it.
func printFigure(_ name: String, _ figure: Double, _ unit: String, beside peer: String = "") {
  let digits = figure >= 1000 ? 0 : figure >= 10 ? 1 : 3
  let number = grouped(figure, digits: digits)
  print(
    name.padded(to: 44) + String(repeating: " ", count: max(0, 14 - number.count)) + number + " "
      + unit.padded(to: 16) + peer)
  fflush(nil)
}

/// 1234567.8 as "1,234,568".
private func grouped(_ value: Double, digits: Int) -> String {
  if value < 0 { return "−" + grouped(-value, digits: digits) }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = (value * scale).rounded() / scale
  let whole = Int(rounded.rounded(.towardZero))
  var text = ""
  for (place, digit) in String(whole).reversed().enumerated() {
    if place > 0 && place % 3 == 0 { text = "," + text }
    text = String(digit) + text
  }
  guard digits > 0 else { return text }
  let fraction = String(Int(((rounded - Double(whole)) * scale).rounded()))
  return text + "." + String(repeating: "0", count: digits - fraction.count) + fraction
}

extension String {
  /// The string with blanks behind it, up to `width`.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

/// Writes a line to standard error.
func printError(_ line: String) {
  _ = line.withCString { write(2, $0, strlen($0)) }
}
