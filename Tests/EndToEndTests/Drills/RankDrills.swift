import Foundation
import Testing

/// Ranks under Open MPI's mpirun, if it is installed, and what `make mpi` makes for them.
enum MPIRun {
  static let isThere = ["mpirun", "mpicc"].allSatisfy { program in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  private static let source = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../deploy/mpi/operant_mpi.c").standardized.path

  /// Compiles the library into a laboratory.
  static func makeLibrary(in laboratory: Laboratory) throws {
    let compiled = try laboratory.run(
      "mpicc",
      [
        "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", "library.so",
        source,
      ])
    #expect(compiled.exitCode == 0, "\(compiled.errors)")
  }

  /// The arguments of `sh` that start `operant` as so many ranks on this machine. What rank r ends with
  /// is left in `code-r`.
  ///
  /// - Parameter outlives: Whether ranks go on when one of them has died, as they do under srun; mpirun
  ///   by itself ends them.
  static func line(_ ranks: Int, _ arguments: String, outlives: Bool = false) -> [String] {
    [
      "-c",
      """
      mkdir -p sockets
      export OPERANT_MPI=$PWD/library.so XDG_RUNTIME_DIR=$PWD/sockets
      export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
      exec mpirun -n \(ranks) --oversubscribe --bind-to none \
      \(outlives ? "--enable-recovery" : "") \
      sh -c 'operant \(arguments); code=$?; echo $code >code-$OMPI_COMM_WORLD_RANK; exit $code'
      """,
    ]
  }
}

extension Laboratory {
  /// The process that is one rank of a training.
  func rank(_ number: Int) -> Int32? {
    processIDs.first { process in
      commandLine(of: process).hasPrefix("operant train")
        && environment(of: process)?.contains("OMPI_COMM_WORLD_RANK=\(number)") == true
    }
  }
}

@Suite(
  "Drills: ranks that train together",
  .enabled(if: MPIRun.isThere, "there are no mpirun and mpicc: apt-get install libopenmpi-dev"))
struct RankDrills {
  private let run = SmallRun(updateLimit: Drill.count(60, full: 200))
  private let sharded = "--shards 4"

  @Test("the same seed on 1, 2 and 4 ranks: every file of the run has the same bytes")
  func sameBytes() throws {
    try Laboratory.open { laboratory in
      try MPIRun.makeLibrary(in: laboratory)
      let alone = try laboratory.train(run, in: "alone", with: sharded)
      for ranks in [2, 4] {
        let ended = try laboratory.run(
          "sh",
          MPIRun.line(
            ranks, laboratory.arguments(for: run, in: "run-\(ranks)") + " \(sharded)"))
        #expect(ended.exitCode == 0, "\(ended.errors)")
        #expect(ended.output.split(separator: "\n").count == 2, "rank 0 alone prints")
        expectEqual(alone, try laboratory.contents(of: "run-\(ranks)"))
      }
      Drill.tell("same seed on 1, 2, 4 ranks", run.updateLimit, "updates, every file alike")
    }
  }

  /// Long enough for whatever befalls it to find it training.
  private let longRun = SmallRun(updateLimit: 300)

  @Test("a signal to one rank stops all at one update, and another number of ranks goes on")
  func signal() throws {
    try Laboratory.open { laboratory in
      try MPIRun.makeLibrary(in: laboratory)
      let quiet = try laboratory.train(longRun, in: "quiet", with: sharded)
      let ranks = try laboratory.start(
        "sh", MPIRun.line(2, laboratory.arguments(for: longRun, in: "run") + " \(sharded)"))
      try ranks.expect("training") { laboratory.validationCount(of: "run") >= 1 }
      kill(try #require(laboratory.rank(1)), SIGINT)
      let ended = try ranks.end()
      #expect(ended.exitCode == 130, "\(ended.errors)")
      #expect(ended.output.hasPrefix("stopped after "))
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(quiet, try laboratory.contents(of: "run"))
    }
  }

  @Test(
    "a rank dies or is cut off: the others end with 75 in time, and resumed the weights are the same",
    arguments: [SIGKILL, SIGSTOP])
  func lostRank(signal: Int32) throws {
    try Laboratory.open { laboratory in
      try MPIRun.makeLibrary(in: laboratory)
      let deadline = 8
      let quiet = try laboratory.train(longRun, in: "quiet", with: sharded)
      let ranks = try laboratory.start(
        "sh",
        MPIRun.line(
          2, laboratory.arguments(for: longRun, in: "run") + " \(sharded) --deadline \(deadline)",
          outlives: true))
      try ranks.expect("training") { laboratory.validationCount(of: "run") >= 1 }
      let lost = try #require(laboratory.rank(1))
      kill(lost, signal)
      let start = ContinuousClock.now
      #expect(waits { laboratory.rank(0) == nil })
      let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
      #expect(seconds < Double(deadline) + 5)
      // One that was cut off finds that its own time is up, too.
      kill(lost, SIGCONT)
      let ended = try ranks.end()
      #expect(ended.errors.contains("operant: rank 0 "), "\(ended.errors)")
      #expect(try laboratory.text("code-0") == "75\n")
      #expect(try laboratory.text("code-1") == (signal == SIGKILL ? "137\n" : "75\n"))
      // Who is killed can't clear up behind itself.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: laboratory.path("sockets")).count
          == (signal == SIGKILL ? 1 : 0))

      let resumed = try laboratory.run("sh", MPIRun.line(2, "train --resume run"))
      #expect(resumed.exitCode == 0, "\(resumed.errors)")
      expectEqual(quiet, try laboratory.contents(of: "run"))
      Drill.tell(
        "a rank \(signal == SIGKILL ? "killed" : "stopped"), deadline \(deadline) s", seconds,
        "s until the other had ended, same weights resumed")
    }
  }

  @Test(
    "ranks killed at random moments, resumed on 2 and 4 by turns, end with the bytes of a quiet run",
    .enabled(if: Drill.isFull, "a drill of two minutes: make drills"))
  func killedRanks() throws {
    try Laboratory.open { laboratory in
      try MPIRun.makeLibrary(in: laboratory)
      let run = SmallRun(updateLimit: 8000)
      let quiet = try laboratory.train(run, in: "quiet", with: sharded)
      let beginning = try laboratory.arguments(for: run, in: "run") + " \(sharded)"
      var random = SplitMix(seed: 20)
      var kills = 0
      func command() -> String {
        FileManager.default.fileExists(atPath: laboratory.path("run/config.json"))
          ? "train --resume run" : beginning
      }
      while kills < 20 {
        let size = kills.isMultiple(of: 2) ? 2 : 4
        let ranks = try laboratory.start("sh", MPIRun.line(size, command()))
        usleep(UInt32.random(in: 0...2_500_000, using: &random))
        guard !ranks.isOver else { break }
        // Before ranks have started there are none to kill.
        guard let victim = laboratory.rank(Int.random(in: 0..<size, using: &random)) else {
          ranks.signal(SIGTERM)
          _ = try ranks.end()
          continue
        }
        kill(victim, SIGKILL)
        _ = try ranks.end()
        #expect(waits(10) { laboratory.processIDs.isEmpty }, "mpirun ends the others")
        kills += 1
      }
      let ended = try laboratory.run("sh", MPIRun.line(2, command()))
      #expect(ended.exitCode == 0, "\(ended.errors)")
      expectEqual(quiet, try laboratory.contents(of: "run"))
      #expect(kills == 20, "the run was over before the last kill")
      Drill.tell("ranks killed and resumed", kills, "kills, every file as in a quiet run")
    }
  }
}
