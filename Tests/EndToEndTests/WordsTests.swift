import Foundation
import Testing

/// What a person is told, and what a script can tell from the exit code.
@Suite("Words and exit codes", .serialized)
struct WordsTests {
  let folder = Folder()

  @Test(
    "a slip of the fingers is met with what was probably meant",
    arguments: [
      (["train", "rdm_fxed"], 64, "no task named 'rdm_fxed'; did you mean 'rdm_fixed'?"),
      (["train", "rdm_fixed", "--sead", "3"], 64, "did you mean '--seed'?"),
      (["trian", "rdm_fixed"], 64, "did you mean 'train'?"),
      (["describe", "PerceptualDecisionMakin"], 64, "did you mean 'PerceptualDecisionMaking'?"),
      (["train", "rdm_fixed", "--seed", "x"], 64, "'x'"),
      (["train", "rdm_fixed", "--set", "nois=2", "--run", "r"], 64, "did you mean 'noise'?"),
      (["train", "rdm_fixed", "--set", "noise=loud"], 64, "got 'loud'"),
      (["train", "rdm_fixed", "--set", "noise=-4", "--run", "r"], 64, "'noise' is -4"),
      (["train", "rdm_fixed", "too", "much"], 64, "too"),
      (["train"], 64, "name a task to train on"),
      (["evaluate"], 64, "RUN"),
      (["train", "--resume", "nowhere"], 66, "there is no run in 'nowhere'"),
      (["evaluate", "nowhere"], 66, "there is no run in 'nowhere'"),
      (["train", "rdm_fixed", "--connect", "garbage"], 64, "'garbage' is not an endpoint"),
      (["train", "--resume", "x", "--seed", "3"], 64, "--seed doesn't go with --resume"),
    ] as [([String], Int32, String)])
  func slips(arguments: [String], status: Int32, words: String) throws {
    let run = try Run("operant", arguments, in: folder)
    #expect(run.status() == status)
    #expect(
      run.complaints.hasPrefix("operant: ") && run.complaints.contains(words), "\(run.complaints)")
    #expect(folder.names("r").isEmpty, "nothing was written")
  }

  @Test("no server at the endpoint: within five seconds or so, a sentence that names it")
  func noServer() throws {
    let start = Date()
    let run = try folder.run("operant", "tasks", "--connect", "tcp://127.0.0.1:1")
    #expect(run.status() == 69)
    #expect(
      run.complaints
        == "operant: no reply from tcp://127.0.0.1:1 within 5 s; is a server running there?\n")
    #expect(Date().timeIntervalSince(start) < 8)
  }

  @Test("a port in use is named")
  func portInUse() throws {
    let (server, endpoint) = try folder.server(at: "tcp://127.0.0.1:*")
    let second = try folder.run("operant-server", "--bind", endpoint)
    #expect(second.status() == 69)
    #expect(second.complaints.contains("\(endpoint) is in use"))
    server.signal(SIGTERM)
    #expect(server.status() == 0)
  }

  @Test("an address others can reach is refused unless asked for in so many words")
  func remoteBind() throws {
    let server = try folder.run("operant-server", "--bind", "tcp://0.0.0.0:*")
    #expect(server.status() == 69)
    #expect(server.complaints.contains("--allow-remote"))
  }

  @Test("a run is not trained over, nor by two at once")
  func takenRun() throws {
    let training = try Run("operant", ["train", "rdm_fixed", "--run", "run"], in: folder)
    training.wait(until: { folder.rows("run") >= 1 })
    let second = try folder.run("operant", "train", "rdm_fixed", "--run", "run")
    #expect(second.status() == 75 || second.status() == 73)
    let third = try folder.run("operant", "train", "--resume", "run")
    #expect(third.status() == 75)
    #expect(third.complaints.contains("another process is writing the run"))
    training.signal(SIGTERM)
    #expect(training.status() == 143)
    let fourth = try folder.run("operant", "train", "rdm_fixed", "--run", "run")
    #expect(fourth.status() == 73)
    #expect(fourth.complaints.contains("go on with it by '--resume run'"))
  }

  @Test(
    "a configuration that makes no sense is refused by its key",
    arguments: [
      ("\"lookAhead\" : 24", "\"lookAhead\" : \"far\"", "lookAhead"),
      ("\"lookAhead\" : 24", "\"lookAhed\" : 24", "lookAhe"),
      ("\"validationTrials\" : 1000", "\"validationTrials\" : 0", "validationTrials is 0"),
    ])
  func configurations(old: String, new: String, words: String) throws {
    _ = try folder.run("operant", "train", "rdm_fixed", "--update-limit", "0", "--run", "run")
    let text = String(decoding: folder.bytes("run/config.json"), as: UTF8.self)
    #expect(text.contains(old))
    try text.replacingOccurrences(of: old, with: new)
      .write(to: folder.url.appending(path: "config.json"), atomically: true, encoding: .utf8)
    let run = try folder.run("operant", "train", "--config", "config.json", "--run", "other")
    #expect(run.status() == 65 || run.status() == 64)
    #expect(run.complaints.contains(words), "\(run.complaints)")
  }

  @Test("what a run was trained with trains the same again")
  func configurationTakenBack() throws {
    _ = try folder.run(
      "operant", "train", "rdm_fixed", "--seed", "5", "--update-limit", "60", "--set", "noise=1",
      "--run", "a")
    let again = try folder.run("operant", "train", "--config", "a/config.json", "--run", "b")
    #expect(again.status() == 0, "\(again.complaints)")
    expectEqualRuns("a", "b", in: folder)
  }

  @Test("tasks and their descriptions are those of the server", arguments: [true, false])
  func catalogue(isRunning: Bool) throws {
    let server = isRunning ? try folder.server(at: "ipc://\(folder.path("socket"))") : nil
    let connect = server.map { ["--connect", $0.endpoint] } ?? []
    let tasks = try Run("operant", ["tasks"] + connect, in: folder)
    #expect(tasks.status() == 0)
    for name in ["PerceptualDecisionMaking, rdm_fixed", "rdm_rt"] {
      #expect(tasks.printed.contains(name))
    }
    let description = try Run("operant", ["describe", "rdm_fixed"] + connect, in: folder)
    #expect(description.status() == 0)
    for words in [
      "channels    fixation, left, right", "actions     0 fixate, 1 left, 2 right",
      "9  direction 1, coherence 51.2", "noise = 1.4142137 1/√ms", "reactionTime (ms)",
      "also called rdm_fixed",
    ] {
      #expect(description.printed.contains(words), "\(words)")
    }
    server?.run.signal(SIGTERM)
    server?.run.status()
  }

  @Test(
    "every command explains itself, with an example",
    arguments: ["train", "evaluate", "tasks", "describe"])
  func help(command: String) throws {
    let help = try folder.run("operant", command, "--help")
    #expect(help.status() == 0)
    #expect(
      help.printed.contains("operant \(command)") && help.printed.lowercased().contains("example"))
    #expect(help.complaints.isEmpty)
  }
}
