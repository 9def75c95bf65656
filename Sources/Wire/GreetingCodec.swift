import CGymProto
import CProtobufC
import Gym

// The replies that are neither frames nor tasks, both ways.

/// Bounds on what an agent believes of a server.
private enum Most {
  static let nameBytes = 4096
  static let textBytes = 65_536
  static let entries = 65_536
}

extension Welcome {
  init(_ message: Operant__V1__Welcome, _ read: FieldReader) throws(Refusal) {
    guard let limits = message.limits?.pointee else {
      throw Refusal(.malformed, "'welcome.limits' is missing")
    }
    self.init(
      major: message.major, minor: message.minor,
      software: try read.text(message.software, "welcome.software", atMost: Most.nameBytes),
      tasks: try read.list(message.tasks, message.n_tasks, "welcome.tasks", atMost: Most.entries) {
        entry throws(Refusal) -> Offer in
        Offer(
          name: try read.text(entry.name, "tasks.name", atMost: Most.nameBytes),
          aliases: try read.texts(
            entry.aliases, entry.n_aliases, "tasks.aliases", atMost: Most.entries,
            bytes: Most.nameBytes),
          summary: try read.text(entry.summary, "tasks.summary", atMost: Most.textBytes))
      },
      limits: Limits(limits))
  }

  func message(_ write: FieldWriter) -> Operant__V1__Welcome {
    var message = Operant__V1__Welcome()
    operant__v1__welcome__init(&message)
    message.major = major
    message.minor = minor
    message.software = write.text(software)
    message.n_tasks = tasks.count
    message.tasks = write.list(tasks) { offer in
      var message = Operant__V1__CatalogueEntry()
      operant__v1__catalogue_entry__init(&message)
      message.name = write.text(offer.name)
      message.n_aliases = offer.aliases.count
      message.aliases = write.texts(offer.aliases)
      message.summary = write.text(offer.summary)
      return message
    }
    message.limits = write.message(limits.message())
    return message
  }
}

extension Limits {
  fileprivate init(_ message: Operant__V1__Limits) {
    self.init()
    messageBytes = message.message_bytes
    lanesPerSession = message.lanes_per_session
    sessions = message.sessions
    nameBytes = message.name_bytes
    lookAhead = message.look_ahead
    longestLease = message.longest_lease_ms
    frameNumbers = message.frame_numbers
  }

  fileprivate func message() -> Operant__V1__Limits {
    var message = Operant__V1__Limits()
    operant__v1__limits__init(&message)
    message.message_bytes = messageBytes
    message.lanes_per_session = lanesPerSession
    message.sessions = sessions
    message.name_bytes = nameBytes
    message.look_ahead = lookAhead
    message.longest_lease_ms = longestLease
    message.frame_numbers = frameNumbers
    return message
  }
}

extension Opened {
  init(_ message: Operant__V1__Opened, _ read: FieldReader) throws(Refusal) {
    guard let session = try read.token(message.session), let task = message.task?.pointee,
      let options = message.options?.pointee
    else { throw Refusal(.malformed, "'opened' lacks its session, its task or its options") }
    self.init(
      session: session, task: try TaskDescription(task, read),
      options: try Opening(options, read, names: Most.nameBytes),
      observationSize: message.observation_size, stepLimit: message.step_limit)
  }

  func message(_ write: FieldWriter) -> Operant__V1__Opened {
    var message = Operant__V1__Opened()
    operant__v1__opened__init(&message)
    message.session = write.token(session)
    message.task = write.message(task.message(write))
    message.options = write.message(options.message(write))
    message.observation_size = observationSize
    message.step_limit = stepLimit
    return message
  }
}

extension ServerStatus {
  init(_ message: Operant__V1__ServerStatus, _ read: FieldReader) throws(Refusal) {
    self.init(
      software: try read.text(message.software, "status.software", atMost: Most.nameBytes),
      uptime: message.uptime_ms, sessions: message.sessions, requests: message.requests,
      refusals: message.refusals, laneSteps: message.lane_steps, trials: message.trials,
      isStepping: message.is_stepping != 0,
      rejectedPeers: message.rejected_peers,
      latency: message.latency.map {
        Latency(
          sum: $0.pointee.sum_us, median: $0.pointee.median_us, slow: $0.pointee.slow_us)
      })
  }

  func message(_ write: FieldWriter) -> Operant__V1__ServerStatus {
    var message = Operant__V1__ServerStatus()
    operant__v1__server_status__init(&message)
    message.software = write.text(software)
    message.uptime_ms = uptime
    message.sessions = sessions
    message.requests = requests
    message.refusals = refusals
    message.lane_steps = laneSteps
    message.trials = trials
    message.is_stepping = isStepping ? 1 : 0
    message.rejected_peers = rejectedPeers
    if let latency {
      var part = Operant__V1__Latency()
      operant__v1__latency__init(&part)
      part.sum_us = latency.sum
      part.median_us = latency.median
      part.slow_us = latency.slow
      message.latency = write.message(part)
    }
    return message
  }
}

extension Refusal {
  init(_ message: Operant__V1__Refusal, _ read: FieldReader) throws(Refusal) {
    // A newer server may have codes we don't know; the sentence says it all the same.
    self.init(
      UInt8(exactly: message.code.rawValue).flatMap(Code.init) ?? .internal,
      try read.text(message.sentence, "refusal.sentence", atMost: Most.textBytes),
      canRetry: message.can_retry != 0)
  }

  func message(_ write: FieldWriter) -> Operant__V1__Refusal {
    var message = Operant__V1__Refusal()
    operant__v1__refusal__init(&message)
    message.code = Operant__V1__Code(rawValue: .init(code.rawValue))
    message.sentence = write.text(sentence)
    message.can_retry = canRetry ? 1 : 0
    return message
  }
}
