import Foundation

/// How much of a drill is run: enough to find what has just been broken, or, with `OPERANT_DRILLS=full`
/// (`make drills`), as much as docs/drills.md promises.
enum Drill {
  static let isFull = ProcessInfo.processInfo.environment["OPERANT_DRILLS"] == "full"

  static func count(_ short: Int, full: Int) -> Int { isFull ? full : short }

  /// Prints what came out of a full drill.
  static func tell(_ name: String, _ figure: some CustomStringConvertible, _ unit: String) {
    guard isFull else { return }
    print("drill | \(name) | \(figure) \(unit)")
  }
}

/// Something that is done on a thread of its own, meanwhile.
final class Errand: Sendable {
  private let isDone = DispatchSemaphore(value: 0)

  init(_ work: @escaping @Sendable () -> Void) {
    Thread.detachNewThread { [isDone] in
      work()
      isDone.signal()
    }
  }

  /// Waits until it is done. Once.
  func wait() { isDone.wait() }
}
