import Gym
import OwnTask

/// Someone who is shown a lane of a frame and does something.
protocol Subject {
  mutating func act(on frame: Frame, lane: Int) -> GoNoGo.Action
}

extension Frame {
  /// What a lane senses.
  func senses(of lane: Int) -> (light: Float, odourA: Float, odourB: Float) {
    let first = lane * observationSize
    return (observations[first], observations[first + 1], observations[first + 2])
  }
}

/// How a trial went.
struct PlayedTrial {
  let end: EndedTrial
  let facts: [GoNoGo.Fact: Float]
  /// What all its actions earned.
  let reward: Float
}

/// Plays a trial on each lane, with a subject of its own; lane l has condition l modulo the number of
/// conditions, so that all are played equally often. In the order of the lanes.
func play<Player: Subject>(
  _ settings: [ParameterSetting] = [], lanes: Int, timeStep: Milliseconds = 20,
  subject: (_ lane: Int) -> Player
) throws -> [PlayedTrial] {
  let environment = try Catalogue.Entry.goNoGo.makeEnvironment(
    settings,
    .init(seed: 97, laneCount: lanes, timeStep: timeStep, showsIdealActions: true))
  let conditionCount = environment.specification.task.conditions.count
  var subjects = (0..<lanes).map(subject)
  var rewards = [Float](repeating: 0, count: lanes)
  var trials = [PlayedTrial?](repeating: nil, count: lanes)
  try environment.begin((0..<lanes).map { .init(lane: $0, condition: $0 % conditionCount) })
  while trials.contains(where: { $0 == nil }) {
    let shown = environment.frame
    try environment.step(
      (0..<lanes).map { UInt8(subjects[$0].act(on: shown, lane: $0).rawValue) })
    let frame = environment.frame
    for lane in 0..<lanes { rewards[lane] += frame.rewards[lane] }
    let factCount = GoNoGo.Fact.allCases.count
    for (index, end) in frame.endedTrials.enumerated() {
      let facts = frame.facts[(index * factCount)..<((index + 1) * factCount)]
      trials[end.lane] = PlayedTrial(
        end: end, facts: Dictionary(uniqueKeysWithValues: zip(GoNoGo.Fact.allCases, facts)),
        reward: rewards[end.lane])
    }
  }
  return trials.compactMap(\.self)
}

/// The fraction of correct trials.
func accuracy(_ trials: [PlayedTrial]) -> Double {
  Double(trials.count { $0.end.ending == .correct }) / Double(trials.count)
}

/// Three standard errors of a fraction found in `count` trials.
func samplingError(_ expected: Double, _ count: Int) -> Double {
  3 * (expected * (1 - expected) / Double(count)).squareRoot()
}
