import Foundation
import Testing

@Suite("Servers that other machines can reach")
struct SecurityTests {
  /// Makes the keys of a server and of alice, whom it lets in.
  private func makeKeys(in laboratory: Laboratory) throws {
    let made = try laboratory.run("operant-server", ["keygen"])
    #expect(made.exitCode == 0)
    #expect(
      made.output == """
        wrote keys/server.key, which stays here, and keys/server.pub, for the agents
        next: put the .pub file of each agent that may come in into keys/authorised

        """)
    for name in ["alice", "mallory"] {
      #expect(try laboratory.operant("keygen --name \(name)").exitCode == 0)
    }
    try FileManager.default.copyItem(
      atPath: laboratory.path("keys/alice.pub"),
      toPath: laboratory.path("keys/authorised/alice.pub"))
  }

  private let alice = "--server-key keys/server.pub --key keys/alice.key"
  private let mallory = "--server-key keys/server.pub --key keys/mallory.key"

  @Test("a run with keys comes out as the same bytes, and strangers learn why they are not let in")
  func keys() throws {
    try Laboratory.open { laboratory in
      let alone = try laboratory.train(SmallRun(), in: "alone")
      try makeKeys(in: laboratory)
      let (server, endpoint) = try laboratory.startServer(["--keys", "keys"])
      let there = "--connect \(endpoint)"
      let trained = try laboratory.operant(
        laboratory.arguments(for: SmallRun(), in: "run") + " \(there) \(alice)")
      #expect(trained.exitCode == 0)
      expectEqual(alone, try laboratory.contents(of: "run"))

      for (call, exitCode, words) in [
        ("tasks \(there)", 77, "lets in nobody without a key"),
        ("tasks \(there) \(mallory)", 77, "is not authorised; put its .pub file into 'authorised'"),
        ("train rdm_fixed \(there) \(mallory)", 77, "does not let this agent in"),
        (
          "tasks \(there) --server-key keys/mallory.pub --key keys/alice.key", 77,
          "it is not the server whose key is"
        ),
        ("tasks \(there) --key keys/alice.key", 64, "name the server's public key, too"),
        ("tasks \(there) --server-key keys/server.pub", 64, "'operant keygen' makes it"),
        ("tasks \(there) --server-key a --key keys/alice.key", 66, "can't read the key in 'a'"),
        (
          "tasks \(there) --server-key keys/server.pub --key keys/alice.pub", 65,
          "holds a public key only"
        ),
      ] as [(String, Int32, String)] {
        let ended = try laboratory.operant(call)
        #expect(ended.exitCode == exitCode, "\(call)")
        #expect(ended.errors.hasPrefix("operant: "))
        #expect(ended.errors.contains(words), "\(call): \(ended.errors)")
      }
      // In the environment they are found by every command; a server of one's own asks for none.
      let variables = "OPERANT_SERVER_KEY=keys/server.pub OPERANT_KEY=keys/alice.key"
      #expect(try laboratory.shell("\(variables) operant tasks \(there)").exitCode == 0)
      #expect(try laboratory.shell("\(variables) operant tasks").exitCode == 0)
      server.signal(SIGTERM)
      let log = try server.end().errors
      #expect(log.contains(" info: let in alice.pub from 127.0.0.1\n"))
      #expect(log.contains(" warning: rejected: somebody "))
    }
  }

  @Test("where other machines can connect, keys or the words for it are needed")
  func remote() throws {
    try Laboratory.open { laboratory in
      try makeKeys(in: laboratory)
      let everywhere = "tcp://0.0.0.0:*"
      #expect(try laboratory.run("operant-server", ["--bind", everywhere]).exitCode == 64)
      let (_, keyed) = try laboratory.startServer(["--keys", "keys"], at: everywhere)
      let near = keyed.replacing("0.0.0.0", with: "127.0.0.1")
      #expect(try laboratory.operant("tasks --connect \(near) \(alice)").exitCode == 0)
      #expect(try laboratory.operant("tasks --connect \(near)").exitCode == 77)
      let (_, open) = try laboratory.startServer(["--allow-strangers"], at: everywhere)
      let there = open.replacing("0.0.0.0", with: "127.0.0.1")
      #expect(try laboratory.operant("tasks --connect \(there)").exitCode == 0)
      let both = try laboratory.operant("tasks --connect \(there) \(alice)")
      #expect(both.exitCode == 77)
      #expect(both.errors.contains("has no keys, so nobody can tell whose it is"))
    }
  }

  @Test("keys that others can read or that are there already are not used or written over")
  func files() throws {
    try Laboratory.open { laboratory in
      try makeKeys(in: laboratory)
      #expect(try laboratory.run("operant-server", ["keygen"]).exitCode == 73)
      #expect(try laboratory.operant("keygen --name alice").exitCode == 73)
      #expect(try laboratory.operant("keygen --name ../alice").exitCode == 64)
      #expect(chmod(laboratory.path("keys/server.key"), 0o644) == 0)
      let open = try laboratory.run("operant-server", ["--keys", "keys"])
      #expect(open.exitCode == 77)
      #expect(open.errors.hasSuffix("(mode 644); run: chmod 600 'keys/server.key'\n"))
      #expect(chmod(laboratory.path("keys/server.key"), 0o600) == 0)
      #expect(chmod(laboratory.path("keys"), 0o770) == 0)
      let shared = try laboratory.run("operant-server", ["--keys", "keys"])
      #expect(shared.exitCode == 77)
      #expect(shared.errors.contains("/keys' (mode 770) and put another folder in the place of"))
      #expect(try laboratory.run("operant-server", ["--keys", "nowhere"]).exitCode == 66)
    }
  }
}
