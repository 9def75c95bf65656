import Foundation
import Testing

@Suite("A paper's figures made again")
struct ReproductionTests {
  @Test("unknown papers and figures are met with those there are")
  func unknown() throws {
    try Laboratory.open { laboratory in
      let paper = try laboratory.operant("reproduce sonk2017")
      #expect(paper.exitCode == 64)
      #expect(paper.errors.contains("no paper named 'sonk2017'; did you mean 'song2017'?"))
      let figure = try laboratory.operant("reproduce song2017 fig1c fig9")
      #expect(figure.exitCode == 64)
      #expect(
        figure.errors.contains("song2017 has no figure 'fig9'; it has\n  fig1c  rdm_fixed: "))
      #expect(figure.errors.contains("\n  gradient-variance  "))
      // Nothing was begun.
      #expect(try laboratory.names(in: ".").contains("reproductions") == false)
    }
  }

  @Test(
    "a figure stopped half-way goes on where it was, and is made of an undisturbed run's network")
  func interruption() throws {
    try Laboratory.open { laboratory in
      let command = "reproduce song2017 fig1-s1 --folder r"
      let agent = try laboratory.startOperant(command)
      try agent.expect("a validation") {
        laboratory.validationCount(of: "r/runs/rdm_fixed-s97") >= 3
      }
      agent.signal(SIGINT)
      let stopped = try agent.end()
      #expect(stopped.exitCode == 130)
      #expect(
        stopped.output
          == "stopped; what was trained is in r/runs; go on with the same command\n")
      #expect(try laboratory.names(in: "sockets") == [])

      let finished = try laboratory.operant(command)
      #expect(finished.exitCode == 0)
      #expect(
        try laboratory.operant("train rdm_fixed --seed 97 --run undisturbed --quiet").exitCode == 0)
      let best = "checkpoints/best.safetensors"
      #expect(
        try laboratory.bytes("r/runs/rdm_fixed-s97/" + best)
          == laboratory.bytes("undisturbed/" + best))

      // What was found is printed, and kept beside the table that the picture is of.
      let words = "  ✓ rdm_fixed: every network meets the criterion: 1 of 1, after "
      #expect(finished.output.contains("fig1-s1  rdm_fixed: how it was learned\n" + words))
      let finding = try #require(try laboratory.table("r/findings/fig1-s1.csv").first)
      #expect(finding["statement"] == "rdm_fixed: every network meets the criterion")
      let record = try #require(try laboratory.table("r/trainings.csv").first)
      #expect(record["run"] == "rdm_fixed-s97" && record["learned"] == "1")
      // It was interrupted, so nobody knows how long it takes.
      #expect(record["wall_seconds"] == "")
      let rows = try laboratory.table("r/tables/fig1-s1-rdm_fixed.csv")
      #expect(rows.count == laboratory.validationCount(of: "undisturbed"))
      #expect(Double(rows.last?["trials"] ?? "") == Double(record["trials"] ?? ""))

      try drawing(command, in: laboratory)

      // What was trained is not trained again.
      let ledger = try laboratory.bytes("r/trainings.csv")
      let again = try laboratory.operant(command + " --quiet")
      #expect(again.exitCode == 0 && again.errors == "")
      #expect(try laboratory.bytes("r/trainings.csv") == ledger)
    }
  }

  /// Runs a command whose networks are trained, by programs in a repository of their own: at first it has
  /// no Python, then one that tells what it was asked for.
  private func drawing(_ command: String, in laboratory: Laboratory) throws {
    let copying =
      "mkdir -p repository/.build repository/.venv/bin && touch repository/Package.swift && "
      + "cp $(which operant) $(which operant-server) repository/.build"
    #expect(try laboratory.shell(copying).exitCode == 0)
    let program = laboratory.path("repository/.build/operant")
    let arguments = command.split(separator: " ").map(String.init)
    let without = try laboratory.run(program, arguments)
    #expect(without.exitCode == 0)
    #expect(without.output.contains("not drawn: there is no Python environment in .venv, here or "))
    #expect(without.output.contains("-m operant.figures.song2017 r fig1-s1"))
    let python = laboratory.path("repository/.venv/bin/python")
    try laboratory.write("#!/bin/sh\necho asked for $*\n", to: "repository/.venv/bin/python")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python)
    let with = try laboratory.run(program, arguments)
    #expect(with.output.hasSuffix("\nasked for -m operant.figures.song2017 r fig1-s1\n"))
  }
}
