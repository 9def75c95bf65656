/// Time within a trial. A time step, too, is a whole number of milliseconds.
public typealias Milliseconds = Int

/// The epochs of a trial, one after the other.
///
///     let timeline: Timeline<Epoch> = [.fixation: 750, .stimulus: 300, .decision: 500]
///     timeline.epoch(at: 800)              // .stimulus
///     timeline.epoch(at: 1550)             // nil: the last epoch is over
///
/// An epoch covers its first moment and not its last.
public struct Timeline<Epoch: Hashable & Sendable>: Sendable, ExpressibleByDictionaryLiteral {
  /// Up to six epochs in place: a timeline is made for every trial, and an array would be allocated.
  @usableFromInline var names: InlineArray<6, Epoch?>
  @usableFromInline var ends: InlineArray<6, Milliseconds>

  /// Epochs in the order of the literal, each with how long it lasts.
  @inlinable
  public init(dictionaryLiteral elements: (Epoch, Milliseconds)...) {
    precondition(elements.count <= 6, "a trial has at most 6 epochs, this one \(elements.count)")
    names = .init(repeating: nil)
    ends = .init(repeating: 0)
    var end = 0
    for (index, (name, duration)) in elements.enumerated() {
      precondition(duration >= 0, "an epoch can't last \(duration) ms")
      end += duration
      names[index] = name
      ends[index] = end
    }
  }

  /// The epoch that covers `time`; nil after the last one.
  @inlinable
  public func epoch(at time: Milliseconds) -> Epoch? {
    for index in 0..<6 where time < ends[index] { return names[index] }
    return nil
  }

  /// When `epoch` begins; nil if the trial has no such epoch.
  @inlinable
  public func start(of epoch: Epoch) -> Milliseconds? { range(of: epoch)?.lowerBound }

  /// The moments that `epoch` covers; nil if the trial has no such epoch.
  @inlinable
  public func range(of epoch: Epoch) -> Range<Milliseconds>? {
    for index in 0..<6 where names[index] == epoch {
      return (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
    return nil
  }
}
