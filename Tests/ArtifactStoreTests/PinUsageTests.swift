import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// What a pin takes up, in figures that can be told beforehand: random bytes are stored as they
/// are, and small files are one piece.
@Suite struct PinUsageTests {
  private let bench: SimulatedBench
  private var random = SeededRandom(seed: 1)

  init() throws { bench = try SimulatedBench.create(in: SimulatedFileSystem().root) }

  private func usage(_ path: String, in workspace: String? = nil) throws -> PinUsage {
    let all = try bench.open().usageOfPins()
    return try #require(all.first { $0.path?.description == path && $0.workspace == workspace })
  }

  @Test func nothingIsStoredYet() throws {
    #expect(try bench.open().usageOfPins().isEmpty)
  }

  /// `one` and `two` have a file in common.
  @Test mutating func sharedPiecesAreCountedForBoth() throws {
    let common = random.bytes(50_000)
    try bench.write("one/common", common)
    try bench.write("one/own", random.bytes(1000))
    try bench.write("two/other-name", common)
    try bench.write("two/own", random.bytes(200_000))
    try bench.add("two")
    try bench.add("one")
    let all = try bench.open().usageOfPins()
    #expect(all.map { $0.path?.description } == ["one", "two"])
    #expect(all.map(\.versions) == [1, 1])
    #expect(all.map(\.bytes) == [51_000, 250_000])
    #expect(all.map(\.uniqueBytes) == [1000, 200_000])
    #expect(all.map(\.sharedBytes) == [50_000, 50_000])
    // Each has a tree of its own; two entries take some hundred bytes.
    for usage in all {
      #expect(usage.freedBytes > usage.uniqueBytes)
      #expect(usage.freedBytes < usage.uniqueBytes + 400)
    }
  }

  @Test mutating func versionsCountTogether() throws {
    try bench.write("data/stays", random.bytes(10_000))
    try bench.write("data/changes", random.bytes(3000))
    try bench.add()
    try bench.write("data/changes", random.bytes(4000))
    try bench.add()
    try bench.add()
    var found = try usage("data")
    #expect(found.versions == 2)
    #expect(found.bytes == 14_000)
    #expect(found.uniqueBytes == 17_000)
    #expect(found.sharedBytes == 0)
    #expect(found.freedBytes > 17_000)
    // A tag of the newer version keeps all of that, and the file that the older one shares.
    let store = try bench.open()
    try store.tag("v1", try store.snapshot().resolve("data"), replacing: false)
    found = try usage("data")
    #expect(found.uniqueBytes == 3000)
    #expect(found.sharedBytes == 14_000)
  }

  @Test mutating func aTagOfAllOfItFreesNothing() throws {
    try bench.write("data/a", random.bytes(10_000))
    try bench.write("data/large", random.bytes(1_000_000))
    try bench.add()
    let store = try bench.open()
    try store.tag("v1", try store.snapshot().resolve("data"), replacing: false)
    let found = try usage("data")
    #expect(found.uniqueBytes == 0 && found.freedBytes == 0)
    #expect(found.sharedBytes == 1_010_000)
  }

  /// A file of 5 MB is a raw object, with a recipe in a pack.
  @Test mutating func aRawObjectCountsOnce() throws {
    let large = random.bytes(5_000_000)
    try bench.write("data/large", large)
    try bench.add()
    #expect(try bench.open().stats().rawObjects == 1)
    var found = try usage("data")
    #expect(found.uniqueBytes == 5_000_000)
    #expect(found.sharedBytes == 0)
    // 36 bytes of the recipe for each piece of 32 KiB or more, and the tree.
    #expect(found.freedBytes > 5_000_000 && found.freedBytes < 5_000_000 + 36 * 153 + 500)
    // Another pin has the same bytes and some more: all pieces but the last stay as they are.
    try bench.write("more/large", large + random.bytes(10_000))
    try bench.add("more")
    found = try usage("data")
    #expect(found.sharedBytes + found.uniqueBytes == 5_000_000)
    #expect(found.uniqueBytes <= 256 << 10)
    let more = try usage("more")
    #expect(more.sharedBytes == found.sharedBytes)
    #expect(more.sharedBytes + more.uniqueBytes == 5_010_000)
  }

  @Test mutating func eachWorkspaceHasItsOwnPins() throws {
    try bench.write("data/a", random.bytes(1000))
    try bench.add { $0.origin.workspace = "here" }
    try bench.write("data/b", random.bytes(500))
    try bench.add { $0.origin.workspace = "there" }
    let all = try bench.open().usageOfPins()
    #expect(all.map(\.workspace) == ["here", "there"])
    #expect(all.map(\.bytes) == [1000, 1500])
    #expect(all.map(\.uniqueBytes) == [0, 500])
    #expect(all.map(\.sharedBytes) == [1000, 1000])
  }

  /// What a running `add` relies on is not free, though no ref but its own names it.
  @Test mutating func aSessionHoldsWhatItStored() throws {
    let bytes = random.bytes(3000)
    let store = try bench.open()
    let session = try WriteSession(store)
    _ = try session.checkpoint { () throws(StoreError) in
      var writer = try PackWriter(in: store.directory, store: store.uuid)
      let key = ObjectKey(.chunk, SHA256.digest(of: bytes))
      try writer.append(key, codec: .none, stored: bytes.span, plainCount: bytes.count)
      return try writer.seal()
    }
    try bench.write("data/same", bytes)
    try bench.write("data/own", random.bytes(1000))
    try bench.add()
    #expect(try usage("data").uniqueBytes == 1000)
    #expect(try usage("data").sharedBytes == 3000)
    try session.finish([])
    #expect(try usage("data").uniqueBytes == 4000)
  }

  /// Against sets of pieces, one for each holder.
  @Test(arguments: 0..<15 as Range<UInt64>) func agreesWithSets(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let files = (0..<8).map { random.bytes(1000 + $0) }
    var needed: [String: Set<Int>] = [:]
    for _ in 0..<8 {
      let pin = ["a", "b", "c"].randomElement(using: &random) ?? "a"
      for (index, bytes) in files.enumerated() where random.chance(1, in: 4) {
        try bench.write("\(pin)/\(index)", bytes)
      }
      guard try bench.root.status(RelativePath(trusted: pin)) != nil else { continue }
      try bench.add(pin)
      let names = try bench.contents(of: pin).keys.compactMap { Int($0) }
      needed[pin, default: []].formUnion(names)
    }
    func bytes(_ pieces: Set<Int>) -> UInt64 { pieces.reduce(0) { $0 + UInt64(1000 + $1) } }
    for (pin, own) in needed {
      let others = needed.filter { $0.key != pin }.reduce(into: Set<Int>()) {
        $0.formUnion($1.value)
      }
      let found = try usage(pin)
      #expect(found.uniqueBytes == bytes(own.subtracting(others)), "seed \(seed), \(pin)")
      #expect(found.sharedBytes == bytes(own.intersection(others)), "seed \(seed), \(pin)")
    }
  }
}
