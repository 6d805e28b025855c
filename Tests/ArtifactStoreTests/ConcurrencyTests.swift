import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Writers that meet at the chain of roots.
@Suite struct ConcurrencyTests {
  @Test(arguments: [8])
  func writersAtOnceAllSucceed(count: Int) throws {
    let folder = try TemporaryDirectory()
    let bench = try Workbench.create(in: try LinuxDirectory.open(folder.path))
    for index in 0..<count {
      for file in 0..<20 { try bench.write("w\(index)/f\(file)", Array("\(index) \(file)".utf8)) }
      try bench.write("w\(index)/shared", Array(repeating: 3, count: 100_000))
    }
    try Workers.run(count: count) { (index) throws(StoreError) in
      for _ in 0..<3 {
        let path = RelativePath(trusted: "w\(index)")
        let source = PinSource.Place.directory(try bench.root.openDirectory(path))
        let store = try Store.open(try bench.root.openDirectory(Workbench<LinuxDirectory>.store))
        _ = try store.add(AddRequest(pins: [.init(path: path, source: source)]))
      }
    }
    let snapshot = try bench.open().snapshot()
    #expect(try snapshot.refs(in: .pins).count == count)
    #expect(try snapshot.refs(in: .sessions).isEmpty)
    // Each commit is one root and the chain has no gap.
    #expect(snapshot.root.sequence == UInt64(3 * count))
    #expect(try bench.problems() == [])
    for index in 0..<count {
      try bench.restore("w\(index)", to: "out\(index)")
      #expect(try bench.contents(of: "out\(index)") == bench.contents(of: "w\(index)"))
    }
  }

  /// Rule 2: a merge whose inputs another writer has merged already is not committed.
  @Test func onlyOneMergeOfTheSameSegmentsCounts() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    for index in 0..<3 {
      try bench.write("data/f", [UInt8(index)])
      try bench.add()
    }
    let store = try bench.open()
    try bench.write("data/f", [9])
    let base = try store.snapshot()
    try bench.add()  // The fourth segment: merges.
    _ = try RootWriter(store: store, base: base).commit()
    #expect(try bench.problems() == [])
    #expect(try store.snapshot().root.segments.count == 1)
  }

  /// Rule 11: what was reused and taken away meanwhile is noticed before the commit.
  @Test func reusedDataThatWasRemovedIsNoticed() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/f", [1])
    let target = try #require(try bench.add().pins.first?.target)
    let store = try bench.open()
    let base = try store.snapshot()
    // What a gc does: a root of the next epoch without the segments.
    _ = try store.chain.commit { (newest) throws(StoreError) in
      var root = newest.root
      root.epoch += 1
      root.segments = []
      root.refEdits = []
      return root
    }
    let record = RefRecord(target: target, created: Timestamp(seconds: 1, nanoseconds: 0))
    let edit = RefEdit(try RefName(.tags, "late"), record.bytes)
    let writer = RootWriter(store: store, base: base)
    let digest = try #require(target.digest)
    #expect(throws: StoreError.reusedDataRemoved(.node(NodeID(digest)))) {
      _ = try writer.commit([edit])
    }
  }

  /// Rule 3: a slot that is 1,024 behind the newest proves nothing.
  @Test func aSlotFarBehindIsNotAccepted() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let store = try bench.open()
    #expect(RootChain<SimulatedDirectory>.keptRoots == 1024)
    for _ in 0..<5 { _ = try store.chain.commit { (newest) throws(StoreError) in newest.root } }
    #expect(try store.chain.isRecent(4, kept: 2))
    #expect(try !store.chain.isRecent(3, kept: 2))
  }

  @Test func theChainNeedsNoListingAndNoHint() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/f", [1])
    for _ in 0..<4 { try bench.add() }
    let store = try bench.open()
    let newest = try store.snapshot().root.sequence
    for hint in ["", "0\n", "999999\n", "18446744073709551615\n", "\u{0}\u{0}", "-1\n"] {
      try bench.write("store/latest", Array(hint.utf8))
      #expect(try store.snapshot().root.sequence == newest, "hint \(hint)")
    }
    try bench.root.removeFile(RelativePath("store/latest"))
    #expect(try store.snapshot().root.sequence == newest)
  }

  /// Rule 10: a reader whose container is gone finds in the newest root where the object moved.
  @Test func aReaderFollowsWhatMoved() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let bytes: [UInt8] = [1, 2, 3]
    try bench.write("data/f", bytes)
    try bench.add()
    let store = try bench.open()
    let old = try store.snapshot()
    let reader = old.reader()
    let key = ObjectKey(.chunk, SHA256.digest(of: bytes))
    let place = try #require(try old.view.find(key))

    var writer = try PackWriter(in: store.directory, store: store.uuid)
    try writer.append(key, codec: .none, stored: bytes.span, plainCount: bytes.count)
    let moved = SegmentWriter.encode([try writer.seal()])
    try store.write(moved)
    let before = Set(old.root.segments.map(\.id))
    let summary = SegmentSummary(id: moved.id, entryCount: UInt64(moved.entryCount))
    _ = try RootWriter(store: store, base: old).commit(adding: summary, dropping: before)
    try store.directory.removeFile(place.container.name.path)

    #expect(try reader.object(key) == bytes)
    // What no root holds any more is named, not looked for without end.
    let gone = try #require(try store.snapshot().view.find(key))
    try store.directory.removeFile(gone.container.name.path)
    #expect(throws: StoreError.missing(gone.container.name.object)) {
      try store.snapshot().reader().object(key)
    }
  }
}
