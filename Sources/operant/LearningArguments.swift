import Console
import Learning

/// What can be chosen by a word on the command line.
extension Baseline: ArgumentValue {
  public static var form: String {
    "one of " + allCases.map(\.rawValue).joined(separator: ", ")
  }
  public init?(argument: String) { self.init(rawValue: argument) }
  public var argument: String { rawValue }
}

extension UnitKind: ArgumentValue {
  public static var form: String {
    "one of " + allCases.map(\.rawValue).joined(separator: ", ")
  }
  public init?(argument: String) { self.init(rawValue: argument) }
  public var argument: String { rawValue }
}
