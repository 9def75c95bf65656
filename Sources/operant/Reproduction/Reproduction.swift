import Console
import Foundation
import Gym
import Runs

/// Makes figures of a paper again: trains, examines, tells what was found, and has them drawn.
///
///     reproductions/song2017/
///       runs/           a run for each network
///       trainings.csv   how each training ended, and how long it took
///       tables/         what the figures are drawn from
///       findings/       what the paper says, held against what came out
///       figures/
struct Reproduction {
  private let paper: Paper
  private let folder: String
  private let seedCount: Int
  private let jobCount: Int
  private let isQuiet: Bool

  init(
    of paper: Paper, in folder: String, seedCount: Int, jobCount: Int, isQuiet: Bool
  ) throws {
    self.paper = paper
    self.folder = folder
    self.seedCount = seedCount
    self.jobCount = jobCount
    self.isQuiet = isQuiet
    for part in ["", "/runs", "/tables", "/findings", "/figures"] {
      do {
        try FileManager.default.createDirectory(
          atPath: folder + part, withIntermediateDirectories: true)
      } catch {
        throw ProgramError("can't make the folder '\(folder + part)'", .cannotCreate)
      }
    }
  }

  func make(_ figures: [PaperFigure]) throws -> ExitCode {
    var trainings = ReproductionTrainings(folder: folder)
    let goOn = "go on with the same command"
    guard try trainings.train(plans(for: figures), jobCount: jobCount, isQuiet: isQuiet) else {
      print("stopped; what was trained is in \(folder)/runs; \(goOn)")
      return StopSignal.raised?.exitCode ?? .success
    }
    let servers = try TaskServers([])
    defer { servers.close() }
    let laboratory = Laboratory(
      folder: folder, seedCount: seedCount, servers: servers, trainings: trainings,
      isQuiet: isQuiet)
    do {
      for figure in figures {
        print("\(figure.name)  \(figure.title)")
        let findings = try figure.make(laboratory)
        for finding in findings {
          print("  \(finding.holds ? "✓" : "✗") \(finding.statement): \(finding.measured)")
        }
        try write(findings, of: figure)
        // Whoever reads along in a file or a pipe should not have to wait for the rest.
        fflush(nil)
      }
    } catch is Stopped {
      print("stopped; \(goOn)")
      return StopSignal.raised?.exitCode ?? .success
    }
    print("tables are in \(folder)/tables")
    drawFigures(
      "operant.figures.\(paper.package ?? paper.name)", of: folder, figures.map(\.name))
    return .success
  }

  private func write(_ findings: [Finding], of figure: PaperFigure) throws {
    var table = CSVTable(columns: ["statement", "measured", "holds"])
    for finding in findings {
      table.append([
        .text(finding.statement), .text(finding.measured), .integer(finding.holds ? 1 : 0),
      ])
    }
    try table.write(to: "\(folder)/findings/\(figure.name).csv")
  }

  /// What has to be trained, the longest first, each once.
  private func plans(for figures: [PaperFigure]) -> [TrainingPlan] {
    var seen: Set<String> = []
    let plans = figures.flatMap { $0.plans(seedCount) }.filter { seen.insert($0.name).inserted }
    // Those that take longest begin first, so that no processor waits for the last one.
    let slow = [
      "postdecisionwager", "rdm_fixed_dt", "padoaschioppa2006_1A3B", "mante",
      "dnms_variable_delay", "dnms_long_delay", "arm_reaching", "dnms_excitatory_inhibitory",
      "selective_integration",
    ]
    return slow.flatMap { alias in plans.filter { $0.alias == alias } }
      + plans.filter { !slow.contains($0.alias) }
  }
}
