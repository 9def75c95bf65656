import Foundation
import Testing

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
