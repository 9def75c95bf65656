import Foundation
import Testing

@Suite("Scripts for clusters and services")
struct DeploymentTests {
  /// Files that call our programs, from the repository's root.
  static let scripts = [
    "deploy/slurm/train.sbatch", "deploy/slurm/many-servers.sbatch", "deploy/slurm/sweep.sh",
    "deploy/systemd/operant-server.service", "deploy/Containerfile", "deploy/README.md",
    "tools/drills/slurm",
  ]

  private func text(_ script: String) throws -> String {
    let repository = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: repository.appending(path: script), encoding: .utf8)
  }

  @Test("they name only flags that our programs have", arguments: scripts)
  func flags(script: String) throws {
    try Laboratory.open { laboratory in
      var known: Set<Substring> = []
      for call in [
        "operant train", "operant sweep", "operant keygen", "operant-server",
        "operant-server keygen",
      ] {
        let words = call.split(separator: " ").map(String.init)
        let help = try laboratory.run(words[0], words.dropFirst() + ["--help"])
        #expect(help.exitCode == 0)
        known.formUnion(help.output.matches(of: /--[a-z][a-z-]*/).map(\.output))
      }
      var named = 0
      // A call goes on behind a backslash, and its flags follow the program's name.
      for line in try text(script).replacing(/\\\n/, with: " ").split(separator: "\n") {
        guard
          let call = line.firstMatch(
            of:
              /(operant|"\$OPERANT"|"\$OPERANT_SERVER"|operant-server|"\$0"|operant-server",) ?(train|sweep|keygen|"?--).*/
          )
        else { continue }
        for flag in call.output.0.matches(of: /(?:^|[^a-z-])(--[a-z][a-z-]*)/).map(\.output.1) {
          #expect(known.contains(flag), "\(script) gives \(flag), which no program of ours takes")
          named += 1
        }
      }
      #expect(named > 0)
    }
  }

  @Test(
    "shells can read them",
    arguments: scripts.filter {
      !$0.hasSuffix("md") && !$0.hasPrefix("deploy/systemd") && !$0.hasSuffix("file")
    })
  func syntax(script: String) throws {
    try Laboratory.open { laboratory in
      try laboratory.write(try text(script), to: "script")
      #expect(try laboratory.run("sh", ["-n", "script"]).exitCode == 0)
      #expect(try laboratory.run("bash", ["-n", "script"]).exitCode == 0)
    }
  }
}
