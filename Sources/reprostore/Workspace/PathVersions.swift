import ArtifactStore
import StoreIO
import StorePrimitives

/// One time at which a path had a version, as git or a ref of the store tells.
struct PathVersion {
  enum Source {
    case commit(GitRepository.LockCommit)
    case ref(RefRecord)
  }

  let source: Source
  /// The pin that the path was or lay in.
  let pin: LockedPin

  var isCommitted: Bool {
    if case .commit = source { true } else { false }
  }

  var time: Timestamp {
    switch source {
    case .commit(let commit): commit.time
    case .ref(let record): record.created
    }
  }
}

/// What a path was at one version.
enum PathContent {
  /// What is there, and the id of the file if it is one.
  case present(TreeTotal, file: BlobID?)
  /// The store lacks the version.
  case notHere
  case damaged
}

/// What changed between two versions: counts of files, links and empty directories.
struct PathChanges: Equatable {
  var added = 0
  var removed = 0
  var changed = 0

  fileprivate mutating func count(_ old: TreeEntry.Content?, _ new: TreeEntry.Content?) {
    guard old != new else { return }
    if old == nil { added += 1 } else if new == nil { removed += 1 } else { changed += 1 }
  }
}

/// The versions of a path that git's history and the store's pins know.
struct PathVersions {
  let path: RelativePath
  let snapshot: Snapshot<LinuxDirectory>
  /// Newest first.
  let versions: [PathVersion]

  /// Those of git, and those of the store that git does not know.
  init(
    of path: RelativePath, history: PinHistory, in snapshot: Snapshot<LinuxDirectory>
  ) throws(StoreError) {
    self.path = path
    self.snapshot = snapshot
    let known = Set(history.versions.map(\.pin.target.digest))
    var versions = history.versions.map { PathVersion(source: .commit($0.commit), pin: $0.pin) }
    for ref in try snapshot.refs(in: .pins) where !known.contains(ref.record.target.digest) {
      guard let place = ref.record.path, path.isInside(place) else { continue }
      let pin = LockedPin(path: place, target: ref.record.target, files: 0, bytes: 0)
      let version = PathVersion(source: .ref(ref.record), pin: pin)
      // Git's own order stays as it is: clocks of committers may be wrong.
      let index = versions.firstIndex { $0.time <= version.time } ?? versions.count
      versions.insert(version, at: index)
    }
    self.versions = versions
  }

  /// What the path was at `version`; nil when the pin had nothing there. O(1) for a pin, and
  /// O(files) for a part of one.
  func content(at version: PathVersion) throws(StoreError) -> PathContent? {
    do throws(StoreError) {
      guard try snapshot.holds(version.pin) else { return .notHere }
      if path == version.pin.path, let tree = version.pin.target.tree {
        return .present(try snapshot.reader().tree.total(of: tree), file: nil)
      }
      var total = TreeTotal.zero
      var file: BlobID?
      try forEachEntry(of: version.pin) { (path, content) throws(StoreError) in
        total = total + TreeTotal(count: 1, weight: content.size)
        if path.isEmpty, case .file(let blob, _, _) = content { file = blob }
      }
      return total.count == 0 ? nil : .present(total, file: file)
    } catch {
      guard error.isDamage else { throw error }
      return .damaged
    }
  }

  /// What changed between two versions that are here; nil where damage hides it. For versions of
  /// one pin it takes time in what changed.
  func changes(
    from old: PathVersion, to new: PathVersion
  ) throws(StoreError) -> PathChanges? {
    var changes = PathChanges()
    do throws(StoreError) {
      guard old.pin.path == new.pin.path else { return try changesOfPins(old.pin, new.pin) }
      let fileName = try RelativePath.checked([path.name], below: nil)
      try snapshot.difference(
        from: old.pin.target, to: new.pin.target, at: try inner(of: old.pin), fileName: fileName
      ) { (change) throws(StoreError) in
        changes.count(change.old, change.new)
      }
    } catch {
      guard error.isDamage else { throw error }
      return nil
    }
    return changes
  }

  /// The same for a path that lay in one pin then and lies in another now.
  private func changesOfPins(_ old: LockedPin, _ new: LockedPin) throws(StoreError) -> PathChanges {
    var before: [[UInt8]: TreeEntry.Content] = [:]
    try forEachEntry(of: old) { before[$0] = $1 }
    var changes = PathChanges()
    try forEachEntry(of: new) { changes.count(before.removeValue(forKey: $0), $1) }
    for content in before.values { changes.count(content, nil) }
    return changes
  }

  /// The part of `pin` that the path is; nil for all of it.
  private func inner(of pin: LockedPin) throws(StoreError) -> RelativePath? {
    path == pin.path ? nil : try path.relative(to: pin.path)
  }

  /// Calls `body` with each file, link and empty directory of the path at one version, in path
  /// order. The path that it gets follows the path in question, and is empty for that itself.
  private func forEachEntry(
    of pin: LockedPin, _ body: ([UInt8], TreeEntry.Content) throws(StoreError) -> Void
  ) throws(StoreError) {
    let inner = try inner(of: pin)
    if let content = pin.target.fileContent {
      if inner == nil { try body([], content) }
      return
    }
    guard let tree = pin.target.tree else { return }
    let skipped = inner.map { $0.bytes.count + 1 } ?? 0
    try snapshot.reader().tree.forEach(in: tree, at: inner) { (entry) throws(StoreError) in
      try body(Array(entry.path.bytes.dropFirst(skipped)), entry.content)
      return .more
    }
  }
}
