/// A task played on any number of lanes, in this process.
///
/// The task's own type is known where the environment is made and nowhere else: there the player is
/// sealed into closures, so that the compiler can specialise every step for the task. (Together with
/// `-cross-module-optimization` in that module; either one alone does next to nothing.)
public final class TrialEnvironment: Environment {
  public let specification: EnvironmentSpecification
  public var frame: Frame { readFrame() }

  @usableFromInline let readFrame: () -> Frame
  @usableFromInline let beginTrials: ([TrialOrder]) throws -> Void
  @usableFromInline let carryOut: (Actions) throws -> Void

  /// - Throws: `RequestError` where the options ask for what the task does not allow.
  @inlinable
  public init<Task: CognitiveTask>(
    _ task: Task, described description: TaskDescription, options: EnvironmentOptions
  ) throws(RequestError) {
    let player = try TrialPlayer(task, described: description, options: options)
    specification = player.specification
    let box = Box(player)
    readFrame = { box.content.frame }
    beginTrials = { try box.content.begin($0) }
    carryOut = { try box.content.step($0) }
  }

  public func begin(_ orders: [TrialOrder]) throws { try beginTrials(orders) }

  public func step(_ actions: [UInt8]) throws { try carryOut(.choices(actions)) }

  public func step(amounts: [Float]) throws { try carryOut(.amounts(amounts)) }
}

/// A value that several closures share.
@usableFromInline
final class Box<Content> {
  @usableFromInline var content: Content

  @inlinable init(_ content: Content) { self.content = content }
}
