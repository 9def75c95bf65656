/// What holds for a whole recording: whose it is, how time runs, and what its columns are called.
///
/// Nothing in it, and nothing in the file, is taken from a clock: recordings of equal runs are equal.
public struct RecordingDescription: Sendable {
  /// Tells this recording from all others; the same for a recording of the same.
  public var identifier: String
  /// What was done in this session, in a sentence.
  public var session: String
  /// What the subject does in the task, in a sentence or two.
  public var experiment: String
  /// What one would search for.
  public var keywords: [String]
  public var subject: Subject
  public var software: Software

  /// Δt, from one step of a trial to the next.
  public var timeStepMilliseconds: Int

  /// The channel of each input.
  public var channels: [String]
  /// The name of each action.
  public var actions: [String]
  /// The label of each unit of the decision network.
  public var decisionUnits: [String]
  /// The label of each unit of the value network. None where the baseline has no units: a linear one,
  /// a constant.
  public var valueUnits: [String]
  /// Whether there is a baseline at all.
  public var hasValues: Bool

  /// What is told of each trial, besides when it was.
  public var trialColumns: [TrialColumn]

  public init(
    identifier: String, session: String, experiment: String, keywords: [String],
    subject: Subject, software: Software, timeStepMilliseconds: Int, channels: [String],
    actions: [String], decisionUnits: [String], valueUnits: [String], hasValues: Bool = true,
    trialColumns: [TrialColumn]
  ) {
    self.identifier = identifier
    self.session = session
    self.experiment = experiment
    self.keywords = keywords
    self.subject = subject
    self.software = software
    self.timeStepMilliseconds = timeStepMilliseconds
    self.channels = channels
    self.actions = actions
    self.decisionUnits = decisionUnits
    self.valueUnits = valueUnits
    self.hasValues = hasValues
    self.trialColumns = trialColumns
  }

  /// Whose activity it is.
  public struct Subject: Sendable {
    /// Tells it from other subjects; without a slash, which archives of recordings don't take.
    public var id: String
    public var description: String

    public init(id: String, description: String) {
      self.id = id
      self.description = description
    }
  }

  /// What made the recording.
  public struct Software: Sendable {
    public var name: String
    public var version: String

    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// Traps where no file could be made of it.
  func check() {
    precondition(timeStepMilliseconds > 0, "a step takes longer than \(timeStepMilliseconds) ms")
    precondition(!decisionUnits.isEmpty, "a recording has at least one unit")
    precondition(!channels.isEmpty && !actions.isEmpty, "a task has inputs and actions")
    precondition(!subject.id.contains("/"), "the subject's id '\(subject.id)' has a slash in it")
    var taken = TrialColumn.reserved
    for column in trialColumns {
      precondition(
        !column.name.isEmpty && !column.name.contains("/"),
        "'\(column.name)' can't be a column's name; it needs one without slashes")
      precondition(
        taken.insert(column.name).inserted, "two columns of trials are called '\(column.name)'")
    }
  }
}

/// A column of the table of trials.
public struct TrialColumn: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Empty where there is nothing to tell.
    case text
    case integer
    /// NaN where there is nothing to tell.
    case number
    case boolean
  }

  public var name: String
  public var kind: Kind
  /// What it says, in a sentence, with its unit if it has one.
  public var meaning: String

  public init(_ name: String, _ kind: Kind, meaning: String) {
    self.name = name
    self.kind = kind
    self.meaning = meaning
  }

  /// What the file has of its own accord, and what NWB has other plans for.
  public static let reserved: Set<String> = [
    "id", "start_time", "stop_time", "first_step", "step_count", "tags", "tags_index", "timeseries",
    "timeseries_index",
  ]
}
