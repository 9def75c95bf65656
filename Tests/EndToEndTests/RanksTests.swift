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
    .appending(path: "../../deploy/mpi/operant_mpi.c").standardized.path

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
      export OPERANT_MPI=$PWD/library.so OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
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
  "Ranks that train together",
  .enabled(if: MPIRun.isThere, "there are no mpirun and mpicc: apt-get install libopenmpi-dev"))
struct RanksTests {
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

      let resumed = try laboratory.run("sh", MPIRun.line(2, "train --resume run"))
      #expect(resumed.exitCode == 0, "\(resumed.errors)")
      expectEqual(quiet, try laboratory.contents(of: "run"))
      Drill.tell(
        "a rank \(signal == SIGKILL ? "killed" : "stopped"), deadline \(deadline) s", seconds,
        "s until the other had ended, same weights resumed")
    }
  }
}

@Suite("Ranks that can't train together")
struct RanksRefusedTests {
  /// What a launcher of two leaves in the environment, without the launcher.
  private func asOneOfTwo(_ arguments: String, library: String) -> [String] {
    ["-c", "OMPI_COMM_WORLD_SIZE=2 OPERANT_MPI=\(library) exec operant \(arguments)"]
  }

  @Test("without the library the error says how to compile it")
  func noLibrary() throws {
    try Laboratory.open { laboratory in
      let ended = try laboratory.run("sh", asOneOfTwo("train rdm_fixed", library: "nowhere.so"))
      #expect(ended.exitCode == 69)
      #expect(
        ended.errors.hasPrefix(
          "operant: several processes were started to train together, and there is no 'nowhere.so' by "
            + "which they could; run 'make mpi', or 'mpicc -std=c99 "))
      #expect(try laboratory.names(in: ".").contains("runs") == false)
    }
  }

  @Test("a library that is something else is refused")
  func otherLibrary() throws {
    try Laboratory.open { laboratory in
      try laboratory.write("no library", to: "text.so")
      let ended = try laboratory.run("sh", asOneOfTwo("train rdm_fixed", library: "text.so"))
      #expect(ended.exitCode == 69)
      #expect(ended.errors.hasPrefix("operant: can't load 'text.so': "))
    }
  }

  @Test("OPERANT_MPI=none lets each process train a run of its own")
  func none() throws {
    try Laboratory.open { laboratory in
      let run = try laboratory.arguments(for: SmallRun(updateLimit: 2), in: "run")
      #expect(try laboratory.run("sh", asOneOfTwo(run, library: "none")).exitCode == 0)
    }
  }

  @Test("more shards than trials of an update or a validation are refused")
  func tooManyShards() throws {
    try Laboratory.open { laboratory in
      let run = try laboratory.arguments(for: SmallRun(updateLimit: 2), in: "run")
      let ended = try laboratory.operant(run + " --shards 11")
      #expect(ended.exitCode == 64)
      #expect(
        ended.errors
          == "operant: 10 trials can't be cut into 11 shards; every shard has a trial of each update "
          + "and each validation: raise --trials-per-update, or give fewer --shards\n")
    }
  }

  @Test(
    "shards that ranks can't share are refused, and all ranks end at once",
    .enabled(if: MPIRun.isThere, "mpirun and mpicc are not installed"))
  func unevenShards() throws {
    try Laboratory.open { laboratory in
      try MPIRun.makeLibrary(in: laboratory)
      for (shards, words) in [(1, "1 shard"), (5, "5 shards")] {
        let run = try laboratory.arguments(for: SmallRun(updateLimit: 2), in: "run")
        let ended = try laboratory.run("sh", MPIRun.line(2, run + " --shards \(shards)"))
        #expect(ended.exitCode == 64)
        #expect(
          ended.errors.hasPrefix(
            "operant: \(words) can't be shared by 2 ranks; a new run takes '--shards 16', which 2, 4, "
              + "8 and 16 ranks can share\n"))
        #expect(try laboratory.names(in: ".").contains("run") == false)
      }
    }
  }
}
