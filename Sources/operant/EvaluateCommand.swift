import Console
import Gym
import Learning
import Runs

private let run = Positional<String>("RUN", help: "the folder of a run")
private let seed = Flag<UInt64>("seed", "N", default: 1, help: "decides the test trials")
private let trialsPerCondition = Flag<Int>(
  "trials-per-condition", "N", default: 1000, within: 1...1_000_000,
  help: "how often each condition is played")
private let record = Switch(
  "record", help: "also write what the units of both networks did, as recording.nwb")

/// `operant evaluate RUN`: plays a balanced set of conditions with a run's best network.
let evaluateCommand = Command(
  "evaluate", summary: "Play every condition equally often with a run's best network.",
  takes: [run],
  flags: [seed, trialsPerCondition, record] + SharedFlags.servers + [SharedFlags.quiet],
  example: "operant evaluate runs/rdm_fixed-s97"
) { arguments in
  StopSignal.catchAll()
  return try naming {
    let folder = try RunFolder.open(at: arguments[run])
    let servers = try TaskServers(of: arguments)
    defer { servers.close() }
    guard try !folder.isOfLocalRule else {
      if arguments[record] {
        throw ProgramError(
          "--record is for decision and value networks, and the run in '\(folder.path)' is of a "
            + "network that learned by the local rule; leave it out", .usage)
      }
      return try evaluateLocally(
        folder, servers, seed: arguments[seed], isQuiet: arguments[SharedFlags.quiet],
        trialsPerCondition: arguments[trialsPerCondition])
    }
    let examination = try Examination(
      of: TrainedSubject(in: folder, servers: servers), at: servers, seed: arguments[seed],
      trialsPerCondition: arguments[trialsPerCondition])
    var display = ExaminationDisplay(examination, isQuiet: arguments[SharedFlags.quiet])
    var trials = EvaluatedTrials(examination.task, timeStep: examination.timeStep)
    var recording: RunRecording?
    if arguments[record] { recording = try RunRecording(of: examination, in: folder) }
    func note(_ round: Int, _ played: PlayedTrials, _ activity: [TrialActivity]) throws -> Bool {
      let rows = trials.append(played, round: round)
      try recording?.append(played, activity, rows: rows)
      display.show(round: round)
      return !StopSignal.wasRaised
    }
    let isWhole =
      try recording == nil
      ? examination.play { try note($0, $1, []) } : examination.record(note)
    display.erase()
    guard isWhole else { return stoppedBeforeWriting() }
    try trials.table.write(to: folder.trials)
    print(trials.summary, terminator: "")
    print("wrote \(folder.trials)")
    if let recording {
      try recording.close()
      print("wrote \(recording.path)")
    }
    print("next: python -m operant.figures \(folder.path)")
    return .success
  }
}

/// The same for a network that learned by the local rule.
private func evaluateLocally(
  _ folder: RunFolder, _ servers: TaskServers, seed: UInt64, isQuiet: Bool,
  trialsPerCondition: Int
) throws -> ExitCode {
  let examination = try LocalExamination(
    of: LocalSubject(in: folder, servers: servers), at: servers, seed: seed,
    trialsPerCondition: trialsPerCondition)
  var display = ExaminationDisplay(
    examination.subject.configuration.alias, rounds: examination.trialCount, isQuiet: isQuiet)
  var trials = LocallyEvaluatedTrials(examination)
  let isWhole = try examination.play { number, trial in
    trials.append(trial, number: number)
    display.show(round: number)
    return !StopSignal.wasRaised
  }
  display.erase()
  guard isWhole else { return stoppedBeforeWriting() }
  try trials.table.write(to: folder.trials)
  print(trials.summary, terminator: "")
  print("wrote \(folder.trials)")
  print("next: python -m operant.figures \(folder.path)")
  return .success
}

/// How far an examination is.
struct ExaminationDisplay {
  private let isQuiet: Bool
  private let laneCount: Int
  private let roundCount: Int
  private let start = secondsOfUptime()
  private var bar: ProgressBar

  init(_ examination: Examination, isQuiet: Bool) {
    self.init(
      examination.subject.configuration.alias, rounds: examination.roundCount,
      of: examination.laneCount, isQuiet: isQuiet)
  }

  /// - Parameter laneCount: trials of a round.
  init(_ title: String, rounds roundCount: Int, of laneCount: Int = 1, isQuiet: Bool) {
    self.isQuiet = isQuiet
    self.laneCount = laneCount
    self.roundCount = roundCount
    bar = ProgressBar(title)
  }

  /// Draws that a round is over.
  mutating func show(round: Int) {
    guard !isQuiet else { return }
    let done = (round + 1) * laneCount
    let rate = Double(done) / max(1e-9, secondsOfUptime() - start)
    let (laneCount, roundCount) = (laneCount, roundCount)
    bar.show(
      .init(
        fraction: Double(round + 1) / Double(roundCount),
        fields: [
          "trials \(Figures.grouped(done))", "\(Figures.grouped(Int(rate))) trials/s",
          "left \(Figures.duration(Double((roundCount - round - 1) * laneCount) / rate))",
        ]))
  }

  mutating func erase() { bar.erase() }
}
