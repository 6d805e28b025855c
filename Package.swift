// swift-tools-version: 6.2
import PackageDescription

// Arrows only point down: reprostore -> ArtifactStore -> StoreIO -> StorePrimitives.
// See docs/architecture.md; Tests/TidyTests holds the imports to it.
let package = Package(
  name: "reprostore",
  products: [
    .executable(name: "reprostore", targets: ["reprostore"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", pkgConfig: nil, providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: nil, providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: nil, providers: [.apt(["libzstd-dev"])]),
    .target(name: "CStoreShims"),

    .target(name: "StorePrimitives"),
    .target(
      name: "StoreIO",
      dependencies: ["StorePrimitives", "COpenSSL", "CZlib", "CZstd", "CStoreShims"],
      linkerSettings: [
        // The static archives: the program starts 0.9 ms sooner than with libcrypto.so, and a
        // cluster node needs neither library (docs/decisions/0003-static-program.md).
        .linkedLibrary(":libcrypto.a"), .linkedLibrary(":libz.a"), .linkedLibrary(":libzstd.a"),
        .linkedLibrary("dl"), .linkedLibrary("pthread"),
      ]),
    .target(name: "ArtifactStore", dependencies: ["StoreIO", "StorePrimitives"]),
    .target(
      name: "ArtifactStoreTesting", dependencies: ["ArtifactStore", "StoreIO", "StorePrimitives"]),
    .executableTarget(
      name: "reprostore",
      dependencies: [
        "ArtifactStore", "StoreIO", "StorePrimitives",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ]),

    .executableTarget(
      name: "chunking-bakeoff", dependencies: ["ArtifactStore", "StoreIO", "StorePrimitives"],
      path: "Benchmarks/ChunkingBakeoff"),

    .testTarget(
      name: "StorePrimitivesTests", dependencies: ["StorePrimitives", "ArtifactStoreTesting"]),
    .testTarget(
      name: "StoreIOTests", dependencies: ["StoreIO", "StorePrimitives", "ArtifactStoreTesting"]),
    .testTarget(
      name: "ArtifactStoreTests",
      dependencies: ["ArtifactStore", "ArtifactStoreTesting", "StoreIO", "StorePrimitives"]),
    .testTarget(
      name: "reprostoreTests",
      dependencies: ["reprostore", "ArtifactStoreTesting", "StoreIO", "StorePrimitives"]),
    .testTarget(name: "TidyTests"),
  ]
)

for target in package.targets where target.type != .system && target.name != "CStoreShims" {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  // Tests hash and cut hundreds of megabytes: unoptimized they take 8 minutes instead of seconds.
  let isHot = ["StorePrimitives", "StoreIO", "ArtifactStore", "ArtifactStoreTesting"]
  if isHot.contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
  }
}
