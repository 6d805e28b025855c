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
  /// Bytes of containers after which a session commits what it has: with the packs that two threads
  /// have open, 5 % of 4 GB. A commit takes 1 ms here, 10-40 ms on a disk that flushes honestly.
  private static var checkpointBytes: UInt64 { 96 << 20 }
  /// Entries after which it does: about 60 MB of memory.
  private static var checkpointEntries: Int { 256 << 10 }

  package let store: Store<Directory>
  private let claims: [ClaimShard]
  private let state: Mutex<State>
  /// Held by the thread that commits.
  private let committing = Mutex(())

  private struct State: Sendable {
    var snapshot: Snapshot<Directory>
    var pending: [SealedContainer] = []
    var pendingBytes: UInt64 = 0
    var pendingEntries = 0
    /// What is committed.
    var session: RootWriter<Directory>.Session
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
    let segment = try committing.withLock { (_) throws(StoreError) in
      guard let segment = try writeSegment(of: [container]) else {
        preconditionFailure("a container makes a segment")
      }
      state.withLock { _ = $0.session.growing.insert(segment.id) }
      try commit(segment)
      release([container])
      return segment.id
    }
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
      try commit(segment, ending: edits)
    }
  }

  /// Commits what is pending under the ref of the session.
  private func checkpoint() throws(StoreError) {
    try committing.withLock { (_) throws(StoreError) in
      let containers = takePending()
      guard let segment = try writeSegment(of: containers) else { return }
      state.withLock { _ = $0.session.segments.insert(segment.id) }
      try commit(segment)
      release(containers)
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

  /// Commits a segment: with the `edits` that end the session, or under the ref of the session.
  private func commit(
    _ segment: SegmentSummary?, ending edits: [RefEdit]? = nil
  ) throws(StoreError) {
    let (base, session, superseded) = state.withLock { state in
      defer { state.superseded = [] }
      for checkpoint in state.superseded { state.session.growing.remove(checkpoint.segment) }
      return (state.snapshot, state.session, state.superseded)
    }
    let writer = RootWriter(store: store, base: base)
    let (link, continued) = try writer.commit(
      adding: segment, dropping: Set(superseded.map(\.segment)),
      edits.map { $0 + [RefEdit(session.ref, nil)] } ?? [],
      continuing: edits == nil ? session : nil)
    let newest = try Snapshot(of: link, in: store, damage: nil, reusing: base.view)
    state.withLock { state in
      state.snapshot = newest
      if let continued { state.session = continued }
    }
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
