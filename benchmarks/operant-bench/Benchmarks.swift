import Glibc

/// Runs the benchmarks named, or all of them.
func runBenchmarks(_ names: [String]) {
  let all: [(name: String, run: () throws -> Void)] = [
    ("environment", benchmarkEnvironment), ("wire", benchmarkWire),
    ("update", benchmarkUpdates), ("criterion", benchmarkCriterion),
  ]
  if let stray = names.first(where: { name in !all.contains { $0.name == name } }) {
    printError(
      "operant-bench: no benchmark named '\(stray)'; there are "
        + all.map(\.name).joined(separator: ", ") + "\n")
    exit(64)
  }
  for benchmark in all where names.isEmpty || names.contains(benchmark.name) {
    do { try benchmark.run() } catch {
      printError("operant-bench: \(benchmark.name): \(error)\n")
      exit(70)
    }
  }
}
