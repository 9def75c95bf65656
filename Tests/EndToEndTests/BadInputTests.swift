import Foundation
import Testing

@Suite("Bad input")
struct BadInputTests {
  /// A command line, what it ends with, and what it says.
  struct Refusal: CustomTestStringConvertible {
    let command: String
    let exitCode: Int32
    let words: String

    init(_ command: String, _ exitCode: Int32, _ words: String) {
      self.command = command
      self.exitCode = exitCode
      self.words = words
    }

    var testDescription: String { command.isEmpty ? "operant alone" : command }
  }

  static let misspelled: [Refusal] = [
    .init("train rdm_fixd", 64, "no task named 'rdm_fixd'; did you mean 'rdm_fixed'?"),
    .init("describe rdm_tr", 64, "no task named 'rdm_tr'; did you mean 'rdm_rt'?"),
    .init("describe maze", 64, "no task named 'maze'; there are PerceptualDecisionMaking, "),
    .init("trian rdm_fixed", 64, "unknown command 'trian'; did you mean 'train'?\n"),
    .init(
      "fly", 64,
      "unknown command 'fly'; there are train, evaluate, fixed-points, reproduce, "
        + "sweep, tasks, describe, status, keygen\n"),
    .init("train rdm_fixed --sed 3", 64, "unknown flag '--sed'; did you mean '--seed'?\n"),
    .init("evaluate run --trials-per-conditon 3", 64, "did you mean '--trials-per-condition'?\n"),
    .init("train rdm_fixed --set coherencs=3", 64, "'coherencs'; did you mean 'coherences'?"),
  ]

  static let contradictory: [Refusal] = [
    .init("", 64, "what should be done? write 'operant COMMAND', where COMMAND is one of train"),
    .init("train", 64, "name a task to train on, such as rdm_fixed; 'operant tasks' lists them\n"),
    .init("train rdm_fixed rdm_rt", 64, "'rdm_rt' is one too many; write 'operant train [TASK]"),
    .init("evaluate", 64, "RUN is missing; write 'operant evaluate RUN [flags]'\n"),
    .init("describe", 64, "TASK is missing; write 'operant describe TASK [flags]'\n"),
    .init("--seed 3 train rdm_fixed", 64, "'--seed' comes before the command; write 'operant"),
    .init("train rdm_fixed --seed", 64, "--seed takes a whole number from 0 to 2⁶⁴ − 1, and not"),
    .init(
      "train rdm_fixed --seed -1", 64, "--seed takes a whole number from 0 to 2⁶⁴ − 1, and '-1"),
    .init("train rdm_fixed --seed 1 --seed 2", 64, "--seed is given twice; give it once\n"),
    .init(
      "train rdm_fixed --update-limit -1", 64, "--update-limit takes a whole number from 0 to "),
    .init("train rdm_fixed --set fixation", 64, "--set takes NAME=VALUE, got 'fixation'\n"),
    .init("train rdm_fixed --set fixation=long", 64, "for 'fixation'; got 'long'\n"),
    .init("train rdm_fixed --set coherences=1::2", 64, "for 'coherences'; got '1::2'\n"),
    .init("train rdm_fixed --set fixation=nan", 64, "for 'fixation'; got 'nan'\n"),
    .init("train rdm_fixed --set fixation=-5", 64, "'fixation' is -5"),
    .init("train rdm_fixed --set fixation=1:2", 64, "'fixation' takes one number, got 2\n"),
    .init("train rdm_fixed --set fixation=1,fixation=2", 64, "--set gives 'fixation' twice"),
    .init(
      "train gradient_comparison", 64,
      "the actions of GradientComparison are amounts, and its preset"
    ),
    .init(
      "train dnms --baseline none", 64, "--baseline is for networks that learn along gradients"),
    .init(
      "train rdm_fixed --trials 5", 64, "--trials is for networks that learn by the local rule"),
    .init("train dnms --expectation mean", 64, "--expectation takes one of nothing, overall, by"),
    .init("train --resume run --trials 5", 64, "--trials doesn't go with --resume, which decides"),
    .init("train rdm_fixed --resume run", 64, "'rdm_fixed' doesn't go with --resume, which"),
    .init("train --resume run --seed 3", 64, "--seed doesn't go with --resume, which decides it"),
    .init("train rdm_fixed --config c.json", 64, "'rdm_fixed' doesn't go with --config, which"),
    .init("evaluate run --trials-per-condition 0", 64, "takes a whole number from 1 to 1000000"),
    .init(
      "tasks --connect garbage", 64, "'garbage' is not an endpoint; write tcp://127.0.0.1:5555"),
    .init("train rdm_fixed --connect tcp://127.0.0.1:70000", 64, "' is not an endpoint; write tcp"),
    .init("train rdm_fixed --connect ipc://a,,ipc://b", 64, "--connect takes a list with commas"),
    .init("train --resume nowhere", 66, "there is no run in 'nowhere': it has no config.json\n"),
    .init("evaluate nowhere", 66, "there is no run in 'nowhere': it has no config.json\n"),
    .init("train --config nowhere.json", 66, "can't read 'nowhere.json': there is no such file"),
  ]

  @Test("what is misspelled is met with the nearest name", arguments: misspelled)
  func nearest(refusal: Refusal) throws { try expect(refusal) }

  @Test(
    "what makes no sense is refused in a sentence, before anything is written",
    arguments: contradictory)
  func sentence(refusal: Refusal) throws { try expect(refusal) }

  private func expect(_ refusal: Refusal) throws {
    try Laboratory.open { laboratory in
      let before = try laboratory.names(in: ".")
      let ended = try laboratory.operant(refusal.command)
      #expect(ended.exitCode == refusal.exitCode)
      #expect(ended.errors.hasPrefix("operant: "))
      #expect(ended.errors.contains(refusal.words))
      #expect(ended.errors.count { $0 == "\n" } == 1)
      #expect(ended.output == "")
      let mess = try laboratory.names(in: ".").filter { !before.contains($0) && !$0.contains(".") }
      #expect(mess == [])
      #expect(try laboratory.names(in: "sockets") == [])
    }
  }

  @Test(
    "an endpoint where no server is is named within six seconds",
    arguments: ["tcp", "ipc"], ["tasks", "describe rdm_fixed", "train rdm_fixed"])
  func nobody(kind: String, command: String) throws {
    try Laboratory.open { laboratory in
      // A port that was free a moment ago.
      let (server, free) = try laboratory.startServer()
      server.signal(SIGTERM)
      _ = try server.end()
      let endpoint = kind == "tcp" ? free : "ipc://\(laboratory.path("server"))"
      let clock = ContinuousClock()
      let start = clock.now
      let ended = try laboratory.operant("\(command) --connect \(endpoint)")
      #expect(clock.now - start < .seconds(6))
      #expect(ended.exitCode == 69)
      #expect(
        ended.errors
          == "operant: no reply from \(endpoint) within 5 s; is a server running there?\n")
    }
  }

  @Test(
    "an endpoint that is in use is named, and whoever has it goes on", arguments: ["tcp", "ipc"])
  func inUse(kind: String) throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer(
        at: kind == "tcp" ? "tcp://127.0.0.1:*" : "ipc://\(laboratory.path("server"))")
      let second = try laboratory.run("operant-server", ["--bind", endpoint])
      #expect(second.exitCode == 69)
      #expect(
        second.errors == "operant-server: \(endpoint) is in use; stop the server that has it, "
          + "or choose another endpoint\n")
      #expect(try laboratory.operant("tasks --connect \(endpoint)").exitCode == 0)
    }
  }

  @Test("a server's flags and endpoints are checked like everybody's")
  func server() throws {
    try Laboratory.open { laboratory in
      for (arguments, exitCode, words) in [
        (["--bnd", "x"], 64, "unknown flag '--bnd'; did you mean '--bind'?\n"),
        (["--bind", "here"], 64, "'here' is not an endpoint; write tcp://127.0.0.1:5555"),
        (["--bind", "tcp://0.0.0.0:5555"], 64, "bind to 127.0.0.1, or pass --allow-strangers\n"),
        (["--bind", "ipc:///" + String(repeating: "a", count: 200)], 64, "choose a shorter one\n"),
        (["--bind", "ipc://\(laboratory.path("sockets"))"], 69, "is not a socket; choose another"),
        (["now"], 64, "'now' is one too many; write 'operant-server [flags]'\n"),
      ] as [([String], Int32, String)] {
        let ended = try laboratory.run("operant-server", arguments)
        #expect(ended.exitCode == exitCode, "\(arguments)")
        #expect(ended.errors.hasPrefix("operant-server: "))
        #expect(ended.errors.contains(words))
        #expect(ended.output == "")
      }
    }
  }

  @Test("a folder that has a run is not trained over, and how to go on with it is said")
  func existing() throws {
    try Laboratory.open { laboratory in
      let run = try laboratory.train(SmallRun(updateLimit: 5), in: "run")
      let again = try laboratory.operant("train rdm_fixed --run run")
      #expect(again.exitCode == 73)
      #expect(
        again.errors == "operant: there is a run in 'run' already; go on with it by "
          + "'--resume run', or choose another folder\n")
      expectEqual(run, try laboratory.contents(of: "run"))
      try FileManager.default.createDirectory(
        atPath: laboratory.path("mine"), withIntermediateDirectories: false)
      try laboratory.write("1", to: "mine/thesis.tex")
      let other = try laboratory.operant("train rdm_fixed --run mine")
      #expect(other.exitCode == 73)
      #expect(other.errors.contains("'mine' is not empty: it has 'thesis.tex'"))
      #expect(try laboratory.names(in: "mine") == ["thesis.tex"])
    }
  }

  @Test("two processes do not write one run")
  func twoWriters() throws {
    try Laboratory.open { laboratory in
      let undisturbed = try laboratory.train(SmallRun(), in: "undisturbed")
      let first = try laboratory.startOperant(laboratory.arguments(for: SmallRun(), in: "run"))
      try first.expect("training") { laboratory.validationCount(of: "run") >= 1 }
      for command in ["train --resume run", "train rdm_fixed --run run"] {
        let second = try laboratory.operant(command)
        #expect(second.exitCode == 75)
        #expect(
          second.errors == "operant: another process is writing the run in 'run'; wait for it, "
            + "or choose another folder\n")
      }
      #expect(try first.end().exitCode == 0)
      expectEqual(undisturbed, try laboratory.contents(of: "run"))
    }
  }

  @Test("a folder that can't be made is named with the reason")
  func unwritable() throws {
    try Laboratory.open { laboratory in
      try laboratory.write("", to: "file")
      for (folder, words) in [
        ("/proc/operant", "can't create folder '/proc/operant': "),
        ("file/run", "can't create folder 'file/run': a part of that path is not a folder\n"),
        ("file", "can't create folder 'file': a part of that path is not a folder\n"),
      ] {
        let ended = try laboratory.operant("train rdm_fixed --run \(folder)")
        #expect(ended.exitCode == 73)
        #expect(ended.errors.contains(words))
      }
    }
  }

  @Test("a key in config.json that nobody knows, is missing or has another type is named")
  func configuration() throws {
    try Laboratory.open { laboratory in
      let json = SmallRun().json
      for (from, to, exitCode, words) in [
        ("\"seed\"", "\"sead\"", 65, "'broken.json': 'seed' is missing"),
        (
          "\"gradientLimit\": 1,", "\"gradientLimit\": \"one\",", 65,
          "'broken.json': 'training.gradientLimit' should be a number"
        ),
        (
          "\"gradientLimit\"", "\"speed\": 3, \"gradientLimit\"", 65,
          "'broken.json': 'training.speed' is not known; there are "
        ),
        ("}", "", 65, "'broken.json': this is not JSON: "),
        (
          "\"decisionUnits\": 50", "\"decisionUnits\": 0", 65,
          "'training.decisionUnits' is 0; it can be 1 to 10000"
        ),
        (
          "\"learningRate\": 0.004", "\"learningRate\": -1", 65,
          "'training.learningRate' is -1.0; it can be 0.0 to"
        ),
        ("\"task\": \"P", "\"task\": \"Q", 64, "did you mean 'PerceptualDecisionMaking'?"),
        ("\"song2017\"", "\"song2018\"", 64, "'song2018'; did you mean 'song2017'?"),
      ] as [(String, String, Int32, String)] {
        try laboratory.write(json.replacing(from, with: to), to: "broken.json")
        let ended = try laboratory.operant("train --config broken.json --run run")
        #expect(ended.exitCode == exitCode, "\(to)")
        #expect(ended.errors.hasPrefix("operant: "))
        #expect(ended.errors.contains(words))
        #expect(!FileManager.default.fileExists(atPath: laboratory.path("run")))
      }
    }
  }

  @Test("an evaluation of a run that has no best network yet says how to get one")
  func nothingLearned() throws {
    try Laboratory.open { laboratory in
      _ = try laboratory.train(SmallRun(updateLimit: 1), in: "run")
      try FileManager.default.removeItem(
        atPath: laboratory.path("run/checkpoints/best.safetensors"))
      let ended = try laboratory.operant("evaluate run")
      #expect(ended.exitCode == 66)
      #expect(
        ended.errors == "operant: the run in 'run' has no best network yet; go on with: "
          + "operant train --resume run\n")
    }
  }
}
