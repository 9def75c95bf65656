// swift-tools-version: 6.3
import PackageDescription

/// What every Swift target of ours is held to.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Lets generic code be specialised across the wall between `Gym` and whoever names a task's own
/// type; without it stepping is twenty times slower (`make bench` shows it).
let specialised: [SwiftSetting] =
  strict + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]

/// SwiftPM compiles C without optimisation in debug builds, which would make the tests crawl.
/// `sqrtf` that might set `errno` can't be vectorised.
let optimised: [CSetting] = [
  .unsafeFlags(["-O3", "-fno-math-errno", "-Wall", "-Wextra", "-Werror"])
]

let package = Package(
  name: "operant",
  products: [
    .library(name: "Gym", targets: ["Gym"]),
    .library(name: "Wire", targets: ["Wire"]),
    .library(name: "Learning", targets: ["Learning"]),
    .library(name: "Analysis", targets: ["Analysis"]),
    .library(name: "Recording", targets: ["Recording"]),
    .executable(name: "operant", targets: ["operant"]),
    .executable(name: "operant-server", targets: ["operant-server"]),
  ],
  targets: [
    // The star: a core that imports nothing, and three rooms with no doors between them.
    .target(
      name: "Gym", swiftSettings: specialised, linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "Envs", dependencies: ["Gym"], path: "envs", exclude: ["README.md"],
      swiftSettings: specialised),
    .target(
      name: "Wire", dependencies: ["Gym", "CZeroMQ", "CProtobufC", "CGymProto"],
      swiftSettings: strict),
    .target(
      name: "Learning", dependencies: ["Gym", "COpenBLAS", "COneThread", "CKernels"],
      swiftSettings: specialised),

    // What trials and rates say, in plain arrays of numbers.
    .target(
      name: "Analysis", dependencies: ["Gym", "COpenBLAS", "COneThread"], swiftSettings: strict),

    // Trials as files of Neurodata Without Borders.
    .target(name: "Recording", dependencies: ["CHDF5"], swiftSettings: strict),

    // What programs share and no room knows: a run on disk, and talking to a person.
    .target(name: "Runs", dependencies: ["CPlatform"], swiftSettings: strict),
    .target(name: "Console", dependencies: ["Gym", "CPlatform"], swiftSettings: strict),

    // The programs that join the rooms.
    .executableTarget(
      name: "operant-server",
      dependencies: ["Gym", "Envs", "Wire", "Runs", "Console", "CMicroHTTPD"],
      swiftSettings: strict),
    .executableTarget(
      name: "operant",
      dependencies: ["Gym", "Learning", "Wire", "Analysis", "Recording", "Runs", "Console"],
      swiftSettings: strict),
    .executableTarget(
      name: "operant-bench",
      dependencies: ["Gym", "Envs", "Wire", "Learning", "Console", "CPlatform", "COpenBLAS"],
      path: "benchmarks/operant-bench", swiftSettings: specialised),
    .executableTarget(
      name: "raw-ping-pong", path: "benchmarks/raw-ping-pong", cSettings: optimised,
      linkerSettings: [.linkedLibrary("zmq")]),

    // C: libraries of others, the messages protoc-c wrote, and our loops over floats.
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .target(name: "CGymProto", dependencies: ["CProtobufC"], exclude: ["check", "regenerate"]),
    .target(name: "COneThread", dependencies: ["COpenBLAS"]),
    .target(name: "CKernels", cSettings: optimised),
    .target(name: "CPlatform"),

    // Writes checkpoints until it is killed, for the drills.
    .executableTarget(
      name: "operant-scribe", dependencies: ["Runs"], path: "Tests/Scribe", swiftSettings: strict),

    .testTarget(name: "GymTests", dependencies: ["Gym"], swiftSettings: strict),
    .testTarget(name: "EnvsTests", dependencies: ["Gym", "Envs"], swiftSettings: strict),
    .testTarget(
      name: "WireTests",
      dependencies: ["Gym", "Envs", "Wire", "CZeroMQ", "CProtobufC", "CGymProto"],
      swiftSettings: strict),
    .testTarget(
      name: "LearningTests", dependencies: ["Gym", "Envs", "Learning", "CKernels"],
      swiftSettings: strict),
    .testTarget(
      name: "AnalysisTests", dependencies: ["Gym", "Analysis", "COpenBLAS"],
      swiftSettings: strict),
    .testTarget(
      name: "RecordingTests", dependencies: ["Recording", "CHDF5"], swiftSettings: strict),
    .testTarget(name: "RunsTests", dependencies: ["Runs"], swiftSettings: strict),
    .testTarget(name: "ConsoleTests", dependencies: ["Console"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["Gym", "Envs", "Wire", "Learning", "Runs", "Console"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// libFuzzer is part of a program that is built for it alone; `tools/fuzz` asks for it.
if Context.environment["OPERANT_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "CFuzzer", path: "Tests/CFuzzer"),
    .executableTarget(
      name: "operant-fuzz", dependencies: ["Gym", "Envs", "Wire", "Runs", "CFuzzer"],
      path: "Tests/Fuzz", swiftSettings: strict),
  ]
}
