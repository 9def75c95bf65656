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
  /// - Parameters:
  ///   - shape: how the task's actions are written; the caller has it at hand at every step.
  ///   - hasBegun: whether any trial has.
  public func check(
    _ actions: Actions, of shape: ActionShape, hasBegun: Bool
  ) throws(RequestError) {
    switch (actions, shape) {
    case (.choices(let choices), .choices(let count)):
      guard hasBegun else { throw .nothingBegun }
      try check(choices, choiceCount: count)
    case (.amounts(let amounts), .amounts(let width, let range)):
      guard hasBegun else { throw .nothingBegun }
      try check(amounts, width: width, range: range)
    case (.amounts, .choices): throw .amountsForChoices(task: task.name)
    case (.choices, .amounts(let width, _)): throw .choicesForAmounts(task: task.name, width: width)
    }
  }

  private func check(_ choices: [UInt8], choiceCount: Int) throws(RequestError) {
    let expected = options.lookAhead * options.laneCount
    guard choices.count == expected else {
      throw .wrongActionCount(
        count: choices.count, expected: expected, lookAhead: options.lookAhead,
        laneCount: options.laneCount)
    }
    var largest: UInt8 = 0
    for choice in choices { largest = max(largest, choice) }
    guard Int(largest) >= choiceCount else { return }
    guard case .discrete(let names) = task.actions,
      let stray = choices.firstIndex(where: { Int($0) >= choiceCount })
    else { return }
    throw .actionOutOfRange(
      action: Int(choices[stray]), lane: stray % options.laneCount, names: names)
  }

  private func check(
    _ amounts: [Float], width: Int, range: ClosedRange<Float>
  ) throws(RequestError) {
    let expected = options.lookAhead * options.laneCount * width
    guard amounts.count == expected else {
      throw .wrongAmountCount(
        count: amounts.count, expected: expected, lookAhead: options.lookAhead,
        laneCount: options.laneCount, width: width)
    }
    // What is not a number is in no range.
    guard let place = amounts.firstIndex(where: { !range.contains($0) }) else { return }
    guard amounts[place].isFinite else {
      throw .amountNotFinite(amount: amounts[place], place: place)
    }
    throw .amountOutOfRange(
      amount: amounts[place], number: place % width, lane: place / width % options.laneCount,
      range: range)
  }
}
