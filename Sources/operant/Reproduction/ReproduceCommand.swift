import Console
import Foundation
import Gym
import Runs

private let paperName = Positional<String>(
  "PAPER", help: "whose figures to make again: song2017, miconi2017, unified")
private let figureNames = PositionalList<String>(
  "FIGURE", help: "some of its figures; all if none is named")
private let seedCount = Flag<Int>(
  "seeds", "N", default: 1, within: 1...100,
  help: "networks trained on each task; figures show the first, tables and learning curves all")
private let folder = Flag<String?>(
  "folder", "FOLDER", default: nil,
  help: "where to keep runs, tables and figures; reproductions/PAPER if not given")
private let jobs = Flag<Int?>(
  "jobs", "N", within: 1...1024, help: "trainings at a time; as many as processors if not given")

/// `operant reproduce PAPER`: trains what is missing, examines it, and makes tables and figures.
let reproduceCommand = Command(
  "reproduce", summary: "Make a paper's figures again, from training to drawing.",
  takes: [paperName, figureNames],
  flags: [seedCount, folder, jobs, SharedFlags.quiet], example: "operant reproduce song2017 fig1c"
) { arguments in
  StopSignal.catchAll()
  return try naming {
    let paper = try find(arguments[paperName])
    let figures = try find(arguments[figureNames], in: paper)
    let reproduction = try Reproduction(
      of: paper, in: arguments[folder] ?? "reproductions/\(paper.name)",
      seedCount: arguments[seedCount], jobCount: arguments[jobs] ?? processorCount,
      isQuiet: arguments[SharedFlags.quiet])
    return try reproduction.make(figures)
  }
}

private var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }

private func find(_ name: String) throws -> Paper {
  guard let paper = papers.first(where: { $0.name == name }) else {
    throw ProgramError(
      "no paper named '\(name)'"
        + suggestion(for: name, among: papers.map(\.name), else: "there are"),
      .usage)
  }
  return paper
}

private func find(_ names: [String], in paper: Paper) throws -> [PaperFigure] {
  guard !names.isEmpty else { return paper.figures }
  return try names.map { name in
    guard let figure = paper.figures.first(where: { $0.name == name }) else {
      let known = paper.figures.map { "\n  \($0.name)  \($0.title)" }.joined()
      throw ProgramError("\(paper.name) has no figure '\(name)'; it has\(known)", .usage)
    }
    return figure
  }
}
