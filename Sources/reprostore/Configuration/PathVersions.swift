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
  /// One file, link or empty directory of it; the path is what follows the path in question, empty
  /// for that itself.
  struct Entry: Equatable {
    let path: [UInt8]
    let content: TreeEntry.Content
  }

  /// In path order.
  case entries([Entry])
  /// The store lacks the version.
  case notHere
  case damaged
}

/// What changed between two versions: counts of files, links and empty directories.
struct PathChanges: Equatable {
  var added = 0
  var removed = 0
  var changed = 0

  init() {}

  /// Compares two lists in path order. O(n).
  init(from old: [PathContent.Entry], to new: [PathContent.Entry]) {
    var left = old[...]
    var right = new[...]
    while let first = left.first, let second = right.first {
      if first.path == second.path {
        if first.content != second.content { changed += 1 }
        left.removeFirst()
        right.removeFirst()
      } else if PathOrder.precedes(first.path, second.path) {
        removed += 1
        left.removeFirst()
      } else {
        added += 1
        right.removeFirst()
      }
    }
    removed += left.count
    added += right.count
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

  /// What the path was at `version`; nil when the pin had nothing there.
  func content(at version: PathVersion) throws(StoreError) -> PathContent? {
    do throws(StoreError) {
      guard try snapshot.holds(version.pin) else { return .notHere }
      let entries = try entries(of: version.pin)
      return entries.isEmpty && path != version.pin.path ? nil : .entries(entries)
    } catch {
      guard error.isDamage else { throw error }
      return .damaged
    }
  }

  private func entries(of pin: LockedPin) throws(StoreError) -> [PathContent.Entry] {
    let isPin = path == pin.path
    if case .blob(let id, let size, let isExecutable) = pin.target {
      let content = TreeEntry.Content.file(id, size: size, executable: isExecutable)
      return isPin ? [PathContent.Entry(path: [], content: content)] : []
    }
    guard case .tree(let tree) = pin.target else { return [] }
    let inner =
      isPin ? nil : try? RelativePath(Array(path.bytes.dropFirst(pin.path.bytes.count + 1)))
    var entries: [PathContent.Entry] = []
    let skipped = inner.map { $0.bytes.count + 1 } ?? 0
    try snapshot.reader().tree.forEach(in: tree, at: inner) { (entry) throws(StoreError) in
      entries.append(
        PathContent.Entry(
          path: Array(entry.path.bytes.dropFirst(skipped)), content: entry.content))
      return .more
    }
    return entries
  }
}
