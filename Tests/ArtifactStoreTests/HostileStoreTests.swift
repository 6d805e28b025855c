import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Stores that are well-formed and lie, or come from a later version of the program.
@Suite struct HostileStoreTests {
  private let samples: FormatSamples
  private let sample: SampleStore

  init() throws {
    samples = try FormatSamples()
    sample = try SampleStore(samples)
  }

  /// A recipe goes by the id of a blob that it only claims to be.
  @Test(arguments: [1, 2, 3]) func aRecipeIsNoProof(count: Int) throws {
    let lie = BlobID(FormatSamples.digest("what somebody wants"))
    let pieces = Array(samples.recipe.pieces.prefix(count))
    let size = UInt64(pieces.reduce(0) { $0 + $1.count })
    let recipe = Recipe(blob: lie, size: size, chunker: 1, pieces: pieces)
    try add([(ObjectKey(.recipe, lie.digest), recipe.bytes)])
    #expect(throws: StoreError.self) { try sample.read(lie) }
    #expect(try !sample.bench.problems().isEmpty)
  }

  /// Seals a pack of plain objects and commits a segment of it.
  private func add(_ objects: [(key: ObjectKey, bytes: [UInt8])]) throws {
    var writer = try PackWriter(in: sample.store.directory, store: sample.store.uuid)
    for (key, bytes) in objects {
      try writer.append(key, codec: .none, stored: bytes.span, plainCount: bytes.count)
    }
    try sample.commit([SegmentWriter.encode([try writer.seal()])])
  }

  /// A raw object that is longer than the blob in it restores as the blob, cloned or copied.
  @Test(arguments: [false, true]) func aRawObjectEndsWhereTheIndexSays(canClone: Bool) throws {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = canClone
    let sample = try SampleStore(samples, settings: settings)
    try sample.write(samples.rawObject.record.name.path, samples.raw + [1, 2, 3])
    let report = try sample.bench.restore("tag:raw", to: "out")
    #expect(report.clonedFiles == (canClone ? 1 : 0))
    let found = try sample.bench.contents(of: "out")
    #expect(found == ["file": .file(samples.raw, executable: false)])
    #expect(try sample.bench.problems() != [])
  }

  // MARK: Roots

  @Test func aRootWithUnknownFeaturesIsNotPassedOver() throws {
    try sample.force { $0.readFeatures = 5 }
    let expected = StoreError.unsupportedStore(.features(unknown: ["5"], supported: []))
    #expect(throws: expected) { try sample.store.snapshot() }
  }

  @Test func aRootOfALaterVersionIsNotPassedOver() throws {
    var bytes = Array(RootFormat.encode(try sample.store.snapshot().root).bytes.dropLast(32))
    bytes[8] = 2
    bytes += SHA256.digest(of: bytes).bytes
    try sample.write(StoreLayout.root(2), bytes)
    let expected = StoreError.unsupportedStore(.formatVersion(found: "2", supported: "1"))
    #expect(throws: expected) { try sample.store.snapshot() }
  }

  @Test func aRootThatAWriterDoesNotKnowIsNotExtended() throws {
    let changes: [(inout Root) -> Void] = [
      { $0.writeFeatures = 1 }, { $0.absent = NodeID(FormatSamples.digest("absent")) },
    ]
    for change in changes {
      let sample = try SampleStore(samples)
      try sample.force { change(&$0) }
      #expect(try sample.read(samples.blob).count == 206)
      let before = try sample.store.snapshot().root.sequence
      try sample.bench.write("data/f", [1])
      #expect(throws: StoreError.self) { try sample.bench.add() }
      #expect(try sample.store.snapshot().root.sequence == before)
    }
  }

  /// Numbers at the end of their range: sums and products of them must not end the program.
  @Test func hugeNumbersEndNothing() throws {
    let changes: [(inout Root) -> Void] = [
      { root in root.segments = root.segments.map { .init(id: $0.id, entryCount: .max) } },
      { $0.epoch = .max - 1 }, { $0.created = Timestamp(seconds: .min, nanoseconds: .max) },
      { $0.sequence = .max }, { $0.epoch = .max }, { $0.segments += $0.segments },
    ]
    for (index, change) in changes.enumerated() {
      let sample = try SampleStore(samples)
      try sample.force { change(&$0) }
      _ = try? sample.store.stats()
      _ = try? sample.bench.problems()
      try sample.bench.write("data/f", [UInt8(index)])
      _ = try? sample.bench.add()
    }
    #expect(throws: FormatError.malformed("number too large")) {
      var root = Root()
      root.sequence = .max
      _ = try RootFormat.decode(RootFormat.encode(root).bytes)
    }
  }

  @Test func hugeContainersEndNothing() throws {
    let containers = (0..<70_000).map { index in
      SealedContainer(
        record: ContainerRecord(
          name: .part(Nonce(high: 0, low: UInt64(index))),
          size: Limits.fileBytes - 1), entries: [])
    }
    let segment = SegmentWriter.encode(containers)
    try sample.commit([segment])
    let report = try sample.bench.open().check(full: true)
    #expect(report.containers == 70_003)
    #expect(report.problems.count == 70_000)
    _ = try sample.bench.open().stats()
  }

  /// What a writer could not read again it does not commit.
  @Test func anUnreadableRootIsNotCommitted() throws {
    let before = try sample.store.snapshot().root
    let large = [UInt8](repeating: 7, count: Limits.valueBytes + 1)
    #expect(throws: StoreError.self) {
      try sample.commit([]) { $0.apply([RefEdit(try RefName(.tags, "large"), large)]) }
    }
    #expect(throws: StoreError.self) {
      try sample.commit([]) { root in
        root.segments = (0..<500_000).map { _ in root.segments[0] }
      }
    }
    #expect(try sample.store.snapshot().root == before)
  }

  // MARK: Trees

  @Test func aTreeThatIsDeeperThanItSaysIsRefused() throws {
    // Each node says it is of level 1 and has one child, which says the same.
    var nodes: [(key: ObjectKey, bytes: [UInt8])] = []
    var child = NodeID(FormatSamples.digest("no node"))
    for _ in 0..<5000 {
      let total = TreeTotal(count: 1, weight: 0)
      let node = NodeFormat.Node.inner(
        level: 1, [NodeFormat.Child(lastKey: [0x61], id: child, total: total)])
      let bytes = NodeFormat.encode(node)
      child = NodeID(SHA256.digest(of: bytes))
      nodes.append((ObjectKey(child), bytes))
    }
    try add(nodes)
    let reader = try sample.store.snapshot().reader().sortedTree
    var visited = 0
    #expect(throws: StoreError.self) {
      try reader.forEachNode(in: child) { (_) throws(StoreError) in
        visited += 1
        return .more
      }
    }
    #expect(visited == 2)
    #expect(throws: StoreError.self) {
      try reader.forEach(in: child) { (_) throws(StoreError) in .more }
    }
  }

  @Test func anIndexOutOfOrderIsNamed() throws {
    // The encoder sorts, so two entries are exchanged behind its back.
    let segment = samples.largeSegment
    let start = 64 + 64 + 3 * 40
    var bytes = segment.bytes
    for offset in 0..<56 { bytes.swapAt(start + 5 * 56 + offset, start + 6 * 56 + offset) }
    let page = SHA256.digest(of: Array(bytes[start..<start + SegmentFormat.pageBytes])).bytes
    bytes.replaceSubrange(64 + 64 + 8..<64 + 64 + 40, with: page)
    let id = SegmentID(SHA256.digest(of: Array(bytes[..<start])))
    try sample.commit([EncodedSegment(id: id, bytes: bytes, entryCount: 3000)])
    let expected = StoreError.corrupt(.segment(id), .malformed("entries out of order"))
    #expect(try sample.bench.problems(full: false).contains(expected))
  }
}
