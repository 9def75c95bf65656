/// A number, or a list of numbers, that an experimenter may change about a task.
///
///     Parameter("fixation", "ms", "How long fixation is held at first.", \.fixation, in: 0...10_000)
public struct Parameter<Task>: Sendable {
  public let name: String
  /// "ms", "%", … ; empty for a pure number.
  public let unit: String
  /// What it is, in a sentence.
  public let meaning: String
  /// What each of its numbers may be.
  public let range: ClosedRange<Double>
  public let isList: Bool
  /// Whether only whole numbers will do: a duration is not rounded behind anyone's back.
  let isWhole: Bool
  let read: @Sendable (Task) -> [Double]
  let write: @Sendable (inout Task, [Double]) -> Void

  /// A duration in whole milliseconds.
  public init(
    _ name: String, _ unit: String, _ meaning: String,
    _ path: any WritableKeyPath<Task, Milliseconds> & Sendable, in range: ClosedRange<Double>
  ) {
    (self.name, self.unit, self.meaning, self.range) = (name, unit, meaning, range)
    (isList, isWhole) = (false, true)
    read = { [Double($0[keyPath: path])] }
    write = { $0[keyPath: path] = Milliseconds($1[0]) }
  }

  /// A number.
  public init(
    _ name: String, _ unit: String, _ meaning: String,
    _ path: any WritableKeyPath<Task, Float> & Sendable, in range: ClosedRange<Double>
  ) {
    (self.name, self.unit, self.meaning, self.range) = (name, unit, meaning, range)
    (isList, isWhole) = (false, false)
    read = { [shortest($0[keyPath: path])] }
    write = { $0[keyPath: path] = Float($1[0]) }
  }

  /// A list of numbers, of which there is at least one.
  public init(
    _ name: String, _ unit: String, _ meaning: String,
    _ path: any WritableKeyPath<Task, [Float]> & Sendable, in range: ClosedRange<Double>
  ) {
    (self.name, self.unit, self.meaning, self.range) = (name, unit, meaning, range)
    (isList, isWhole) = (true, false)
    read = { $0[keyPath: path].map(shortest) }
    write = { $0[keyPath: path] = $1.map { Float($0) } }
  }

  /// The parameter as agents are told of it, with its value in `task` as the default.
  func description(in task: Task) -> ParameterDescription {
    ParameterDescription(
      name: name, unit: unit, meaning: meaning, defaultValue: read(task), range: range,
      isList: isList)
  }
}

/// The double that prints as the float does: 6.4 and not 6.400000095.
@usableFromInline
func shortest(_ value: Float) -> Double { Double(value.description) ?? Double(value) }

/// A number without the ".0" of whole ones.
func plain(_ value: Double) -> String { Int(exactly: value)?.description ?? "\(value)" }

/// A parameter, as agents are told of it.
public struct ParameterDescription: Equatable, Sendable {
  public let name: String
  public let unit: String
  public let meaning: String
  /// One number, or several if `isList`.
  public let defaultValue: [Double]
  public let range: ClosedRange<Double>
  public let isList: Bool

  public init(
    name: String, unit: String, meaning: String, defaultValue: [Double],
    range: ClosedRange<Double>, isList: Bool
  ) {
    self.name = name
    self.unit = unit
    self.meaning = meaning
    self.defaultValue = defaultValue
    self.range = range
    self.isList = isList
  }
}

/// A parameter's name and the value an agent wants it to have.
public struct ParameterSetting: Equatable, Sendable {
  public let name: String
  /// One number, or several where the parameter is a list.
  public let value: [Double]

  public init(_ name: String, _ value: [Double]) {
    self.name = name
    self.value = value
  }
}

/// Why a setting was refused.
public struct ParameterError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(description: String) { self.description = description }
}

extension CognitiveTask {
  /// The task with `settings` in place of its own values. Of two for one parameter the later counts.
  public func applying(_ settings: [ParameterSetting]) throws(ParameterError) -> Self {
    var task = self
    for setting in settings {
      guard let parameter = Self.parameters.first(where: { $0.name == setting.name }) else {
        let names = Self.parameters.map(\.name)
        throw ParameterError(
          description: "no parameter named '\(setting.name.prefix(100))'"
            + suggestion(for: setting.name, among: names, else: "this task has"))
      }
      let unit = parameter.unit.isEmpty ? "" : " " + parameter.unit
      guard parameter.isList ? !setting.value.isEmpty : setting.value.count == 1 else {
        throw ParameterError(
          description:
            "'\(setting.name)' takes \(parameter.isList ? "at least one number" : "one number"), "
            + "got \(setting.value.count)")
      }
      if let stray = setting.value.first(where: { !parameter.range.contains($0) }) {
        throw ParameterError(
          description:
            "'\(setting.name)' is \(plain(stray))\(unit); it can be "
            + "\(plain(parameter.range.lowerBound)) to \(plain(parameter.range.upperBound))")
      }
      if parameter.isWhole, let stray = setting.value.first(where: { $0 != $0.rounded() }) {
        throw ParameterError(
          description: "'\(setting.name)' is \(stray)\(unit); it can only be a whole number")
      }
      parameter.write(&task, setting.value)
    }
    if let contradiction = task.contradiction {
      throw ParameterError(description: contradiction)
    }
    return task
  }
}
