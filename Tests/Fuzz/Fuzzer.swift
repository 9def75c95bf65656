import CFuzzer
import Glibc

/// `operant-fuzz WHAT …`: gives made-up bytes to what reads the bytes of others (`tools/fuzz` does it all).
///
///     operant-fuzz requests seeds FOLDER       writes what there is to start from, a file each
///     operant-fuzz requests FOLDER -runs=1000  the rest is libFuzzer's own
func runFuzzer() -> Never {
  let target = CommandLine.argc > 1 ? fuzzTargets[CommandLine.arguments[1]] : nil
  guard let target else {
    let names = fuzzTargets.keys.sorted().joined(separator: ", ")
    fail("what is to be read? one of \(names)", code: 64)
  }
  if CommandLine.arguments.dropFirst(2).first == "seeds", CommandLine.argc == 4 {
    for (number, seed) in target.seeds().enumerated() {
      write(seed, to: CommandLine.arguments[3] + "/seed-\(number)")
    }
    exit(0)
  }
  read = target.read
  // libFuzzer sees the arguments after the name of what is read.
  var arguments = Optional(CommandLine.unsafeArgv + 1)
  var count = CommandLine.argc - 1
  exit(
    withUnsafeMutablePointer(to: &arguments) { arguments in
      arguments.withMemoryRebound(
        to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1
      ) {
        LLVMFuzzerRunDriver(&count, $0) { bytes, byteCount in
          read(UnsafeRawBufferPointer(start: bytes, count: byteCount))
          return 0
        }
      }
    })
}

/// One that reads bytes of others.
struct FuzzTarget {
  /// Bytes that make sense, to start from.
  let seeds: () -> [[UInt8]]
  /// Reads bytes that may make none. A crash, a leak or a broken expectation is what is looked for.
  let read: (UnsafeRawBufferPointer) -> Void
}

nonisolated(unsafe) let fuzzTargets: [String: FuzzTarget] = [
  "requests": .requests, "replies": .replies, "checkpoints": .checkpoints,
]

/// What libFuzzer's function, which can't hold anything, passes bytes on to.
nonisolated(unsafe) private var read: (UnsafeRawBufferPointer) -> Void = { _ in }

private func write(_ bytes: [UInt8], to path: String) {
  guard let file = fopen(path, "w"), fwrite(bytes, 1, bytes.count, file) == bytes.count,
    fclose(file) == 0
  else {
    fail("can't write '\(path)'", code: 74)
  }
}

private func fail(_ sentence: String, code: Int32) -> Never {
  let line = "operant-fuzz: \(sentence)\n"
  _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  exit(code)
}
