package import StoreIO
package import StorePrimitives

/// Extends the newest root by a segment and some refs, whatever other writers did meanwhile.
package struct RootWriter<Directory: DirectoryHandle> {
  /// Ref edits that a root carries before they are folded into a tree of refs: a root stays below
  /// about 64 KiB, and a commit that loses a race writes only a new root.
  private static var inlineEdits: Int { 256 }

  private let store: Store<Directory>
  private let base: Snapshot<Directory>

  package init(store: Store<Directory>, base: Snapshot<Directory>) {
    self.store = store
    self.base = base
  }

  /// What a running session has committed, and the ref that keeps it.
  package struct Session: Sendable {
    package let ref: RefName
    /// Segments that may be merged; the ref follows.
    package var segments: Set<SegmentID> = []
    /// Segments that the session will drop by their names.
    package var growing: Set<SegmentID> = []

    package init(ref: RefName) { self.ref = ref }

    fileprivate mutating func follow(_ replacements: [SegmentID: SegmentID]) {
      segments = Set(segments.map { replacements[$0] ?? $0 })
    }

    fileprivate var edit: RefEdit {
      let all = segments.union(growing).sorted()
      return RefEdit(ref, RefRecord(target: .session(all), created: .now()).bytes)
    }
  }

  /// Commits. The segment and what it names must be durable; the dropped segments must be the
  /// session's own, and what they held must be in others. A `session` goes on: its ref is set, and
  /// what it holds afterwards is returned.
  package func commit(
    adding segment: SegmentSummary? = nil, dropping dropped: Set<SegmentID> = [],
    _ edits: [RefEdit] = [], continuing session: Session? = nil
  ) throws(StoreError) -> (link: RootChain<Directory>.Link, session: Session?) {
    var continued = session
    let link = try store.chain.commit { (newest) throws(StoreError) in
      var root = newest.root
      if let segment, !root.segments.contains(where: { $0.id == segment.id }) {
        root.segments.append(segment)
      }
      root.segments.removeAll { dropped.contains($0.id) }
      root.apply(edits)
      try checkReused(by: edits, in: root, newest)
      if root.refEdits.count > Self.inlineEdits { root = try folding(root, newest) }
      let compaction = Compaction(store: store, busy: busySegments(of: root, session))
      let compacted = try compaction.compact(root.segments)
      root.segments = compacted.segments
      continued = session
      continued?.follow(compacted.replacements)
      if let continued { root.apply([continued.edit]) }
      return root
    }
    return (link, continued)
  }

  /// Segments of sessions that have not ended: gc must find them by their names. Only a session
  /// itself may merge its own.
  private func busySegments(of root: Root, _ session: Session?) -> Set<SegmentID> {
    var busy = session?.growing ?? []
    for edit in root.refEdits where edit.name.isIn(.sessions) && edit.name != session?.ref {
      guard let bytes = edit.record, let record = try? RefRecord(bytes),
        case .session(let segments) = record.target
      else { continue }
      busy.formUnion(segments)
    }
    return busy
  }

  /// Rule 11: when something was taken away since the base, everything that the new refs need must
  /// still be there.
  private func checkReused(
    by edits: [RefEdit], in root: Root, _ newest: RootChain<Directory>.Link
  ) throws(StoreError) {
    guard newest.root.epoch != base.root.epoch else { return }
    let link = RootChain<Directory>.Link(root: root, id: newest.id)
    let snapshot = try Snapshot(of: link, in: store, damage: nil, reusing: base.view)
    let closure = Closure(snapshot)
    for bytes in edits.compactMap(\.record) {
      let record = try StoreObject.root(sequence: root.sequence).parsing { () throws(FormatError) in
        try RefRecord(bytes)
      }
      try closure.visit(record.target) { (problem) throws(StoreError) in
        if case .missing(let object) = problem { throw .reusedDataRemoved(object) }
        throw problem
      }
    }
  }

  /// Moves the edits into a new tree of refs. Sessions stay inline: they come and go.
  private func folding(
    _ root: Root, _ newest: RootChain<Directory>.Link
  ) throws(StoreError) -> Root {
    let link = RootChain<Directory>.Link(root: root, id: newest.id)
    let snapshot = try Snapshot(of: link, in: store, damage: nil, reusing: base.view)
    let pack = NodePack(store: store, view: snapshot.view)
    var builder = SortedTreeBuilder { (id, bytes) throws(StoreError) in try pack.add(id, bytes) }
    for (name, record) in try snapshot.refBytes() where !name.isIn(.sessions) {
      try builder.add(key: name.path.bytes, value: record, weight: 0)
    }
    var folded = root
    folded.refsBase = try builder.finish().root
    folded.refEdits = root.refEdits.filter { $0.name.isIn(.sessions) }
    if let segment = try pack.publish() { folded.segments.append(segment) }
    return folded
  }
}

/// A pack of tree nodes that the store does not hold yet.
private final class NodePack<Directory: DirectoryHandle> {
  private let store: Store<Directory>
  private let view: IndexView<Directory>
  private var writer: PackWriter<Directory>?

  init(store: Store<Directory>, view: IndexView<Directory>) {
    self.store = store
    self.view = view
  }

  func add(_ id: NodeID, _ bytes: [UInt8]) throws(StoreError) {
    guard try !view.holds(ObjectKey(id)) else { return }
    if writer == nil { writer = try PackWriter(in: store.directory, store: store.uuid) }
    try writer?.append(ObjectKey(id), codec: .none, stored: bytes.span, plainCount: bytes.count)
  }

  func publish() throws(StoreError) -> SegmentSummary? {
    guard let writer else { return nil }
    let sealed = try writer.seal()
    if let parent = sealed.record.name.path.parent {
      try store.directory.openDirectory(parent).synchronize()
    }
    let encoded = SegmentWriter.encode([sealed])
    try store.write(encoded)
    return SegmentSummary(id: encoded.id, entryCount: UInt64(encoded.entryCount))
  }
}
