import StoreIO
package import StorePrimitives

extension Store {
  /// What each pin takes up, in the order of paths and workspaces.
  ///
  /// O(objects of the index + objects that each pin needs); memory is one map of all objects.
  ///
  /// - Throws: the damage of a node or recipe that a ref needs; a missing piece counts nothing.
  @specialized(where Directory == LinuxDirectory)
  package func usageOfPins() throws(StoreError) -> [PinUsage] {
    let snapshot = try snapshot()
    let refs = try snapshot.refs()
    var count = try UsageCount(snapshot)
    for (name, record) in refs where !name.isIn(.pins) { try count.visit(record.target) }
    var usages: [PinUsage] = []
    for versions in Self.versions(of: refs) {
      guard let newest = versions.max(by: { $0.created < $1.created }) else { continue }
      var usage = PinUsage(path: newest.path, workspace: newest.workspace)
      usage.versions = Set(versions.map(\.target)).count
      usage.bytes = try count.bytes(of: newest.target)
      count.beginHolder()
      for version in versions { try count.visit(version.target) }
      usages.append(usage)
    }
    for (index, bytes) in count.finish().enumerated() {
      usages[index].uniqueBytes = bytes.unique
      usages[index].sharedBytes = bytes.needed - bytes.unique
      usages[index].freedBytes = bytes.freed
    }
    return usages
  }

  /// The versions of each path of each workspace, by path and workspace.
  private static func versions(
    of refs: [(name: RefName, record: RefRecord)]
  ) -> [[RefRecord]] {
    var groups: [PinKey: [RefRecord]] = [:]
    for (name, record) in refs where name.isIn(.pins) {
      let key = PinKey(path: record.path?.bytes ?? [], workspace: record.workspace ?? "")
      groups[key, default: []].append(record)
    }
    let sorted = groups.sorted { left, right in
      guard left.key.path == right.key.path else {
        return PathOrder.precedes(left.key.path, right.key.path)
      }
      return left.key.workspace < right.key.workspace
    }
    return sorted.map(\.value)
  }
}

/// Versions with equal keys are those of one pin.
private struct PinKey: Hashable {
  let path: [UInt8]
  let workspace: String
}

/// Who needs which objects. Holders are walked one after the other; the first one is everything
/// that is no pin.
private struct UsageCount<Directory: DirectoryHandle> {
  /// An object of the index.
  private struct Piece {
    /// Stored bytes of its first place.
    let stored: UInt64
    /// Stored bytes of all its places.
    var allStored: UInt64
    /// The only holder so far; `many`, or nil for none.
    var holder: Int32?
    /// The last holder that was seen to need it.
    var seenBy: Int32?
  }

  /// What one holder needs, in stored bytes.
  struct Bytes {
    var needed: UInt64 = 0
    var unique: UInt64 = 0
    var freed: UInt64 = 0
  }

  private static var many: Int32 { -1 }

  private let reader: ObjectReader<Directory>
  private var pieces: [ObjectKey: Piece] = [:]
  private var holders = [Bytes()]

  init(_ snapshot: Snapshot<Directory>) throws(StoreError) {
    reader = snapshot.reader()
    for segment in snapshot.view.segments {
      try segment.forEachEntry { (entry) throws(StoreError) in
        let stored = entry.storedCount
        pieces[entry.key, default: Piece(stored: stored, allStored: 0)].allStored &+= stored
      }
    }
  }

  /// What is visited from now on is needed by another holder.
  mutating func beginHolder() { holders.append(Bytes()) }

  /// Notes that the holder needs `key`; false when that is known, and so what it leads to, or when
  /// the store has it not.
  private mutating func claim(_ key: ObjectKey) -> Bool {
    let holder = Int32(holders.count - 1)
    guard let place = pieces.index(forKey: key), pieces.values[place].seenBy != holder else {
      return false
    }
    pieces.values[place].seenBy = holder
    pieces.values[place].holder = pieces.values[place].holder == nil ? holder : Self.many
    if key.kind.isData { holders[Int(holder)].needed &+= pieces.values[place].stored }
    return true
  }

  /// The bytes of all holders but the first.
  func finish() -> [Bytes] {
    var holders = holders
    for (key, piece) in pieces {
      guard let holder = piece.holder, holder != Self.many else { continue }
      if key.kind.isData { holders[Int(holder)].unique &+= piece.stored }
      holders[Int(holder)].freed &+= piece.allStored
    }
    return Array(holders.dropFirst())
  }

  // MARK: Walking

  /// Bytes of the files of a version.
  func bytes(of target: RefRecord.Target) throws(StoreError) -> UInt64 {
    switch target {
    case .tree(let id): try reader.tree.total(of: id).weight
    case .blob(_, let size, _): size
    case .manifest, .session: 0
    }
  }

  mutating func visit(_ target: RefRecord.Target) throws(StoreError) {
    switch target {
    case .tree(let id): try visit(NodeID(id.digest), level: nil)
    case .blob(let id, _, _): try visit(id)
    case .manifest(let id): _ = claim(ObjectKey(.manifest, id))
    case .session(let segments): try visit(Set(segments))
    }
  }

  /// Everything in the segments of a session that goes on.
  private mutating func visit(_ segments: Set<SegmentID>) throws(StoreError) {
    for segment in reader.snapshot.view.segments where segments.contains(segment.id) {
      try segment.forEachEntry { (entry) throws(StoreError) in _ = claim(entry.key) }
    }
  }

  /// `level` is what the parent says; without it a hostile tree could be deeper than the stack.
  private mutating func visit(_ id: NodeID, level: Int?) throws(StoreError) {
    guard claim(ObjectKey(id)) else { return }
    let bytes = try reader.object(ObjectKey(id))
    let object = StoreObject.node(id)
    switch try object.parsing({ () throws(FormatError) in try NodeFormat.decode(bytes) }) {
    case .leaf(let items):
      for item in items {
        let entry = try object.parsing { () throws(FormatError) in try TreeEntry(item) }
        if case .file(let blob, _, _) = entry.content { try visit(blob) }
      }
    case .inner(let own, let children):
      guard level ?? own == own else {
        throw .corrupt(object, .malformed("node does not fit its parent"))
      }
      for child in children { try visit(child.id, level: own - 1) }
    }
  }

  /// A blob is one chunk, or the pieces of its recipe.
  private mutating func visit(_ blob: BlobID) throws(StoreError) {
    let chunk = ObjectKey(.chunk, blob.digest)
    let recipe = ObjectKey(.recipe, blob.digest)
    if pieces[chunk] != nil {
      _ = claim(chunk)
    } else if pieces[recipe] == nil {
      _ = claim(ObjectKey(.whole, blob.digest))
    } else if claim(recipe), let pieces = try reader.recipe(of: blob)?.pieces {
      for piece in pieces { _ = claim(ObjectKey(piece.id)) }
    }
  }
}

extension ObjectKind {
  /// Whether the bytes are those of files.
  fileprivate var isData: Bool {
    switch self {
    case .chunk, .whole: true
    case .recipe, .node, .manifest: false
    }
  }
}
