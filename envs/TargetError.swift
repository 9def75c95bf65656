import Gym

/// How far an output is from its target, over the end of a trial (Miconi, *eLife* 6:e20899, 2017).
///
///     err = 1/n Σₜ |rₜ − r*|       t: the last n steps;  r: the output;  r*: its target
///
/// A trial has as many steps as fit into its duration as a whole, and the last of them counts in any
/// case. Earlier ones earn nothing; the last one earns −err and ends the trial.
struct TargetError: Sendable {
  /// r*.
  let target: Float
  /// When outputs begin to count.
  let scoringStart: Milliseconds
  /// When the last step begins.
  let lastStep: Milliseconds
  private var sum = 0.0
  private var count = 0

  /// - Parameter scored: How much of the end of the trial counts.
  init(
    target: Float, duration: Milliseconds, scored: Milliseconds, timeStep: Milliseconds
  ) {
    self.target = target
    scoringStart = duration - scored
    lastStep = (duration / timeStep - 1) * timeStep
  }

  /// err; not a number before anything counts.
  var error: Float { Float(sum / Double(count)) }

  /// Judges the output at `time`, which comes after all those before it.
  ///
  /// - Parameter tolerance: The trial is correct if err is below it.
  mutating func judge(
    _ output: Float, at time: Milliseconds, tolerance: Float
  ) -> Response {
    let isLast = time >= lastStep
    if time >= scoringStart || isLast {
      sum += Double(abs(output - target))
      count += 1
    }
    guard isLast else { return .wait }
    return .end(error < tolerance ? .correct : .error, reward: -error)
  }
}
