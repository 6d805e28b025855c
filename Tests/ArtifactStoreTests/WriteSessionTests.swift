import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// What a long write commits before it ends, and what it takes back.
@Suite struct WriteSessionTests {
  private let bench: SimulatedBench
  private let store: Store<SimulatedDirectory>

  init() throws {
    bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    store = try bench.open()
  }

  private func id(_ bytes: [UInt8]) -> ChunkID { ChunkID(SHA256.digest(of: bytes)) }

  private func holds(_ bytes: [UInt8]) throws -> Bool {
    let snapshot = try store.snapshot()
    guard try snapshot.view.holds(ObjectKey(id(bytes))) else { return false }
    return try snapshot.reader().object(ObjectKey(id(bytes))) == bytes
  }

  /// A raw object that grows: two pieces, each in a checkpoint, then a third and the whole.
  @Test func checkpointsGoWithTheCommitThatBringsTheirPieces() throws {
    let session = try WriteSession(store)
    let pieces: [[UInt8]] = [[1, 1], [2, 2], [3, 3]]
    var writer = try RawObjectWriter(in: store.directory)
    var checkpoints: [WriteSession<SimulatedDirectory>.GrowingCheckpoint] = []
    for piece in pieces[..<2] {
      try writer.append(id(piece), piece.span)
      let checkpoint = try session.checkpoint { () throws(StoreError) in try writer.checkpoint() }
      checkpoints.append(try #require(checkpoint))
      #expect(try holds(piece))
    }
    #expect(try parts() == 2)
    #expect(try sessionSegments() == 2)

    let last = pieces[2]
    try writer.append(id(last), last.span)
    let blob = BlobID(SHA256.digest(of: pieces.flatMap { $0 }))
    try session.register(try writer.publish(blob), superseding: checkpoints)
    var pack = try PackWriter(in: store.directory, store: store.uuid)
    try append(recipe(of: blob, pieces), to: &pack)
    try session.register(try pack.seal())
    // Another thread commits a checkpoint of its own: the pieces must not go before the whole is
    // in.
    var other = try RawObjectWriter(in: store.directory)
    try other.append(id([4]), [4].span)
    _ = try session.checkpoint { () throws(StoreError) in try other.checkpoint() }
    for piece in pieces[..<2] { #expect(try holds(piece)) }
    #expect(try parts() == 3)

    try session.finish([])
    for piece in pieces + [[4]] { #expect(try holds(piece)) }
    #expect(try parts() == 1)
    #expect(try sessionSegments() == nil)
    #expect(try bench.problems() == [])
  }

  private func parts() throws -> Int {
    var count = 0
    for parent in 0..<256 {
      let path = try RelativePath("raw/" + String(parent, radix: 16).leftPadded(to: 2))
      let names = try store.directory.openDirectory(path).entries().map(\.name)
      count += names.filter { $0.starts(with: "part-".utf8) }.count
    }
    return count
  }

  private func sessionSegments() throws -> Int? {
    guard let ref = try store.snapshot().refs(in: .sessions).first?.record else { return nil }
    guard case .session(let segments) = ref.target else { return nil }
    return segments.count
  }

  /// The segments of a session that has not ended stay as they are while others merge theirs.
  @Test func othersLeaveTheSegmentsOfASessionAlone() throws {
    let session = try WriteSession(store)
    for byte in 0..<5 as Range<UInt8> {
      var writer = try RawObjectWriter(in: store.directory)
      try writer.append(id([byte]), [byte].span)
      _ = try session.checkpoint { () throws(StoreError) in try writer.checkpoint() }
    }
    for index in 0..<6 {
      try bench.write("data/f", [200, UInt8(index)])
      try bench.add()
    }
    let own = try #require(try sessionSegments())
    #expect(own == 5)
    let root = try store.snapshot().root
    let named = try store.snapshot().refs(in: .sessions).flatMap { ref in
      guard case .session(let segments) = ref.record.target else { return [SegmentID]() }
      return segments
    }
    #expect(Set(named).isSubset(of: root.segments.map(\.id)))
    #expect(root.segments.count <= own + 3)
    try session.finish([])
    #expect(try bench.problems() == [])
  }

  /// Threads of one session rely on what others have claimed: a recipe may come before its chunks.
  @Test func aRecipeOfADeadSessionIsNoDamage() throws {
    let pieces: [[UInt8]] = [[1, 1, 1], [2, 2]]
    let session = try WriteSession(store)
    let blob = BlobID(SHA256.digest(of: pieces.flatMap { $0 }))
    _ = try session.checkpoint { () throws(StoreError) in
      var writer = try PackWriter(in: store.directory, store: store.uuid)
      try append(recipe(of: blob, pieces), to: &writer)
      return try writer.seal()
    }
    #expect(try bench.problems() == [])

    // A ref that needs it is another matter.
    let missing = pieces.map { StoreError.missing(.chunk(id($0))) }
    let name = try store.snapshot().resolve("sha256:\(blob.digest.hex)")
    #expect(throws: missing[0]) { try store.tag("t", name, replacing: false) }
    let record = RefRecord(target: name.target, created: Timestamp(seconds: 0, nanoseconds: 0))
    let roots = RootWriter(store: store, base: try store.snapshot())
    let edit = RefEdit(try RefName(.tags, "t"), record.bytes)
    _ = try roots.commit([edit])
    #expect(Set(try bench.problems()) == Set(missing))
  }

  private func recipe(of blob: BlobID, _ pieces: [[UInt8]]) -> Recipe {
    Recipe(
      blob: blob, size: UInt64(pieces.reduce(0) { $0 + $1.count }), chunker: 1,
      pieces: pieces.map { Recipe.Piece(id: id($0), count: $0.count) })
  }

  private func append(
    _ recipe: Recipe, to writer: inout PackWriter<SimulatedDirectory>
  ) throws(StoreError) {
    let bytes = recipe.bytes
    try writer.append(
      ObjectKey(.recipe, recipe.blob.digest), codec: .none, stored: bytes.span,
      plainCount: bytes.count)
  }

  /// Rule 15: in a pack, since a raw object has no place for it.
  @Test func aRawObjectHasARecipe() throws {
    var random = SeededRandom(seed: 15)
    let bytes = random.bytes(4 << 20)
    try bench.write("data/raw", bytes)
    try bench.add()
    let view = try store.snapshot().view
    let digest = SHA256.digest(of: bytes)
    let whole = try #require(try view.find(ObjectKey(.whole, digest)))
    #expect(whole.container.name.path.description.hasPrefix("raw/"))
    let recipe = try #require(try view.find(ObjectKey(.recipe, digest)))
    guard case .pack = recipe.container.name else {
      Issue.record("the recipe is in \(recipe.container.name.path)")
      return
    }
    let pieces = try #require(try store.snapshot().reader().recipe(of: BlobID(digest))).pieces
    for piece in pieces {
      #expect(try view.find(ObjectKey(piece.id))?.container == whole.container)
    }
  }

  /// A session commits often enough to lose little, and seldom enough for its ref to hold its
  /// segments and for a root to stay small.
  @Test func aLongSessionHasFewCheckpoints() {
    let chunkBytes: UInt64 = 64 << 10
    var committed: UInt64 = 0
    var pending: UInt64 = 0
    var checkpoints: [UInt64: Int] = [:]
    var count = 0
    while committed < 16 << 40 {
      pending += 64 << 20
      let entries = Int(pending / chunkBytes)
      guard CheckpointPolicy.isDue(bytes: pending, entries: entries, after: committed) else {
        continue
      }
      count += 1
      #expect(pending <= max(256 << 20, committed / 16 + (64 << 20)))
      committed += pending
      pending = 0
      checkpoints[committed >> 40] = count
    }
    #expect((checkpoints[0] ?? 0) < 250)
    #expect(count < 2 * Limits.sessionSegments)
    let segments = [SegmentID](repeating: SegmentID(.zero), count: Limits.sessionSegments)
    let record = RefRecord(
      target: .session(segments), created: Timestamp(seconds: 0, nanoseconds: 0))
    #expect(record.bytes.count < Limits.valueBytes)
  }

  @Test func aPackOfTinyObjectsEndsInTime() throws {
    var writer = try PackWriter(in: store.directory, store: store.uuid)
    var count: UInt64 = 0
    while !writer.isFull {
      let key = ObjectKey(.chunk, Digest(words: count, 0, 0, 0))
      try writer.append(key, codec: .none, stored: [7].span, plainCount: 1)
      count += 1
    }
    #expect(count == 256 << 10)
    let sealed = try writer.seal()
    guard case .pack(let id) = sealed.record.name else { return }
    #expect(try PackReader.entries(of: id, in: store.directory) == sealed.entries)
  }

  @Test func anObjectThatNoReaderTakesIsNotWritten() throws {
    var writer = try PackWriter(in: store.directory, store: store.uuid)
    let key = ObjectKey(id([1]))
    let limit = UInt64(Limits.chunkBytes)
    #expect(throws: StoreError.tooLarge(key.object, bytes: limit + 1, limit: limit)) {
      try writer.append(key, codec: .zstd, stored: [1].span, plainCount: Limits.chunkBytes + 1)
    }
    #expect(writer.isEmpty)
  }

  /// A clone holds what the file had when it was cloned, which may be more than was read.
  @Test(arguments: [false, true]) func aCloneIsCutToWhatWasRead(isWhole: Bool) throws {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = true
    let bench = try SimulatedBench.create(in: SimulatedFileSystem(settings).root)
    let store = try bench.open()
    try bench.write("grown", [1, 2, 3, 4])
    let source = try bench.root.openFile(RelativePath("grown"))
    var writer = try #require(try RawObjectWriter.cloning(source, in: store.directory))
    try writer.append(id([1, 2]), [1, 2].span)
    let sealed =
      isWhole
      ? try writer.publish(BlobID(SHA256.digest(of: [1, 2]))) : try writer.publishPart()
    #expect(try store.directory.status(sealed.record.name.path)?.size == 2)
    #expect(sealed.record.size == 2)
  }
}
