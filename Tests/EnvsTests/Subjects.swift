import Envs
import Gym
import Testing

/// Someone who senses, and acts, step by step.
protocol Subject {
  mutating func act(on senses: ArraySlice<Float>) -> UInt8
}

/// The actions of random-dot tasks.
enum Dots {
  static let fixate: UInt8 = 0
  static let left: UInt8 = 1
  static let right: UInt8 = 2
}

/// Fixates until step `step`, then does `action` whatever it sees.
struct AtStep: Subject {
  let step: Int
  let action: UInt8
  private var now = 0

  init(_ step: Int, _ action: UInt8) {
    self.step = step
    self.action = action
  }

  mutating func act(on _: ArraySlice<Float>) -> UInt8 {
    defer { now += 1 }
    return now == step ? action : Dots.fixate
  }
}

/// Plays by the rules of the fixed-duration task and uses all that it is shown: it adds up
/// rightward minus leftward evidence, and answers as soon as the fixation point goes out.
struct IdealObserver: Subject {
  private var evidence: Float = 0

  mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
    let (fixation, left, right) = dots(senses)
    if fixation == 0 { return evidence > 0 ? Dots.right : Dots.left }
    evidence += right - left
    return Dots.fixate
  }
}

/// Plays by the rules of the reaction-time task and answers when it has seen so many steps of motion.
struct PatientObserver: Subject {
  let samples: Int
  private var seen = 0
  private var evidence: Float = 0

  init(samples: Int) { self.samples = samples }

  mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
    let (fixation, left, right) = dots(senses)
    guard fixation == 0 else { return Dots.fixate }
    evidence += right - left
    seen += 1
    return seen < samples ? Dots.fixate : evidence > 0 ? Dots.right : Dots.left
  }
}

/// Answers when another subject would, to a side that a coin decides.
struct Blind<Sighted: Subject>: Subject {
  var sighted: Sighted
  var coin: Random

  mutating func act(on senses: ArraySlice<Float>) -> UInt8 {
    sighted.act(on: senses) == Dots.fixate
      ? Dots.fixate : coin.index(below: 2) == 0 ? Dots.left : Dots.right
  }
}

/// Does any of its actions at any time.
struct Erratic: Subject {
  var random: Random
  var actionCount = 3

  mutating func act(on _: ArraySlice<Float>) -> UInt8 { UInt8(random.index(below: actionCount)) }
}

private func dots(_ senses: ArraySlice<Float>) -> (fixation: Float, left: Float, right: Float) {
  let first = senses.startIndex
  return (senses[first], senses[first + 1], senses[first + 2])
}

/// How a trial went.
struct Outcome {
  let end: EndedTrial
  let facts: [String: Float]
  /// Of the last action.
  let reward: Float
  /// Of all.
  let total: Float
}

/// Plays the first trial of each lane with a subject of its own; lane l has condition l modulo the
/// number of conditions, so that all are played equally often. In the order of the lanes.
func outcomes<Player: Subject>(
  of name: String, _ settings: [ParameterSetting] = [], seed: UInt64 = 97, lanes: Int,
  timeStep: Milliseconds = 10, subject: (_ lane: Int) -> Player
) throws -> [Outcome] {
  let entry = try catalogue.find(name).entry
  let environment = try entry.makeEnvironment(
    settings, .init(seed: seed, laneCount: lanes, timeStep: timeStep))
  let names = entry.description.facts.map(\.name)
  let conditions = environment.specification.task.conditions.count
  var subjects = (0..<lanes).map(subject)
  var totals = [Float](repeating: 0, count: lanes)
  var outcomes = [Outcome?](repeating: nil, count: lanes)
  var playing = Array(0..<lanes)
  try environment.begin(playing.map { .init(lane: $0, condition: $0 % conditions) })
  var actions = [UInt8](repeating: 0, count: lanes)
  while !playing.isEmpty {
    let shown = environment.frame
    for lane in playing {
      let start = lane * shown.observationSize
      actions[lane] = subjects[lane].act(
        on: shown.observations[start..<(start + shown.observationSize)])
    }
    try environment.step(actions)
    let frame = environment.frame
    for lane in playing { totals[lane] += frame.rewards[lane] }
    for (index, end) in frame.endedTrials.enumerated() {
      let facts = frame.facts[(index * names.count)..<((index + 1) * names.count)]
      outcomes[end.lane] = Outcome(
        end: end, facts: Dictionary(uniqueKeysWithValues: zip(names, facts)),
        reward: frame.rewards[end.lane], total: totals[end.lane])
    }
    if !frame.endedTrials.isEmpty { playing.removeAll { outcomes[$0] != nil } }
  }
  return outcomes.compactMap(\.self)
}

/// What one lane is shown while its subject fixates to the end: [step][channel].
func shown(
  _ name: String, _ settings: [ParameterSetting] = [], seed: UInt64 = 97, condition: Int,
  timeStep: Milliseconds = 10
) throws -> (senses: [[Float]], facts: [String: Float]) {
  let entry = try catalogue.find(name).entry
  let environment = try entry.makeEnvironment(settings, .init(seed: seed, timeStep: timeStep))
  try environment.begin([.init(lane: 0, condition: condition)])
  var senses: [[Float]] = []
  for _ in 0..<environment.specification.stepLimit {
    senses.append(environment.frame.observations)
    try environment.step([Dots.fixate])
  }
  let names = entry.description.facts.map(\.name)
  return (senses, Dictionary(uniqueKeysWithValues: zip(names, environment.frame.facts)))
}

/// The fraction of correct trials.
func accuracy(_ outcomes: [Outcome]) -> Double {
  Double(outcomes.count { $0.end.ending == .correct }) / Double(outcomes.count)
}

/// Three standard errors of a fraction found in `count` trials, and the rounding of the table it is
/// compared with.
func samplingError(_ expected: Double, _ count: Int) -> Double {
  3 * (expected * (1 - expected) / Double(count)).squareRoot() + 0.001
}

/// Mean and standard deviation.
func statistics(_ values: [Float]) -> (mean: Float, deviation: Float) {
  let mean = values.reduce(0, +) / Float(values.count)
  let squares = values.map { ($0 - mean) * ($0 - mean) }
  return (mean, (squares.reduce(0, +) / Float(values.count - 1)).squareRoot())
}

/// Pearson's correlation.
func correlation(_ a: [Float], _ b: [Float]) -> Float {
  let (first, second) = (statistics(a), statistics(b))
  let products = zip(a, b).map { ($0 - first.mean) * ($1 - second.mean) }
  return products.reduce(0, +) / Float(a.count - 1) / (first.deviation * second.deviation)
}
