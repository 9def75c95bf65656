import Console
import Gym
import Wire

/// Looks whether every setting of a sweep can be trained, before anything is written: what `operant train`
/// or a server would refuse is refused with the same sentence.
struct SweepCheck {
  private let folder: SweepFolder
  private let asksServers: Bool

  /// - Parameter asksServers: whether servers are there already, and can be asked.
  init(_ folder: SweepFolder, asksServers: Bool) {
    (self.folder, self.asksServers) = (folder, asksServers)
  }

  /// - Throws: `ProgramError` for flags that the task of a setting has no use for or values it can't take;
  ///   `RemoteError` if there is no server, or it knows no such task or parameter.
  func refuseWhatCannotBeTrained() throws {
    guard let seed = folder.sweep.seeds.first else { return }
    let servers = asksServers ? try TaskServers(folder.servers.connect) : nil
    defer { servers?.close() }
    for setting in folder.sweep.settings {
      let training = SweepTraining(setting: setting, seed: seed)
      let words = folder.pooled(training).beginning
      guard case .run(let arguments) = try operantProgram.parse(words) else {
        throw ProgramError("'\(setting.task)' is no task; 'operant tasks' lists them", .usage)
      }
      if let servers { try open(resolveConfiguration(arguments, servers), at: servers) }
    }
  }

  private func open(_ configuration: AnyRunConfiguration, at servers: TaskServers) throws {
    switch configuration {
    case .gradients(let configuration):
      try open(configuration, at: servers) { try configuration.training.check(for: $0) }
    case .localRule(let configuration):
      try open(configuration, at: servers) { try configuration.training.check(for: $0) }
    }
  }

  /// Opens the environment of a single lane, which takes or refuses its settings, and closes it again.
  private func open<Training>(
    _ configuration: Configuration<Training>, at servers: TaskServers,
    _ check: (TaskDescription) throws -> Void
  ) throws {
    let environment = try servers.open(
      configuration.task, preset: configuration.preset, settings: configuration.parameterSettings,
      options: EnvironmentOptions(
        seed: configuration.seed, timeStep: configuration.timeStep, restartRule: .disabled))
    defer { environment.close() }
    try check(environment.specification.task)
  }
}
