import Gym

/// A small honest task: wait for the light to go out, then choose the side where the flash was.
///
///     0 ……… onset          onset …………… 100 ms
///     light               ring (noise), side
///
/// Waiting for the flash earns nothing, dwelling on it a quarter a step; walking away is no answer.
struct Flash: CognitiveTask {
  enum Channel: Int, ObservationChannel {
    case light, ring, side
    var width: Int { self == .ring ? 3 : 1 }
  }
  enum Action: Int, DiscreteAction { case wait, left, right, leave }
  enum Epoch: CaseIterable { case light, flash }
  enum Fact: Int, TrialFact {
    case side, onset, choiceTime, run
    var unit: String { self == .onset || self == .choiceTime ? "ms" : "" }
    var meaning: String { "\(self)" }
  }
  struct Trial: Sendable {
    let side: Action
    let timeline: Timeline<Epoch>
    /// How many trials were played in a row, with this one.
    let run: Int
    var choiceTime: Milliseconds?
  }

  var sides: [Action] { [.left, .right] }
  var conditions: [Action] { sides }
  var timeLimit: Milliseconds = 100
  var weights: [Float] = [0.5, 2]
  var noise: Float = 3
  var rewardForMiss: Float = -0.5
  static var allowsLookAhead: Bool { true }

  func makeTrial(
    of condition: Action, after last: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let onset = timeStep * (1 + random.index(below: 4))
    return Trial(
      side: condition, timeline: [.light: onset, .flash: timeLimit - onset],
      run: (last?.run ?? 0) + 1)
  }

  func observe(_ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>) {
    switch trial.timeline.epoch(at: time) {
    case .light:
      input[.light] = 1
    case .flash:
      input[.ring, 1] = 100
      input.addNoise(noise, to: .ring)
      input[.side] = trial.side == .right ? 1 : -1
    case nil:
      break
    }
  }

  func respond(to action: Action, in trial: inout Trial, at time: Milliseconds) -> Response {
    let epoch = trial.timeline.epoch(at: time)
    if action == .wait { return epoch == .flash ? .goOn(reward: 0.25) : .wait }
    trial.choiceTime = time
    if action == .leave { return .end(.truncated, reward: 0) }
    if epoch != .flash { return .end(.abort, reward: -1) }
    return action == trial.side ? .end(.correct, reward: 1) : .end(.error, reward: 0)
  }

  /// An answer at the first chance, though dwelling on the flash earns more.
  func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    trial.timeline.epoch(at: time).map { $0 == .light ? .wait : trial.side }
  }

  func value(of fact: Fact, in trial: Trial) -> Float {
    switch fact {
    case .side: trial.side == .right ? 1 : -1
    case .onset: Float(trial.timeline.start(of: .flash) ?? 0)
    case .choiceTime: trial.choiceTime.map { Float($0) } ?? .nan
    case .run: Float(trial.run)
    }
  }

  func factors(of condition: Action) -> [Factor] { [Factor("side", condition == .right ? 1 : -1)] }

  static var parameters: [Parameter<Self>] {
    [
      .init("timeLimit", "ms", "When a trial runs out.", \.timeLimit, in: 50...1000),
      .init("noise", "1/√ms", "How noisy the ring is.", \.noise, in: 0...10),
      .init("weights", "", "Numbers without a use.", \.weights, in: -2.5...2.5),
    ]
  }

  var description: TaskDescription {
    TaskDescription(
      of: self, name: "Flash", aliases: [], summary: "", reference: "", presets: [])
  }

  /// The task on so many lanes.
  func environment(_ options: EnvironmentOptions) throws(RequestError) -> TrialEnvironment {
    try TrialEnvironment(self, described: description, options: options)
  }
}

/// A world in which what is seen is what was done.
struct Echo: CognitiveTask {
  enum Channel: Int, ObservationChannel { case echo }
  enum Action: Int, DiscreteAction { case up, down }
  enum Epoch: CaseIterable { case whole }
  enum Fact: Int, TrialFact {
    case height
    var unit: String { "" }
    var meaning: String { "How high it ended." }
  }

  var conditions: [Int] { [0] }
  var timeLimit: Milliseconds { 50 }
  var rewardForMiss: Float { 2 }

  func makeTrial(
    of condition: Int, after _: Int?, timeStep _: Milliseconds, using _: inout Random
  ) -> Int { condition }
  func observe(_ trial: Int, at _: Milliseconds, into input: inout Observation<Channel>) {
    input[.echo] = Float(trial)
  }
  func respond(to action: Action, in trial: inout Int, at _: Milliseconds) -> Response {
    trial += action == .up ? 1 : -1
    return .wait
  }
  func idealAction(in _: Int, at _: Milliseconds) -> Action? { nil }
  func value(of _: Fact, in trial: Int) -> Float { Float(trial) }
  func factors(of _: Int) -> [Factor] { [] }
  static var parameters: [Parameter<Self>] { [] }

  func environment(_ options: EnvironmentOptions) throws(RequestError) -> TrialEnvironment {
    try TrialEnvironment(
      self,
      described: TaskDescription(
        of: self, name: "Echo", aliases: [], summary: "", reference: "", presets: []),
      options: options)
  }
}
