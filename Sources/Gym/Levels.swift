/// What subjects of different kinds reach at a task; nil where it is not known.
public struct Levels: Equatable, Sendable {
  /// The fraction of decisions that a subject gets right which chooses blindly, at the right time.
  public var chance: Double?
  /// The mean reward of a trial to a subject that knows the truth and takes the ideal action at every
  /// step, over all conditions equally often.
  public var oracleReward: Double?
  /// The fraction of decisions that an observer gets right which misses nothing of what is shown and
  /// knows nothing else.
  public var idealObserver: Double?

  public init(
    chance: Double? = nil, oracleReward: Double? = nil, idealObserver: Double? = nil
  ) {
    self.chance = chance
    self.oracleReward = oracleReward
    self.idealObserver = idealObserver
  }
}
