import Console
import Foundation
import Gym
import Learning
import Runs

/// Where figures are made: a folder, servers, and the subjects that were trained.
final class Laboratory {
  let folder: String
  let seedCount: Int
  let servers: TaskServers
  private let trainings: ReproductionTrainings
  private let isQuiet: Bool
  private var examined: [String: TestTrials] = [:]

  /// Test trials have this seed, as in the reference program.
  static let testSeed: UInt64 = 1

  init(
    folder: String, seedCount: Int, servers: TaskServers, trainings: ReproductionTrainings,
    isQuiet: Bool
  ) {
    self.folder = folder
    self.seedCount = seedCount
    self.servers = servers
    self.trainings = trainings
    self.isQuiet = isQuiet
  }

  /// The trainings that have come to their end.
  var records: [TrainingRecord] { trainings.ledger.records }

  func run(of plan: TrainingPlan) throws -> RunFolder {
    try RunFolder.open(at: trainings.runPath(of: plan))
  }

  func subject(_ plan: TrainingPlan) throws -> TrainedSubject {
    try TrainedSubject(in: run(of: plan), servers: servers)
  }

  /// Plays test trials with a subject; a second figure that asks for the same ones has them at once.
  func examine(
    _ plan: TrainingPlan, settings: [ParameterSetting] = [], trialsPerCondition: Int
  ) throws -> TestTrials {
    let key = "\(plan.name) \(settings) \(trialsPerCondition)"
    if let trials = examined[key] { return trials }
    var (examination, trials, display) = try begin(
      plan, settings: settings, trialsPerCondition: trialsPerCondition)
    defer { display.erase() }
    let isWhole = try examination.play { round, played in
      trials.append(played)
      display.show(round: round)
      return !StopSignal.wasRaised
    }
    guard isWhole else { throw Stopped() }
    examined[key] = trials
    return trials
  }

  /// Plays test trials with a subject, and hands over what its units did, trial by trial.
  func record(
    _ plan: TrainingPlan, settings: [ParameterSetting] = [], trialsPerCondition: Int,
    _ each: (TestTrial, TrialActivity) throws -> Void
  ) throws -> TestTrials {
    var (examination, trials, display) = try begin(
      plan, settings: settings, trialsPerCondition: trialsPerCondition)
    defer { display.erase() }
    let isWhole = try examination.record { round, played, activity in
      for (trial, activity) in zip(trials.append(played), activity) { try each(trial, activity) }
      display.show(round: round)
      return !StopSignal.wasRaised
    }
    guard isWhole else { throw Stopped() }
    return trials
  }

  private func begin(
    _ plan: TrainingPlan, settings: [ParameterSetting], trialsPerCondition: Int
  ) throws -> (Examination, TestTrials, ExaminationDisplay) {
    let examination = try Examination(
      of: subject(plan), at: servers, settings: settings, seed: Self.testSeed,
      trialsPerCondition: trialsPerCondition)
    return (
      examination, TestTrials(examination.task, timeStep: examination.timeStep),
      ExaminationDisplay(examination, isQuiet: isQuiet)
    )
  }

  // MARK: By the local rule

  func localSubject(_ plan: TrainingPlan) throws -> LocalSubject {
    try LocalSubject(in: run(of: plan), servers: servers)
  }

  /// Plays test trials with a network that learned by the local rule, and hands them over one by one.
  ///
  /// - Parameter preset: the conditions and times of the test; those of the training if nil.
  func test(
    _ subject: LocalSubject, preset: String? = nil, trialsPerCondition: Int,
    _ each: (HebbianTest) throws -> Void
  ) throws {
    let examination = try LocalExamination(
      of: subject, at: servers, preset: preset, seed: Self.testSeed,
      trialsPerCondition: trialsPerCondition)
    var display = ExaminationDisplay(
      subject.configuration.alias, rounds: examination.trialCount, isQuiet: isQuiet)
    defer { display.erase() }
    let isWhole = try examination.play { number, trial in
      try each(trial)
      display.show(round: number)
      return !StopSignal.wasRaised
    }
    guard isWhole else { throw Stopped() }
  }

  /// Writes `tables/NAME.csv`.
  func write(_ table: CSVTable, as name: String) throws {
    try table.write(to: "\(folder)/tables/\(name).csv")
  }
}

/// A signal came while figures were made.
struct Stopped: Error {}
