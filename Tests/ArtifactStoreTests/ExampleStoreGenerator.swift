import ArtifactStore
import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// Makes the example store, once for each released format:
///
///     REPROSTORE_MAKE_EXAMPLE=DIR swift test --filter ExampleStoreGenerator
///
/// DIR holds `.reprostore` as `reprostore init` writes it, with no store in it.
@Suite struct ExampleStoreGenerator {
  private static let place = ProcessInfo.processInfo.environment["REPROSTORE_MAKE_EXAMPLE"]

  private static let time = Timestamp(seconds: 1_795_000_000, nanoseconds: 0)

  @Test(.enabled(if: place != nil)) func make() throws {
    let root = try LinuxDirectory.open(try #require(Self.place))
    _ = try root.makeDirectory(ExampleStore.store, mode: 0o755)
    let store = try Store.create(in: try root.openDirectory(ExampleStore.store))
    let first = try add(ExampleStore.first, to: store, in: root)
    try tag("first", first, in: store)
    try addRawObject(to: store)
    try addZlibChunk(to: store)
    try leaveASession(in: store)
    try addManyTags(first, to: store)
    let second = try add(ExampleStore.second, to: store, in: root)
    try pin(second, of: store, in: root)
    #expect(try store.check(full: true).problems == [])
  }

  /// Writes the lock.
  private func pin(
    _ target: RefRecord.Target, of store: LocalStore, in root: LinuxDirectory
  ) throws {
    guard case .tree(let tree) = target else { return }
    let total = try store.snapshot().reader().tree.total(of: tree)
    var lock = Lock()
    try lock.set(
      LockedPin(
        path: ExampleStore.data, target: target, files: total.count, bytes: total.weight))
    let text = Array(LockFormat.text(of: lock).utf8)
    try root.createFile(Lock.fileName, mode: 0o644).write(text.span, at: 0)
  }

  private func add(
    _ entries: [(path: [UInt8], content: ExampleStore.Content)], to store: LocalStore,
    in root: LinuxDirectory
  ) throws -> RefRecord.Target {
    try root.removeTree(ExampleStore.data)
    for (path, content) in entries {
      let path = try ExampleStore.data.appending(path)
      try makeParents(of: path, in: root)
      switch content {
      case .file(let bytes, let executable):
        try root.createFile(path, mode: executable ? 0o755 : 0o644).write(bytes.span, at: 0)
      case .link(let target): _ = try root.makeLink(path, target: Array(target.utf8))
      case .directory: _ = try root.makeDirectory(path, mode: 0o755)
      }
    }
    var request = AddRequest(
      pins: [
        .init(
          path: ExampleStore.data, source: .directory(try root.openDirectory(ExampleStore.data)))
      ])
    request.origin.workspace = "/home/ada/example"
    request.origin.who = "ada@example"
    request.origin.gitCommit = String(repeating: "0123456789", count: 4)
    return try #require(try store.add(request).pins.first).target
  }

  private func makeParents(of path: RelativePath, in root: LinuxDirectory) throws {
    guard let parent = path.parent else { return }
    try makeParents(of: parent, in: root)
    _ = try root.makeDirectory(parent, mode: 0o755)
  }

  private func tag(_ name: String, _ target: RefRecord.Target, in store: LocalStore) throws {
    let record = RefRecord(target: target, created: Self.time)
    let writer = RootWriter(store: store, base: try store.snapshot())
    _ = try writer.commit([RefEdit(try RefName(.tags, name), record.bytes)])
  }

  private func addRawObject(to store: LocalStore) throws {
    let session = try WriteSession(store)
    var raw = try RawObjectWriter(in: store.directory)
    var pieces: [Recipe.Piece] = []
    for bytes in ExampleStore.rawPieces {
      let id = ChunkID(SHA256.digest(of: bytes))
      try raw.append(id, bytes.span)
      pieces.append(Recipe.Piece(id: id, count: bytes.count))
    }
    let blob = BlobID(SHA256.digest(of: ExampleStore.rawPieces.flatMap { $0 }))
    try session.register(try raw.publish(blob))
    let recipe = Recipe(blob: blob, size: raw.byteCount, chunker: 1, pieces: pieces)
    let sink = PackSink(session, isDryRun: false)
    try sink.store(metadata: ObjectKey(.recipe, blob.digest), recipe.bytes)
    try sink.finish()
    try finish(session, "raw", blob, raw.byteCount)
  }

  private func addZlibChunk(to store: LocalStore) throws {
    let session = try WriteSession(store)
    let plain = ExampleStore.zlibPlain
    var codec = ZlibCodec()
    var stored: [UInt8] = []
    let count = codec.compress(plain.span, into: &stored, level: 9)
    let blob = BlobID(SHA256.digest(of: plain))
    var pack = try PackWriter(in: store.directory, store: store.uuid)
    try pack.append(
      ObjectKey(.chunk, blob.digest), codec: .zlib, stored: stored.span.extracting(0..<count),
      plainCount: plain.count)
    try session.register(try pack.seal())
    try finish(session, "zlib", blob, UInt64(plain.count))
  }

  private func finish(
    _ session: WriteSession<LinuxDirectory>, _ name: String, _ blob: BlobID, _ size: UInt64
  ) throws {
    let target = RefRecord.Target.blob(blob, size: size, executable: false)
    let record = RefRecord(target: target, created: Self.time)
    try session.finish([RefEdit(try RefName(.tags, name), record.bytes)])
  }

  /// A session that was cut off: its ref, a segment, and a part.
  private func leaveASession(in store: LocalStore) throws {
    let session = try WriteSession(store)
    var raw = try RawObjectWriter(in: store.directory)
    let bytes = ExampleStore.partPiece
    try raw.append(ChunkID(SHA256.digest(of: bytes)), bytes.span)
    _ = try session.checkpoint { () throws(StoreError) in try raw.checkpoint() }
  }

  /// So many that they move into a tree of refs.
  private func addManyTags(_ target: RefRecord.Target, to store: LocalStore) throws {
    let record = RefRecord(target: target, created: Self.time).bytes
    let edits = try (0..<260).map { index in
      RefEdit(try RefName(.tags, "many/\(index)"), record)
    }
    _ = try RootWriter(store: store, base: try store.snapshot()).commit(edits)
  }
}
