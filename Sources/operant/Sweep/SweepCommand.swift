import Console
import Foundation
import Gym
import Learning
import Runs

private let tasks = PositionalList<String>(
  "TASK", help: "tasks to train on, by name or alias; none to go on with the sweep in --folder")
private let seeds = Flag<SeedList?>(
  "seeds", "LIST", default: nil, help: "of each setting: 1..10, or 1,5,7; 1..5 if not given")
private let config = Flag<String?>(
  "config", "FILE", default: nil, help: "train as that config.json says, in the place of a TASK")
private let settings = Flag<[String]>(
  "set", "NAME=VALUE,VALUE,…", default: [],
  help: "parameters of the task and the values each takes: noise=0.5,1,fixation=250")
private let sweptBaselines = Flag<[Baseline]>(
  "baseline", "KIND,…", default: [], help: "what is subtracted from returns: " + Baseline.form)
private let units = Flag<[UnitKind]>(
  "units", "KIND,…", default: [], help: "what the networks' units are: " + UnitKind.form)
private let trialsPerUpdate = Flag<[Int]>(
  "trials-per-update", "N,…", default: [], help: "how many trials are played side by side")
private let decisionUnits = Flag<[Int]>(
  "decision-units", "N,…", default: [], help: "how many units the decision network has")
private let valueUnits = Flag<[Int]>(
  "value-units", "N,…", default: [], help: "how many units the value network has")
private let updateLimit = Flag<Int?>(
  "update-limit", "N", within: 0...1_000_000_000, help: "end each after so many updates")
private let localRule = Switch(
  "local-rule",
  help: "learn by the local rule where actions are choices, which else are learned along gradients")
private let eligibilities = Flag<[Eligibility]>(
  "eligibility", "KIND,…", default: [],
  help: "what a synapse remembers, in the local rule: " + Eligibility.form)
private let expectations = Flag<[ErrorExpectation]>(
  "expectation", "KIND,…", default: [],
  help: "what errors are held against, in the local rule: " + ErrorExpectation.form)
private let expectationTimes = Flag<[ExpectationTime]>(
  "expectation-time", "WHEN,…", default: [],
  help: "when a learned expectation is had, in the local rule: " + ExpectationTime.form)
private let learningRates = Flag<[Double]>("learning-rate", "X,…", default: [], help: "η")
private let trials = Flag<Int?>(
  "trials", "N", within: 1...1_000_000_000,
  help: "play so many trials by the local rule, learned or not")
private let folder = Flag<String?>(
  "folder", "FOLDER", default: nil,
  help: "where to keep the sweep; sweeps/ and the tasks' names if not given")
private let jobs = Flag<Int?>(
  "jobs", "N", within: 1...1024, help: "trainings at a time; as many as processors if not given")
private let slurm = Switch("slurm", help: "train nothing; write a job array for Slurm")
private let taskIndex = Flag<Int?>(
  "task-index", "I", within: 0...1_000_000, help: "do training I alone, as a job array's task does")
private let collect = Switch(
  "collect", help: "train nothing; make table and figure of what there is")

/// What decides a sweep, once and for all.
private let deciding: [any CommandFlag] =
  [seeds, config, settings] + ofGradients + [localRule] + ofLocalRule + [learningRates]
private let ofGradients: [any CommandFlag] = [
  sweptBaselines, units, updateLimit, trialsPerUpdate, decisionUnits, valueUnits,
]
private let ofLocalRule: [any CommandFlag] = [
  eligibilities, expectations, expectationTimes, trials,
]

/// `operant sweep TASK…`: trains settings × seeds.
let sweepCommand = Command(
  "sweep", summary: "Train many networks, settings × seeds, and compare them.", takes: [tasks],
  flags: deciding + [folder, jobs] + SharedFlags.servers
    + [slurm, taskIndex, collect, SharedFlags.quiet],
  example: "operant sweep rdm_fixed --seeds 1..10 --baseline valueNetwork,linear"
) { arguments in
  try naming {
    useKeys(of: arguments)
    let kept = try sweepFolder(arguments)
    if let index = arguments[taskIndex] { try becomeTraining(index, of: kept) }
    if arguments[slurm] {
      let array = SlurmArray(
        folder: kept, program: try ChildProcess.siblingProgram(named: "operant"))
      try array.write()
      print("wrote \(kept.script), a job array of \(kept.sweep.trainings.count) trainings")
      print("next: sbatch \(kept.script)")
      print("in the end: operant sweep --folder \(kept.path) --collect")
      return .success
    }
    guard !arguments[collect] else { return try tellOutcome(of: kept, failed: []) }
    StopSignal.catchAll()
    var trainings = SweepTrainings(kept)
    let isWhole = try trainings.train(
      jobCount: arguments[jobs] ?? ProcessInfo.processInfo.activeProcessorCount,
      isQuiet: arguments[SharedFlags.quiet])
    guard isWhole else {
      print(
        "stopped; what was trained is in \(kept.path)/runs; go on with: "
          + "operant sweep --folder \(kept.path)")
      return StopSignal.raised?.exitCode ?? .success
    }
    return try tellOutcome(of: kept, failed: trainings.failed)
  }
}

/// The sweep that the command line tells, or the one that is in the folder it names.
private func sweepFolder(_ arguments: Arguments) throws -> SweepFolder {
  let modes = [arguments[slurm], arguments[taskIndex] != nil, arguments[collect]]
  guard modes.count(where: { $0 }) <= 1 else {
    throw ProgramError("--slurm, --task-index and --collect are three things; ask for one", .usage)
  }
  let asked = try askedSweep(arguments)
  let path = try asked?.path ?? folderOfBegun(arguments)
  let isBegun = asked == nil || SweepFolder.isThere(at: path)
  var kept: SweepFolder
  if let asked {
    kept = isBegun ? try SweepFolder(begunAs: asked) : asked
  } else {
    kept = try SweepFolder(at: path)
  }
  let remembered = kept.servers
  try kept.servers.take(from: arguments)
  if !isBegun {
    // Servers of a job array may begin to run only when it does.
    let areThere = !arguments[slurm] || kept.servers.connect.isEmpty
    try SweepCheck(kept, asksServers: areThere).refuseWhatCannotBeTrained()
    try kept.create()
  }
  if kept.servers != remembered { try kept.writeServers() }
  return kept
}

/// The sweep that the command line tells; nil where it names neither tasks nor a file.
private func askedSweep(_ arguments: Arguments) throws -> SweepFolder? {
  var names = arguments[tasks]
  if let file = arguments[config] {
    guard names.isEmpty else {
      throw ProgramError(
        "'\(names[0])' doesn't go with --config, which decides the task already", .usage)
    }
    names = [try AnyRunConfiguration(from: file).alias]
  }
  guard !names.isEmpty else { return nil }
  guard Set(names).count == names.count else {
    throw ProgramError("a task is named twice; name it once", .usage)
  }
  if arguments[localRule], let flag = ofGradients.first(where: { arguments.isGiven($0) }) {
    throw ProgramError(
      "--\(flag.name) is for networks that learn along gradients, and --local-rule lets them learn by "
        + "the local rule; leave one of them out", .usage)
  }
  func factor<Value: ArgumentValue>(_ flag: Flag<[Value]>) -> [[SweepFlag]] {
    let values = arguments[flag].map { SweepFlag(name: flag.name, value: $0.argument) }
    return values.isEmpty ? [] : [values]
  }
  func factor(_ flag: Flag<Int?>) -> [[SweepFlag]] {
    arguments[flag].map { [[SweepFlag(name: flag.name, value: "\($0)")]] } ?? []
  }
  var factors = try Sweep.factors(inSet: arguments[settings])
  if arguments[localRule] { factors.append([SweepFlag(name: localRule.name)]) }
  factors += factor(sweptBaselines) + factor(units) + factor(learningRates)
  factors += factor(eligibilities) + factor(expectations) + factor(expectationTimes)
  factors += factor(trialsPerUpdate) + factor(decisionUnits) + factor(valueUnits)
  factors += factor(updateLimit) + factor(trials)
  guard factors.allSatisfy({ Set($0).count == $0.count }) else {
    throw ProgramError("a value is given twice; give it once", .usage)
  }
  let sweep = Sweep(
    tasks: names, factors: factors, seeds: arguments[seeds]?.seeds ?? Array(1...5))
  guard sweep.trainings.count <= 1_000_000 else {
    throw ProgramError(
      "these are \(sweep.trainings.count) trainings; a sweep has a million at most", .usage)
  }
  return SweepFolder(
    at: arguments[folder] ?? "sweeps/" + names.joined(separator: "-"), for: sweep,
    config: arguments[config])
}

/// The folder of a sweep that is decided, which the command line is not to decide anew.
private func folderOfBegun(_ arguments: Arguments) throws -> String {
  guard let path = arguments[folder] else {
    throw ProgramError(
      "name tasks to train on, such as rdm_fixed, or the folder of a sweep by --folder", .usage)
  }
  if let other = deciding.first(where: { arguments.isGiven($0) }) {
    throw ProgramError(
      "--\(other.name) doesn't go with a sweep that is decided; name tasks to begin another", .usage
    )
  }
  let trainsNothingHere = arguments[collect] ? collect.name : taskIndex.name
  if arguments[collect] || arguments[taskIndex] != nil,
    let flag = SharedFlags.servers.first(where: { arguments.isGiven($0) })
  {
    throw ProgramError(
      "--\(flag.name) doesn't go with --\(trainsNothingHere); the folder remembers servers: give it when "
        + "the sweep is begun or gone on with, or with --slurm", .usage)
  }
  return path
}

/// Turns this process into that training, so that signals and the exit code are its own.
private func becomeTraining(_ index: Int, of kept: SweepFolder) throws -> Never {
  let trainings = kept.sweep.trainings
  guard trainings.indices.contains(index) else {
    throw ProgramError(
      "the sweep has trainings 0 to \(trainings.count - 1), and --task-index is \(index)", .usage)
  }
  let program = try ChildProcess.siblingProgram(named: "operant")
  let words = [program] + kept.pooled(trainings[index]).arguments
  let copies = words.map { strdup($0) } + [nil]
  execv(program, copies)
  throw ProgramError(
    "can't start '\(program)': " + String(cString: strerror(errno)).lowercased(), .unavailable)
}

/// Writes tables, prints one, and has curves drawn.
private func tellOutcome(of kept: SweepFolder, failed: [String]) throws -> ExitCode {
  let summary = try SweepSummary(of: kept)
  try summary.write()
  for line in summary.lines { print(line) }
  if summary.unfinished > 0 {
    print(
      "\(summary.unfinished) of \(kept.sweep.trainings.count) trainings have not come to their end; "
        + "go on with: operant sweep --folder \(kept.path)")
  }
  print("tables are \(kept.table) and \(kept.curves)")
  fflush(nil)
  drawFigures("operant.figures.sweep", of: kept.path)
  guard failed.isEmpty else {
    throw ProgramError("these failed: " + failed.joined(separator: ", "), .software)
  }
  return .success
}
