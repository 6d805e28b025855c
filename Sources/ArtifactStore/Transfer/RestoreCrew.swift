import StoreIO
import StorePrimitives
import Synchronization

/// The threads of one restore: one walks the tree and makes directories, the others write files.
final class RestoreCrew<Directory: DirectoryHandle>: Sendable {
  private static var batchFiles: Int { 256 }
  private static var batchBytes: UInt64 { 8 << 20 }

  private let snapshot: Snapshot<Directory>
  private let target: Directory
  private let linking: LinkMode
  private let progress: Progress
  private let batches = BoundedQueue<[TreeEntry]>(capacity: 8)
  private let report = Mutex(RestoreReport())

  init(
    _ snapshot: Snapshot<Directory>, into target: Directory, linking: LinkMode,
    progress: Progress
  ) {
    self.snapshot = snapshot
    self.target = target
    self.linking = linking
    self.progress = progress
  }

  func run(
    _ plan: RestorePlan<Directory>, workers: Int
  ) throws(StoreError) -> RestoreReport {
    let links = Mutex<[TreeEntry]>([])
    try Workers.run(count: max(1, workers) + 1) { (index) throws(StoreError) in
      do throws(StoreError) {
        guard index == 0 else { return try write() }
        let found = try walk(plan)
        links.withLock { $0 = found }
        batches.close()
      } catch {
        batches.cancel()
        throw error
      }
    }
    for link in links.withLock({ $0 }) { try make(link) }
    report.withLock { $0.files = Int(clamping: plan.total.count) }
    return report.withLock { $0 }
  }

  /// Makes directories and hands out files; returns the links.
  private func walk(_ plan: RestorePlan<Directory>) throws(StoreError) -> [TreeEntry] {
    var links: [TreeEntry] = []
    var batch: [TreeEntry] = []
    var bytes: UInt64 = 0
    var parent: RelativePath?
    try plan.forEach { (entry) throws(StoreError) in
      try makeDirectories(entry.path.parent, after: parent)
      parent = entry.path.parent
      switch entry.content {
      case .symbolicLink: links.append(entry)
      case .emptyDirectory: try makeDirectory(entry.path)
      case .file:
        batch.append(entry)
        bytes += entry.size
        guard batch.count == Self.batchFiles || bytes >= Self.batchBytes else { return }
        guard batches.push(batch) else { return }  // A writer has failed, and says so.
        batch = []
        bytes = 0
      }
    }
    if !batch.isEmpty { _ = batches.push(batch) }
    return links
  }

  /// Makes the directories of `path` that the entry before was not in.
  private func makeDirectories(
    _ path: RelativePath?, after last: RelativePath?
  ) throws(StoreError) {
    guard let path, path != last else { return }
    if let last, last.isInside(path) { return }
    try makeDirectories(path.parent, after: last)
    try makeDirectory(path)
  }

  /// The staging directory was empty, so a name that is taken fell together with another.
  private func makeDirectory(_ path: RelativePath) throws(StoreError) {
    guard try target.makeDirectory(path, mode: 0o755) else { throw collision(path) }
  }

  private func make(_ link: TreeEntry) throws(StoreError) {
    guard case .symbolicLink(let content) = link.content else { return }
    guard try target.makeLink(link.path, target: content) else { throw collision(link.path) }
  }

  private func collision(_ path: RelativePath) -> StoreError {
    .namesCollide(
      path: target.displayPath, first: path.description, second: FoldedNames.lower(path))
  }

  private func write() throws(StoreError) {
    let writer = FileWriter(snapshot, into: target, linking: linking, progress: progress)
    while let batch = batches.pop() { try writer.write(batch) }
    report.withLock { report in
      report.bytes += writer.report.bytes
      report.clonedFiles += writer.report.clonedFiles
      report.linkedFiles += writer.report.linkedFiles
    }
  }
}

/// How file systems that fold case compare names, near enough to name the other one in an error.
enum FoldedNames {
  static func lower(_ path: RelativePath) -> String { path.description.lowercased() }
}
