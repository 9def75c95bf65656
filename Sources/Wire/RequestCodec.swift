import CGymProto
import CProtobufC
import Gym

/// Bytes → `Request`, trusting nothing.
///
/// Keeps its memory from request to request, so that a step costs no allocation. The request must
/// therefore have been let go when the next is decoded, or its actions are copied.
final class RequestDecoder {
  private let arena = Arena()
  private let limits: Limits
  private var choices: [UInt8] = []
  private var amounts: [Float] = []

  init(limits: Limits) { self.limits = limits }

  /// What protobuf-c may use for a message: columns are copied once; the rest is for the little that
  /// else a request can hold.
  static func budget(for byteCount: Int) -> Int { 2 * byteCount + 256 << 10 }

  /// - Throws: The `Refusal` to answer with.
  func decode(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Request {
    guard bytes.count <= limits.messageBytes else {
      throw Refusal(
        .limit,
        "the message has \(bytes.count) bytes; this server reads up to \(limits.messageBytes)")
    }
    let outline = Outline(of: bytes)
    arena.reset(budget: Self.budget(for: bytes.count))
    guard outline.isComplete,
      let message = operant__v1__request__unpack(
        &arena.allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    else {
      if arena.isExhausted {
        throw Refusal(
          .limit,
          "the message has \(bytes.count) bytes but takes too much memory to read; "
            + "send fewer parts in it")
      }
      throw Refusal(.malformed, "these \(bytes.count) bytes are not a request of operant.v1")
    }
    guard outline.bodies == 1 else {
      throw Refusal(
        .malformed,
        outline.bodies == 0
          ? "the request has no body this server knows; "
            + "send one of hello, describe, open, begin, step, close, status"
          : "the request has \(outline.bodies) bodies; send one at a time")
    }
    let read = FieldReader(arena: arena)
    return Request(
      sequence: message.pointee.sequence, session: try read.token(message.pointee.session),
      try body(of: message.pointee, read))
  }

  private func body(
    of message: Operant__V1__Request, _ read: FieldReader
  ) throws(Refusal) -> Request.Body {
    let names = Int(limits.nameBytes)
    switch message.body_case {
    case OPERANT__V1__REQUEST__BODY_STEP:
      return .step(try actions(message.step.pointee, read))
    case OPERANT__V1__REQUEST__BODY_BEGIN:
      return .begin(try beginning(message.begin.pointee, read))
    case OPERANT__V1__REQUEST__BODY_OPEN:
      return .open(try Opening(message.open.pointee, read, names: names))
    case OPERANT__V1__REQUEST__BODY_HELLO:
      let hello = message.hello.pointee
      return .hello(
        Hello(
          major: hello.major, minor: hello.minor,
          software: try read.text(hello.software, "software", atMost: names)))
    case OPERANT__V1__REQUEST__BODY_DESCRIBE:
      return .describe(task: try read.text(message.describe.pointee.task, "task", atMost: names))
    case OPERANT__V1__REQUEST__BODY_CLOSE: return .close
    case OPERANT__V1__REQUEST__BODY_STATUS: return .status
    default: throw Refusal(.malformed, "the request has no body")
    }
  }

  private func actions(
    _ step: Operant__V1__Step, _ read: FieldReader
  ) throws(Refusal) -> Actions {
    if step.amounts.len > 0 {
      guard step.choices.len == 0 else {
        throw Refusal(
          .malformed, "the step has choices and amounts; a task's actions are one or the other")
      }
      try read.column(step.amounts, "amounts", into: &amounts)
      if let stray = amounts.firstIndex(where: { !$0.isFinite }) {
        throw Refusal(
          .badAction,
          "amount \(stray) is \(amounts[stray]); an amount has to be a finite number")
      }
      return .amounts(amounts)
    }
    choices.removeAll(keepingCapacity: true)
    choices.append(
      contentsOf: UnsafeBufferPointer(start: step.choices.data, count: step.choices.len))
    return .choices(choices)
  }

  private func beginning(
    _ begin: Operant__V1__Begin, _ read: FieldReader
  ) throws(Refusal) -> Beginning {
    Beginning(
      lanes: try read.column(begin.lanes, "lanes", of: UInt32.self),
      trials: try read.column(begin.trials, "trials", of: UInt64.self),
      conditions: try read.column(begin.conditions, "conditions", of: UInt32.self))
  }
}

/// `Request` → bytes.
final class RequestEncoder {
  private let arena = Arena()

  /// Writes `request` where `place` says, given how many bytes it takes.
  func encode(_ request: Request, at place: (Int) -> UnsafeMutableRawPointer) {
    if case .step(let actions) = request.body {
      encode(step: actions, sequence: request.sequence, session: request.session, at: place)
      return
    }
    arena.reset()
    let write = FieldWriter(arena: arena)
    var message = Operant__V1__Request()
    operant__v1__request__init(&message)
    message.sequence = request.sequence
    if let session = request.session { message.session = write.token(session) }
    switch request.body {
    case .hello(let hello):
      var body = Operant__V1__Hello()
      operant__v1__hello__init(&body)
      body.major = hello.major
      body.minor = hello.minor
      body.software = write.text(hello.software)
      message.body_case = OPERANT__V1__REQUEST__BODY_HELLO
      message.hello = write.message(body)
    case .describe(let task):
      var body = Operant__V1__Describe()
      operant__v1__describe__init(&body)
      body.task = write.text(task)
      message.body_case = OPERANT__V1__REQUEST__BODY_DESCRIBE
      message.describe = write.message(body)
    case .open(let opening):
      message.body_case = OPERANT__V1__REQUEST__BODY_OPEN
      message.open = write.message(opening.message(write))
    case .begin(let beginning):
      var body = Operant__V1__Begin()
      operant__v1__begin__init(&body)
      body.lanes = write.column(beginning.lanes)
      body.trials = write.column(beginning.trials)
      body.conditions = write.column(beginning.conditions)
      message.body_case = OPERANT__V1__REQUEST__BODY_BEGIN
      message.begin = write.message(body)
    case .step: preconditionFailure("written above")
    case .close:
      var body = Operant__V1__Close()
      operant__v1__close__init(&body)
      message.body_case = OPERANT__V1__REQUEST__BODY_CLOSE
      message.close = write.message(body)
    case .status:
      var body = Operant__V1__Status()
      operant__v1__status__init(&body)
      message.body_case = OPERANT__V1__REQUEST__BODY_STATUS
      message.status = write.message(body)
    }
    pack(&message, at: place)
  }

  /// The one that is sent for every step: the actions go from where they are into the message.
  private func encode(
    step actions: Actions, sequence: UInt64, session: SessionToken?,
    at place: (Int) -> UnsafeMutableRawPointer
  ) {
    arena.reset()
    let write = FieldWriter(arena: arena)
    var body = Operant__V1__Step()
    operant__v1__step__init(&body)
    func pack() {
      var message = Operant__V1__Request()
      operant__v1__request__init(&message)
      message.sequence = sequence
      if let session { message.session = write.token(session) }
      message.body_case = OPERANT__V1__REQUEST__BODY_STEP
      message.step = write.message(body)
      self.pack(&message, at: place)
    }
    switch actions {
    case .choices(let choices):
      choices.withUnsafeBytes { bytes in
        body.choices = viewed(bytes)
        pack()
      }
    case .amounts(let amounts):
      amounts.withUnsafeBytes { bytes in
        body.amounts = viewed(bytes)
        pack()
      }
    }
  }

  private func pack(
    _ message: inout Operant__V1__Request, at place: (Int) -> UnsafeMutableRawPointer
  ) {
    let size = operant__v1__request__get_packed_size(&message)
    let bytes = place(size)
    operant__v1__request__pack(&message, bytes.assumingMemoryBound(to: UInt8.self))
  }
}
