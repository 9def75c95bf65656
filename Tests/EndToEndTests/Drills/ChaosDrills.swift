import Foundation
import Testing

@Suite("Drills: bad lines and bad posts")
struct ChaosDrills {
  @Test("through a line that delays, tears and cuts, weights are those of a quiet run")
  func badLine() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let training = DrilledTraining(updateLimit: Drill.count(150, full: 600))
      let quiet = try training.run(at: [endpoint])
      let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
      // A connection is cut so often that a handshake and some requests get through in between.
      let line = try BadLine(to: port, seed: 7, .init(cuts: 0.01))
      defer { line.close() }
      let drilled = try training.run(at: [line.endpoint])
      #expect(line.cuts >= 3)
      #expect(line.delays >= 10)
      #expect(drilled.trials == quiet.trials)
      #expect(drilled.end == quiet.end)
      Drill.tell("connections cut in a training", line.cuts, "cuts, same weights")
      Drill.tell("bytes late in a training", line.delays, "delays, same weights")
    }
  }

  @Test("through a post that loses, doubles, delays and reorders, weights are those of a quiet run")
  func badPost() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let training = DrilledTraining(updateLimit: Drill.count(60, full: 600))
      let quiet = try training.run(at: [endpoint])
      let post = try BadPost(to: endpoint, seed: 7)
      defer { post.close() }
      let drilled = try training.run(at: [post.endpoint], timeOut: .milliseconds(300))
      let counts = post.counts
      #expect(counts.lost >= 2)
      #expect(counts.doubled >= 20)
      #expect(counts.overtaken >= 20)
      #expect(drilled.trials == quiet.trials)
      #expect(drilled.doubledTrials == 0)
      #expect(drilled.end == quiet.end)
      Drill.tell("messages lost in a training", counts.lost, "of \(counts.messages), same weights")
      Drill.tell("messages doubled", counts.doubled, "of \(counts.messages), same weights")
      Drill.tell("messages overtaken", counts.overtaken, "of \(counts.messages), same weights")
    }
  }

  @Test("if every message comes twice, each is taken for itself alone")
  func doubled() throws {
    try Laboratory.open { laboratory in
      let (_, endpoint) = try laboratory.startServer()
      let training = DrilledTraining(updateLimit: 5)
      let quiet = try training.run(at: [endpoint])
      let post = try BadPost(
        to: endpoint, seed: 2,
        .init(lost: 0, doubled: 1, late: 0.5, longestDelay: .milliseconds(10)))
      defer { post.close() }
      #expect(try training.run(at: [post.endpoint]) == quiet)
      #expect(post.counts.doubled == post.counts.messages)
    }
  }
}
