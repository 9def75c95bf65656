import Envs
import Gym
import Testing

extension Catalogue.Entry: CustomTestStringConvertible {
  public var testDescription: String { description.name }

  /// How many actions there are to try. Amounts are tried at this many levels, from the least to the
  /// most that they can be.
  var actionCount: Int {
    switch description.actions {
    case .discrete(let names): names.count
    case .continuous: 5
    }
  }

  /// Whether actions are one of a list, and an ideal one can be told.
  var isDiscrete: Bool {
    if case .discrete = description.actions { true } else { false }
  }

  /// Whether action 0 is to do nothing.
  var hasFixation: Bool {
    guard case .discrete(let names) = description.actions else { return false }
    return names[0] == "fixate"
  }
}

extension Environment {
  /// Carries out actions by their numbers, [step × lane], whatever their kind: of amounts a number is a
  /// level, 0 … 4, at which all of them are.
  func carryOut(_ numbers: [UInt8]) throws {
    switch specification.task.actions {
    case .discrete: try step(numbers)
    case .continuous(let width, let range):
      try step(
        amounts: numbers.flatMap { number in
          let level = Float(number) / 4
          return [Float](
            repeating: range.lowerBound + level * (range.upperBound - range.lowerBound),
            count: width)
        })
    }
  }
}

/// A trial as its subject and its analyst know it.
struct PlayedTrial: Equatable {
  /// What each action answered.
  var observations: [[Float]] = []
  /// What each action earned.
  var rewards: [Float] = []
  var end: EndedTrial?
  /// Bit patterns, so that what is not a number equals itself.
  var facts: [UInt32] = []
}

/// A subject that mostly does nothing, but each moment may be the one in which it does something; where
/// nothing ends a trial, it does another thing every moment. What it does depends on lane, trial and
/// step alone.
struct FidgetySubject {
  let firstLane: UInt64
  let actionCount: Int
  let isRestless: Bool

  init(firstLane: UInt64, of entry: Catalogue.Entry) {
    self.firstLane = firstLane
    actionCount = entry.actionCount
    isRestless = !entry.isDiscrete
  }

  func act(lane: Int, trial: UInt64, step: Int) -> UInt8 {
    var random = Random(
      seed: 1, stream: Gym.Stream("subject"), lane: firstLane + UInt64(lane), trial: trial,
      step: UInt64(step))
    return isRestless || random.index(below: 150) == 0 ? UInt8(random.index(below: actionCount)) : 0
  }
}

/// Plays one trial on each lane named, side by side, from beginning to end.
func play(
  _ orders: [TrialOrder], in environment: any Environment, of entry: Catalogue.Entry
) throws -> [PlayedTrial] {
  let options = environment.specification.options
  let subject = FidgetySubject(firstLane: options.firstLane, of: entry)
  var trials = [PlayedTrial](repeating: PlayedTrial(), count: orders.count)
  try environment.begin(orders)
  var shown = environment.frame
  var step = 0
  while trials.contains(where: { $0.end == nil }) {
    try #require(step < environment.specification.stepLimit)
    var actions = [UInt8](repeating: 0, count: options.lookAhead * options.laneCount)
    for ahead in 0..<options.lookAhead {
      for order in orders {
        actions[ahead * options.laneCount + order.lane] = subject.act(
          lane: order.lane, trial: order.trial ?? 0, step: step + ahead)
      }
    }
    try environment.carryOut(actions)
    let frame = environment.frame
    for (index, order) in orders.enumerated() where trials[index].end == nil {
      for ahead in 0..<options.lookAhead {
        let place = ahead * options.laneCount + order.lane
        if frame.stages[place] == .idle { break }
        trials[index].observations.append(observation(place, of: shown))
        trials[index].rewards.append(frame.rewards[place])
      }
      if let ended = frame.endedTrials.firstIndex(where: { $0.lane == order.lane }) {
        let factCount = frame.facts.count / frame.endedTrials.count
        trials[index].end = frame.endedTrials[ended]
        trials[index].facts = frame.facts[(ended * factCount)..<((ended + 1) * factCount)]
          .map(\.bitPattern)
      }
    }
    shown = frame
    step += options.lookAhead
  }
  return trials
}

/// The observation at a place [step × lane] of a frame.
func observation(_ place: Int, of frame: Frame) -> [Float] {
  let size = frame.observationSize
  return Array(frame.observations[(place * size)..<((place + 1) * size)])
}
