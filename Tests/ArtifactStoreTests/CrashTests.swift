import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// A power loss after any change that two adds make to the disk, under two models of what a file
/// system may lose: every image opens, holds what was acknowledged, and takes the same add again.
@Suite struct CrashTests {
  private typealias Version = [String: [UInt8]]

  /// Two versions. With a large file the first writes a raw object and the second a part of it.
  private static func versions(large isLarge: Bool) -> [Version] {
    var random = SeededRandom(seed: 11)
    let large = random.bytes(isLarge ? (4 << 20) + 12_345 : 300_000)
    let first: Version = [
      "data/a": [1, 2, 3], "data/b/c": random.bytes(3000), "data/large": large,
    ]
    var second = first
    second["data/b/c"] = random.bytes(2000)
    second["data/large"] = Array(large[..<200_000]) + random.bytes(5000) + large[200_000...]
    return [first, second]
  }

  struct Scenario: Sendable {
    let model: CrashModel
    /// Whether a raw object is written; an image costs a tenth of a second then.
    var isLarge = false
    /// Whether files come to be without a name, as `O_TMPFILE` does it. Else a crash leaves more.
    var hasUnnamedFiles = true
    /// Fewer images would mean that the enumeration did not see the writes.
    let minimumImages: Int
  }

  @Test(arguments: [
    Scenario(model: .ordered, minimumImages: 40),
    Scenario(model: .adversarial, minimumImages: 60),
    Scenario(model: .ordered, hasUnnamedFiles: false, minimumImages: 100),
    Scenario(model: .adversarial, hasUnnamedFiles: false, minimumImages: 200),
    Scenario(model: .adversarial, isLarge: true, minimumImages: 60),
  ])
  func everyImageIsAStore(scenario: Scenario) throws {
    let versions = Self.versions(large: scenario.isLarge)
    var settings = SimulatedFileSystem.Settings()
    settings.hasUnnamedFiles = scenario.hasUnnamedFiles
    let system = SimulatedFileSystem(settings)
    let bench = try SimulatedBench.create(in: system.root)
    for (path, bytes) in versions[0] { try bench.write(path, bytes) }
    for (path, bytes) in versions[1] { try bench.write("next/" + path, bytes) }
    system.makeDurable()
    try bench.add("data")
    system.acknowledge("0")
    try bench.add("next/data") { $0.pins = [Self.renamed($0.pins[0])] }
    system.acknowledge("1")

    var images = 0
    for image in system.crashImages(scenario.model, randomSubsets: 2, seed: 12) {
      images += 1
      do {
        try Self.check(image, versions)
      } catch {
        Issue.record("\(image): \(error)")
        return
      }
    }
    #expect(images >= scenario.minimumImages, "\(images) images")
  }

  private static func renamed(
    _ pin: PinSource<SimulatedDirectory>
  ) -> PinSource<SimulatedDirectory> {
    .init(path: SimulatedBench.data, source: pin.source)
  }

  private struct Broken: Error { let what: String }

  private static func check(_ image: CrashImage, _ versions: [Version]) throws {
    let bench = SimulatedBench(root: image.image.root)
    guard try bench.problems() == [] else { throw Broken(what: "\(try bench.problems())") }
    if let last = image.acknowledged.last.flatMap(Int.init) {
      try expect(bench, versions[last...], place: "out")
    }
    try bench.add("data")
    try expect(bench, versions[...0], place: "again")
    guard try bench.problems() == [] else { throw Broken(what: "after the next add") }
  }

  private static func expect(
    _ bench: SimulatedBench, _ versions: ArraySlice<Version>, place: String
  ) throws {
    // After the first was acknowledged the second may have been committed, too.
    try bench.restore("data", to: place)
    let found = try bench.contents(of: place)
    let good = versions.contains { files in
      files.allSatisfy { path, bytes in
        found[String(path.dropFirst(5))] == .file(bytes, executable: false)
      }
    }
    guard good else { throw Broken(what: "versions \(versions.indices) are not there") }
  }
}
