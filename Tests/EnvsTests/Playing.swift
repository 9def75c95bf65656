import Envs
import Gym
import Testing

extension Catalogue.Entry: CustomTestStringConvertible {
  public var testDescription: String { description.name }

  /// How many actions there are.
  var actionCount: Int {
    guard case .discrete(let names) = description.actions else { return 0 }
    return names.count
  }

  /// Whether action 0 is to do nothing.
  var hasFixation: Bool {
    guard case .discrete(let names) = description.actions else { return false }
    return names[0] == "fixate"
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

/// A subject that mostly does nothing, but each moment may be the one in which it does something:
/// what it does depends on lane, trial and step alone.
struct FidgetySubject {
  let firstLane: UInt64
  let actionCount: Int

  func act(lane: Int, trial: UInt64, step: Int) -> UInt8 {
    var random = Random(
      seed: 1, stream: Gym.Stream("subject"), lane: firstLane + UInt64(lane), trial: trial,
      step: UInt64(step))
    return random.index(below: 150) == 0 ? UInt8(random.index(below: actionCount)) : 0
  }
}

/// Plays one trial on each lane named, side by side, from beginning to end.
func play(
  _ orders: [TrialOrder], in environment: any Environment, of entry: Catalogue.Entry
) throws -> [PlayedTrial] {
  let options = environment.specification.options
  let subject = FidgetySubject(firstLane: options.firstLane, actionCount: entry.actionCount)
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
    try environment.step(actions)
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
