import CPlatform
import Foundation

/// Ctrl-C, SIGTERM and a closed terminal as a question a loop asks between two updates.
///
///     StopSignal.catchAll()
///     while !StopSignal.wasRaised { … one update … }
///
/// The first one asks for a clean stop. Ctrl-C after that ends the program at once, with 130.
public enum StopSignal: Int32, Sendable {
  case hangUp = 1
  case interrupt = 2
  case terminate = 15

  /// From now on the signals are noted down rather than fatal.
  public static func catchAll() { platform_catch_stop_signals() }

  /// The one that came first; nil while none has.
  public static var raised: StopSignal? { StopSignal(rawValue: platform_stop_signal()) }

  /// Whether a stop was asked for.
  public static var wasRaised: Bool { raised != nil }

  /// What a program that stopped for it ends with, as shells count: 128 + its number.
  public var exitCode: ExitCode {
    switch self {
    case .hangUp: .hungUp
    case .interrupt: .interrupted
    case .terminate: .terminated
    }
  }
}
