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
          "rdm_fixed noise=0.5 update-limit=20   0 of 2              –     – to –  reward −1.00\n"))
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

  @Test("by the local rule a setting is told by errors, and by the trial at which it was learned")
  func amountsByLocalRule() throws {
    try Laboratory.open { laboratory in
      #expect(try laboratory.operant("train dnms --trials 150 --run given").exitCode == 0)
      // Every trial is good then, and the criterion is met as soon as a hundred have been played.
      let config = try laboratory.text("given/config.json")
        .replacing(/"errorToReach" : [0-9.]+/, with: "\"errorToReach\" : 1000")
      try laboratory.write(config, to: "easy.json")
      let swept = try laboratory.operant("sweep --config easy.json --seeds 2 --folder s")
      #expect(swept.exitCode == 0)
      let alone = try laboratory.operant("train --config easy.json --seed 2 --run alone")
      #expect(alone.output.hasPrefix("learned after 100 trials; "))
      expectEqual(
        try laboratory.contents(of: "alone"), try laboratory.contents(of: "s/runs/dnms-s2"))
      #expect(swept.errors.contains("dnms-s2  learned after 100 trials\n"))
      let row = try #require(try laboratory.table("s/sweep.csv").first)
      #expect(row["learned"] == "1" && Double(row["median_trials"] ?? "") == 100)
      let last = try #require(try laboratory.table("alone/progress.csv").last)
      #expect(row["measure"] == "median_error" && row["last"] == last["median_error"])
    }
  }

  @Test(
    "choices by the local rule are swept over what errors are held against, told by what was right")
  func choicesByLocalRule() throws {
    try Laboratory.open { laboratory in
      let settings = "--set fixation=100,coherences=51.2,noise=0.3 --trials 100"
      let swept = try laboratory.operant(
        "sweep rdm_fixed --local-rule --seeds 3 --expectation overall,inputs "
          + "--expectation-time everyStep \(settings) --folder s --jobs 2")
      #expect(swept.exitCode == 0)
      let runs = try laboratory.names(in: "s/runs")
      #expect(runs.count == 2)
      let name = try #require(runs.first { $0.contains("expectation=inputs") })
      #expect(name.contains("-local-rule-"))
      let alone = try laboratory.operant(
        "train rdm_fixed --local-rule --seed 3 --expectation inputs --expectation-time everyStep "
          + settings + " --run alone")
      #expect(alone.exitCode == 0)
      expectEqual(
        try laboratory.contents(of: "alone"), try laboratory.contents(of: "s/runs/" + name))
      let curves = try laboratory.table("s/curves.csv")
      #expect(curves.allSatisfy { $0["measure"] == "good" })
      let told = curves.filter { $0["setting"]?.contains("expectation=inputs") == true }
      #expect(
        told.map { $0["median"] } == (try laboratory.table("alone/progress.csv").map { $0["good"] })
      )
      #expect(swept.output.contains("  correct "))
    }
  }

  @Test("a file says how all are trained; the folder has a copy of it")
  func configuration() throws {
    try Laboratory.open { laboratory in
      var run = SmallRun(updateLimit: 20)
      try laboratory.write(run.json, to: "mine.json")
      let sweep =
        "sweep --config mine.json --seeds 5,6 --units gated,leaky --folder s --jobs 2 --quiet"
      #expect(try laboratory.operant(sweep + " --slurm").exitCode == 0)
      let alone = try laboratory.operant(
        "train --config mine.json --seed 6 --units leaky --run alone --quiet")
      #expect(alone.exitCode == 0)
      run.validationInterval = 10
      try laboratory.write(run.json, to: "mine.json")
      let other = try laboratory.operant(sweep)
      #expect(other.exitCode == 73 && other.errors.contains("'s' has another sweep"))
      #expect(try laboratory.operant("sweep --folder s --quiet").exitCode == 0)
      expectEqual(
        try laboratory.contents(of: "alone"),
        try laboratory.contents(of: "s/runs/rdm_fixed-units=leaky-s6"))
    }
  }

  @Test("trainings play at the servers named, which the folder remembers until others are named")
  func servers() throws {
    try Laboratory.open { laboratory in
      #expect(try laboratory.run("operant-server", ["keygen"]).exitCode == 0)
      for name in ["alice", "mallory"] {
        #expect(try laboratory.operant("keygen --name \(name)").exitCode == 0)
      }
      #expect(try laboratory.shell("cp keys/alice.pub keys/authorised").exitCode == 0)
      let (first, endpoint) = try laboratory.startServer(["--keys", "keys"])
      let sweep = "sweep rdm_fixed --seeds 3..4 --update-limit 30 --folder s --jobs 1"
      let keys = "--server-key keys/server.pub --key keys"
      let refused = try laboratory.operant("\(sweep) --connect \(endpoint) \(keys)/mallory.key")
      #expect(refused.exitCode == 77)
      #expect(try laboratory.names(in: ".").contains("s") == false)
      let agent = try laboratory.startOperant("\(sweep) --connect \(endpoint) \(keys)/alice.key")
      let run = "s/runs/rdm_fixed-update-limit=30-s3"
      try agent.expect("a validation") { laboratory.validationCount(of: run) >= 1 }
      // No server was started beside it.
      #expect(
        laboratory.processIDs.filter { commandLine(of: $0).contains("operant-server") }.count == 1)
      agent.signal(SIGINT)
      #expect(try agent.end().exitCode == 130)
      first.signal(SIGTERM)
      _ = try first.end()
      // From elsewhere, too: the keys' paths are whole.
      let (_, second) = try laboratory.startServer(["--keys", "keys"])
      let resumed = try laboratory.shell(
        "mkdir e && cd e && operant sweep --folder ../s --connect \(second)")
      #expect(resumed.exitCode == 0, "\(resumed.errors)")
      #expect(try laboratory.text("s/servers.json").contains(second))
      let trained = try laboratory.operant(
        "train rdm_fixed --seed 3 --update-limit 30 --run alone")
      #expect(trained.exitCode == 0)
      let alone = try laboratory.contents(of: "alone")
      // Where it was stopped there may be a checkpoint that the other has no reason for.
      expectEqual(
        alone,
        try laboratory.contents(of: run).filter {
          alone[$0.key] != nil || !$0.key.hasPrefix("checkpoints/update-")
        })
    }
  }

  @Test("a job array's tasks find servers that begin to run when they do")
  func serversOfJobArray() throws {
    try Laboratory.open { laboratory in
      let written = try laboratory.operant(
        "sweep rdm_fixed --seeds 3 --update-limit 20 --folder s --slurm --connect @servers.txt")
      #expect(written.exitCode == 0)
      #expect(try laboratory.text("s/sweep.sbatch").contains("#SBATCH --cpus-per-task=1\n"))
      let (_, endpoint) = try laboratory.startServer()
      try laboratory.write(endpoint + "\n", to: "servers.txt")
      let task = try laboratory.shell("cd s && operant sweep --folder . --task-index 0")
      #expect(task.exitCode == 0)
      let told = try laboratory.operant("status \(endpoint)")
      // A validation of a thousand, and 20 updates of 10.
      #expect(told.output.contains("\ntrials          1,200 "))
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
      (
        "sweep rdm_fixed --local-rule --units leaky", 64, "--units is for networks that learn along"
      ),
      ("sweep dnms --trials-per-update 5", 64, "and dnms is learned by the local rule"),
      ("sweep dnms rdm_fixed --trials 9", 64, "and rdm_fixed is learned along gradients"),
      ("sweep rdm_fixed --set nois=1,2", 64, "no parameter named 'nois'; did you mean 'noise'?"),
      ("sweep rdm_fixed --learning-rate 0.1,-1", 64, "--learning-rate takes a number from 0.0 to"),
      (
        "sweep rdm_fixed --learning-rate=-1 --connect @later --slurm", 64,
        "--learning-rate takes a number from 0.0 to"
      ),
      ("sweep rdm_fixed --key k", 64, "none are named; name them by --connect"),
      ("sweep rdm_fixed --config c.json", 64, "'rdm_fixed' doesn't go with --config"),
      ("sweep --folder s --collect --connect a", 64, "--connect doesn't go with --collect"),
      ("sweep --folder s --units leaky", 64, "--units doesn't go with a sweep that is decided"),
    ] as [(String, Int32, String)])
  func refused(call: String, exitCode: Int32, words: String) throws {
    try Laboratory.open { laboratory in
      let ended = try laboratory.operant(call)
      #expect(ended.exitCode == exitCode)
      #expect(ended.errors.contains(words))
      // Nothing was begun.
      #expect(try laboratory.names(in: ".").contains("sweeps") == false)
    }
  }
}
