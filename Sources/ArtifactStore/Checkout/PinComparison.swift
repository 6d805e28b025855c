package import StoreIO
package import StorePrimitives

/// One path at which a workspace is not what a version says.
package struct PathDifference: Hashable, Sendable {
  /// Relative to the part that was compared.
  package let path: RelativePath
  /// What the version has; nil for nothing.
  package let wanted: TreeEntry.Content?
  /// The index of the entry of the scan; nil when nothing was found.
  package let index: Int?
  /// What was found; nil for nothing, and for a file that was not read.
  package var found: TreeEntry.Content?
}

/// What a workspace has of a pin, held against a version.
package struct PinComparison<Directory: DirectoryHandle>: Sendable {
  package let tree: ScannedTree<Directory>
  /// The blob of each entry of the scan that is a file and was read, or is known.
  package var blobs: [BlobID?] = []
  /// In path order; in a kind clash first what is wanted, then what is there.
  package var differences: [PathDifference] = []
  /// What is as the version says.
  package var unchanged = TreeTotal.zero
  /// One of the two is a directory and the other a file; paths are relative to different places.
  package var isKindClash = false
  /// The version is one file: its path is its name.
  package var isSingle = false
  /// Files of the version whose bytes the store does not hold.
  package var missing = 0
}

/// Compares the files of a workspace with a version of them.
package struct PinComparer<Directory: DirectoryHandle> {
  /// How far files are read.
  package enum Depth: Sendable {
    /// Only where the sizes are equal: enough to know what differs.
    case differences
    /// Also what was added and changed: enough to know what it is now.
    case contents
  }

  let snapshot: Snapshot<Directory>
  let folder: StatCacheFolder<Directory>?
  let options: ScanOptions<Directory>
  let workers: Int
  let progress: Progress

  /// Compares; everything in `source` is new when `target` holds nothing there. With `cleaning`,
  /// what is stored into a file from now on through a memory map shows in its status. Without
  /// `following` a link is a link, even where the version has what it leads to.
  package func compare(
    _ version: PinVersion<Directory>, depth: Depth, cleaning: Bool = false,
    following: Bool = true
  ) throws(StoreError) -> PinComparison<Directory> {
    guard let source = version.source else {
      return try merge(ScannedTree(), version, []).comparison
    }
    var options = options
    options.leavingLinks = .keep
    for _ in 0..<2 {
      let tree = try scan(source, options)
      var known = try KnownFiles(of: source, in: version.path, folder, snapshot)
      var blobs = known.blobs(of: tree)
      var (comparison, open, hasFollowed) = try merge(tree, version, blobs)
      // Links that were followed when the version was stored are followed now.
      if hasFollowed, following, options.leavingLinks == .keep {
        options.leavingLinks = .follow
        continue
      }
      known.beginReading(tree, blobs)
      if cleaning { for entry in tree.entries where entry.isFile { try entry.cleanPages() } }
      try read(&comparison, &blobs, open: open, depth: depth)
      known.remember(tree, blobs)
      comparison.blobs = blobs
      return comparison
    }
    preconditionFailure("links are followed or not")
  }

  private func scan(
    _ source: PinSource<Directory>, _ options: ScanOptions<Directory>
  ) throws(StoreError) -> ScannedTree<Directory> {
    let directory = snapshot.store.directory
    let scanner = Scanner(
      source, options, store: try directory.status(), storePath: directory.displayPath,
      progress: progress)
    switch source.source {
    case .directory(let root): return try scanner.scan(root, workers: workers)
    case .file(let parent, let name): return try scanner.scan(file: name, in: parent)
    }
  }

  // MARK: Side by side

  /// What the walk of both sides tells; `open` are the places in the list of differences of files
  /// that must be read to know.
  private func merge(
    _ tree: ScannedTree<Directory>, _ version: PinVersion<Directory>, _ blobs: [BlobID?]
  ) throws(StoreError) -> (
    comparison: PinComparison<Directory>, open: [Int], hasFollowedLinks: Bool
  ) {
    var walk = SideBySide(tree: tree, blobs: blobs)
    let wanted = try WantedEntries(version, snapshot)
    walk.comparison.isKindClash = version.source != nil && wanted.isFile != version.source?.isFile
    walk.comparison.isSingle = wanted.isFile
    let checksBlobs = try !snapshot.holdsRef(to: version.target)
    try wanted.forEach { (entry) throws(StoreError) in
      if checksBlobs, case .file(let blob, _, _) = entry.content, try !snapshot.holds(blob) {
        walk.comparison.missing += 1
      }
      walk.take(entry)
    }
    walk.finish()
    return (walk.comparison, walk.open, walk.hasFollowedLinks)
  }

  // MARK: Reading

  private func read(
    _ comparison: inout PinComparison<Directory>, _ blobs: inout [BlobID?], open: [Int],
    depth: Depth
  ) throws(StoreError) {
    let tree = comparison.tree
    var indices = open.compactMap { comparison.differences[$0].index }
    if depth == .contents {
      let isOpen = Set(indices)
      indices += comparison.differences.compactMap(\.index).filter { index in
        tree.entries[index].isFile && blobs[index] == nil && !isOpen.contains(index)
      }
    }
    let results = try FileHasher.hash(indices, of: tree, workers: workers, progress: progress)
    for (index, result) in results where result.isSteady { blobs[index] = result.blob }
    for place in comparison.differences.indices {
      guard let index = comparison.differences[place].index else { continue }
      comparison.differences[place].found =
        results[index]?.content ?? tree.entries[index].content(blobs[index])
    }
    let isOpen = Set(open)
    var settled: [PathDifference] = []
    for (place, difference) in comparison.differences.enumerated() {
      guard isOpen.contains(place), difference.found == difference.wanted else {
        settled.append(difference)
        continue
      }
      comparison.unchanged = comparison.unchanged + difference.weight
    }
    comparison.differences = settled
  }
}

extension PinSource {
  /// Whether it is a single file.
  package var isFile: Bool {
    if case .file = source { return true }
    return false
  }
}

extension ScannedEntry {
  /// What stands there; nil for a file whose bytes are not known.
  func content(_ blob: BlobID?) -> TreeEntry.Content? {
    switch kind {
    case .file: blob.map { .file($0, size: status.size, executable: status.isExecutable) }
    case .symbolicLink(let target): .symbolicLink(target: target)
    case .emptyDirectory: .emptyDirectory
    }
  }
}

extension PathDifference {
  fileprivate var weight: TreeTotal { TreeTotal(count: 1, weight: wanted?.size ?? 0) }
}

extension TreeEntry.Content {
  /// Bytes of a file; 0 for anything else.
  package var size: UInt64 {
    guard case .file(_, let size, _) = self else { return 0 }
    return size
  }
}

extension Snapshot {
  /// Whether the store holds all bytes of a blob, as far as the index tells.
  package func holds(_ blob: BlobID) throws(StoreError) -> Bool {
    if try view.holds(ObjectKey(.chunk, blob.digest)) { return true }
    if try view.holds(ObjectKey(.whole, blob.digest)) { return true }
    guard let recipe = try reader().recipe(of: blob) else { return false }
    for piece in recipe.pieces {
      guard try view.holds(ObjectKey(piece.id)) else { return false }
    }
    return true
  }

  /// Whether a ref keeps `target`: then all that it needs is here (invariant I1).
  func holdsRef(to target: RefRecord.Target) throws(StoreError) -> Bool {
    try refs().contains { $0.record.target.digest == target.digest }
  }
}
