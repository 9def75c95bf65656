import Gym

/// An environment that writes down the trials that end in it, and lets something happen before a step.
final class WatchedEnvironment: Environment {
  /// A trial as the learner got it.
  struct Trial: Equatable {
    let lane: UInt64
    let trial: UInt64
    let condition: Int
    let choice: Int?
    let stepCount: Int
  }

  /// Where all environments of a training are written down.
  final class Book {
    fileprivate(set) var trials: [Trial] = []
    /// Steps that were asked for while some trial was under way.
    fileprivate(set) var stepsInTrials = 0
  }

  private let watched: any Environment
  private let book: Book
  /// Is given the number of a step in mid-trial before it is carried out, from 0.
  private let beforeStep: (Int) -> Void

  init(_ watched: any Environment, in book: Book, beforeStep: @escaping (Int) -> Void) {
    self.watched = watched
    self.book = book
    self.beforeStep = beforeStep
  }

  var specification: EnvironmentSpecification { watched.specification }
  var frame: Frame { watched.frame }

  func begin(_ orders: [TrialOrder]) throws { try watched.begin(orders) }

  func step(_ actions: [UInt8]) throws {
    let latest = frame.stages.suffix(frame.laneCount)
    if latest.contains(.first) || latest.contains(.middle) {
      beforeStep(book.stepsInTrials)
      book.stepsInTrials += 1
    }
    try watched.step(actions)
    book.trials += frame.endedTrials.map {
      Trial(
        lane: specification.options.firstLane + UInt64($0.lane), trial: $0.trial,
        condition: $0.condition, choice: $0.choice, stepCount: $0.stepCount)
    }
  }
}
