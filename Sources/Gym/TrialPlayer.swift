/// Plays a task's rules on any number of lanes; owns the clock, the seeds and the ends of trials.
///
/// Trial *k* of lane *l* is a pure function of (seed, l, k): it does not matter which other lanes are
/// played beside it, in which order, or what was played before. (A task that looks at the trial
/// before sees it when the lane played it, and none otherwise.)
@usableFromInline
struct TrialPlayer<Task: CognitiveTask> {
  @usableFromInline let specification: EnvironmentSpecification
  @usableFromInline var frame: Frame

  @usableFromInline let task: Task
  @usableFromInline let options: EnvironmentOptions
  @usableFromInline let stepLimit: Int
  @usableFromInline let observationSize: Int
  @usableFromInline let rootTimeStep: Float
  @usableFromInline let actions: [Task.Action]
  @usableFromInline let actionShape: ActionShape
  @usableFromInline let facts: [Task.Fact]
  @usableFromInline let conditions: [Task.Condition]
  // A stream behind a global would be looked up at every step of every lane.
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

  /// The columns of the frame while they are written. An array that a struct holds checks at every
  /// write that nobody else has it.
  @usableFromInline
  struct Columns {
    @usableFromInline let observations: UnsafeMutablePointer<Float>
    @usableFromInline let rewards: UnsafeMutablePointer<Float>
    @usableFromInline let stages: UnsafeMutablePointer<Stage>
    @usableFromInline let lanes: UnsafeMutablePointer<Lane>
    /// Nil unless ideal actions are asked for.
    @usableFromInline let idealActions: UnsafeMutablePointer<UInt8>?

    @inlinable
    init(
      observations: UnsafeMutablePointer<Float>, rewards: UnsafeMutablePointer<Float>,
      stages: UnsafeMutablePointer<Stage>, lanes: UnsafeMutablePointer<Lane>,
      idealActions: UnsafeMutablePointer<UInt8>?
    ) {
      self.observations = observations
      self.rewards = rewards
      self.stages = stages
      self.lanes = lanes
      self.idealActions = idealActions
    }
  }

  @inlinable
  init(
    _ task: Task, described description: TaskDescription, options: EnvironmentOptions
  ) throws(RequestError) {
    try options.check(for: description)
    specification = EnvironmentSpecification(task: description, options: options)
    self.task = task
    self.options = options
    stepLimit = specification.stepLimit
    observationSize = Task.Channel.size
    rootTimeStep = Float(options.timeStep).squareRoot()
    actions = Task.Action.list
    actionShape = description.actions.shape
    facts = Array(Task.Fact.allCases)
    conditions = task.conditions
    lanes = .init(repeating: Lane(), count: options.laneCount)
    frame = Frame(
      stepCount: options.lookAhead, laneCount: options.laneCount, observationSize: observationSize,
      showsIdealActions: options.showsIdealActions)
    precondition(!conditions.isEmpty, "\(description.name) has no conditions")
  }

  // MARK: Beginning

  @inlinable
  mutating func begin(_ orders: [TrialOrder]) throws(RequestError) {
    try specification.check(orders)
    startFrame()
    for index in frame.stages.indices { frame.stages[index] = .idle }
    for index in frame.rewards.indices { frame.rewards[index] = 0 }
    writeColumns { player, columns in
      for order in orders { player.carryOut(order, in: columns) }
    }
    hasBegun = true
  }

  @inlinable
  func carryOut(_ order: TrialOrder, in columns: Columns) {
    let lane = columns.lanes + order.lane
    let next = lane.pointee.trial == nil ? 0 : lane.pointee.number &+ 1
    beginTrial(order.trial ?? next, condition: order.condition, on: order.lane, in: columns)
    for step in 0..<options.lookAhead {
      columns.stages[step * options.laneCount + order.lane] = .first
      if step < stepLimit {
        observe(order.lane, entry: step, at: step, in: columns)
      } else {
        blank(order.lane, entry: step, in: columns)
      }
    }
  }

  @inlinable
  func beginTrial(_ number: UInt64, condition: Int?, on index: Int, in columns: Columns) {
    let lane = columns.lanes + index
    let key = options.firstLane &+ UInt64(index)
    let condition = condition ?? drawCondition(lane: key, trial: number)
    let isNext = lane.pointee.trial != nil && number == lane.pointee.number &+ 1
    var random = Random(seed: options.seed, stream: .trial, lane: key, trial: number)
    lane.pointee.trial = task.makeTrial(
      of: conditions[condition], after: isNext ? lane.pointee.trial : nil,
      timeStep: options.timeStep, using: &random)
    lane.pointee.number = number
    lane.pointee.condition = condition
    lane.pointee.step = 0
    lane.pointee.isPlaying = true
  }

  @inlinable
  func drawCondition(lane: UInt64, trial: UInt64) -> Int {
    var random = Random(seed: options.seed, stream: .condition, lane: lane, trial: trial)
    return random.index(below: conditions.count)
  }

  // MARK: Stepping

  @inlinable
  mutating func step(_ actions: Actions) throws(RequestError) {
    try specification.check(actions, of: actionShape, hasBegun: hasBegun)
    guard let numbers = Task.Action.numbers(of: actions) else {
      preconditionFailure("the description's actions are not the task's")
    }
    startFrame()
    numbers.withUnsafeBufferPointer { numbers in
      writeColumns { player, columns in
        // Held once: a list that is handed on at every step of every lane is counted every time.
        let list = player.actions
        for entry in 0..<player.options.lookAhead {
          let start = entry * player.options.laneCount
          for lane in 0..<player.options.laneCount {
            let action = Task.Action(
              reading: numbers.baseAddress! + (start + lane) * Task.Action.width,
              from: list)
            player.carryOut(action, lane, entry: entry, in: columns)
          }
        }
        if player.options.lookAhead > 1 { player.showAhead(in: columns) }
      }
    }
  }

  /// Carries out one lane's action and, without look-ahead, shows what is sensed next.
  @inlinable
  mutating func carryOut(_ action: Task.Action, _ index: Int, entry: Int, in columns: Columns) {
    let place = entry * options.laneCount + index
    let lane = columns.lanes + index
    guard lane.pointee.isPlaying else { return rest(index, entry: entry, in: columns) }

    let step = lane.pointee.step
    let response: Response =
      step == stepLimit - 1
      ? .end(task.endingAtTimeLimit, reward: task.rewardForMiss)
      : task.respond(to: action, in: &lane.pointee.trial!, at: step * options.timeStep)
    lane.pointee.step = step + 1

    switch response {
    case .goOn(let reward):
      columns.rewards[place] = reward
      columns.stages[place] = .middle
      if options.lookAhead == 1 { observe(index, entry: 0, at: step + 1, in: columns) }
    case .end(let ending, let reward):
      columns.rewards[place] = reward
      columns.stages[place] = [.last, ending == .truncated ? .truncated : .terminated]
      lane.pointee.isPlaying = false
      recordEnd(
        of: index, ending,
        choice: ending == .miss || step == stepLimit - 1 ? nil : action.choice, in: columns)
      guard options.lookAhead == 1 else { return }
      observe(index, entry: 0, at: step + 1, in: columns)
      if options.restartRule == .sameStep { restart(index, place: place, in: columns) }
    }
  }

  /// What a lane shows whose trial is over.
  @inlinable
  func rest(_ index: Int, entry: Int, in columns: Columns) {
    let place = entry * options.laneCount + index
    let lane = columns.lanes + index
    columns.rewards[place] = 0
    if options.restartRule == .nextStep && lane.pointee.trial != nil {
      beginTrial(lane.pointee.number &+ 1, condition: nil, on: index, in: columns)
      columns.stages[place] = .first
      observe(index, entry: 0, at: 0, in: columns)
    } else {
      columns.stages[place] = .idle
      if options.lookAhead == 1 { blank(index, entry: 0, in: columns) }
    }
  }

  /// Begins the next trial in the very frame that ended the last.
  @inlinable
  mutating func restart(_ index: Int, place: Int, in columns: Columns) {
    frame.finalObservations += UnsafeBufferPointer(
      start: columns.observations + index * observationSize, count: observationSize)
    beginTrial(columns.lanes[index].number &+ 1, condition: nil, on: index, in: columns)
    columns.stages[place].insert(.first)
    observe(index, entry: 0, at: 0, in: columns)
  }

  /// Shows every lane the steps its next actions answer; nothing where its trial has ended.
  @inlinable
  func showAhead(in columns: Columns) {
    for index in 0..<options.laneCount {
      let lane = columns.lanes + index
      for entry in 0..<options.lookAhead {
        let step = lane.pointee.step + entry
        if lane.pointee.isPlaying && step < stepLimit {
          observe(index, entry: entry, at: step, in: columns)
        } else {
          blank(index, entry: entry, in: columns)
        }
      }
    }
  }

  // MARK: The frame

  @inlinable
  mutating func startFrame() {
    frame.endedTrials.removeAll(keepingCapacity: true)
    frame.facts.removeAll(keepingCapacity: true)
    frame.finalObservations.removeAll(keepingCapacity: true)
  }

  /// Lends the frame's columns and the lanes to `body`.
  @inlinable
  mutating func writeColumns(_ body: (inout Self, Columns) -> Void) {
    // Taken out and put back, so that `body` may have the rest of the player.
    var (observations, rewards, stages, lanes, idealActions):
      ([Float], [Float], [Stage], [Lane], [UInt8]) = ([], [], [], [], [])
    swap(&observations, &frame.observations)
    swap(&rewards, &frame.rewards)
    swap(&stages, &frame.stages)
    swap(&lanes, &self.lanes)
    swap(&idealActions, &frame.idealActions)
    observations.withUnsafeMutableBufferPointer { observations in
      rewards.withUnsafeMutableBufferPointer { rewards in
        stages.withUnsafeMutableBufferPointer { stages in
          lanes.withUnsafeMutableBufferPointer { lanes in
            idealActions.withUnsafeMutableBufferPointer { idealActions in
              body(
                &self,
                Columns(
                  observations: observations.baseAddress!, rewards: rewards.baseAddress!,
                  stages: stages.baseAddress!, lanes: lanes.baseAddress!,
                  idealActions: options.showsIdealActions ? idealActions.baseAddress : nil))
            }
          }
        }
      }
    }
    swap(&observations, &frame.observations)
    swap(&rewards, &frame.rewards)
    swap(&stages, &frame.stages)
    swap(&lanes, &self.lanes)
    swap(&idealActions, &frame.idealActions)
  }

  @inlinable
  func observe(_ index: Int, entry: Int, at step: Int, in columns: Columns) {
    let lane = columns.lanes + index
    let values = UnsafeMutableBufferPointer(
      start: columns.observations + (entry * options.laneCount + index) * observationSize,
      count: observationSize)
    values.update(repeating: 0)
    var input = Observation<Task.Channel>(
      values: values, rootTimeStep: rootTimeStep,
      random: Random(
        seed: options.seed, stream: stimulusNoise, lane: options.firstLane &+ UInt64(index),
        trial: lane.pointee.number, step: UInt64(step)))
    task.observe(lane.pointee.trial!, at: step * options.timeStep, into: &input)
    if let idealActions = columns.idealActions {
      idealActions[entry * options.laneCount + index] = idealAction(on: lane, at: step)
    }
  }

  /// The action that ideally answers what a lane shows at `step`. The last one runs out of time,
  /// whatever it is.
  @inlinable
  func idealAction(on lane: UnsafeMutablePointer<Lane>, at step: Int) -> UInt8 {
    guard lane.pointee.isPlaying, step < stepLimit - 1,
      let choice = task.idealAction(in: lane.pointee.trial!, at: step * options.timeStep)?.choice
    else { return Frame.noAction }
    return UInt8(choice)
  }

  @inlinable
  func blank(_ index: Int, entry: Int, in columns: Columns) {
    let start = (entry * options.laneCount + index) * observationSize
    (columns.observations + start).update(repeating: 0, count: observationSize)
    columns.idealActions?[entry * options.laneCount + index] = Frame.noAction
  }

  @inlinable
  mutating func recordEnd(of index: Int, _ ending: Ending, choice: Int?, in columns: Columns) {
    let lane = columns.lanes + index
    frame.endedTrials.append(
      EndedTrial(
        lane: index, trial: lane.pointee.number, condition: lane.pointee.condition, ending: ending,
        choice: choice, stepCount: lane.pointee.step))
    for fact in facts { frame.facts.append(task.value(of: fact, in: lane.pointee.trial!)) }
  }
}

extension EnvironmentOptions {
  /// - Throws: `RequestError` where the options can't be, or ask for what the task does not allow.
  public func check(for task: TaskDescription) throws(RequestError) {
    guard (1...10_000).contains(timeStep) else {
      throw .outOfRange(what: "the time step in ms", value: timeStep, range: 1...10_000)
    }
    guard (1...65_536).contains(laneCount) else {
      throw .outOfRange(what: "the number of lanes", value: laneCount, range: 1...65_536)
    }
    guard (1...4096).contains(lookAhead) else {
      throw .outOfRange(what: "the look-ahead", value: lookAhead, range: 1...4096)
    }
    if showsIdealActions, case .continuous = task.actions {
      throw .idealActionsNotTold(task: task.name)
    }
    guard lookAhead > 1 else { return }
    guard task.allowsLookAhead else {
      throw .lookAheadNotAllowed(task: task.name, lookAhead: lookAhead)
    }
    guard restartRule == .disabled else {
      throw .lookAheadNeedsDisabled(lookAhead: lookAhead, restartRule: restartRule)
    }
  }
}
