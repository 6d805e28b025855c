import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// A power loss after any change that two adds make to the disk, under two models of what a file
/// system may lose: every image opens, holds what was acknowledged, and takes the same add again.
@Suite struct CrashTests {
  private static let versions: [[String: [UInt8]]] = {
    var random = SeededRandom(seed: 11)
    let large = random.bytes((4 << 20) + 12_345)
    let first: [String: [UInt8]] = [
      "data/a": [1, 2, 3], "data/b/c": random.bytes(3000), "data/large": large,
    ]
    var second = first
    second["data/b/c"] = random.bytes(2000)
    second["data/large"] = Array(large[..<300_000]) + random.bytes(50_000) + large[300_000...]
    return [first, second]
  }()

  @Test(arguments: CrashModel.allCases)
  func everyImageIsAStore(model: CrashModel) throws {
    let system = SimulatedFileSystem()
    let bench = try SimulatedBench.create(in: system.root)
    for (path, bytes) in Self.versions[0] { try bench.write(path, bytes) }
    for (path, bytes) in Self.versions[1] { try bench.write("next/" + path, bytes) }
    system.makeDurable()
    try bench.add("data")
    system.acknowledge("0")
    try bench.add("next/data") { $0.pins = try! [Self.renamed($0.pins[0])] }
    system.acknowledge("1")

    var images = 0
    for image in system.crashImages(model, randomSubsets: 4, seed: 12) {
      images += 1
      do {
        try Self.check(image)
      } catch {
        Issue.record("\(image): \(error)")
        return
      }
    }
    // Far fewer would mean that the enumeration did not see the writes.
    #expect(images > 100, "\(images) images")
  }

  private static func renamed(
    _ pin: AddRequest<SimulatedDirectory>.Pin
  ) throws -> AddRequest<SimulatedDirectory>.Pin {
    .init(path: try RelativePath("data"), source: pin.source)
  }

  private struct Broken: Error { let what: String }

  private static func check(_ image: CrashImage) throws {
    let bench = SimulatedBench(root: image.image.root)
    guard try bench.problems() == [] else { throw Broken(what: "\(try bench.problems())") }
    if let last = image.acknowledged.last.flatMap(Int.init) {
      try expect(bench, version: last, place: "out")
    }
    try bench.add("data")
    try expect(bench, version: 0, place: "again")
    guard try bench.problems() == [] else { throw Broken(what: "after the next add") }
  }

  private static func expect(_ bench: SimulatedBench, version: Int, place: String) throws {
    // After the first was acknowledged the second may have been committed, too.
    try bench.restore("data", to: place)
    let found = try bench.contents(of: place)
    let good = versions[version...].contains { files in
      files.allSatisfy { path, bytes in
        found[String(path.dropFirst(5))] == .file(bytes, executable: false)
      }
    }
    guard good else { throw Broken(what: "version \(version) is not there") }
  }
}
