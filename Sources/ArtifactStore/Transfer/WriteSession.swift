package import StoreIO
package import StorePrimitives
import Synchronization

/// One command that writes into a store: what its threads share from the first chunk to the commit.
///
/// Order of durability (docs/protocol.md): containers, their directories, the segment, its
/// directory, the root. A long session commits what it has from time to time under a `sessions/`
/// ref, so that one that is cut off does not start over, and so that the entries in memory stay few.
package final class WriteSession<Directory: DirectoryHandle>: Sendable {
  package let store: Store<Directory>
  private let sessionRef: RefName
  private let claims: [ClaimShard]
  private let state: Mutex<State>
  /// Held by the thread that commits.
  private let committing = Mutex(())

  private struct State: Sendable {
    var snapshot: Snapshot<Directory>
    var pending = Batch()
    /// Segments of this session that are committed and live.
    var committed: [SegmentID] = []
    var committedBytes: UInt64 = 0
    var writtenBytes: UInt64 = 0
  }

  /// What one commit takes: containers, and the checkpoints whose pieces moved into them. They go
  /// together: a commit that dropped a checkpoint without them would lose its pieces.
  private struct Batch: Sendable {
    var containers: [SealedContainer] = []
    var superseded: [GrowingCheckpoint] = []
    var bytes: UInt64 = 0
    var entryCount = 0
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
  ///
  /// A raw object that is whole, or ended as a part, has the pieces of all its `checkpoints`: the
  /// commit that brings it drops their segments, and then their names go.
  package func register(
    _ container: SealedContainer, superseding checkpoints: [GrowingCheckpoint] = []
  ) throws(StoreError) {
    let isDue = state.withLock { state in
      state.pending.containers.append(container)
      state.pending.superseded += checkpoints
      state.pending.bytes += container.record.size
      state.pending.entryCount += container.entries.count
      state.writtenBytes += container.record.size
      return state.committed.count < Limits.sessionSegments
        && CheckpointPolicy.isDue(
          bytes: state.pending.bytes, entries: state.pending.entryCount,
          after: state.committedBytes)
    }
    if isDue { try checkpoint() }
  }

  /// Commits the part of a raw object that is there so far, in a segment of its own; nil when the
  /// session has as many segments as its ref can name.
  package func checkpoint(
    growing seal: () throws(StoreError) -> SealedContainer
  ) throws(StoreError) -> GrowingCheckpoint? {
    guard state.withLock({ $0.committed.count < Limits.sessionSegments }) else { return nil }
    let container = try seal()
    let segment = try commit(Batch(containers: [container], bytes: container.record.size))
    return segment.map { GrowingCheckpoint(container: container.record, segment: $0) }
  }

  // MARK: Committing

  /// Commits everything with `edits` and ends the session.
  package func finish(_ edits: [RefEdit]) throws(StoreError) {
    try committing.withLock { (_) throws(StoreError) in
      let batch = takePending()
      let segment = try writeSegment(of: batch.containers)
      try commit(segment, batch, edits + [RefEdit(sessionRef, nil)])
    }
  }

  /// Commits what is pending under the ref of the session.
  private func checkpoint() throws(StoreError) {
    _ = try commit(nil)
  }

  /// Commits a batch, or what is pending, under the ref of the session; nil when it is empty.
  private func commit(_ batch: Batch?) throws(StoreError) -> SegmentID? {
    try committing.withLock { (_) throws(StoreError) in
      let batch = batch ?? takePending()
      guard let segment = try writeSegment(of: batch.containers) else { return nil }
      try commit(segment, batch, [sessionEdit(with: segment, without: batch.superseded)])
      state.withLock { $0.committedBytes += batch.bytes }
      release(batch.containers)
      return segment.id
    }
  }

  private func takePending() -> Batch {
    state.withLock { state in
      defer { state.pending = Batch() }
      return state.pending
    }
  }

  private func sessionEdit(
    with segment: SegmentSummary, without superseded: [GrowingCheckpoint]
  ) -> RefEdit {
    let dropped = Set(superseded.map(\.segment))
    let segments = state.withLock { state in
      state.committed.removeAll { dropped.contains($0) }
      state.committed.append(segment.id)
      return state.committed
    }
    return RefEdit(
      sessionRef, RefRecord(target: .session(segments), created: .now()).bytes)
  }

  private func commit(
    _ segment: SegmentSummary?, _ batch: Batch, _ edits: [RefEdit]
  ) throws(StoreError) {
    let (base, committed) = state.withLock { ($0.snapshot, $0.committed) }
    let writer = RootWriter(store: store, base: base, session: Set(committed))
    let link = try writer.commit(
      adding: segment, dropping: Set(batch.superseded.map(\.segment)), edits)
    let newest = try Snapshot(of: link, in: store, damage: nil, reusing: base.view)
    state.withLock { $0.snapshot = newest }
    for checkpoint in batch.superseded {
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

/// When a write that takes long commits what it has.
package enum CheckpointPolicy {
  /// Bytes: a tenth of an add of 2.5 GB may be lost by an interruption.
  package static let minimumBytes: UInt64 = 256 << 20
  /// About 60 MB of memory.
  package static let maximumEntries = 256 << 10

  /// Whether so many `bytes` and `entries` that only this process knows are enough. The more is
  /// safe already the longer it may take: an add of 1 TB has 130 checkpoints, and as many segments
  /// are open until it ends.
  package static func isDue(bytes: UInt64, entries: Int, after committed: UInt64) -> Bool {
    entries >= maximumEntries || bytes >= max(minimumBytes, committed / 16)
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
    let file = try directory.createStoreFile()
    try file.write(segment.bytes.span, at: 0)
    try file.synchronize()
    _ = try directory.linkMakingParent(file, as: path)
    guard let parent = path.parent else { return }
    try directory.openDirectory(parent).synchronize()
  }
}
