import Foundation
import Testing

@Suite("What can be looked up")
struct PagesTests {
  @Test("tasks lists what the server offers: its own, and one that is asked")
  func tasks() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let own = try laboratory.operant("tasks")
      #expect(own.exitCode == 0)
      #expect(own.errors == "")
      #expect(own.output.hasPrefix("PerceptualDecisionMaking, rdm_fixed, rdm_fixed_dt\n    Judge"))
      #expect(own.output.contains("\nPerceptualDecisionMakingReactionTime, rdm_rt\n    Judge"))
      #expect(try own.output == laboratory.operant("tasks --connect \(endpoint)").output)
    }
  }

  @Test("describe tells all about a task, by whichever name it is asked")
  func describe() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let page = try laboratory.operant("describe rdm_fixed")
      #expect(page.exitCode == 0)
      for words in [
        "channels    fixation, left, right\n", "actions     0 fixate, 1 left, 2 right\n",
        "time limit  2750 ms\n", "chance      50.0 % of decisions correct\n",
        "oracle      1 a trial, for who knows the truth\n",
        "observer    81.0 % of decisions correct, if nothing shown is missed\n",
        "    coherences = 0:6.4:12.8:25.6:51.2 %\n",
        "    fixation = 750 ms\n", "    song2017: Song, Yang & Wang, eLife 6:e21492 (2017)\n",
      ] {
        #expect(page.output.contains(words))
      }
      let other = try laboratory.operant(
        "describe PerceptualDecisionMaking --connect \(endpoint)")
      #expect(other.output == page.output)
    }
  }

  @Test(
    "no line of a page is wider than a terminal",
    arguments: [
      "tasks", "describe rdm_fixed", "describe mante", "describe padoaschioppa2006",
      "describe dnms", "describe arm_reaching", "describe cartpole",
    ])
  func width(command: String) throws {
    try Laboratory.open { laboratory in
      let page = try laboratory.operant(command).output
      #expect(page.split(separator: "\n").filter { $0.count > 80 } == [])
    }
  }

  @Test(
    "help explains each command, with an example of it",
    arguments: ["train", "evaluate", "reproduce", "tasks", "describe"])
  func help(command: String) throws {
    try Laboratory.open { laboratory in
      let page = try laboratory.operant("\(command) --help")
      #expect(page.exitCode == 0)
      #expect(page.errors == "")
      #expect(page.output.contains("\nusage: operant \(command)"))
      #expect(page.output.contains("\nexample: operant \(command)"))
      #expect(page.output.split(separator: "\n").filter { $0.count > 80 } == [])
      #expect(try page.output == laboratory.operant("help \(command)").output)
      let overview = try laboratory.operant("--help")
      #expect(overview.output.contains("\n  \(command) "))
    }
  }

  @Test("both programs tell their version")
  func version() throws {
    try Laboratory.open { laboratory in
      let agent = try laboratory.operant("--version")
      #expect(agent.output == "operant 0.1.0\n")
      let server = try laboratory.run("operant-server", ["--version"])
      #expect(server.output == "operant-server 0.1.0\n")
    }
  }
}
