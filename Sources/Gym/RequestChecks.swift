extension EnvironmentSpecification {
  /// What an environment refuses to begin. Remote ones ask before they send anything: with lanes on
  /// several servers, one must not carry out what another refuses.
  public func check(_ orders: [TrialOrder]) throws(RequestError) {
    guard !orders.isEmpty else { throw .noLanes }
    var named = [Bool](repeating: false, count: options.laneCount)
    for order in orders {
      guard (0..<options.laneCount).contains(order.lane) else {
        throw .laneOutOfRange(lane: order.lane, laneCount: options.laneCount)
      }
      guard !named[order.lane] else { throw .laneNamedTwice(lane: order.lane) }
      named[order.lane] = true
      if let condition = order.condition, !task.conditions.indices.contains(condition) {
        throw .conditionOutOfRange(condition: condition, conditionCount: task.conditions.count)
      }
    }
  }

  /// What an environment refuses to carry out.
  ///
  /// - Parameter choiceCount: how many actions there are; the caller has it at hand at every step.
  public func check(_ actions: [UInt8], choiceCount: Int) throws(RequestError) {
    let expected = options.lookAhead * options.laneCount
    guard actions.count == expected else {
      throw .wrongActionCount(
        count: actions.count, expected: expected, lookAhead: options.lookAhead,
        laneCount: options.laneCount)
    }
    var largest: UInt8 = 0
    for action in actions { largest = max(largest, action) }
    guard Int(largest) >= choiceCount else { return }
    guard case .discrete(let names) = task.actions,
      let stray = actions.firstIndex(where: { Int($0) >= choiceCount })
    else { return }
    throw .actionOutOfRange(
      action: Int(actions[stray]), lane: stray % options.laneCount, names: names)
  }
}
