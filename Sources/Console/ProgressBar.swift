/// How far a program has come, told while it works.
///
/// On a terminal one line is redrawn, ten times a second at most:
///
///     rdm_fixed ▕███████▌        ▏ 45 %  trials 4,500  reward 0.75  correct 76.5 %
///
/// Elsewhere, where nothing can be redrawn, plain lines come a few seconds apart. What is important is
/// told at once and stays.
public struct ProgressBar {
  /// What is known at one moment.
  public struct Reading: Sendable {
    /// How much is done, in 0...1; nil if nobody knows.
    public var fraction: Double?
    /// The most telling one first: the last ones go when the window is narrow.
    public var fields: [String]

    /// What is known now.
    public init(fraction: Double?, fields: [String]) {
      self.fraction = fraction
      self.fields = fields
    }
  }

  /// Seconds between two drawings of the bar on a terminal.
  public static let redrawInterval = 0.1
  /// Seconds between two plain lines elsewhere.
  public static let lineInterval = 5.0

  private let title: String
  private let terminal: Terminal
  private let now: () -> Double
  private let write: (String) -> Void
  private var lastShown = -Double.infinity
  private var isOnScreen = false

  /// - Parameters:
  ///   - now: seconds since any moment.
  ///   - write: takes what should appear.
  public init(
    _ title: String, on terminal: Terminal = .standardError,
    now: @escaping () -> Double = secondsOfUptime,
    write: @escaping (String) -> Void = writeToStandardError
  ) {
    self.title = title
    self.terminal = terminal
    self.now = now
    self.write = write
  }

  /// Tells how far things are, unless it was told just now.
  ///
  /// - Parameter isImportant: tells it whatever was told before, as a line that stays.
  public mutating func show(_ reading: @autoclosure () -> Reading, isImportant: Bool = false) {
    let time = now()
    let interval = terminal.isInteractive ? Self.redrawInterval : Self.lineInterval
    guard isImportant || time - lastShown >= interval else { return }
    lastShown = time
    if !terminal.isInteractive {
      write(Self.line(title, reading()) + "\n")
    } else if isImportant {
      erase()
      write(Self.line(title, reading()) + "\n")
    } else {
      write("\r" + Self.bar(title, reading(), width: terminal.width) + "\u{1B}[K")
      isOnScreen = true
    }
  }

  /// Prints a line that stays, above the bar.
  public mutating func note(_ line: String) {
    erase()
    write(line + "\n")
    // The bar is back with the next reading.
    lastShown = terminal.isInteractive ? -.infinity : lastShown
  }

  /// Takes the bar off the screen.
  public mutating func erase() {
    guard isOnScreen else { return }
    write("\r\u{1B}[K")
    isOnScreen = false
  }

  /// The bar as it is drawn in a window of `width` columns; the last column stays free, since some
  /// terminals break the line there.
  static func bar(_ title: String, _ reading: Reading, width: Int) -> String {
    let room = max(0, width - 1)
    let percent = percentText(reading.fraction)
    let shortestBar = 10
    // Title, gap, two edges, the shortest bar, and the percentage with its gap.
    let frame = title.count + 1 + 2 + shortestBar + (percent.isEmpty ? 0 : 1 + percent.count)
    guard frame <= room else { return String((title + " " + percent).prefix(room)) }

    var text = ""
    for field in reading.fields {
      guard frame + text.count + 2 + field.count <= room else { break }
      text += "  " + field
    }
    let barWidth = min(30, shortestBar + room - frame - text.count)
    return "\(title) ▕\(blocks(reading.fraction ?? 0, width: barWidth))▏"
      + (percent.isEmpty ? "" : " " + percent) + text
  }

  /// The same as a plain line.
  static func line(_ title: String, _ reading: Reading) -> String {
    let percent = percentText(reading.fraction)
    return ([percent.isEmpty ? title : title + " " + percent] + reading.fields)
      .joined(separator: "  ")
  }

  private static func percentText(_ fraction: Double?) -> String {
    guard let fraction, !fraction.isNaN else { return "" }
    // Rounded down, so that 100 % means done; 0.29 × 100 is a hair below 29.
    let digits = String(Int(min(1, max(0, fraction)) * 100 + 1e-9))
    return String(repeating: " ", count: 3 - digits.count) + digits + " %"
  }

  /// A bar in eighths of a column.
  private static func blocks(_ fraction: Double, width: Int) -> String {
    let share = fraction.isNaN ? 0 : min(1, max(0, fraction))
    let eighths = Int(share * Double(width * 8))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let bar = String(repeating: "█", count: eighths / 8) + partial
    return bar + String(repeating: " ", count: width - bar.count)
  }
}

/// Seconds on a clock that never goes back.
public func secondsOfUptime() -> Double {
  let (seconds, attoseconds) = (ContinuousClock.now - uptimeOrigin).components
  return Double(seconds) + Double(attoseconds) * 1e-18
}

private let uptimeOrigin = ContinuousClock.now
