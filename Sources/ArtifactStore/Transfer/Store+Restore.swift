import StoreIO
package import StorePrimitives
import Synchronization

extension Store {
  /// Writes the content of `request.source` into its destination.
  ///
  /// Everything is written and checked in a directory beside the destination, and moved there when
  /// all of it is right: whoever looks sees nothing or all. Links are made last and never written
  /// through. After an error nothing is left.
  ///
  /// - Throws: before the first byte `destinationNotEmpty`, `destinationNotDirectory` and
  ///   `notEnoughSpace`; later `corrupt` or `missing` for what the store cannot give,
  ///   `namesCollide` on a file system that folds names, `interrupted`.
  @specialized(where Directory == LinuxDirectory)
  package func restore(
    _ request: RestoreRequest<Directory>, progress: Progress = Progress()
  ) throws(StoreError) -> RestoreReport {
    let snapshot = try snapshot()
    let plan = try RestorePlan(request, snapshot)
    progress.expect(files: Int(clamping: plan.total.count), bytes: plan.total.weight)
    let staging = try Staging(request)
    do throws(StoreError) {
      try checkSpace(for: plan.total.weight, in: staging.directory)
      let crew = RestoreCrew(
        snapshot, into: staging.directory, linking: request.linking, progress: progress)
      let report = try crew.run(plan, workers: request.workers)
      try staging.publish()
      return report
    } catch {
      try? staging.discard()
      throw error
    }
  }

  /// Refuses what will not fit. Blobs that the file system can clone need no room, but whether it
  /// can shows only when it is done.
  private func checkSpace(for bytes: UInt64, in target: Directory) throws(StoreError) {
    let free = try target.freeBytes()
    guard bytes <= free else {
      throw .notEnoughSpace(path: target.displayPath, needed: bytes, free: free)
    }
  }
}

/// What will be restored, as a list of entries that is never held as a whole.
struct RestorePlan<Directory: DirectoryHandle> {
  let total: TreeTotal
  private let snapshot: Snapshot<Directory>
  private let content: Content

  private enum Content {
    case tree(TreeID, at: RelativePath?)
    case file(TreeEntry)
  }

  init(_ request: RestoreRequest<Directory>, _ snapshot: Snapshot<Directory>) throws(StoreError) {
    self.snapshot = snapshot
    switch request.source.target {
    case .tree(let tree):
      content = try Self.content(tree, request.source.inner, snapshot)
    case .blob(let blob, let size, let executable):
      content = .file(
        TreeEntry(
          path: request.fileName, content: .file(blob, size: size, executable: executable)))
    case .manifest, .session:
      throw .noSuchEntry(path: request.fileName.description)
    }
    switch content {
    case .file(let entry): total = TreeTotal(count: 1, weight: entry.size)
    case .tree(let tree, nil): total = try snapshot.reader().tree.total(of: tree)
    case .tree(let tree, let path):
      var sum = TreeTotal.zero
      try snapshot.reader().tree.forEach(in: tree, at: path) { (entry) throws(StoreError) in
        sum = sum + TreeTotal(count: 1, weight: entry.size)
        return .more
      }
      total = sum
    }
  }

  private static func content(
    _ tree: TreeID, _ inner: RelativePath?, _ snapshot: Snapshot<Directory>
  ) throws(StoreError) -> Content {
    guard let inner else { return .tree(tree, at: nil) }
    var first: TreeEntry?
    try snapshot.reader().tree.forEach(in: tree, at: inner) { (entry) throws(StoreError) in
      first = entry
      return .stop
    }
    guard let first else { throw .noSuchEntry(path: inner.description) }
    guard first.path == inner, first.content != .emptyDirectory else {
      return .tree(tree, at: inner)
    }
    return .file(
      TreeEntry(
        path: try RelativePath.checked([inner.name], below: nil), content: first.content))
  }

  /// Calls `body` for each entry in path order, with its path in the destination.
  func forEach(_ body: (TreeEntry) throws(StoreError) -> Void) throws(StoreError) {
    switch content {
    case .file(let entry): try body(entry)
    case .tree(let tree, let inner):
      let prefix = inner.map { $0.components.count } ?? 0
      try snapshot.reader().tree.forEach(in: tree, at: inner) { (entry) throws(StoreError) in
        let rest = Array(entry.path.components.dropFirst(prefix))
        guard !rest.isEmpty else { return .more }  // The empty directory that was asked for.
        let path = prefix == 0 ? entry.path : try RelativePath.checked(rest, below: nil)
        try body(TreeEntry(path: path, content: entry.content))
        return .more
      }
    }
  }
}
