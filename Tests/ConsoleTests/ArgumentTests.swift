import Testing

@testable import Console

@Suite("Arguments")
struct ArgumentTests {
  let task = Positional<String>("TASK", help: "what to train on; 'gym tasks' lists them")
  let run = Positional<String?>("RUN", help: "a run to go on with")
  let pages = PositionalList<Int>("PAGE", help: "which pages; all if none is named")
  let seed = Flag<UInt64>("seed", "N", default: 1, help: "which random numbers are drawn")
  let lanes = Flag<Int>("lanes", "N", default: 64, within: 1...4096, help: "trials side by side")
  let rate = Flag<Double?>("learning-rate", "X", default: nil, help: "the size of a step")
  let trials = Flag<Int?>("trials", "N", within: 1...1_000_000, help: "how many at most")
  let connect = Flag<[String]>("connect", "E1,E2,…", default: [], help: "servers to use")
  let kind = Flag<String>(
    "device", oneOf: ["float", "double"], default: "float", help: "precision")
  let quiet = Switch("quiet", help: "prints errors only")

  var program: Program {
    Program(
      "gym", version: "1.2.3", summary: "trains networks on tasks",
      commands: [
        Command(
          "train", summary: "trains a network", takes: [task],
          flags: [seed, lanes, rate, trials, connect, kind, quiet],
          example: "gym train rdm_fixed --seed 97"
        ) { _ in .success },
        Command("evaluate", summary: "plays test trials", takes: [run], example: "gym evaluate r") {
          _ in .data
        },
      ])
  }

  private func arguments(_ line: String) throws -> Arguments {
    guard case .run(let arguments) = try program.parse(line.split(separator: " ").map(String.init))
    else { throw Unexpected() }
    return arguments
  }

  private struct Unexpected: Error {}

  @Test("flags come before and after what is positional, with a space or '='")
  func forms() throws {
    let given = try arguments(
      "train --seed 97 rdm_fixed --lanes=128 --quiet --connect tcp://a:1,ipc:///b "
        + "--learning-rate -0.5 --device double")
    #expect(given.command.name == "train")
    #expect(given[task] == "rdm_fixed")
    #expect(given[seed] == 97)
    #expect(given[lanes] == 128)
    #expect(given[quiet])
    #expect(given[connect] == ["tcp://a:1", "ipc:///b"])
    #expect(given[rate] == -0.5)
    #expect(given[kind] == "double")
  }

  @Test("a list takes all that is left, be it nothing")
  func lists() throws {
    let drawing = Program(
      "draw", version: "1.2.3",
      command: Command("", summary: "draws", takes: [task, pages], example: "draw dots 1 2") {
        _ in .success
      })
    func pagesGiven(_ words: String...) throws -> [Int] {
      guard case .run(let arguments) = try drawing.parse(words) else { throw Unexpected() }
      #expect(arguments[task] == "dots")
      return arguments[pages]
    }
    #expect(try pagesGiven("dots") == [])
    #expect(try pagesGiven("dots", "3", "1", "2") == [3, 1, 2])
    #expect(throws: ArgumentError.self) { try drawing.parse(["dots", "3", "one"]) }
    guard case .print(let help) = try drawing.parse(["--help"]) else { throw Unexpected() }
    #expect(help.contains("usage: draw TASK [PAGE…]"))
  }

  @Test("what isn't given has its default")
  func defaults() throws {
    let given = try arguments("train rdm_fixed --lanes 64")
    #expect(given[seed] == 1)
    #expect(given[connect] == [])
    #expect(given[rate] == nil)
    #expect(given[trials] == nil)
    #expect(try arguments("train t --trials 5")[trials] == 5)
    #expect(!given[quiet])
    #expect(given.isGiven(lanes))
    #expect(!given.isGiven(seed))
  }

  @Test("an optional positional may be left out")
  func optional() throws {
    #expect(try arguments("evaluate")[run] == nil)
    #expect(try arguments("evaluate runs/a")[run] == "runs/a")
  }

  @Test("after '--' nothing is a flag")
  func noMoreFlags() throws {
    #expect(try arguments("train -- --seed")[task] == "--seed")
  }

  @Test("a seed has all 64 bits")
  func wholeSeed() throws {
    #expect(try arguments("train t --seed 18446744073709551615")[seed] == .max)
  }

  @Test(
    "a slip is answered in words that help, and with 64",
    arguments: [
      ("", "what should be done? write 'gym COMMAND', where COMMAND is one of train, evaluate"),
      ("trian", "unknown command 'trian'; did you mean 'train'?"),
      ("dance", "unknown command 'dance'; there are train, evaluate"),
      ("--seed 1 train t", "'--seed' comes before the command; write 'gym COMMAND --seed …'"),
      ("--verison", "unknown flag '--verison'; did you mean '--version'?"),
      ("-x", "unknown flag '-x'; 'gym --help' lists those there are"),
      ("train t --sead 1", "unknown flag '--sead'; did you mean '--seed'?"),
      ("train t --sead=1", "unknown flag '--sead'; did you mean '--seed'?"),
      ("train t -s", "unknown flag '-s'; 'gym train --help' lists those there are"),
      ("train t --seed", "--seed takes a whole number from 0 to 2⁶⁴ − 1, and nothing follows"),
      (
        "train t --lanes --quiet",
        "--lanes takes a whole number from 1 to 4096, and '--quiet' follows; "
          + "write --lanes=--quiet if that is meant"
      ),
      ("train t --seed -1", "--seed takes a whole number from 0 to 2⁶⁴ − 1, and '-1' came"),
      ("train t --lanes 0", "--lanes takes a whole number from 1 to 4096, and '0' came"),
      ("train t --lanes 1.5", "--lanes takes a whole number from 1 to 4096, and '1.5' came"),
      ("train t --trials 0", "--trials takes a whole number from 1 to 1000000, and '0' came"),
      ("train t --learning-rate nan", "--learning-rate takes a number, and 'nan' came"),
      (
        "train t --connect a,,b", "--connect takes a list with commas, each a text, and 'a,,b' came"
      ),
      (
        "train t --device duoble",
        "--device takes one of float, double, and 'duoble' came; did you mean 'double'?"
      ),
      ("train t --quiet=yes", "--quiet takes no value, and 'yes' came"),
      ("train t --seed 1 --seed 1", "--seed is given twice; give it once"),
      ("train", "TASK is missing; write 'gym train TASK [flags]'"),
      ("train a b", "'b' is one too many; write 'gym train TASK [flags]'"),
      ("evaluate a b", "'b' is one too many; write 'gym evaluate [RUN]'"),
    ])
  func slips(line: String, sentence: String) throws {
    let error = #expect(throws: ArgumentError.self) { try arguments(line) }
    #expect("\(try #require(error))" == sentence)
    #expect(error?.exitCode == .usage)
  }

  @Test("help shows every flag with its default, and an example")
  func help() throws {
    for line in [["train", "--help"], ["help", "train"], ["train", "t", "-h"]] {
      guard case .print(let text) = try program.parse(line) else { throw Unexpected() }
      #expect(
        text == """
          gym train: trains a network

          usage: gym train TASK [flags]

            TASK               what to train on; 'gym tasks' lists them
            --seed N           which random numbers are drawn (1 unless given)
            --lanes N          trials side by side (64 unless given)
            --learning-rate X  the size of a step
            --trials N         how many at most
            --connect E1,E2,…  servers to use
            --device WORD      precision: one of float, double (float unless given)
            --quiet            prints errors only
            --help             prints this
            --version          prints the version

          example: gym train rdm_fixed --seed 97

          """)
    }
  }

  @Test("the program's help lists its commands; its version is its name and number")
  func programHelp() throws {
    for line in [["--help"], ["help"], ["-h"]] {
      guard case .print(let text) = try program.parse(line) else { throw Unexpected() }
      #expect(
        text == """
          gym: trains networks on tasks

          usage: gym COMMAND …

            train     trains a network
            evaluate  plays test trials

          'gym COMMAND --help' tells more about each.

          """)
    }
    for line in [["--version"], ["train", "--version"]] {
      guard case .print(let text) = try program.parse(line) else { throw Unexpected() }
      #expect(text == "gym 1.2.3\n")
    }
  }

  @Test("a program of one command may do others besides, which are named")
  func besides() throws {
    let folder = Flag<String>("folder", "FOLDER", default: "keys", help: "where")
    let server = Program(
      "server", version: "1",
      command: Command("", summary: "serves", example: "server") { _ in .success },
      besides: [
        Command("keygen", summary: "makes keys", flags: [folder], example: "server keygen") {
          $0[folder] == "x" ? .data : .usage
        }
      ])
    #expect(server.run([]) == .success)
    #expect(server.run(["keygen", "--folder", "x"]) == .data)
    #expect(server.help.contains("usage: server\n"))
    #expect(server.help.hasSuffix("besides: server keygen: makes keys\n"))
    #expect(throws: ArgumentError.extraPositional("keys", usage: "server")) {
      try server.parse(["keys"])
    }
    guard case .print(let help) = try server.parse(["keygen", "--help"]) else {
      Issue.record("no help")
      return
    }
    #expect(help.contains("usage: server keygen [flags]\n"))
    #expect(!help.contains("besides"))
  }

  @Test("a program of one command names none")
  func oneCommand() throws {
    let bind = Flag<String>("bind", "ENDPOINT", default: "tcp://127.0.0.1:5555", help: "where")
    let server = Program(
      "server", version: "1",
      command: Command("", summary: "serves", flags: [bind], example: "server --bind ipc:///a") {
        $0[bind] == "x" ? .success : .data
      })
    #expect(server.run(["--bind", "x"]) == .success)
    #expect(
      throws: ArgumentError.unknownFlag(
        "--bnd", known: ["--bind", "--help", "--version"], usage: "server")
    ) {
      try server.parse(["--bnd", "x"])
    }
    #expect(
      server.help.hasPrefix("server: serves\n\nusage: server [flags]\n\n  --bind ENDPOINT  where"))
  }

  @Test("long help is broken between words")
  func longHelp() {
    let words = Array(repeating: "word", count: 20).joined(separator: " ")
    let program = Program(
      "p", version: "1",
      command: Command("", summary: "s", flags: [Switch("x", help: words)], example: "p") { _ in
        .success
      })
    let lines = program.help.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[3].hasPrefix("             word word"))
  }

  @Test("errors carry their exit code out, and those of nobody are the program's fault")
  func exitCodes() {
    #expect(exitCode(for: ProgramError("port 5555 is taken", .unavailable)) == .unavailable)
    #expect(exitCode(for: Unexpected()) == .software)
    #expect(
      report(of: ProgramError("port 5555 is taken", .unavailable), by: "gym")
        == "gym: port 5555 is taken\n")
    #expect(program.run(["evaluate"]) == .data)
  }
}
