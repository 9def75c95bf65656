import Glibc
import Gym

/// Go/no-go discrimination of two odours, the harder the more alike they are.
///
/// After Abraham, Spors, Carleton, Margrie, Kuner & Schaefer, *Neuron* 44 (2004), who gave mice single
/// odours and mixtures of two. Times, noise and rewards are chosen for networks.
///
/// A light announces the trial for 100 to 300 ms. An odour takes its place for 1000 ms: a mixture of A
/// and B that is sensed through noise, mostly A in a go trial and mostly B in a no-go trial. How much
/// more there is of the one than of the other is the contrast: 100 % if there is nothing of the
/// other, 20 % in a mixture of 60 to 40. The subject should lick while it smells a go odour, and
/// withhold its lick from a no-go odour until that is gone. A lick before the odour aborts the trial; a
/// lick after it comes too late, and counts as withheld.
public struct GoNoGo: CognitiveTask {

  // MARK: Senses and actions

  public enum Channel: Int, ObservationChannel { case light, odourA, odourB }
  public enum Action: Int, DiscreteAction { case wait, lick }

  // MARK: Conditions

  /// Whether to lick, and how easily that is told.
  public struct Condition: Sendable {
    public let isGo: Bool
    /// In percent.
    public let contrast: Float
  }

  /// How different A's and B's shares are, in percent.
  public var contrasts: [Float] = [20, 60, 100]

  /// No-go and go at every contrast.
  public var conditions: [Condition] {
    contrasts.flatMap { contrast in
      [false, true].map { Condition(isGo: $0, contrast: contrast) }
    }
  }

  // MARK: Timing

  public enum Epoch: CaseIterable, Sendable { case light, odour, outcome }
  public var shortestLight: Milliseconds = 100
  public var longestLight: Milliseconds = 300
  public var odour: Milliseconds = 1000
  /// When a withheld lick is judged. Running out of time would be a miss.
  public var outcome: Milliseconds = 500

  public var timeLimit: Milliseconds { longestLight + odour + outcome }

  // MARK: Noise and rewards

  /// σ of either odour, per √ms.
  public var noise: Float = 5
  public var rewardForCorrect: Float = 1
  public var rewardForError: Float = -1
  public var rewardForAbort: Float = -1
  public var rewardForMiss: Float = -1

  public init() {}

  // MARK: A trial

  public struct Trial: Sendable {
    public let condition: Condition
    public let timeline: Timeline<Epoch>
    /// When the subject licked.
    public var lickTime: Milliseconds?
  }

  public static var allowsLookAhead: Bool { true }

  public func makeTrial(
    of condition: Condition, after _: Trial?, timeStep: Milliseconds, using random: inout Random
  ) -> Trial {
    let light = shortestLight + random.index(below: longestLight - shortestLight + 1)
    return Trial(
      condition: condition,
      timeline: [.light: light / timeStep * timeStep, .odour: odour, .outcome: outcome])
  }

  public func observe(
    _ trial: Trial, at time: Milliseconds, into input: inout Observation<Channel>
  ) {
    switch trial.timeline.epoch(at: time) {
    case .light:
      input[.light] = 1
    case .odour:
      let difference = (trial.condition.isGo ? 1 : -1) * trial.condition.contrast / 100
      input[.odourA] = (1 + difference) / 2
      input[.odourB] = (1 - difference) / 2
      input.addNoise(noise, to: .odourA, .odourB)
    case .outcome, nil:
      break
    }
  }

  public func respond(
    to action: Action, in trial: inout Trial, at time: Milliseconds
  ) -> Response {
    let epoch = trial.timeline.epoch(at: time)
    if epoch == .outcome { return verdict(on: trial, licked: false) }
    if action == .wait { return .wait }
    trial.lickTime = time
    return epoch == .odour
      ? verdict(on: trial, licked: true) : .end(.abort, reward: rewardForAbort)
  }

  /// Hits and correct rejections are correct, omissions and false alarms are errors.
  private func verdict(on trial: Trial, licked: Bool) -> Response {
    licked == trial.condition.isGo
      ? .end(.correct, reward: rewardForCorrect) : .end(.error, reward: rewardForError)
  }

  /// Lick at once where it should be, and at no other time.
  public func idealAction(in trial: Trial, at time: Milliseconds) -> Action? {
    switch trial.timeline.epoch(at: time) {
    case .light: .wait
    case .odour: trial.condition.isGo ? .lick : .wait
    case .outcome, nil: nil
    }
  }
}

// MARK: For analyses and experimenters

extension GoNoGo {
  public enum Fact: Int, TrialFact {
    case go, contrast, odourStart, reactionTime

    public var unit: String {
      switch self {
      case .go: ""
      case .contrast: "%"
      case .odourStart, .reactionTime: "ms"
      }
    }

    public var meaning: String {
      switch self {
      case .go: "Whether the odour asked for a lick: 1 go, 0 no-go."
      case .contrast: "How different the shares of the two odours were."
      case .odourStart: "When the odour came."
      case .reactionTime: "From the odour to the lick; negative if it came too early."
      }
    }
  }

  public func value(of fact: Fact, in trial: Trial) -> Float {
    let start = trial.timeline.start(of: .odour) ?? 0
    return switch fact {
    case .go: trial.condition.isGo ? 1 : 0
    case .contrast: trial.condition.contrast
    case .odourStart: Float(start)
    case .reactionTime: trial.lickTime.map { Float($0 - start) } ?? .nan
    }
  }

  public func factors(of condition: Condition) -> [Factor] {
    [Factor("go", condition.isGo ? 1 : 0), Factor("contrast", condition.contrast)]
  }

  /// The ideal observer adds up A and B for as long as there is an odour, and licks if it was more A.
  ///
  ///     ⟨ Φ( c √d / (√2 σ) ) ⟩      c: contrast as a fraction;  d: duration;  σ: noise, per √ms
  ///
  /// The sums differ by c d on average and by √2 σ √d around it. ⟨·⟩ is the mean over contrasts, and
  /// Φ(z) = erfc(−z / √2) / 2.
  public func levels(timeStep: Milliseconds) -> Levels {
    let duration = Double(odour / timeStep * timeStep)
    let correct = contrasts.map { contrast in
      erfc(-Double(contrast) / 100 * duration.squareRoot() / (2 * Double(noise))) / 2
    }
    return Levels(
      chance: 0.5, oracleReward: Double(rewardForCorrect),
      idealObserver: correct.reduce(0, +) / Double(correct.count))
  }

  public var contradiction: String? {
    shortestLight <= longestLight
      ? nil
      : "'shortestLight' is \(shortestLight) ms and 'longestLight' \(longestLight) ms; "
        + "the light is on for a time between the two"
  }

  public static var parameters: [Parameter<Self>] {
    [
      .init(
        "contrasts", "%", "How different the shares of the two odours are.", \.contrasts,
        in: 0...100),
      .init(
        "shortestLight", "ms", "The shortest time from the light to the odour.", \.shortestLight,
        in: 0...60_000),
      .init(
        "longestLight", "ms", "The longest time from the light to the odour.", \.longestLight,
        in: 0...60_000),
      .init("odour", "ms", "How long there is an odour.", \.odour, in: 1...60_000),
      .init(
        "outcome", "ms", "How long after it a withheld lick is judged.", \.outcome, in: 1...60_000),
      .init("noise", "1/√ms", "Standard deviation of either odour.", \.noise, in: 0...1000),
      .init(
        "rewardForCorrect", "", "What a hit or a correct rejection earns.", \.rewardForCorrect,
        in: -1000...1000),
      .init(
        "rewardForError", "", "What an omission or a false alarm earns.", \.rewardForError,
        in: -1000...1000),
      .init(
        "rewardForAbort", "", "What a lick before the odour earns.", \.rewardForAbort,
        in: -1000...1000),
      .init(
        "rewardForMiss", "", "What running out of time earns.", \.rewardForMiss, in: -1000...1000),
    ]
  }
}

// MARK: For servers

extension Catalogue.Entry {
  /// The task under its name, with advice for training.
  public static let goNoGo = Catalogue.Entry(
    "GoNoGo", GoNoGo(),
    summary: "Lick while one odour is there, and withhold the lick from the other.",
    reference: "Abraham et al., Neuron 44 (2004)",
    presets: [
      .init(
        name: "own", reference: "times, noise and rewards of our own", timeStep: 20,
        training: .init(
          trialsPerUpdate: 16, validationTrials: 600, correctToReach: 0.9, learningRate: 0.002))
    ])
}
