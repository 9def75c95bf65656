import Gym

/// A small honest task of amounts: two numbers, of which one has to follow the light and the other its
/// double. Every step earns minus how far off they are, and the trial is over after 40 ms.
struct Track: CognitiveTask {
  enum Channel: Int, ObservationChannel { case light }
  enum Output: Int, ActionAmount {
    case once
    case twice
    static var range: ClosedRange<Float> { -2...3 }
  }
  typealias Action = Amounts<Output>
  enum Epoch: CaseIterable { case whole }
  enum Fact: Int, TrialFact {
    case lastOnce, lastTwice
    var unit: String { "" }
    var meaning: String { "What was put out last." }
  }
  struct Trial: Sendable {
    var lastOnce: Float = .nan
    var lastTwice: Float = .nan
  }

  var conditions: [Int] { [0] }
  var timeLimit: Milliseconds { 40 }
  var rewardForMiss: Float { -7 }
  static var allowsLookAhead: Bool { true }

  func makeTrial(
    of _: Int, after _: Trial?, timeStep _: Milliseconds, using _: inout Random
  ) -> Trial { Trial() }

  /// 0.25, 0.5, 0.75, 1 at 0, 10, 20, 30 ms.
  static func light(at time: Milliseconds) -> Float { Float(time + 10) / 40 }

  func observe(_: Trial, at time: Milliseconds, into input: inout Observation<Channel>) {
    input[.light] = Self.light(at: time)
  }

  func respond(to action: Action, in trial: inout Trial, at time: Milliseconds) -> Response {
    trial = Trial(lastOnce: action[.once], lastTwice: action[.twice])
    let light = Self.light(at: time)
    let reward = -abs(action[.once] - light) - abs(action[.twice] - 2 * light)
    return time < 30 ? .goOn(reward: reward) : .end(.completed, reward: reward)
  }

  func value(of fact: Fact, in trial: Trial) -> Float {
    fact == .lastOnce ? trial.lastOnce : trial.lastTwice
  }
  func factors(of _: Int) -> [Factor] { [] }
  static var parameters: [Parameter<Self>] { [] }

  var description: TaskDescription {
    TaskDescription(
      of: self, name: "Track", aliases: [], summary: "", reference: "", presets: [])
  }

  func environment(_ options: EnvironmentOptions) throws(RequestError) -> TrialEnvironment {
    try TrialEnvironment(self, described: description, options: options)
  }
}
