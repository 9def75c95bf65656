import Console
import Foundation
import Wire

/// Writes a server's events to standard error, a line each, on a thread of its own.
///
/// The server never waits for whoever reads it. What they can't keep up with is left out and counted,
/// and so is a flood of one kind of event: nobody reads a million lines that say the same. Other kinds are
/// told meanwhile.
final class ServerLog: @unchecked Sendable {
  private static let mostWaiting = 1000
  /// Of each kind of event of which a peer can make as many as it likes.
  private static let mostASecond = 100

  private let level: LogLevel
  private let format: LogFormat

  private let change = NSCondition()
  // All of these under `change`.
  private var waiting: [(Date, LogLine)] = []
  private var isWriting = false
  private var isEnding = false
  private var leftOut: UInt64 = 0
  private var second = 0
  private var countsInSecond: [String: Int] = [:]

  init(_ level: LogLevel, _ format: LogFormat) {
    self.level = level
    self.format = format
    Thread.detachNewThread { self.write() }
  }

  func note(_ event: ServerEvent) {
    // Most of them are not told, and need no words.
    guard event.level <= level else { return }
    note(LogLine(event), mayFlood: event.mayFlood)
  }

  func note(_ line: LogLine, mayFlood: Bool = false) {
    guard line.level <= level else { return }
    let now = Date()
    change.withLock {
      guard waiting.count < Self.mostWaiting, !mayFlood || isAmongFirst(line.event, at: now) else {
        leftOut += 1
        if leftOut == 1 { change.broadcast() }
        return
      }
      waiting.append((now, line))
      change.broadcast()
    }
  }

  /// Whether no more than so many events of that kind were told in this second.
  private func isAmongFirst(_ event: String, at now: Date) -> Bool {
    let this = Int(now.timeIntervalSinceReferenceDate)
    if this != second { countsInSecond = [:] }
    second = this
    countsInSecond[event, default: 0] += 1
    return countsInSecond[event]! <= Self.mostASecond
  }

  /// Waits until all is written, or a second has passed.
  func flush() {
    let deadline = Date(timeIntervalSinceNow: 1)
    change.withLock {
      isEnding = true
      change.broadcast()
      while !waiting.isEmpty || leftOut > 0 || isWriting, change.wait(until: deadline) {}
    }
  }

  private func write() {
    while true {
      let (lines, left) = change.withLock {
        isWriting = false
        change.broadcast()
        while waiting.isEmpty {
          if leftOut == 0 {
            change.wait()
          } else if isEnding || !change.wait(until: Date(timeIntervalSinceNow: 1)) {
            // Nothing else is to be told, so that much was left out.
            break
          }
        }
        isWriting = true
        defer {
          waiting = []
          leftOut = 0
        }
        return (waiting, leftOut)
      }
      var text = ""
      if left > 0 {
        text += LogLine(
          level: .warning, event: "left-out", sentence: "\(left) lines were left out here",
          fields: [("lines", .number(left))]
        ).written(at: lines.first?.0 ?? Date(), as: format)
      }
      for (time, line) in lines { text += line.written(at: time, as: format) }
      writeToStandardError(text)
    }
  }
}
