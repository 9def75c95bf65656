import Foundation
import Runs
import Testing

@Suite("Drills: checkpoints")
struct CheckpointDrills {
  /// What `operant-scribe` writes after an update.
  private func written(_ update: Int, count: Int) -> SafeTensors {
    SafeTensors(
      tensors: ["numbers": Tensor([Float](repeating: Float(update), count: count))],
      metadata: ["update": "\(update)"])
  }

  @Test(
    "whoever is killed while writing a checkpoint leaves a whole one, no older than the last it had"
  )
  func kills() throws {
    try Laboratory.open { laboratory in
      let killCount = Drill.count(20, full: 1000)
      let count = 20_000
      let folder = laboratory.path("checkpoints")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let checkpoints = Checkpoints(folder: folder)
      var random = SplitMix(seed: 1000)
      var killsInMidWrite = 0
      for _ in 0..<killCount {
        let scribe = try laboratory.start("operant-scribe", [folder, "\(count)"])
        try scribe.expect("a checkpoint") { scribe.output.contains("\n") }
        usleep(UInt32.random(in: 0...20_000, using: &random))
        scribe.signal(SIGKILL)
        let words = try scribe.end().output
        // Its last line may have been cut off.
        let safe = try #require(
          words.split(separator: "\n").dropLast(words.last == "\n" ? 0 : 1).last)
        let restored = try #require(try checkpoints.latest())
        #expect(restored.refused.isEmpty)
        #expect(restored.update >= Int(safe) ?? .max)
        #expect(restored.contents == written(restored.update, count: count))
        let best = try #require(try checkpoints.best())
        #expect(Int(best.metadata["update"] ?? "") ?? 0 >= Int(safe) ?? .max)
        if try laboratory.names(in: "checkpoints").contains(where: { $0.hasSuffix(".part") }) {
          killsInMidWrite += 1
        }
        try AtomicFile.sweep(folder)
      }
      Drill.tell("killed while writing checkpoints", killCount, "kills, each left a whole one")
      Drill.tell("of those between a file's first byte and its name", killsInMidWrite, "kills")
    }
  }

  /// A small one that has everything in it: two kinds of numbers, a shape, strings.
  private let small = SafeTensors(
    tensors: [
      "weights": Tensor((0..<12).map { Float($0) / 7 }, shape: [3, 4]),
      "counts": Tensor([1, 2, .max] as [UInt64]), "rate": Tensor([0.004]),
    ],
    metadata: ["update": "450", "task": "rdm_fixed"])

  /// Expects `bytes` to be refused.
  private func expectRefused(_ bytes: [UInt8], _ what: @autoclosure () -> String) {
    do {
      _ = try SafeTensors(decoding: bytes, checksum: .required)
      Issue.record("\(what()) was believed")
    } catch {}
  }

  @Test("no bit of a checkpoint can flip unnoticed")
  func flippedBits() throws {
    let whole = small.encoded()
    var random = SplitMix(seed: 8)
    var flips = 0
    for place in whole.indices {
      for bit in Drill.isFull ? Array(0..<8) : [Int.random(in: 0..<8, using: &random)] {
        var bytes = whole
        bytes[place] ^= 1 << bit
        expectRefused(bytes, "byte \(place) with bit \(bit) flipped")
        flips += 1
      }
    }
    #expect(try SafeTensors(decoding: whole, checksum: .required) == small)
    Drill.tell("bits flipped, every one of a file", flips, "refused")
  }

  @Test("no checkpoint can be cut short or go on unnoticed")
  func truncation() throws {
    let whole = small.encoded()
    for length in whole.indices {
      expectRefused(Array(whole.prefix(length)), "a file of \(length) bytes")
    }
    for more in [1, 7, 8, 4096] {
      expectRefused(whole + [UInt8](repeating: 0, count: more), "\(more) bytes more")
    }
    Drill.tell("files cut short, at every length", whole.count, "refused")
  }

  @Test(
    "a training's own checkpoints, damaged anywhere, are refused, and the run ends as it would have"
  )
  func damagedRun() throws {
    try Laboratory.open { laboratory in
      let run = SmallRun(updateLimit: 60)
      let quiet = try laboratory.train(run, in: "run")
      let newest = "run/checkpoints/update-000060.safetensors"
      let whole = try laboratory.bytes(newest)
      // One of every place: the header's length, its text, its padding, numbers at both ends and within.
      let header = 8 + Int(whole[0]) + Int(whole[1]) << 8 + Int(whole[2]) << 16
      var places = [0, 7, 8, 9, header - 1, header, whole.count - 1]
      var random = SplitMix(seed: 60)
      for _ in 0..<Drill.count(1, full: 40) {
        places.append(Int.random(in: 8..<header, using: &random))
        places.append(Int.random(in: header..<whole.count, using: &random))
      }
      var damages: [Data] = places.map { place in
        var bytes = whole
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return bytes
      }
      damages += [0, 7, 8, header - 1, header, whole.count - 1].map { whole.prefix($0) }
      for damaged in damages {
        try damaged.write(to: URL(filePath: laboratory.path(newest)))
        let resumed = try laboratory.operant("train --resume run --quiet")
        #expect(resumed.exitCode == 0)
        #expect(resumed.errors.hasPrefix("operant: checkpoint '\(newest)' is damaged: "))
        expectEqual(quiet, try laboratory.contents(of: "run"))
      }
      Drill.tell("checkpoints of a training damaged", damages.count, "refused, then the same files")
    }
  }

  @Test(
    "a full disk ends a training with a sentence, and with room it goes on to the same bytes",
    .enabled(if: canMount, "a disk of a size can't be mounted here"))
  func fullDisk() throws {
    try Laboratory.open { laboratory in
      let quiet = try laboratory.train(SmallRun(), in: "quiet")
      try laboratory.write(SmallRun().json, to: "run.json")
      // The disk is in a name space of the shell's own, and gone with it.
      try laboratory.write(
        """
        train() {
          if [ -e disk/run/config.json ]; then operant train --resume disk/run --quiet
          else operant train --config run.json --run disk/run --quiet; fi
        }
        mkdir disk && mount -t tmpfs -o size=4m tmpfs disk || exit 99
        for room in "$@"; do
          rm -f disk/filler
          head -c $((4 * 1048576 - 4096 - room * 1024)) /dev/zero > disk/filler
          train; echo "ended with $?"
        done
        rm disk/filler
        train && cp -r disk/run run
        """, to: "fill.sh")
      // In KB. A checkpoint has 281, the best network 64; three and another are there in the end.
      let rooms = Drill.isFull ? Array(stride(from: 8, through: 1000, by: 31)) : [40, 600]
      let ended = try laboratory.run(
        "unshare", ["-rm", "sh", "fill.sh"] + rooms.map(String.init))
      #expect(ended.exitCode == 0, "\(ended.errors)")
      let endings = ended.output.split(separator: "\n").filter { $0.hasPrefix("ended with") }
      #expect(endings == rooms.map { _ in "ended with 74" })
      let sentences = ended.errors.split(separator: "\n")
      #expect(sentences.count == rooms.count)
      #expect(
        sentences.allSatisfy {
          $0.hasPrefix("operant: can't write 'disk/run/")
            && $0.hasSuffix("': the disk is full; make room and try again")
        })
      expectEqual(quiet, try laboratory.contents(of: "run"))
      Drill.tell("disks that were full, at as many sizes", rooms.count, "ends with a sentence")
    }
  }

  @Test("files that may not grow any more end a training with a sentence, and it can go on")
  func fileSizeLimit() throws {
    try Laboratory.open { laboratory in
      let quiet = try laboratory.train(SmallRun(), in: "quiet")
      let training = try laboratory.arguments(for: SmallRun(), in: "run")
      // In blocks of 512 bytes.
      let limited = try laboratory.shell("ulimit -f 200; exec operant \(training)")
      #expect(limited.exitCode == 74)
      #expect(limited.errors.hasSuffix("it would be larger than files may be here\n"))
      #expect(try laboratory.operant("train --resume run").exitCode == 0)
      expectEqual(quiet, try laboratory.contents(of: "run"))
    }
  }

  /// Whether a shell here may have name spaces of its own, and mount what it likes in them.
  private static let canMount: Bool = {
    do {
      return try Laboratory.open {
        try $0.shell("exec unshare -rm mount -t tmpfs -o size=64k tmpfs /tmp").exitCode == 0
      }
    } catch {
      return false
    }
  }()
}
