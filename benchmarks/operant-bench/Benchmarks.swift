import Glibc

/// Runs the benchmarks named, or all of them.
func runBenchmarks(_ names: [String]) {
  // The last two keep this process and its children on one processor from then on.
  let all: [(name: String, run: () throws -> Void)] = [
    ("environment", benchmarkEnvironment), ("criterion", benchmarkCriterion),
    ("wire", benchmarkWire), ("curve", benchmarkCurve), ("ranks", benchmarkRanks),
    ("local-rule", benchmarkLocalRule), ("update", benchmarkUpdates),
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
