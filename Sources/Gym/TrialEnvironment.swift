/// Plays a task's rules on any number of lanes; owns the clock, the seeds and the ends of trials.
///
/// Trial *k* of lane *l* is a pure function of (seed, l, k): it does not matter which other lanes are
/// played beside it, in which order, or what was played before. (A task that looks at the trial
/// before sees it when the lane played it, and none otherwise.)
public final class TrialEnvironment<Task: CognitiveTask>: Environment {
  public let specification: EnvironmentSpecification
  @inlinable public var frame: Frame { current }
  @usableFromInline var current: Frame

  @usableFromInline let task: Task
  @usableFromInline let options: EnvironmentOptions
  @usableFromInline let stepLimit: Int
  @usableFromInline let conditionCount: Int
  @usableFromInline let observationSize: Int
  @usableFromInline let rootTimeStep: Float
  @usableFromInline let actions: [Task.Action]
  @usableFromInline let allFacts: [Task.Fact]
  @usableFromInline let conditions: [Task.Condition]
  // A stream's key behind a global would be looked up at every step of every lane.
  @usableFromInline let stimulusNoise = Stream.stimulusNoise
  @usableFromInline var lanes: [Lane]
  @usableFromInline var hasBegun = false

  /// One lane's trial and where in it the lane is.
  @usableFromInline
  struct Lane {
    @usableFromInline var trial: Task.Trial?
    @usableFromInline var number: UInt64 = 0
    @usableFromInline var condition = 0
    /// The index of the step whose action comes next.
    @usableFromInline var step = 0
    @usableFromInline var isPlaying = false

    @inlinable init() {}
  }

  /// - Throws: `RequestError` where the options ask for what the task does not allow.
  @inlinable
  public init(
    _ task: Task, described description: TaskDescription, options: EnvironmentOptions
  ) throws(RequestError) {
    guard (1...10_000).contains(options.timeStep) else {
      throw .outOfRange(what: "the time step in ms", value: options.timeStep, range: 1...10_000)
    }
    guard (1...65_536).contains(options.laneCount) else {
      throw .outOfRange(what: "the number of lanes", value: options.laneCount, range: 1...65_536)
    }
    guard (1...4096).contains(options.lookAhead) else {
      throw .outOfRange(what: "the look-ahead", value: options.lookAhead, range: 1...4096)
    }
    if options.lookAhead > 1 {
      guard Task.allowsLookAhead else {
        throw .lookAheadNotAllowed(task: description.name, lookAhead: options.lookAhead)
      }
      guard options.restartRule == .disabled else {
        throw .lookAheadNeedsDisabled(
          lookAhead: options.lookAhead, restartRule: options.restartRule)
      }
    }
    specification = EnvironmentSpecification(task: description, options: options)
    self.task = task
    self.options = options
    stepLimit = specification.stepLimit
    observationSize = Task.Channel.size
    rootTimeStep = Float(options.timeStep).squareRoot()
    actions = Array(Task.Action.allCases)
    allFacts = Array(Task.Fact.allCases)
    conditions = task.conditions
    conditionCount = conditions.count
    lanes = .init(repeating: Lane(), count: options.laneCount)
    current = Frame(
      stepCount: options.lookAhead, laneCount: options.laneCount, observationSize: observationSize)
    precondition(conditionCount > 0, "\(description.name) has no conditions")
    precondition(actions.enumerated().allSatisfy { $0.offset == $0.element.rawValue })
  }

  // MARK: Beginning

  @inlinable
  public func begin(_ orders: [TrialOrder]) throws {
    try check(orders)
    for index in current.stages.indices { current.stages[index] = .idle }
    for index in current.rewards.indices { current.rewards[index] = 0 }
    clearEndedTrials()
    for order in orders {
      let number =
        order.trial ?? (lanes[order.lane].trial == nil ? 0 : lanes[order.lane].number &+ 1)
      beginTrial(number, condition: order.condition, on: order.lane)
      for step in 0..<options.lookAhead {
        current.stages[step * options.laneCount + order.lane] = .first
        observe(lane: order.lane, entry: step, at: step)
      }
    }
    hasBegun = true
  }

  @usableFromInline
  func check(_ orders: [TrialOrder]) throws(RequestError) {
    guard !orders.isEmpty else { throw .noLanes }
    var named = [Bool](repeating: false, count: options.laneCount)
    for order in orders {
      guard (0..<options.laneCount).contains(order.lane) else {
        throw .laneOutOfRange(lane: order.lane, laneCount: options.laneCount)
      }
      guard !named[order.lane] else { throw .laneNamedTwice(lane: order.lane) }
      named[order.lane] = true
      if let condition = order.condition, !(0..<conditionCount).contains(condition) {
        throw .conditionOutOfRange(condition: condition, conditionCount: conditionCount)
      }
    }
  }

  @inlinable
  func beginTrial(_ number: UInt64, condition requested: Int?, on index: Int) {
    let lane = options.firstLane &+ UInt64(index)
    let condition =
      requested
      ?? {
        var random = Random(seed: options.seed, stream: .condition, lane: lane, trial: number)
        return random.index(below: conditionCount)
      }()
    let isNext = lanes[index].trial != nil && number == lanes[index].number &+ 1
    var random = Random(seed: options.seed, stream: .trial, lane: lane, trial: number)
    let trial = task.makeTrial(
      of: conditions[condition], after: isNext ? lanes[index].trial : nil,
      timeStep: options.timeStep, using: &random)
    lanes[index].trial = trial
    lanes[index].number = number
    lanes[index].condition = condition
    lanes[index].step = 0
    lanes[index].isPlaying = true
  }

  // MARK: Stepping

  @inlinable
  public func step(_ actions: [UInt8]) throws {
    try check(actions)
    clearEndedTrials()
    let span = options.lookAhead
    for entry in 0..<span {
      for lane in 0..<options.laneCount {
        carryOut(Int(actions[entry * options.laneCount + lane]), entry: entry, lane: lane)
      }
    }
    if span > 1 { showAhead() }
  }

  @usableFromInline
  func check(_ actions: [UInt8]) throws(RequestError) {
    guard hasBegun else { throw .nothingBegun }
    let expected = options.lookAhead * options.laneCount
    guard actions.count == expected else {
      throw .wrongActionCount(
        count: actions.count, expected: expected, lookAhead: options.lookAhead,
        laneCount: options.laneCount)
    }
    if let stray = actions.firstIndex(where: { Int($0) >= self.actions.count }) {
      throw .actionOutOfRange(
        action: Int(actions[stray]), lane: stray % options.laneCount,
        names: self.actions.map { "\($0)" })
    }
  }

  /// Carries out one lane's action and, without look-ahead, shows what is sensed next.
  @inlinable
  func carryOut(_ action: Int, entry: Int, lane: Int) {
    let place = entry * options.laneCount + lane
    guard lanes[lane].isPlaying else {
      current.rewards[place] = 0
      if options.restartRule == .nextStep && lanes[lane].trial != nil {
        beginTrial(lanes[lane].number &+ 1, condition: nil, on: lane)
        current.stages[place] = .first
        observe(lane: lane, entry: 0, at: 0)
      } else {
        current.stages[place] = .idle
        if options.lookAhead == 1 { blank(lane: lane, entry: 0) }
      }
      return
    }

    let step = lanes[lane].step
    let response: Response =
      step == stepLimit - 1
      ? .end(.miss, reward: task.rewardForMiss)
      : task.respond(
        to: actions[action], in: &lanes[lane].trial!, at: step * options.timeStep)
    lanes[lane].step = step + 1

    switch response {
    case .goOn(let reward):
      current.rewards[place] = reward
      current.stages[place] = .middle
      if options.lookAhead == 1 { observe(lane: lane, entry: 0, at: step + 1) }
    case .end(let ending, let reward):
      current.rewards[place] = reward
      current.stages[place] = [.last, ending == .truncated ? .truncated : .terminated]
      lanes[lane].isPlaying = false
      recordEnd(of: lane, ending: ending, choice: ending == .miss ? nil : action)
      guard options.lookAhead == 1 else { return }
      observe(lane: lane, entry: 0, at: step + 1)
      if options.restartRule == .sameStep {
        let start = lane * observationSize
        current.finalObservations += current.observations[start..<(start + observationSize)]
        beginTrial(lanes[lane].number &+ 1, condition: nil, on: lane)
        current.stages[place].insert(.first)
        observe(lane: lane, entry: 0, at: 0)
      }
    }
  }

  /// Shows every lane the steps its next actions answer; nothing where its trial has ended.
  @inlinable
  func showAhead() {
    for lane in lanes.indices {
      for entry in 0..<options.lookAhead {
        if lanes[lane].isPlaying && lanes[lane].step + entry < stepLimit {
          observe(lane: lane, entry: entry, at: lanes[lane].step + entry)
        } else {
          blank(lane: lane, entry: entry)
        }
      }
    }
  }

  // MARK: The frame

  @inlinable
  func observe(lane: Int, entry: Int, at step: Int) {
    let random = Random(
      seed: options.seed, stream: stimulusNoise, lane: options.firstLane &+ UInt64(lane),
      trial: lanes[lane].number, step: UInt64(step))
    let start = (entry * options.laneCount + lane) * observationSize
    let size = observationSize
    current.observations.withUnsafeMutableBufferPointer { all in
      let values = UnsafeMutableBufferPointer(rebasing: all[start..<(start + size)])
      values.update(repeating: 0)
      var input = Observation<Task.Channel>(
        values: values, rootTimeStep: rootTimeStep, random: random)
      task.observe(lanes[lane].trial!, at: step * options.timeStep, into: &input)
    }
  }

  @inlinable
  func blank(lane: Int, entry: Int) {
    let start = (entry * options.laneCount + lane) * observationSize
    for index in start..<(start + observationSize) { current.observations[index] = 0 }
  }

  @inlinable
  func recordEnd(of index: Int, ending: Ending, choice: Int?) {
    let lane = lanes[index]
    current.endedTrials.append(
      EndedTrial(
        lane: index, trial: lane.number, condition: lane.condition, ending: ending,
        choice: choice, stepCount: lane.step))
    for fact in allFacts { current.facts.append(task.value(of: fact, in: lane.trial!)) }
  }

  @inlinable
  func clearEndedTrials() {
    current.endedTrials.removeAll(keepingCapacity: true)
    current.facts.removeAll(keepingCapacity: true)
    current.finalObservations.removeAll(keepingCapacity: true)
  }
}
