extension Program {
  /// What `--help` prints.
  public var help: String {
    guard hasCommandNames else { return help(for: commands[0]) }
    return """
      \(name): \(summary)

      usage: \(name) COMMAND …

      \(table(commands.map { ($0.name, $0.summary) }))
      '\(name) COMMAND --help' tells more about each.

      """
  }

  /// What `COMMAND --help` prints.
  public func help(for command: Command) -> String {
    let flags = command.flags.map { flag in
      (
        flag.valueName.map { "--\(flag.name) \($0)" } ?? "--\(flag.name)",
        flag.help + (flag.defaultText.isEmpty ? "" : " (\(flag.defaultText) unless given)")
      )
    }
    let positionals = command.positionals.map { ($0.name, $0.help) }
    let besides = commands.dropFirst().map { "besides: \(callOf($0)): \($0.summary)\n" }
    return """
      \(callOf(command)): \(command.summary)

      usage: \(usage(of: command))

      \(table(positionals + flags + [("--help", "prints this"), ("--version", "prints the version")]))
      example: \(command.example)

      """ + (hasCommandNames || !command.name.isEmpty ? "" : besides.joined())
  }

  /// `operant train TASK [flags]`.
  func usage(of command: Command) -> String {
    let words = command.positionals.map { positional in
      let name = positional.name + (positional.isList ? "…" : "")
      return positional.mayBeLeftOut ? "[\(name)]" : name
    }
    return ([callOf(command)] + words + (command.flags.isEmpty ? [] : ["[flags]"]))
      .joined(separator: " ")
  }

  /// `operant train`.
  func callOf(_ command: Command) -> String {
    command.name.isEmpty ? name : "\(name) \(command.name)"
  }
}

/// Two columns, the right one broken between words so that lines keep to 80.
private func table(_ rows: [(name: String, text: String)]) -> String {
  let column = min(28, rows.map(\.name.count).max() ?? 0) + 4
  var lines: [String] = []
  for row in rows {
    var name = "  " + row.name
    // A long name has a line of its own.
    if name.count + 2 > column {
      lines.append(name)
      name = ""
    }
    lines += wrapped(row.text, after: name, indent: column)
  }
  return lines.map { $0 + "\n" }.joined()
}
