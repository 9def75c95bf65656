import CPlatform
import Foundation

/// Ctrl-C, SIGTERM, a closed terminal and a batch system's SIGUSR1 as a question a loop asks between two updates.
///
///     StopSignal.catchAll()
///     while !StopSignal.wasRaised { … one update … }
///
/// The first one asks for a clean stop. Ctrl-C after that ends the program at once, with 130.
///
/// SIGUSR1 is what batch systems are told to send before a job's time is over; the exit code asks them to
/// queue the job again (`deploy/slurm`).
public enum StopSignal: Int32, Sendable {
  case hangUp = 1
  case interrupt = 2
  case requeue = 10
  case terminate = 15

  /// From now on the signals are noted down rather than fatal.
  public static func catchAll() { platform_catch_stop_signals() }

  /// The one that came first; nil while none has.
  public static var raised: StopSignal? { StopSignal(rawValue: platform_stop_signal()) }

  /// Whether a stop was asked for.
  public static var wasRaised: Bool { raised != nil }

  /// From now on the signals wait for `nextHeld()`, so that none is lost, however early it comes; SIGUSR1,
  /// which is for programs with something to save, is ignored.
  ///
  /// To be called before other threads are started, since those inherit it. For programs that can be
  /// stopped from any thread; `catchAll()` is for those that ask now and then.
  public static func holdAll() { platform_hold_stop_signals() }

  /// Waits for the next one that is held.
  public static func nextHeld() -> StopSignal {
    guard let signal = StopSignal(rawValue: platform_await_held_signal()) else {
      preconditionFailure("no signal is held; call holdAll() first")
    }
    return signal
  }

  /// What a program that stopped for it ends with: as shells count, 128 + its number; 75, "try again
  /// later", where it is to be queued again.
  public var exitCode: ExitCode {
    switch self {
    case .hangUp: .hungUp
    case .interrupt: .interrupted
    case .requeue: .temporary
    case .terminate: .terminated
    }
  }
}
