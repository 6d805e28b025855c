import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives

/// A store in memory that holds the objects of `FormatSamples`, made file by file, so that each can
/// be replaced by something else.
struct SampleStore {
  let samples: FormatSamples
  let bench: SimulatedBench
  let store: Store<SimulatedDirectory>

  init(_ samples: FormatSamples, settings: SimulatedFileSystem.Settings = .init()) throws {
    self.samples = samples
    bench = try SimulatedBench.create(in: SimulatedFileSystem(settings).root)
    store = try bench.open()
    try write(samples.pack.container.record.name.path, samples.pack.bytes)
    try write(samples.rawObject.record.name.path, samples.raw)
    var metadata = try PackWriter(in: store.directory, store: store.uuid)
    let recipe = samples.rawRecipe
    let bytes = recipe.bytes
    try metadata.append(
      ObjectKey(.recipe, recipe.blob.digest), codec: .none, stored: bytes.span,
      plainCount: bytes.count)
    try commit([samples.segment, SegmentWriter.encode([try metadata.seal()])]) { root in
      root.apply([
        RefEdit(try RefName(.tags, "packed"), try samples.ref("blob").bytes),
        RefEdit(try RefName(.tags, "raw"), rawRef.bytes),
      ])
    }
  }

  private var rawRef: RefRecord {
    RefRecord(
      target: .blob(BlobID(SHA256.digest(of: samples.raw)), size: 70_000, executable: false),
      created: Timestamp(seconds: 0, nanoseconds: 0))
  }

  /// Puts `bytes` at a key of the store, in place of what is there.
  func write(_ key: RelativePath, _ bytes: [UInt8]) throws {
    try bench.write("store/\(key)", bytes)
  }

  /// Commits a root that lists `segments` besides, whatever they hold.
  func commit(
    _ segments: [EncodedSegment], _ change: (inout Root) throws -> Void = { _ in }
  ) throws {
    for segment in segments { try write(StoreLayout.segment(segment.id), segment.bytes) }
    var root = try store.snapshot().root
    root.segments += segments.map {
      SegmentSummary(id: $0.id, entryCount: UInt64($0.entryCount))
    }
    try change(&root)
    let extended = root
    _ = try store.chain.commit { (_) throws(StoreError) in extended }
  }

  /// Puts `root` into the slot after the newest, sealed, as a writer with other rules would.
  func force(_ change: (inout Root) throws -> Void) throws {
    var root = try store.snapshot().root
    root.sequence += 1
    try change(&root)
    try write(
      StoreLayout.root(try store.snapshot().root.sequence + 1), RootFormat.encode(root).bytes)
  }

  /// All bytes of a blob as the store hands them out.
  func read(_ blob: BlobID) throws(StoreError) -> [UInt8] {
    var bytes: [UInt8] = []
    try Store.open(store.directory).read(blob) { bytes.append($0) }
    return bytes
  }
}
