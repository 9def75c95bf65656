// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "own-task",
  dependencies: [
    // In a package of your own: .package(url: "https://…/operant.git", branch: "main").
    .package(name: "operant", path: "../..")
  ],
  targets: [
    .target(name: "OwnTask", dependencies: [.product(name: "Gym", package: "operant")]),
    .executableTarget(
      name: "own-server",
      dependencies: [
        "OwnTask", .product(name: "Gym", package: "operant"),
        .product(name: "Wire", package: "operant"),
      ]),
    .testTarget(
      name: "OwnTaskTests",
      dependencies: ["OwnTask", .product(name: "Gym", package: "operant")]),
  ],
  swiftLanguageModes: [.v6]
)
