import Console
import Foundation
import Gym
import Wire

/// How much a log tells.
enum LogLevel: String, CaseIterable, ArgumentValue, Comparable {
  case error, warning, info, debug

  static func < (a: LogLevel, b: LogLevel) -> Bool { a.rank < b.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

/// How a log is written: for people, or for programs.
enum LogFormat: String, CaseIterable, ArgumentValue {
  case text, json
}

/// One event of a server in a line.
struct LogLine {
  var level: LogLevel
  /// One word, for programs.
  var event: String
  /// For people; what peers said is in it as they said it.
  var sentence: String
  /// For programs: what else is known, by name.
  var fields: [(name: String, value: Value)] = []

  enum Value {
    case text(String)
    case number(UInt64)
  }

  /// The line with its end, in which no control characters are left.
  func written(at time: Date, as format: LogFormat) -> String {
    let moment = time.formatted(
      .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(
        separator: .omitted))
    switch format {
    case .text: return "\(moment) \(level.rawValue): \(printable(sentence))\n"
    case .json:
      var parts = [
        ("time", quoted(moment)), ("level", quoted(level.rawValue)), ("event", quoted(event)),
      ]
      for field in fields {
        switch field.value {
        case .text(let text): parts.append((field.name, quoted(text)))
        case .number(let number): parts.append((field.name, "\(number)"))
        }
      }
      return "{" + parts.map { "\(quoted($0.0)): \($0.1)" }.joined(separator: ", ") + "}\n"
    }
  }
}

extension ServerEvent {
  var level: LogLevel {
    switch self {
    case .doorClosed: .error
    case .rejected, .keyUnreadable: .warning
    case .refused(let refusal): refusal.code == .internal ? .error : .info
    case .started, .stopped, .opened, .closed, .expired, .admitted, .keysRead: .info
    case .connected, .disconnected, .hungUp: .debug
    }
  }

  /// Whether a peer can make as many of it as it likes.
  var mayFlood: Bool {
    switch self {
    case .opened, .closed, .expired, .refused, .admitted, .rejected, .connected, .disconnected,
      .hungUp:
      true
    default: false
    }
  }
}

extension LogLine {
  init(_ event: ServerEvent) {
    switch event {
    case .started(let endpoint, let asksForKeys):
      self.init(
        level: event.level, event: "started",
        sentence: "listening on \(endpoint), "
          + (asksForKeys ? "to whoever has an authorised key" : "and nobody is asked for a key"),
        fields: [
          ("endpoint", .text(endpoint)), ("keys", .text(asksForKeys ? "required" : "none")),
        ])
    case .stopped(let requests):
      self.init(
        level: event.level, event: "stopped", sentence: "stopped after \(requests) requests",
        fields: [("requests", .number(requests))])
    case .opened(let session, let task, let lanes):
      self.init(
        level: event.level, event: "opened",
        sentence: "session \(session) opened: \(task), \(lanes) lanes",
        fields: [
          ("session", .number(session)), ("task", .text(task)), ("lanes", .number(UInt64(lanes))),
        ])
    case .closed(let session):
      self.init(
        level: event.level, event: "closed", sentence: "session \(session) closed",
        fields: [("session", .number(session))])
    case .expired(let session):
      self.init(
        level: event.level, event: "expired",
        sentence: "session \(session) expired: its agent was silent for longer than its lease",
        fields: [("session", .number(session))])
    case .refused(let refusal):
      self.init(
        level: event.level, event: "refused",
        sentence: "refused (\(refusal.code)): \(refusal.sentence)",
        fields: [("code", .text("\(refusal.code)")), ("reason", .text(refusal.sentence))])
    case .admitted(let keyFile, let address):
      self.init(
        level: event.level, event: "admitted", sentence: "let in \(keyFile) from \(address)",
        fields: [("key", .text(keyFile)), ("address", .text(address))])
    case .rejected(let reason):
      self.init(
        level: event.level, event: "rejected", sentence: "rejected: \(reason)",
        fields: [("reason", .text(reason))])
    case .keysRead(let count):
      self.init(
        level: event.level, event: "keys", sentence: "read the authorised keys: \(count)",
        fields: [("count", .number(UInt64(count)))])
    case .keyUnreadable(let error):
      self.init(
        level: event.level, event: "bad-key", sentence: "passed over a key: \(error)",
        fields: [("reason", .text("\(error)"))])
    case .doorClosed(let reason):
      self.init(
        level: event.level, event: "door-closed",
        sentence: "nobody can be let in any more: \(reason); start the server again",
        fields: [("reason", .text(reason))])
    case .connected:
      self.init(level: event.level, event: "connected", sentence: "somebody shook hands")
    case .disconnected:
      self.init(level: event.level, event: "disconnected", sentence: "a connection ended")
    case .hungUp:
      self.init(
        level: event.level, event: "hung-up",
        sentence: "somebody left before the handshake was over")
    }
  }
}

/// The text with control characters, and what turns the direction of writing, as `\u{…}`: a peer's words
/// must not be a terminal's orders, nor a line of their own.
private func printable(_ text: String) -> String {
  var printable = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
      printable += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: printable.unicodeScalars.append(scalar)
    }
  }
  return printable
}

/// The text as JSON has it.
private func quoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
        for unit in String(scalar).utf16 {
          quoted +=
            "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count)
            + String(unit, radix: 16)
        }
      default: quoted.unicodeScalars.append(scalar)
      }
    }
  }
  return quoted + "\""
}
