package import StoreIO
package import StorePrimitives
import Synchronization

/// One command that writes into a store: what its threads share from the first chunk to the commit.
///
/// Order of durability (docs/protocol.md): containers, their directories, the segment, its
/// directory, the root. A long session commits what it has from time to time under a `sessions/`
/// ref, so that one that is cut off does not start over, and so that the entries in memory stay
/// few.
package final class WriteSession<Directory: DirectoryHandle>: Sendable {
  package let store: Store<Directory>
  private let claims: [ClaimShard]
  private let state: Mutex<State>
  /// Held by the thread that commits.
  private let committing = Mutex(())

  private struct State: Sendable {
    var snapshot: Snapshot<Directory>
    var pending = Batch()
    /// What is committed and live.
    var session: RootWriter<Directory>.Session
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
    claims = (0..<16).map { _ in ClaimShard() }
    let ref = try RefName(.sessions, Nonce.random().hex)
    state = Mutex(State(snapshot: snapshot, session: .init(ref: ref)))
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
      return CheckpointPolicy.isDue(
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
    guard state.withLock({ $0.session.growing.count < Limits.sessionSegments }) else {
      return nil
    }
    let container = try seal()
    return try committing.withLock { (_) throws(StoreError) in
      guard let segment = try writeSegment(of: [container]) else { return nil }
      state.withLock { _ = $0.session.growing.insert(segment.id) }
      try commit(segment, Batch(containers: [container], bytes: container.record.size))
      return GrowingCheckpoint(container: container.record, segment: segment.id)
    }
  }

  // MARK: Committing

  /// Commits everything with `edits` and ends the session.
  package func finish(_ edits: [RefEdit]) throws(StoreError) {
    try committing.withLock { (_) throws(StoreError) in
      let batch = takePending()
      try commit(try writeSegment(of: batch.containers), batch, ending: edits)
    }
  }

  /// Commits what is pending under the ref of the session.
  private func checkpoint() throws(StoreError) {
    try committing.withLock { (_) throws(StoreError) in
      let batch = takePending()
      guard let segment = try writeSegment(of: batch.containers) else { return }
      state.withLock { _ = $0.session.segments.insert(segment.id) }
      try commit(segment, batch)
    }
  }

  private func takePending() -> Batch {
    state.withLock { state in
      defer { state.pending = Batch() }
      return state.pending
    }
  }

  /// Commits a segment and what belongs to it: with the `edits` that end the session, or under the
  /// ref of the session.
  private func commit(
    _ segment: SegmentSummary?, _ batch: Batch, ending edits: [RefEdit]? = nil
  ) throws(StoreError) {
    let dropped = Set(batch.superseded.map(\.segment))
    let (base, session) = state.withLock { state in
      state.session.growing.subtract(dropped)
      return (state.snapshot, state.session)
    }
    let writer = RootWriter(store: store, base: base)
    let (link, continued) = try writer.commit(
      adding: segment, dropping: dropped,
      edits.map { $0 + [RefEdit(session.ref, nil)] } ?? [],
      continuing: edits == nil ? session : nil)
    let newest = try Snapshot(of: link, in: store, damage: nil, reusing: base.view)
    state.withLock { state in
      state.snapshot = newest
      state.committedBytes += batch.bytes
      if let continued { state.session = continued }
    }
    for checkpoint in batch.superseded {
      try store.directory.removeFile(checkpoint.container.name.path)
    }
    release(batch.containers)
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
  /// Bytes: with what two threads have open, an interrupted add of 4 GB loses less than a tenth.
  package static let minimumBytes: UInt64 = 64 << 20
  /// About 60 MB of memory.
  package static let maximumEntries = 256 << 10

  /// Whether so many `bytes` and `entries` that only this process knows are enough. The more is
  /// safe already the longer it may take: an add of 1 TB has 230 checkpoints.
  package static func isDue(bytes: UInt64, entries: Int, after committed: UInt64) -> Bool {
    entries >= maximumEntries || bytes >= max(minimumBytes, committed / 32)
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
