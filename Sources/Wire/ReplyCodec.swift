import CGymProto
import CProtobufC
import Gym

/// `Reply` → bytes.
///
/// A frame's columns go from the frame straight into the message; only what is said of ended trials
/// is laid out in columns first, in memory that is kept.
final class ReplyEncoder {
  private let arena = Arena()

  /// Writes `reply` where `place` says, given how many bytes it takes.
  func encode(_ reply: Reply, at place: (Int) -> UnsafeMutableRawPointer) {
    arena.reset()
    let write = FieldWriter(arena: arena)
    if case .frame(let frame) = reply.body {
      encode(frame, sequence: reply.sequence, write, at: place)
      return
    }
    var message = Operant__V1__Reply()
    operant__v1__reply__init(&message)
    message.sequence = reply.sequence
    switch reply.body {
    case .welcome(let welcome):
      message.body_case = OPERANT__V1__REPLY__BODY_WELCOME
      message.welcome = write.message(welcome.message(write))
    case .task(let task):
      message.body_case = OPERANT__V1__REPLY__BODY_TASK
      message.task = write.message(task.message(write))
    case .opened(let opened):
      message.body_case = OPERANT__V1__REPLY__BODY_OPENED
      message.opened = write.message(opened.message(write))
    case .frame: preconditionFailure("written above")
    case .closed:
      var closed = Operant__V1__Closed()
      operant__v1__closed__init(&closed)
      message.body_case = OPERANT__V1__REPLY__BODY_CLOSED
      message.closed = write.message(closed)
    case .status(let status):
      message.body_case = OPERANT__V1__REPLY__BODY_STATUS
      message.status = write.message(status.message(write))
    case .refusal(let refusal):
      message.body_case = OPERANT__V1__REPLY__BODY_REFUSAL
      message.refusal = write.message(refusal.message(write))
    }
    pack(&message, at: place)
  }

  private func encode(
    _ frame: Frame, sequence: UInt64, _ write: FieldWriter,
    at place: (Int) -> UnsafeMutableRawPointer
  ) {
    frame.observations.withUnsafeBytes { observations in
      frame.rewards.withUnsafeBytes { rewards in
        frame.stages.withUnsafeBytes { stages in
          frame.idealActions.withUnsafeBytes { idealActions in
            frame.facts.withUnsafeBytes { facts in
              frame.finalObservations.withUnsafeBytes { finalObservations in
                var body = Operant__V1__Frame()
                operant__v1__frame__init(&body)
                body.observations = viewed(observations)
                body.rewards = viewed(rewards)
                body.stages = viewed(stages)
                body.ideal_actions = viewed(idealActions)
                if !frame.endedTrials.isEmpty {
                  var ended = columns(of: frame.endedTrials, write)
                  ended.facts = viewed(facts)
                  ended.final_observations = viewed(finalObservations)
                  body.ended = write.message(ended)
                }
                var message = Operant__V1__Reply()
                operant__v1__reply__init(&message)
                message.sequence = sequence
                message.body_case = OPERANT__V1__REPLY__BODY_FRAME
                message.frame = write.message(body)
                pack(&message, at: place)
              }
            }
          }
        }
      }
    }
  }

  private func columns(
    of trials: [EndedTrial], _ write: FieldWriter
  ) -> Operant__V1__EndedTrials {
    var ended = Operant__V1__EndedTrials()
    operant__v1__ended_trials__init(&ended)
    let count = trials.count
    ended.lanes = write.column(count: count, of: UInt32.self) { UInt32(trials[$0].lane) }
    ended.trials = write.column(count: count, of: UInt64.self) { trials[$0].trial }
    ended.conditions = write.column(count: count, of: UInt32.self) { UInt32(trials[$0].condition) }
    ended.endings = write.column(count: count, of: UInt8.self) { trials[$0].ending.rawValue }
    ended.choices = write.column(count: count, of: UInt8.self) {
      trials[$0].choice.map { UInt8($0) } ?? Frame.noAction
    }
    ended.step_counts = write.column(count: count, of: UInt32.self) { UInt32(trials[$0].stepCount) }
    return ended
  }

  private func pack(
    _ message: inout Operant__V1__Reply, at place: (Int) -> UnsafeMutableRawPointer
  ) {
    let size = operant__v1__reply__get_packed_size(&message)
    let bytes = place(size)
    operant__v1__reply__pack(&message, bytes.assumingMemoryBound(to: UInt8.self))
  }
}

/// Bytes → `Reply`, trusting the server no more than it trusts us.
final class ReplyDecoder {
  private let arena = Arena()
  /// What frames have to look like; nil until a session is open.
  var shape: FrameShape? {
    didSet { frame = shape?.emptyFrame() }
  }
  /// Decoded into again and again.
  private var frame: Frame?

  /// Descriptions are trees of many small parts, so what a reply may take in memory is much more than
  /// its bytes.
  static func budget(for byteCount: Int) -> Int { 16 * byteCount + 1 << 20 }

  /// - Throws: A `Refusal` that says what is wrong with the reply.
  func decode(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Reply {
    let outline = Outline(of: bytes)
    arena.reset(budget: Self.budget(for: bytes.count))
    guard outline.isComplete, outline.bodies == 1,
      let message = operant__v1__reply__unpack(
        &arena.allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    else {
      throw Refusal(.malformed, "its \(bytes.count) bytes are not a reply of operant.v1")
    }
    let read = FieldReader(arena: arena)
    return Reply(
      sequence: message.pointee.sequence, body: try body(of: message.pointee, read))
  }

  private func body(
    of message: Operant__V1__Reply, _ read: FieldReader
  ) throws(Refusal) -> Reply.Body {
    switch message.body_case {
    case OPERANT__V1__REPLY__BODY_FRAME:
      guard let shape else { throw Refusal(.malformed, "a frame came, and no session is open") }
      try shape.decode(message.frame.pointee, read, into: &frame!)
      return .frame(frame!)
    case OPERANT__V1__REPLY__BODY_WELCOME:
      return .welcome(try Welcome(message.welcome.pointee, read))
    case OPERANT__V1__REPLY__BODY_TASK:
      return .task(try TaskDescription(message.task.pointee, read))
    case OPERANT__V1__REPLY__BODY_OPENED:
      return .opened(try Opened(message.opened.pointee, read))
    case OPERANT__V1__REPLY__BODY_CLOSED:
      return .closed
    case OPERANT__V1__REPLY__BODY_STATUS:
      return .status(try ServerStatus(message.status.pointee, read))
    case OPERANT__V1__REPLY__BODY_REFUSAL:
      return .refusal(try Refusal(message.refusal.pointee, read))
    default:
      throw Refusal(.malformed, "it has no body")
    }
  }
}

/// The sizes of a session's frames, and the ranges of what is in them.
struct FrameShape: Equatable {
  var stepCount: Int
  var laneCount: Int
  var observationSize: Int
  var factCount: Int
  var conditionCount: Int
  var choiceCount: Int
  var stepLimit: Int
  var restartRule: RestartRule
  var showsIdealActions: Bool

  init(_ specification: EnvironmentSpecification) {
    let task = specification.task
    stepCount = specification.options.lookAhead
    laneCount = specification.options.laneCount
    observationSize = task.observationSize
    factCount = task.facts.count
    conditionCount = task.conditions.count
    choiceCount = if case .discrete(let names) = task.actions { names.count } else { 0 }
    stepLimit = specification.stepLimit
    restartRule = specification.options.restartRule
    showsIdealActions = specification.options.showsIdealActions
  }

  func emptyFrame() -> Frame {
    Frame(
      stepCount: stepCount, laneCount: laneCount, observationSize: observationSize,
      showsIdealActions: showsIdealActions)
  }

  func decode(
    _ message: Operant__V1__Frame, _ read: FieldReader, into frame: inout Frame
  ) throws(Refusal) {
    let entries = stepCount * laneCount
    try copy(
      message.observations, "observations", into: &frame.observations,
      count: entries * observationSize)
    try copy(message.rewards, "rewards", into: &frame.rewards, count: entries)
    try copy(message.stages, "stages", into: &frame.stages, count: entries)
    if showsIdealActions {
      try copy(message.ideal_actions, "ideal_actions", into: &frame.idealActions, count: entries)
      guard
        frame.idealActions.allSatisfy({ $0 == Frame.noAction || Int($0) < choiceCount })
      else { throw Refusal(.malformed, "'ideal_actions' holds what is no action of the task") }
    }
    guard allFinite(frame.observations) else {
      throw Refusal(.malformed, "'observations' holds what is not a finite number")
    }
    guard allFinite(frame.rewards) else {
      throw Refusal(.malformed, "'rewards' holds what is not a finite number")
    }
    let endCount = try checkStages(frame.stages)
    frame.endedTrials.removeAll(keepingCapacity: true)
    frame.facts.removeAll(keepingCapacity: true)
    frame.finalObservations.removeAll(keepingCapacity: true)
    guard let ended = message.ended?.pointee else {
      guard endCount == 0 else {
        throw Refusal(.malformed, "\(endCount) trials ended, and 'ended' says nothing of them")
      }
      return
    }
    try decode(ended, count: endCount, into: &frame)
  }

  /// Copies a column that has to have `count` entries over one that has.
  private func copy<Number>(
    _ column: ProtobufCBinaryData, _ field: StaticString, into numbers: inout [Number], count: Int
  ) throws(Refusal) {
    let size = count * MemoryLayout<Number>.stride
    guard column.len == size else {
      throw Refusal(.malformed, "'\(field)' has \(column.len) bytes; it has to have \(size)")
    }
    numbers.withUnsafeMutableBytes { $0.copyMemory(from: .init(start: column.data, count: size)) }
  }

  private func append<Number: BitwiseCopyable>(
    _ column: ProtobufCBinaryData, _ field: StaticString, to numbers: inout [Number], count: Int
  ) throws(Refusal) {
    let size = count * MemoryLayout<Number>.stride
    guard column.len == size else {
      throw Refusal(.malformed, "'\(field)' has \(column.len) bytes; it has to have \(size)")
    }
    let raw = UnsafeRawPointer(column.data)
    numbers.reserveCapacity(count)
    for index in 0..<count {
      numbers.append(
        raw!.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.stride, as: Number.self))
    }
  }

  /// - Returns: How many trials ended.
  private func checkStages(_ stages: [Stage]) throws(Refusal) -> Int {
    // One bit for each of the values a stage can have, all below 64.
    var legal: UInt64 = 0
    for value in UInt8(0)..<64 where Stage(rawValue: value).isConsistent { legal |= 1 << value }
    var strays = 0
    var ends = 0
    for stage in stages {
      let value = stage.rawValue
      if value >= 64 || legal >> value & 1 == 0 { strays += 1 }
      ends += Int(value >> 2 & 1)
    }
    guard strays == 0 else {
      throw Refusal(.malformed, "'stages' holds what is no stage")
    }
    return ends
  }

  private func decode(
    _ ended: Operant__V1__EndedTrials, count: Int, into frame: inout Frame
  ) throws(Refusal) {
    for (column, width, field) in [
      (ended.lanes, 4, "lanes"), (ended.trials, 8, "trials"), (ended.conditions, 4, "conditions"),
      (ended.endings, 1, "endings"), (ended.choices, 1, "choices"),
      (ended.step_counts, 4, "step_counts"),
    ] where column.len != count * width {
      throw Refusal(
        .malformed,
        "'ended.\(field)' has \(column.len) bytes; \(count) trials ended, of \(width) bytes each")
    }
    try append(ended.facts, "ended.facts", to: &frame.facts, count: count * factCount)
    if restartRule == .sameStep {
      try append(
        ended.final_observations, "ended.final_observations", to: &frame.finalObservations,
        count: count * observationSize)
      guard allFinite(frame.finalObservations) else {
        throw Refusal(.malformed, "'ended.final_observations' holds what is not a finite number")
      }
    }
    guard count > 0 else { return }
    let lanes = UnsafeRawPointer(ended.lanes.data!)
    let trials = UnsafeRawPointer(ended.trials.data!)
    let conditions = UnsafeRawPointer(ended.conditions.data!)
    let stepCounts = UnsafeRawPointer(ended.step_counts.data!)
    var index = 0
    // Step after step, lane after lane, as the trials have to be listed.
    for entry in frame.stages.indices where frame.stages[entry].contains(.last) {
      let lane = Int(lanes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      let condition = Int(conditions.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      let stepCount = Int(stepCounts.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
      let choice = ended.choices.data[index]
      guard lane == entry % laneCount, condition < conditionCount,
        (1...stepLimit).contains(stepCount),
        choice == Frame.noAction || Int(choice) < choiceCount,
        let ending = Ending(onWire: ended.endings.data[index]),
        (ending == .truncated) == frame.stages[entry].contains(.truncated)
      else {
        throw Refusal(.malformed, "entry \(index) of 'ended' doesn't fit the session or the stages")
      }
      frame.endedTrials.append(
        EndedTrial(
          lane: lane, trial: trials.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self),
          condition: condition, ending: ending,
          choice: choice == Frame.noAction ? nil : Int(choice),
          stepCount: stepCount))
      index += 1
    }
  }
}

extension Ending {
  /// How a server says a trial ended. A newer server may have endings we don't know, which are then
  /// neither right nor wrong; zero is none.
  fileprivate init?(onWire value: UInt8) {
    guard value != 0 else { return nil }
    self = Ending(rawValue: value) ?? .completed
  }
}

/// Whether there is neither an infinity nor a not-a-number: neither has all bits of the exponent set.
private func allFinite(_ numbers: [Float]) -> Bool {
  var strays: UInt32 = 0
  for number in numbers {
    strays |= number.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
  }
  return strays == 0
}
