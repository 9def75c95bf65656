/// A trial of context-dependent integration, with what the units did in its stimulus epoch.
///
/// What was shown and what the units did are in one value, so that leaving out trials leaves out
/// both. (In the reference program of Song, Yang & Wang 2017 they are in two lists, of which only one
/// loses its undecided trials; the regression then pairs rates with the stimuli of other trials.)
public struct ContextTrial: Equatable, Sendable {
  /// Which of the two kinds of evidence counts.
  public enum Context: Hashable, Sendable { case motion, colour }

  /// nil if the trial ended without a decision.
  public var choice: Side?
  /// Coherence of motion and of colour, in any unit; positive to the right.
  public var motion: Double
  public var colour: Double
  public var context: Context
  public var isCorrect: Bool
  /// Rates at a few times, the same in all trials: [time × unit]. A trial that ended early may have
  /// fewer times.
  public var rates: [Float]

  public init(
    choice: Side?, motion: Double, colour: Double, context: Context, isCorrect: Bool, rates: [Float]
  ) {
    self.choice = choice
    self.motion = motion
    self.colour = colour
    self.context = context
    self.isCorrect = isCorrect
    self.rates = rates
  }
}

/// What differs between trials of context-dependent integration.
public enum TaskVariable: Int, CaseIterable, Hashable, Sendable {
  /// +1 or −1.
  case choice
  /// Coherence over the largest coherence, in −1...1.
  case motion, colour
  /// +1 for motion, −1 for colour.
  case context

  /// Whether its sign is a side.
  var isSided: Bool { self != .context }
}

/// The rates of a trial at some of its steps, as `ContextTrial` takes them.
///
/// - Parameters:
///   - rates: Of the trial's steps from its first, [step × unit].
///   - steps: Which steps, ascending, such as every fifth from the onset of the stimulus. Those after
///     the trial's end are left out.
/// - Returns: [time × unit].
public func sampledRates(of rates: [Float], unitCount: Int, at steps: [Int]) -> [Float] {
  precondition(
    unitCount > 0 && rates.count % unitCount == 0,
    "\(rates.count) rates are no whole number of steps of \(unitCount) units")
  precondition(steps.allSatisfy { $0 >= 0 }, "steps count from 0")
  return steps.filter { $0 < rates.count / unitCount }.flatMap { step in
    rates[(step * unitCount)..<((step + 1) * unitCount)]
  }
}
