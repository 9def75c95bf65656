import Analysis
import Console
import Gym
import Learning
import Runs

private let run = Positional<String>("RUN", help: "the folder of a run")
private let time = Flag<Int?>(
  "at", "MS", within: 0...1_000_000,
  help: "hold what was shown then, on average over trials; the mean of whole trials if not given")
private let inputs = Flag<[String]>(
  "input", "CHANNEL=VALUE,…", default: [], help: "hold a channel at that value instead")
private let startCount = Flag<Int>(
  "starts", "N", default: 100, within: 1...100_000, help: "places to search from")
private let trialsPerCondition = Flag<Int>(
  "trials-per-condition", "N", default: 4, within: 1...1000,
  help: "test trials, from whose states the search starts")
private let seed = Flag<UInt64>(
  "seed", "N", default: 1, help: "decides the test trials, and the starts")

/// `operant fixed-points RUN`: finds where a trained network's states stay, or all but stay.
let fixedPointsCommand = Command(
  "fixed-points", summary: "Find where a trained network's states stay, or all but stay.",
  takes: [run],
  flags: [time, inputs, startCount, trialsPerCondition, seed] + SharedFlags.servers
    + [SharedFlags.quiet],
  example: "operant fixed-points runs/dnms-s1 --at 300"
) { arguments in
  StopSignal.catchAll()
  return try naming {
    let folder = try RunFolder.open(at: arguments[run])
    let servers = try TaskServers(of: arguments)
    defer { servers.close() }
    let isQuiet = arguments[SharedFlags.quiet]
    let visited =
      try folder.isOfLocalRule
      ? VisitedStates(
        of: LocalSubject(in: folder, servers: servers), at: servers, seed: arguments[seed],
        trialsPerCondition: arguments[trialsPerCondition], isQuiet: isQuiet)
      : VisitedStates(
        of: TrainedSubject(in: folder, servers: servers), at: servers, seed: arguments[seed],
        trialsPerCondition: arguments[trialsPerCondition], isQuiet: isQuiet)
    guard let visited else { return stoppedBeforeWriting() }
    let input = try visited.input(at: arguments[time], changedBy: arguments[inputs])
    let search = visited.search(
      heldAt: input, startCount: arguments[startCount], seed: arguments[seed], isQuiet: isQuiet)
    guard let search else { return stoppedBeforeWriting() }
    try visited.pathTable.write(to: folder.path + "/fixed-points-paths.csv")
    try search.table.write(to: folder.path + "/fixed-points.csv")
    print(search.summary, terminator: "")
    print("wrote \(folder.path)/fixed-points.csv and fixed-points-paths.csv")
    print("next: python -m operant.figures.fixed_points \(folder.path)")
    return .success
  }
}

/// Where a network went in test trials, and how it moves by itself.
private struct VisitedStates {
  let task: TaskDescription
  let timeStep: Milliseconds
  /// τ, in milliseconds.
  let timeConstant: Double
  /// At an input that is held, with what guides a search there.
  let makeDynamics: (_ input: [Double]) -> (any FixedPointDynamics, guide: VelocityField?)
  let unitCount: Int
  /// Of each trial, [step × input] and [step × unit].
  private(set) var trials: [(condition: Int, inputs: [Float], rates: [Float])] = []
  private(set) var projection: TrajectoryProjection?

  private var inputCount: Int { task.observationSize }

  /// Nil if a signal came.
  init?(
    of subject: TrainedSubject, at servers: TaskServers, seed: UInt64, trialsPerCondition: Int,
    isQuiet: Bool
  ) throws {
    let examination = try Examination(
      of: subject, at: servers, seed: seed, trialsPerCondition: trialsPerCondition)
    (task, timeStep) = (examination.task, examination.timeStep)
    timeConstant = subject.configuration.training.unitTimeConstant
    unitCount = subject.decision.shape.units
    let parameters = subject.decision.parameters
    makeDynamics = { input in
      let dynamics = GatedDynamics(parameters, input: input)
      return (dynamics, dynamics.atFullSpeed.field)
    }
    var display = ExaminationDisplay(examination, isQuiet: isQuiet)
    var played: [(condition: Int, inputs: [Float], rates: [Float])] = []
    let isWhole = try examination.record { round, trials, activity in
      for (trial, activity) in zip(
        trials.endedTrials.sorted { $0.lane < $1.lane }, activity)
      {
        played.append((trial.condition, activity.inputs, activity.decisionRates))
      }
      display.show(round: round)
      return !StopSignal.wasRaised
    }
    display.erase()
    guard isWhole else { return nil }
    take(played)
  }

  /// Nil if a signal came.
  init?(
    of subject: LocalSubject, at servers: TaskServers, seed: UInt64, trialsPerCondition: Int,
    isQuiet: Bool
  ) throws {
    let examination = try LocalExamination(
      of: subject, at: servers, seed: seed, trialsPerCondition: trialsPerCondition)
    (task, timeStep) = (examination.task, subject.configuration.timeStep)
    let (rule, network) = (subject.configuration.training.rule, subject.state.network)
    timeConstant = rule.unitTimeConstant
    unitCount = rule.units
    let held = Dictionary(
      rule.heldUnits.map { ($0.unit, Double($0.current)) }, uniquingKeysWith: { $1 })
    let (response, rectified) = (rule.response, rule.rectifiedUnits)
    makeDynamics = { input in
      (
        RateDynamics(
          recurrent: network.recurrent, inputWeights: network.input, input: input,
          response: response, held: held, rectifiedUnits: rectified), nil
      )
    }
    var display = ExaminationDisplay(
      subject.configuration.alias, rounds: examination.trialCount, isQuiet: isQuiet)
    var played: [(condition: Int, inputs: [Float], rates: [Float])] = []
    let isWhole = try examination.play { number, trial in
      played.append((trial.condition, trial.inputs, trial.rates))
      display.show(round: number)
      return !StopSignal.wasRaised
    }
    display.erase()
    guard isWhole else { return nil }
    take(played)
  }

  private mutating func take(_ played: [(condition: Int, inputs: [Float], rates: [Float])]) {
    trials = played
    projection = TrajectoryProjection(
      of: played.map(\.rates), unitCount: unitCount, axisCount: min(3, unitCount))
  }

  // MARK: What is held

  /// u: the mean of what was shown, with some channels changed.
  func input(at time: Milliseconds?, changedBy settings: [String]) throws -> [Double] {
    var (sums, count) = ([Double](repeating: 0, count: inputCount), 0.0)
    for trial in trials {
      let steps = trial.inputs.count / inputCount
      for step in 0..<steps where time.map({ $0 / timeStep == step }) ?? true {
        for channel in 0..<inputCount {
          sums[channel] += Double(trial.inputs[step * inputCount + channel])
        }
        count += 1
      }
    }
    guard count > 0 else {
      throw ProgramError(
        "no test trial lasts until \(time ?? 0) ms; give --at an earlier time", .usage)
    }
    var input = sums.map { $0 / count }
    for setting in settings {
      let halves = setting.split(separator: "=", maxSplits: 1).map(String.init)
      guard halves.count == 2, let value = Double(argument: halves[1]) else {
        throw ProgramError("--input takes CHANNEL=VALUE, got '\(setting)'", .usage)
      }
      var place = 0
      guard
        let channel = task.channels.first(where: { channel in
          if channel.name != halves[0] { place += channel.width }
          return channel.name == halves[0]
        })
      else {
        throw ProgramError(
          "\(task.name) has no channel '\(halves[0])'"
            + suggestion(for: halves[0], among: task.channels.map(\.name), else: "there are"),
          .usage)
      }
      for offset in 0..<channel.width { input[place + offset] = value }
    }
    return input
  }

  // MARK: Search

  /// Nil if a signal came.
  func search(
    heldAt input: [Double], startCount: Int, seed: UInt64, isQuiet: Bool
  ) -> FoundPoints? {
    let (dynamics, guide) = makeDynamics(input)
    // A hundred places of each trial are plenty to draw from.
    let states = trials.flatMap { trial -> [[Double]] in
      let steps = trial.rates.count / unitCount
      return stride(from: 0, to: steps, by: max(1, steps / 100)).map { step in
        dynamics.currents(
          of: trial.rates[(step * unitCount)..<((step + 1) * unitCount)].map { Double($0) })
      }
    }
    let starts = drawStarts(along: states, count: startCount, deviation: 0.1, seed: seed)
    if StopSignal.wasRaised { return nil }
    if !isQuiet {
      writeToStandardError(
        "searching from \(Figures.grouped(startCount)) places of a state of \(unitCount) currents\n"
      )
    }
    let found = FixedPoints(of: dynamics.field, guidedBy: guide, from: starts)
    return StopSignal.wasRaised ? nil : FoundPoints(found, in: self, dynamics)
  }

  /// Rates of a state along the principal components.
  func position(of state: [Double], _ dynamics: any FixedPointDynamics) -> [Double] {
    projection?.positions(of: dynamics.rates(of: state).map { Float($0) }).first ?? []
  }

  /// A direction of currents at a state, as rates follow it.
  func direction(
    of direction: [Double], at state: [Double], _ dynamics: any FixedPointDynamics
  ) -> [Double] {
    // Long beside the rounding of single precision, and short beside how rates bend.
    let little = 1e-2
    let moved = zip(state, direction).map { $0 + little * $1 }
    return zip(position(of: moved, dynamics), position(of: state, dynamics)).map {
      ($0 - $1) / little
    }
  }

  /// The mean way of each condition along the components; a step counts while half its trials last.
  var pathTable: CSVTable {
    var table = CSVTable(columns: ["condition", "time", "x", "y", "z"])
    for (condition, members) in Dictionary(grouping: trials, by: \.condition).sorted(by: {
      $0.key < $1.key
    }) {
      let ways = members.compactMap { projection?.positions(of: $0.rates) }
      let longest = ways.map(\.count).max() ?? 0
      for step in 0..<longest {
        let there = ways.filter { $0.count > step }.map { $0[step] }
        guard 2 * there.count >= ways.count else { break }
        let means = (0..<3).map { axis in
          axis < there[0].count
            ? there.reduce(0) { $0 + $1[axis] } / Double(there.count) : 0
        }
        table.append(
          [.integer(condition), .double(Double(step * timeStep) / 1000)]
            + means.map { .single(Float($0)) })
      }
    }
    return table
  }
}

/// What a search has found, as a table and in words.
private struct FoundPoints {
  private(set) var table: CSVTable
  private(set) var summary: String

  init(
    _ found: FixedPoints, in visited: VisitedStates, _ dynamics: any FixedPointDynamics
  ) {
    table = CSVTable(columns: [
      "point", "kind", "q", "starts", "growing", "time_constant", "x", "y", "z", "slow_x",
      "slow_y", "slow_z",
    ])
    var lines: [String] = []
    for (place, point) in found.points.enumerated() {
      let slowest = point.modes.max { abs($0.timeConstant) < abs($1.timeConstant) }
      let seconds = slowest.map { $0.timeConstant * visited.timeConstant / 1000 } ?? .nan
      let growing = point.growingModes().count
      let position = visited.position(of: point.state, dynamics)
      let slow =
        slowest.map { visited.direction(of: $0.direction.real, at: point.state, dynamics) } ?? []
      func coordinates(_ values: [Double]) -> [CSV.Value] {
        (0..<3).map { .single(Float($0 < values.count ? values[$0] : 0)) }
      }
      let kind = point.kind == .fixed ? "fixed" : "slow"
      table.append(
        [
          .integer(place), .text(kind), .double(point.slowness), .integer(point.startCount),
          .integer(growing), .double(seconds),
        ] + coordinates(position) + coordinates(slow))
      guard place < 10 else { continue }
      let growth = growing == 0 ? "stable" : growing == 1 ? "1 mode grows" : "\(growing) modes grow"
      lines.append(
        "  \(kind) point, from \(point.startCount) starts: \(growth); "
          + "slowest mode \(number(seconds, digits: 3)) s\n")
    }
    let fixed = found.points.count { $0.kind == .fixed }
    let more = found.points.count > 10 ? "  and \(found.points.count - 10) more\n" : ""
    summary =
      "\(fixed) fixed and \(found.points.count - fixed) slow points; "
      + "\(found.lostStartCount) starts came to neither\n" + lines.joined() + more
  }
}

extension FixedPointDynamics {
  /// The same as analyses take it.
  fileprivate var field: VelocityField {
    VelocityField(dimension: unitCount, jacobian: jacobian, velocity: velocity)
  }
}
