/// What a subject does in one time step.
///
/// There are two kinds. A *choice* is one of several named actions, an enum of the task's
/// (`DiscreteAction`). *Amounts* are several named numbers at once, such as the rate of a unit or the
/// activations of muscles (`Amounts`). Actions of all lanes stand in one column, each in as many
/// numbers as the kind takes.
public protocol TaskAction {
  /// What actions are written in: bytes for choices, floats for amounts.
  associatedtype Number: BitwiseCopyable & Sendable

  /// The actions there are, as agents are told.
  static var space: ActionSpace { get }

  /// How many numbers one action is written in.
  static var width: Int { get }

  /// The numbers in which actions of this kind are written; nil if `actions` are of the other kind.
  static func numbers(of actions: Actions) -> [Number]?

  /// All of them in order, where they are a list; empty where they are not.
  static var list: [Self] { get }

  /// The action that is written at `numbers`, all of which have been found to be in range.
  ///
  /// - Parameter list: What `list` gave; the caller has it at hand at every step.
  init(reading numbers: UnsafePointer<Number>, from list: [Self])

  /// Its place in the list of actions; nil if they are no list.
  var choice: Int? { get }
}

/// The actions of all lanes in one request.
public enum Actions: Equatable, Sendable {
  /// Places in the list of actions, [step × lane].
  case choices([UInt8])
  /// Numbers, [step × lane × width].
  case amounts([Float])
}

// MARK: Choices

/// What a subject can do, by name; the raw values are 0, 1, 2, … in the order of the cases.
public protocol DiscreteAction: TaskAction, CaseIterable, Equatable, Sendable, RawRepresentable<Int>
where Number == UInt8 {}

extension DiscreteAction {
  @inlinable public static var space: ActionSpace {
    precondition(
      allCases.enumerated().allSatisfy { $0.offset == $0.element.rawValue },
      "the raw values of actions are 0, 1, 2, …")
    return .discrete(allCases.map { "\($0)" })
  }

  @inlinable public static var width: Int { 1 }

  @inlinable
  public static func numbers(of actions: Actions) -> [UInt8]? {
    if case .choices(let choices) = actions { choices } else { nil }
  }

  @inlinable public static var list: [Self] { Array(allCases) }

  @inlinable
  public init(reading numbers: UnsafePointer<UInt8>, from list: [Self]) {
    self = list[Int(numbers.pointee)]
  }

  @inlinable public var choice: Int? { rawValue }
}

// MARK: Amounts

/// The numbers of an action, by name, in the order in which they stand in it; the raw values are
/// 0, 1, 2, ….
///
///     enum Output: Int, ActionAmount {
///       case rate
///       static var range: ClosedRange<Float> { -1...1 }
///     }
///     typealias Action = Amounts<Output>
public protocol ActionAmount: CaseIterable, Hashable, Sendable, RawRepresentable<Int> {
  /// What each of the numbers can be.
  static var range: ClosedRange<Float> { get }
}

/// What a subject puts out in one time step, as so many numbers.
///
///     action[.rate]
///
/// It views a request, and is gone with it: whatever a trial has to remember of it is a number.
public struct Amounts<Name: ActionAmount>: TaskAction {
  @usableFromInline let numbers: UnsafePointer<Float>

  @inlinable
  public init(reading numbers: UnsafePointer<Float>, from _: [Self]) { self.numbers = numbers }

  @inlinable public static var list: [Self] { [] }

  @inlinable public subscript(name: Name) -> Float { numbers[name.rawValue] }

  public static var space: ActionSpace {
    precondition(
      Name.allCases.enumerated().allSatisfy { $0.offset == $0.element.rawValue },
      "the raw values of amounts are 0, 1, 2, …")
    return .continuous(width: width, range: Name.range)
  }

  @inlinable public static var width: Int { Name.allCases.count }

  @inlinable
  public static func numbers(of actions: Actions) -> [Float]? {
    if case .amounts(let amounts) = actions { amounts } else { nil }
  }

  @inlinable public var choice: Int? { nil }
}

extension CognitiveTask where Action.Number == Float {
  /// None is told: frames have room for the place of an action in a list, and for nothing else.
  public func idealAction(in _: Trial, at _: Milliseconds) -> Action? { nil }
}
