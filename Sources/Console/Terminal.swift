import CPlatform
import Foundation

/// Where a program talks to its person: a terminal, or a file or pipe that is read later.
public struct Terminal: Sendable {
  /// Whether lines can be redrawn: a terminal, and not a dumb one.
  public let isInteractive: Bool
  /// Whether colours are wanted: only on a terminal, and never if `NO_COLOR` is set (no-color.org).
  public let usesColour: Bool
  /// Columns; asked anew each time, since windows are resized.
  public var width: Int { measureWidth() }

  private let measureWidth: @Sendable () -> Int

  /// A terminal as told, whatever is really there.
  public init(
    isTerminal: Bool, environment: [String: String], width: @escaping @Sendable () -> Int
  ) {
    isInteractive = isTerminal && environment["TERM"] != "dumb"
    usesColour = isInteractive && environment["NO_COLOR", default: ""].isEmpty
    measureWidth = width
  }

  /// The terminal behind standard error, if there is one.
  public static let standardError = Terminal(behind: STDERR_FILENO)
  /// The terminal behind standard output, if there is one.
  public static let standardOutput = Terminal(behind: STDOUT_FILENO)

  private init(behind descriptor: Int32) {
    self.init(
      isTerminal: platform_is_terminal(descriptor),
      environment: ProcessInfo.processInfo.environment
    ) {
      let width = Int(platform_terminal_width(descriptor))
      return width > 0 ? width : 80
    }
  }

  /// How text may look.
  public enum Style: Int, Sendable {
    case bold = 1
    case faint = 2
    case red = 31
    case green = 32
    case yellow = 33
  }

  /// `text` in that style, where colours are wanted; elsewhere `text`.
  public func styled(_ text: String, _ style: Style) -> String {
    usesColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// Writes to standard error, whole and at once. A person who closed it is not told more.
public func writeToStandardError(_ text: String) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    if count > 0 {
      bytes = bytes.dropFirst(count)
    } else if errno != EINTR {
      return
    }
  }
}
