import Glibc
import Synchronization

/// What a server counts, for whoever looks at it, on any thread and while it serves.
///
/// Each number has one thread that writes it, and nothing is locked or allocated to do so.
public final class ServerCounters: Sendable {
  public let requests = Counter()
  /// Actions judged, over all lanes of all sessions.
  public let laneSteps = Counter()
  /// Trials that have ended.
  public let trials = Counter()
  /// Peers that were not let in: strangers, those whose handshake made no sense or who sent what is not
  /// ZMTP 3, and where keys are asked for those who left without showing one.
  public let rejectedPeers = Counter()
  /// How many sessions there are now.
  public let sessions = Counter()
  public let requestTimes = RequestTimes()

  private let refusalCounts: [Counter] = Refusal.Code.allCases.map { _ in Counter() }
  private let start = secondsNow()

  /// Since when its time runs is when it was made.
  public init() {}

  /// How often a request was refused with that code.
  public func refusals(_ code: Refusal.Code) -> UInt64 {
    refusalCounts[Int(code.rawValue) - 1].value
  }

  /// How often a request was refused.
  public var refusals: UInt64 { refusalCounts.reduce(0) { $0 + $1.value } }

  func countRefusal(_ code: Refusal.Code) { refusalCounts[Int(code.rawValue) - 1].add(1) }

  /// Seconds since the server was made.
  public var uptime: Double { secondsNow() - start }
}

/// A number that one thread writes and any thread reads.
public final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  init() {}

  public var value: UInt64 { count.load(ordering: .relaxed) }

  func add(_ more: UInt64) { set(value &+ more) }

  func set(_ value: UInt64) { count.store(value, ordering: .relaxed) }
}

/// How long requests took, from the moment one was received to the moment its reply was sent.
public final class RequestTimes: Sendable {
  /// The upper bounds of all classes but the last, which has none, in microseconds.
  public static let bounds: [UInt64] = [
    10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000,
    500_000, 1_000_000, 2_500_000, 10_000_000,
  ]

  private let counts: [Counter] = (0...bounds.count).map { _ in Counter() }
  private let nanoseconds = Counter()

  init() {}

  /// How many requests there were in each class: those that took no longer than its bound, and longer
  /// than that of the class before.
  public var classes: [UInt64] { counts.map(\.value) }

  /// All requests together, in seconds.
  public var sum: Double { Double(nanoseconds.value) * 1e-9 }

  func note(nanoseconds time: UInt64) {
    nanoseconds.add(time)
    var index = 0
    Self.bounds.withUnsafeBufferPointer { bounds in
      while index < bounds.count, time > bounds[index] * 1000 { index += 1 }
    }
    counts[index].add(1)
  }

  /// The bound, in microseconds, that `share` of all requests did not exceed; 0 before any request, and
  /// the last bound there is if it was longer than that.
  public func bound(of share: Double) -> UInt64 {
    let classes = classes
    let total = classes.reduce(0, +)
    guard total > 0 else { return 0 }
    let wanted = share * Double(total)
    var count: UInt64 = 0
    for (bound, inClass) in zip(Self.bounds, classes) {
      count += inClass
      if Double(count) >= wanted { return bound }
    }
    return Self.bounds.last!
  }
}

/// Nanoseconds on a clock that only goes forward.
func nanosecondsNow() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private func secondsNow() -> Double { Double(nanosecondsNow()) * 1e-9 }
