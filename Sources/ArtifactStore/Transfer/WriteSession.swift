package import StoreIO
package import StorePrimitives
import Synchronization

/// One command that writes into a store: what its threads share from the first chunk to the commit.
///
/// Order of durability (docs/protocol.md): containers, their directories, the segment, its
/// directory, the root. A long session commits what it has from time to time under a `sessions/`
/// ref, so that one that is cut off does not start over, and so that the entries in memory stay few.
package final class WriteSession<Directory: DirectoryHandle>: Sendable {
  /// Bytes of containers after which a session commits what it has: a tenth of what may be lost
  /// by an interrupted add of 2.5 GB.
  private static var checkpointBytes: UInt64 { 256 << 20 }
  /// Entries after which it does: about 60 MB of memory.
  private static var checkpointEntries: Int { 256 << 10 }

  package let store: Store<Directory>
  private let sessionRef: RefName
  private let claims: [ClaimShard]
  private let state: Mutex<State>
  /// Held by the thread that commits.
  private let committing = Mutex(())

  private struct State: Sendable {
    var snapshot: Snapshot<Directory>
    var pending: [SealedContainer] = []
    var pendingBytes: UInt64 = 0
    var pendingEntries = 0
    /// Segments of this session that are committed.
    var committed: [SegmentID] = []
    /// Segments of checkpoints of raw objects that are whole now: the next commit drops them.
    var superseded: [GrowingCheckpoint] = []
    var writtenBytes: UInt64 = 0
  }

  /// A committed part of a raw object that still grows.
  package struct GrowingCheckpoint: Sendable {
    fileprivate let container: ContainerRecord
    fileprivate let segment: SegmentID
  }

  package init(_ store: Store<Directory>) throws(StoreError) {
    let snapshot = try store.snapshot()
    if let damage = snapshot.damage { throw damage }
    self.store = store
    sessionRef = try RefName(.sessions, Nonce.random().hex)
    claims = (0..<16).map { _ in ClaimShard() }
    state = Mutex(State(snapshot: snapshot))
  }

  /// The newest root that this session knows, with what it committed itself.
  package var snapshot: Snapshot<Directory> { state.withLock { $0.snapshot } }

  /// Bytes of containers and segments written so far.
  package var writtenBytes: UInt64 { state.withLock { $0.writtenBytes } }

  // MARK: Objects

  /// Whether the caller must write `key`: the store does not hold it, and no other thread of this
  /// session has been told so before.
  package func claim(_ key: ObjectKey) throws(StoreError) -> Bool {
    guard try !snapshot.view.holds(key) else { return false }
    return shard(key).keys.withLock { $0.insert(key).inserted }
  }

  private func shard(_ key: ObjectKey) -> ClaimShard {
    claims[Int(key.digest.prefix >> 60)]
  }

  /// Takes over a durable container; commits what there is when that is much.
  package func register(_ container: SealedContainer) throws(StoreError) {
    let isMuch = state.withLock { state in
      state.pending.append(container)
      state.pendingBytes += container.record.size
      state.writtenBytes += container.record.size
      state.pendingEntries += container.entries.count
      return state.pendingBytes >= Self.checkpointBytes
        || state.pendingEntries >= Self.checkpointEntries
    }
    if isMuch { try checkpoint() }
  }

  /// Commits the part of a raw object that is there so far, in a segment of its own.
  package func checkpoint(
    growing container: SealedContainer
  ) throws(StoreError) -> GrowingCheckpoint {
    let segment = try commit([container])
    return GrowingCheckpoint(container: container.record, segment: segment)
  }

  /// The raw object of these checkpoints has been registered whole: its pieces moved there. The
  /// next commit drops their segments, and then their names go.
  package func supersede(_ checkpoints: [GrowingCheckpoint]) {
    state.withLock { $0.superseded += checkpoints }
  }

  // MARK: Committing

  /// Commits everything with `edits` and ends the session.
  package func finish(_ edits: [RefEdit]) throws(StoreError) {
    try committing.withLock { (_) throws(StoreError) in
      let segment = try writeSegment(of: takePending())
      try commit(segment, edits + [RefEdit(sessionRef, nil)])
    }
  }

  /// Commits what is pending under the ref of the session.
  private func checkpoint() throws(StoreError) {
    try committing.withLock { (_) throws(StoreError) in
      let containers = takePending()
      guard let segment = try writeSegment(of: containers) else { return }
      try commit(segment, [try sessionEdit(with: segment)])
      release(containers)
    }
  }

  /// Commits `containers` alone under the ref of the session.
  private func commit(_ containers: [SealedContainer]) throws(StoreError) -> SegmentID {
    try committing.withLock { (_) throws(StoreError) in
      guard let segment = try writeSegment(of: containers) else {
        preconditionFailure("there are containers")
      }
      try commit(segment, [try sessionEdit(with: segment)])
      release(containers)
      return segment.id
    }
  }

  private func takePending() -> [SealedContainer] {
    state.withLock { state in
      defer {
        state.pending = []
        state.pendingBytes = 0
        state.pendingEntries = 0
      }
      return state.pending
    }
  }

  private func sessionEdit(with segment: SegmentSummary) throws(StoreError) -> RefEdit {
    let segments = state.withLock { state in
      state.committed.append(segment.id)
      return state.committed
    }
    return RefEdit(
      sessionRef, RefRecord(target: .session(segments), created: .now()).bytes)
  }

  private func commit(_ segment: SegmentSummary?, _ edits: [RefEdit]) throws(StoreError) {
    let (base, committed, superseded) = state.withLock { state in
      defer { state.superseded = [] }
      return (state.snapshot, state.committed, state.superseded)
    }
    let writer = RootWriter(store: store, base: base, session: Set(committed))
    let link = try writer.commit(
      adding: segment, dropping: Set(superseded.map(\.segment)), edits)
    let newest = try Snapshot(of: link, in: store, damage: nil, reusing: base.view)
    state.withLock { $0.snapshot = newest }
    for checkpoint in superseded {
      try store.directory.removeFile(checkpoint.container.name.path)
    }
  }

  /// From here on look-ups find the entries in the snapshot.
  private func release(_ containers: [SealedContainer]) {
    for entry in containers.lazy.flatMap(\.entries) {
      shard(entry.key).keys.withLock { _ = $0.remove(entry.key) }
    }
  }

  private func writeSegment(
    of containers: [SealedContainer]
  ) throws(StoreError) -> SegmentSummary? {
    guard !containers.isEmpty else { return nil }
    let parents = Set(containers.map(\.record.name.path).compactMap(\.parent))
    for parent in parents { try store.directory.openDirectory(parent).synchronize() }
    let encoded = SegmentWriter.encode(containers)
    try store.write(encoded)
    state.withLock { $0.writtenBytes += UInt64(encoded.bytes.count) }
    return SegmentSummary(id: encoded.id, entryCount: UInt64(encoded.entryCount))
  }
}

/// Keys that a thread of the session is writing.
private final class ClaimShard: Sendable {
  let keys = Mutex<Set<ObjectKey>>([])
}

extension Store {
  /// Writes a segment and makes it durable. One that is there already has the same bytes.
  package func write(_ segment: EncodedSegment) throws(StoreError) {
    let path = StoreLayout.segment(segment.id)
    let file = try directory.createUnnamed(in: StoreLayout.temporary, mode: 0o444)
    try file.write(segment.bytes.span, at: 0)
    try file.synchronize()
    _ = try directory.linkMakingParent(file, as: path)
    guard let parent = path.parent else { return }
    try directory.openDirectory(parent).synchronize()
  }
}
