import Foundation
import Testing

/// Trainings over sockets between processes. The short ones end after 160 updates, some seconds.
@Suite("operant train", .serialized)
struct TrainingTests {
  let folder = Folder()

  /// A training of 160 updates: validations before 0, 50, 100 and 150, and a checkpoint at the end.
  func train(_ run: String, seed: Int = 7, _ more: String...) throws -> Run {
    let training = try start(run, seed: seed, more)
    #expect(training.status() == 0, "\(training.complaints)")
    return training
  }

  func start(_ run: String, seed: Int = 7, _ more: [String] = []) throws -> Run {
    try Run(
      "operant",
      ["train", "rdm_fixed", "--seed", "\(seed)", "--update-limit", "160", "--run", run] + more,
      in: folder)
  }

  func resume(_ run: String) throws -> Run { try folder.run("operant", "train", "--resume", run) }

  /// The server that an agent started, by the folder of its socket.
  func pidOfOwnServer() throws -> Int32 {
    let wanted = "--bind\0ipc://\(folder.url.path)/"
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
      guard let pid = Int32(name),
        let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
      else { continue }
      if String(decoding: words, as: UTF8.self).contains(wanted) { return pid }
    }
    return -1
  }

  @Test("starts a server of its own, ends it, and leaves a run and nothing else")
  func ownServer() throws {
    let training = try train("run")
    #expect(training.printed.contains("the run is in run"))
    #expect(
      folder.names("run") == [
        ".lock", "checkpoints", "config.json", "events.out.tfevents.0.operant", "progress.csv",
      ])
    #expect(
      folder.names("run/checkpoints") == [
        "best.safetensors", "update-000100.safetensors", "update-000150.safetensors",
        "update-000160.safetensors",
      ])
    #expect(folder.rows("run") == 4)
    #expect(training.complaints.contains("rdm_fixed  trials 500  reward "))
    #expect(folder.names("").filter { $0.hasPrefix("operant-") }.isEmpty, "the server's socket")
    #expect(try pidOfOwnServer() == -1)
  }

  @Test("the same seed gives the same bytes, another seed others")
  func seeds() throws {
    _ = try train("a")
    _ = try train("b")
    _ = try train("c", seed: 8)
    expectEqualRuns("a", "b", in: folder)
    #expect(
      folder.bytes("a/checkpoints/update-000160.safetensors")
        != folder.bytes("c/checkpoints/update-000160.safetensors"))
  }

  @Test("two servers with half the lanes each give the bytes of one")
  func twoServers() throws {
    let (one, first) = try folder.server(at: "ipc://\(folder.path("socket"))")
    let (two, second) = try folder.server(at: "tcp://127.0.0.1:*")
    _ = try train("one", seed: 7, "--connect", first)
    _ = try train("two", seed: 7, "--connect", "\(first),\(second)")
    expectEqualRuns("one", "two", in: folder)
    for server in [one, two] {
      server.signal(SIGTERM)
      #expect(server.status() == 0)
    }
  }

  @Test("stopped by a signal it says how to go on, and goes on to the same bytes")
  func stopAndResume() throws {
    _ = try train("quiet")
    let training = try start("run")
    training.wait(until: { folder.rows("run") == 2 })
    training.signal(SIGTERM)
    #expect(training.status() == 143)
    #expect(training.printed.contains("go on with: operant train --resume run"))
    let again = try Run("operant", ["train", "--resume", "run"], in: folder)
    again.wait(until: { folder.rows("run") == 3 })
    again.signal(SIGINT)
    #expect(again.status() == 130)
    #expect(try resume("run").status() == 0)
    expectEqualRuns("quiet", "run", in: folder)
  }

  @Test("whoever kills its server finds it started again, and the same bytes in the end")
  func killedServer() throws {
    _ = try train("quiet")
    let training = try start("run")
    for rows in 1...3 {
      training.wait(until: { folder.rows("run") == rows })
      training.wait(until: { (try? pidOfOwnServer() != -1) == true })
      kill(try pidOfOwnServer(), SIGKILL)
      training.wait(until: {
        training.complaints.components(separatedBy: "starting it again").count == rows + 1
      })
    }
    #expect(training.status() == 0)
    expectEqualRuns("quiet", "run", in: folder)
  }

  @Test("a running server that dies and comes back at its place is played on at")
  func restartedServer() throws {
    _ = try train("quiet")
    let endpoint = "ipc://\(folder.path("socket"))"
    let (server, _) = try folder.server(at: endpoint)
    let training = try start("run", seed: 7, ["--connect", endpoint])
    training.wait(until: { folder.rows("run") == 2 })
    server.signal(SIGKILL)
    #expect(server.status() == -9)
    let (other, _) = try folder.server(at: endpoint)
    #expect(training.status() == 0, "\(training.complaints)")
    expectEqualRuns("quiet", "run", in: folder)
    other.signal(SIGTERM)
    other.status()
  }

  @Test("killed itself it goes on to the same bytes, and its server ends with it")
  func killedAgent() throws {
    _ = try train("quiet")
    let training = try start("run")
    training.wait(until: { folder.rows("run") == 3 })
    training.signal(SIGKILL)
    #expect(training.status() == -9)
    training.wait(until: { (try? pidOfOwnServer() == -1) == true })
    #expect(try resume("run").status() == 0)
    expectEqualRuns("quiet", "run", in: folder)
  }

  @Test(
    "a damaged checkpoint is refused by name, and the one before is used",
    arguments: ["truncated", "flipped"])
  func damagedCheckpoint(_ damage: String) throws {
    _ = try train("run")
    let undamaged = folder.bytes("run/checkpoints/update-000160.safetensors")
    var bytes = undamaged
    if damage == "truncated" { bytes.removeLast(1000) } else { bytes[bytes.count / 2] ^= 4 }
    try bytes.write(to: folder.url.appending(path: "run/checkpoints/update-000160.safetensors"))
    let resumed = try resume("run")
    #expect(resumed.status() == 0)
    #expect(resumed.complaints.contains("update-000160.safetensors' is damaged"))
    #expect(resumed.complaints.contains("using update-000150.safetensors"))
    #expect(folder.bytes("run/checkpoints/update-000160.safetensors") == undamaged)
  }

  @Test("with all checkpoints damaged there is nothing to go on from")
  func allDamaged() throws {
    _ = try train("run")
    for name in folder.names("run/checkpoints") {
      try Data([1, 2, 3]).write(to: folder.url.appending(path: "run/checkpoints/" + name))
    }
    let resumed = try resume("run")
    #expect(resumed.status() == 65)
    #expect(resumed.complaints.contains("none is left to go on from"))
  }

  @Test("agents share a server, and neither garbage nor a stopped one disturbs the others")
  func severalAgents() throws {
    _ = try train("alone")
    let (server, endpoint) = try folder.server(at: "tcp://127.0.0.1:*")
    let stopped = try start("stopped", seed: 9, ["--connect", endpoint])
    stopped.wait(until: { folder.rows("stopped") == 1 })
    stopped.signal(SIGSTOP)
    let one = try start("one", seed: 7, ["--connect", endpoint])
    let two = try start("two", seed: 8, ["--connect", endpoint])
    try sendGarbage(toPort: UInt16(endpoint.split(separator: ":").last ?? "") ?? 0)
    #expect(one.status() == 0 && two.status() == 0)
    expectEqualRuns("alone", "one", in: folder)
    stopped.signal(SIGCONT)
    #expect(stopped.status() == 0)
    server.signal(SIGTERM)
    #expect(server.status() == 0)
  }

  /// Bytes that are no ZeroMQ, from a socket that has never heard of it.
  private func sendGarbage(toPort port: UInt16) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
    let garbage = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 151) }
    #expect(send(descriptor, garbage, garbage.count, Int32(MSG_NOSIGNAL)) > 0)
  }
}

@Suite("A whole training", .serialized)
struct WholeTrainingTests {
  let folder = Folder()

  /// Reference 6.3, facts 1 and 2, and 6.4: nobody beats the ideal observer but by chance.
  @Test("learns rdm_fixed to the paper's criterion and decides like the paper's networks")
  func learnsAndDecides() throws {
    let training = try folder.run("operant", "train", "rdm_fixed", "--seed", "104", "--run", "run")
    #expect(training.status() == 0)
    #expect(training.printed.contains("learned after"))
    let evaluation = try folder.run(
      "operant", "evaluate", "run", "--trials-per-condition", "500")
    #expect(evaluation.status() == 0, "\(evaluation.complaints)")
    #expect(evaluation.printed.contains("wrote run/trials.csv"))

    let lines = String(decoding: folder.bytes("run/trials.csv"), as: UTF8.self).split(
      separator: "\n")
    #expect(
      lines[0] == "id,lane,trial,condition,direction,coherence,stimulus_start,stimulus_duration,"
        + "reaction_time,choice,ending,decided,correct,duration,step_count,reward")
    let trials = lines.dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(trials.count == 5000)
    for condition in 0..<10 { #expect(trials.count { $0[3] == "\(condition)" } == 500) }
    let decided = trials.filter { $0[11] == "1" }
    #expect(decided.count >= 4950)

    func accuracy(_ some: [[Substring]]) -> Double {
      Double(some.count { $0[12] == "1" }) / Double(some.count)
    }
    // Standard error 0.0055.
    #expect((0.76...0.8095 + 3 * 0.0055).contains(accuracy(decided)))
    let byCoherence = ["0.0", "6.4", "12.8", "25.6", "51.2"].map { coherence in
      accuracy(decided.filter { $0[5] == coherence })
    }
    #expect(byCoherence == byCoherence.sorted())
    for (found, ideal) in zip(byCoherence, [0.500, 0.718, 0.861, 0.970, 0.999]) {
      #expect(found <= ideal + 3 * (ideal * (1 - ideal) / 1000).squareRoot())
    }
    let weak = decided.filter { $0[5] == "12.8" }
      .sorted { (Double($0[7]) ?? 0) < (Double($1[7]) ?? 0) }
    #expect(accuracy(Array(weak.prefix(300))) < accuracy(Array(weak.suffix(300))))
  }

  @Test("learns rdm_rt to its criterion and decides the faster the stronger the motion")
  func reactionTimes() throws {
    let training = try folder.run("operant", "train", "rdm_rt", "--seed", "2", "--run", "run")
    #expect(training.status() == 0 && training.printed.contains("learned after"))
    _ = try folder.run("operant", "evaluate", "run", "--trials-per-condition", "200")
    let lines = String(decoding: folder.bytes("run/trials.csv"), as: UTF8.self).split(
      separator: "\n")
    let trials = lines.dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }.filter { $0[10] == "1" }
    #expect(trials.count >= 2370)
    func reactionTime(_ coherence: String) -> Double {
      let some = trials.filter { $0[5] == coherence }.compactMap { Double($0[7]) }
      return some.reduce(0, +) / Double(some.count)
    }
    #expect(reactionTime("51.2") < reactionTime("12.8"))
    #expect(reactionTime("12.8") < reactionTime("0.0"))
  }
}
