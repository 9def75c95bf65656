import Foundation
import Testing

@Suite("Sweeps")
struct SweepTests {
  @Test("settings × seeds are trained as each would be alone, and told in one table and one figure")
  func whole() throws {
    try Laboratory.open { laboratory in
      let swept = try laboratory.operant(
        "sweep rdm_fixed --seeds 3..4 --set noise=0.5,1 --update-limit 20 --folder s --jobs 2")
      #expect(swept.exitCode == 0)
      #expect(
        swept.output.contains(
          "rdm_fixed noise=0.5 update-limit=20   0 of 2              –     – to –\n"))
      let runs = try laboratory.names(in: "s/runs")
      #expect(
        runs
          == [
            "rdm_fixed-noise=0.5-update-limit=20-s3", "rdm_fixed-noise=0.5-update-limit=20-s4",
            "rdm_fixed-noise=1-update-limit=20-s3", "rdm_fixed-noise=1-update-limit=20-s4",
          ])
      let alone = try laboratory.operant(
        "train rdm_fixed --seed 4 --set noise=0.5 --update-limit 20 --run alone")
      #expect(alone.exitCode == 0)
      expectEqual(
        try laboratory.contents(of: "alone"), try laboratory.contents(of: "s/runs/" + runs[1]))
      let table = try laboratory.table("s/sweep.csv")
      #expect(table.map { $0["trained"] } == ["2", "2"])
      // The reward of untrained networks, and twenty updates of ten trials later.
      let curve = try laboratory.table("s/curves.csv").filter {
        $0["setting"] == "rdm_fixed noise=1 update-limit=20"
      }
      #expect(curve.first?["trials"] == "0")
      #expect(curve.allSatisfy { $0["runs"] == "2" && $0["measure"] == "reward" })
      // Done is done.
      let before = try laboratory.contents(of: "s/runs/" + runs[0])
      let again = try laboratory.operant("sweep --folder s --quiet")
      #expect(again.exitCode == 0)
      expectEqual(before, try laboratory.contents(of: "s/runs/" + runs[0]))
    }
  }

  @Test(
    "Ctrl-C loses nothing: the sweep goes on where it was, to the weights of undisturbed trainings")
  func interrupted() throws {
    try Laboratory.open { laboratory in
      let sweep = try laboratory.startOperant(
        "sweep rdm_fixed --seeds 3,4,5 --update-limit 150 --folder s --jobs 2")
      let first = "s/runs/rdm_fixed-update-limit=150-s3"
      try sweep.expect("a validation") { laboratory.validationCount(of: first) >= 1 }
      sweep.signal(SIGINT)
      let stopped = try sweep.end()
      #expect(stopped.exitCode == 130)
      #expect(stopped.output.hasPrefix("stopped; what was trained is in s/runs; go on with: "))
      #expect(try laboratory.names(in: "s/runs").contains("rdm_fixed-update-limit=150-s5") == false)
      #expect(try laboratory.operant("sweep --folder s --quiet").exitCode == 0)
      let alone = try laboratory.operant("train rdm_fixed --seed 3 --update-limit 150 --run alone")
      #expect(alone.exitCode == 0)
      expectEqual(try laboratory.contents(of: "alone"), try laboratory.contents(of: first))
    }
  }

  @Test(
    "a task of a job array is one training: SIGUSR1 ends it with 75, and it goes on when it is queued again"
  )
  func jobArray() throws {
    try Laboratory.open { laboratory in
      let written = try laboratory.operant(
        "sweep rdm_fixed --seeds 3..4 --update-limit 150 --folder s --slurm")
      #expect(written.exitCode == 0)
      let script = try laboratory.text("s/sweep.sbatch")
      #expect(script.contains("#SBATCH --array=0-1\n"))
      #expect(script.contains("#SBATCH --signal=USR1@120\n"))
      #expect(try laboratory.shell("sh -n s/sweep.sbatch").exitCode == 0)
      let task = try laboratory.startOperant("sweep --folder s --task-index 1")
      let run = "s/runs/rdm_fixed-update-limit=150-s4"
      try task.expect("a validation") { laboratory.validationCount(of: run) >= 1 }
      task.signal(SIGUSR1)
      #expect(try task.end().exitCode == 75)
      let collected = try laboratory.operant("sweep --folder s --collect")
      #expect(collected.exitCode == 0)
      #expect(
        collected.output.contains("2 of 2 trainings have not come to their end; go on with: "))
      #expect(try laboratory.operant("sweep --folder s --task-index 1").exitCode == 0)
      let alone = try laboratory.operant("train rdm_fixed --seed 4 --update-limit 150 --run alone")
      #expect(alone.exitCode == 0)
      expectEqual(try laboratory.contents(of: "alone"), try laboratory.contents(of: run))
      #expect(try laboratory.operant("sweep --folder s --task-index 2").exitCode == 64)
    }
  }

  @Test(
    "what makes no sense is refused with a sentence",
    arguments: [
      ("sweep", 64, "name tasks to train on"),
      ("sweep --folder nowhere", 66, "there is no sweep in 'nowhere'"),
      ("sweep rdm_fixed --seeds 3..1", 64, "--seeds takes seeds such as 1..10"),
      ("sweep rdm_fixed --seeds 1,1", 64, "--seeds takes seeds such as 1..10"),
      ("sweep rdm_fixed --set 0.5,noise=1", 64, "--set takes NAME=VALUE,VALUE,…; got '0.5'"),
      ("sweep rdm_fixed --set noise=1,noise=2", 64, "--set gives 'noise' twice"),
      ("sweep rdm_fixed --baseline none,none", 64, "a value is given twice"),
      ("sweep rdm_fixed --slurm --collect", 64, "ask for one"),
    ] as [(String, Int32, String)])
  func refused(call: String, exitCode: Int32, words: String) throws {
    try Laboratory.open { laboratory in
      let ended = try laboratory.operant(call)
      #expect(ended.exitCode == exitCode)
      #expect(ended.errors.contains(words))
    }
  }
}
