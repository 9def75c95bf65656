import Gym

/// The protocol this package speaks. Same major numbers understand each other.
public enum ProtocolVersion {
  public static let major: UInt32 = 1
  public static let minor: UInt32 = 4
}

/// Name and version of this package, as peers are told.
public let softwareName = "operant 0.1.0"

// MARK: What an agent sends

/// A request, free of bytes and sockets.
struct Request: Equatable, Sendable {
  /// For begin, step and close: which request of the session it is, counted from 1.
  var sequence: UInt64
  /// Whose session; nil for hello, describe, open and status.
  var session: SessionToken?
  var body: Body

  enum Body: Equatable, Sendable {
    case hello(Hello)
    case describe(task: String)
    case open(Opening)
    case begin(Beginning)
    case step(Actions)
    case close
    case status
  }

  init(sequence: UInt64 = 0, session: SessionToken? = nil, _ body: Body) {
    self.sequence = sequence
    self.session = session
    self.body = body
  }
}

/// An agent that introduces itself.
struct Hello: Equatable, Sendable {
  var major = ProtocolVersion.major
  var minor = ProtocolVersion.minor
  var software = softwareName
}

/// How an agent wants a session opened. Zero and empty leave the choice to the server, where the
/// schema says so.
struct Opening: Equatable, Sendable {
  var task = ""
  var preset = ""
  var settings: [ParameterSetting] = []
  var seed: UInt64 = 0
  var firstLane: UInt64 = 0
  var laneCount: UInt32 = 1
  var timeStep: UInt32 = 0
  var restartRule = RestartRule.disabled
  var lookAhead: UInt32 = 1
  var lease: UInt32 = 0
  var key: [UInt8] = []
  /// Whether something is to be replayed. Nothing here does that yet, so it is all that is kept.
  var wantsReplay = false
  var withIdealActions = false
}

/// The trials to begin, column by column.
struct Beginning: Equatable, Sendable {
  /// Empty: every lane.
  var lanes: [UInt32] = []
  /// Empty: on each lane the one after its last.
  var trials: [UInt64] = []
  /// Empty, or `drawn` for a lane: drawn.
  var conditions: [UInt32] = []

  /// Stands in the column of conditions for a lane whose condition is to be drawn.
  static let drawn = UInt32.max
}

/// Tells sessions apart. A session belongs to whoever holds its token, over whatever connection.
struct SessionToken: Hashable, Sendable {
  static let byteCount = 16
  let words: SIMD2<UInt64>

  init(_ words: SIMD2<UInt64>) { self.words = words }

  /// A token nobody can guess.
  static func random() -> SessionToken {
    var source = SystemRandomNumberGenerator()
    return SessionToken(SIMD2(source.next(), source.next()))
  }
}

// MARK: What a server answers

/// A reply, free of bytes and sockets.
struct Reply: Sendable {
  /// The request's.
  var sequence: UInt64
  var body: Body

  enum Body: Sendable {
    case welcome(Welcome)
    case task(TaskDescription)
    case opened(Opened)
    case frame(Frame)
    case closed
    case status(ServerStatus)
    case refusal(Refusal)
  }
}

/// What a server says of itself.
public struct Welcome: Equatable, Sendable {
  public var major: UInt32
  public var minor: UInt32
  /// Name and version of the server's program.
  public var software: String
  /// The tasks on offer.
  public var tasks: [Offer]
  public var limits: Limits

  /// A task on offer.
  public struct Offer: Equatable, Sendable {
    public var name: String
    /// Other names it answers to.
    public var aliases: [String]
    /// What the subject does, in a sentence or two.
    public var summary: String
  }
}

/// What a server enforces before it allocates anything.
public struct Limits: Equatable, Sendable {
  /// The longest message it reads.
  public var messageBytes: UInt64 = 64 << 20
  public var lanesPerSession: UInt32 = 65_536
  public var sessions: UInt32 = 1024
  /// The longest name, in bytes of UTF-8.
  public var nameBytes: UInt32 = 256
  public var lookAhead: UInt32 = 4096
  /// In milliseconds.
  public var longestLease: UInt32 = 3_600_000
  /// The most observation numbers of one frame.
  public var frameNumbers: UInt64 = 16 << 20

  public init() {}

  /// Lanes of all sessions together, so that many sessions can't take what one may not.
  var lanesAltogether: Int { 16 * Int(lanesPerSession) }
  /// Observation numbers of all sessions' frames together.
  var frameNumbersAltogether: UInt64 { 4 * frameNumbers }
}

/// A session that has been opened.
struct Opened: Equatable, Sendable {
  var session: SessionToken
  /// The task under the parameters it was opened with.
  var task: TaskDescription
  /// What was asked for, with everything left open filled in.
  var options: Opening
  var observationSize: UInt32
  var stepLimit: UInt32
}

/// How a server is doing.
public struct ServerStatus: Equatable, Sendable {
  /// Name and version of the server's program.
  public var software = softwareName
  /// In milliseconds.
  public var uptime: UInt64 = 0
  public var sessions: UInt32 = 0
  public var requests: UInt64 = 0
  public var refusals: UInt64 = 0
  /// Actions judged, over all lanes of all sessions.
  public var laneSteps: UInt64 = 0
  /// Trials that have ended.
  public var trials: UInt64 = 0
  /// Whether a step was under way in some session while this was answered.
  public var isStepping = false
  /// Peers that were not let in, as far as they are counted.
  public var rejectedPeers: UInt64 = 0
  /// How long requests took; nil if the server doesn't tell.
  public var latency: Latency?

  /// How long requests took, from the moment one was received to the moment its reply was sent.
  public struct Latency: Equatable, Sendable {
    /// All of them together, in microseconds.
    public var sum: UInt64
    /// Half of them took no longer, in microseconds.
    public var median: UInt64
    /// 99 of 100 took no longer, in microseconds.
    public var slow: UInt64
  }
}

extension ServerStatus {
  init(_ counters: ServerCounters) {
    sessions = UInt32(counters.sessions.value)
    requests = counters.requests.value
    refusals = counters.refusals
    laneSteps = counters.laneSteps.value
    trials = counters.trials.value
    rejectedPeers = counters.rejectedPeers.value
    let times = counters.requestTimes
    latency = Latency(
      sum: UInt64(times.sum * 1e6), median: times.bound(of: 0.5), slow: times.bound(of: 0.99))
  }
}

/// Why a request was not met. Nothing was changed by it.
public struct Refusal: Error, Equatable, Sendable {
  public var code: Code
  /// What came, what could have come, what to do next.
  public var sentence: String
  /// Whether the same request can be met later.
  public var canRetry: Bool

  public init(_ code: Code, _ sentence: String, canRetry: Bool = false) {
    self.code = code
    self.sentence = sentence
    self.canRetry = canRetry
  }

  /// What kind of refusal it is. The raw values are those of the wire.
  public enum Code: UInt8, CaseIterable, Sendable {
    /// The bytes are not a request, or a field holds what it cannot.
    case malformed = 1
    /// The agent speaks another major version.
    case version = 2
    case unknownTask = 3
    case unknownPreset = 4
    case badSetting = 5
    /// A lane count, time step, look-ahead, lane, trial or condition that can't be.
    case outOfRange = 6
    /// No session has this token, or no longer.
    case unknownSession = 7
    /// Not the number that comes next.
    case sequence = 8
    /// A step before any trial has begun.
    case nothingBegun = 9
    case badAction = 10
    /// More than the server is willing to hold.
    case limit = 11
    /// Part of the protocol, but not of this server.
    case unsupported = 12
    /// Something broke on the server's side.
    case `internal` = 13
  }
}

extension Refusal: CustomStringConvertible {
  public var description: String { sentence }
}
