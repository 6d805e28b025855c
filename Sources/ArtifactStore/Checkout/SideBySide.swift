import StoreIO
import StorePrimitives

/// The merge join of a scan and a version: both are in path order.
struct SideBySide<Directory: DirectoryHandle> {
  var comparison: PinComparison<Directory>
  private(set) var open: [Int] = []
  private(set) var hasFollowedLinks = false
  private let blobs: [BlobID?]
  private var next = 0
  /// The last link that leads out and that the version does not have.
  private var leavingLink: RelativePath?

  init(tree: ScannedTree<Directory>, blobs: [BlobID?]) {
    comparison = PinComparison(tree: tree)
    self.blobs = blobs
  }

  mutating func take(_ wanted: TreeEntry) {
    // A file and what is in a directory of its name have no path in common.
    guard !comparison.isKindClash else { return miss(wanted) }
    let entries = comparison.tree.entries
    while next < entries.count, entries[next].path < wanted.path { takeFound(wanted: nil) }
    if let leavingLink, wanted.path.isInside(leavingLink) { hasFollowedLinks = true }
    dropHollow(above: wanted.path)
    guard next < entries.count, entries[next].path == wanted.path else { return miss(wanted) }
    takeFound(wanted: wanted.content)
  }

  private mutating func miss(_ wanted: TreeEntry) {
    comparison.differences.append(
      PathDifference(path: wanted.path, wanted: wanted.content, index: nil, found: nil))
  }

  mutating func finish() {
    while next < comparison.tree.entries.count { takeFound(wanted: nil) }
  }

  private mutating func takeFound(wanted: TreeEntry.Content?) {
    let entry = comparison.tree.entries[next]
    noteLink(entry, wanted)
    let content = entry.content(blobs[next])
    if let wanted, content == wanted {
      comparison.unchanged = comparison.unchanged + TreeTotal(count: 1, weight: wanted.size)
    } else {
      if case .file(_, let size, let executable)? = wanted, content == nil,
        entry.status.size == size, entry.status.isExecutable == executable
      {
        open.append(comparison.differences.count)
      }
      comparison.differences.append(
        PathDifference(path: entry.path, wanted: wanted, index: next, found: content))
    }
    next += 1
  }

  /// A directory that is empty because all that the version has in it is gone is no news.
  private mutating func dropHollow(above path: RelativePath) {
    guard let last = comparison.differences.last, last.wanted == nil,
      last.found == .emptyDirectory, path.isInside(last.path)
    else { return }
    comparison.differences.removeLast()
  }

  private mutating func noteLink(_ entry: ScannedEntry<Directory>, _ wanted: TreeEntry.Content?) {
    guard case .symbolicLink(let target) = entry.kind, LinkTarget.leaves(target, at: entry.path)
    else { return }
    switch wanted {
    case nil: leavingLink = entry.path
    case .symbolicLink: break
    case .file, .emptyDirectory: hasFollowedLinks = true
    }
  }
}
