// One line, because closures formed in the main file trap on other threads.
runBenchmarks(Array(CommandLine.arguments.dropFirst()))
