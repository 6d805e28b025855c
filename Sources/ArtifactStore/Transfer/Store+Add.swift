import StoreIO
package import StorePrimitives
import Synchronization

extension Store {
  /// Stores the directories and files of `request` and pins each version under a ref of its own.
  ///
  /// When this returns, everything is durable. When it throws, the store is as it was but for
  /// pieces that nothing names; a second try finds and uses those.
  ///
  /// - Throws: `changedWhileRead`, `notEnoughSpace` before the first byte is written, what the scan
  ///   refuses (`forbiddenName`, `containsStore`, `linksLeaveDirectory`, `unsupportedFileKind`),
  ///   `interrupted`, and failures of the file systems.
  @specialized(where Directory == LinuxDirectory)
  package func add(
    _ request: AddRequest<Directory>, progress: Progress = Progress()
  ) throws(StoreError) -> AddReport {
    let trees = try scan(request, progress)
    let bytes = trees.reduce(0) { $0 + $1.bytes }
    progress.expect(files: trees.reduce(0) { $0 + $1.entries.count }, bytes: bytes)
    var report = AddReport()
    report.freeBytes = try directory.freeBytes()
    report.skipped = trees.flatMap(\.skipped)
    for (pin, tree) in zip(request.pins, trees) {
      report.suspicious += try tree.suspicious.map { (path) throws(StoreError) in
        try pin.whole(path)
      }
      report.twins += try tree.twins.map { (twins) throws(StoreError) in
        NameTwins(first: try pin.whole(twins.first), second: try pin.whole(twins.second))
      }
    }
    try checkSpace(for: request, bytes: bytes, free: report.freeBytes, progress)
    let session = try WriteSession(self)
    var files = try request.pins.map { (pin) throws(StoreError) in
      try KnownFiles(
        of: pin, in: request.parts[pin.path] ?? pin.path, request.caches, session.snapshot)
    }
    var known: [[BlobID?]] = []
    for (index, tree) in trees.enumerated() {
      known.append(files[index].blobs(of: tree))
      files[index].beginReading(tree, known[index])
    }
    let results = try ingest(trees, known, request, session, progress, &report)
    try pin(request, trees, results.map { $0.map(\.content) }, session, &report)
    report.writtenBytes = session.writtenBytes
    if !request.isDryRun {
      for (index, results) in results.enumerated() {
        files[index].remember(trees[index], results.map(\.steadyBlob))
      }
    }
    return report
  }

  private func scan(
    _ request: AddRequest<Directory>, _ progress: Progress
  ) throws(StoreError) -> [ScannedTree<Directory>] {
    let own = try directory.status()
    return try request.pins.map { (pin) throws(StoreError) in
      let scanner = Scanner(
        pin, request.scan, store: own, storePath: directory.displayPath, progress: progress)
      let tree: ScannedTree<Directory>
      switch pin.source {
      case .directory(let source): tree = try scanner.scan(source, workers: request.workers)
      case .file(let parent, let name): tree = try scanner.scan(file: name, in: parent)
      }
      if let first = tree.leavingLinks.first {
        throw .linksLeaveDirectory(
          path: pin.path.description, count: tree.leavingLinks.count,
          first: try pin.whole(first).description)
      }
      return tree
    }
  }

  // MARK: Space

  /// Refuses what will not fit. When all bytes would fit nothing more is asked; else what is new is
  /// counted first, in a pass that writes nothing.
  private func checkSpace(
    for request: AddRequest<Directory>, bytes: UInt64, free: UInt64, _ progress: Progress
  ) throws(StoreError) {
    guard !request.isDryRun, bytes + bytes / 64 + (1 << 20) > free else { return }
    var dry = request
    dry.isDryRun = true
    let needed = try add(dry, progress: progress).newBytes
    guard needed + needed / 64 <= free else {
      throw .notEnoughSpace(path: directory.displayPath, needed: needed, free: free)
    }
  }

  // MARK: Content

  /// Stores the content of all entries with several threads; returns it in the order of the scan.
  /// What is known by its status and held is not read again.
  private func ingest(
    _ trees: [ScannedTree<Directory>], _ known: [[BlobID?]], _ request: AddRequest<Directory>,
    _ session: WriteSession<Directory>, _ progress: Progress, _ report: inout AddReport
  ) throws(StoreError) -> [[Ingested]] {
    let batches = IngestBatches(trees)
    let results = Mutex<[Int: [Ingested]]>([:])
    let counts = Mutex(IngestCounts())
    try Workers.run(count: max(1, request.workers)) { (_) throws(StoreError) in
      do throws(StoreError) {
        let worker = IngestWorker(session, isDryRun: request.isDryRun, progress: progress)
        while let index = batches.next() {
          let known = known[batches.tree(of: index)]
          let entries = batches.entries(of: index)
          let contents = try entries.indices.map { (place) throws(StoreError) in
            try worker.content(of: entries[place], known: known[place])
          }
          results.withLock { $0[index] = contents }
        }
        try worker.sink.finish()
        counts.withLock { $0 += worker.counts }
      } catch {
        batches.stop()
        throw error
      }
    }
    report.newBytes = counts.withLock { $0.newBytes }
    report.reusedBytes = counts.withLock { $0.reusedBytes }
    return batches.collect(results.withLock { $0 })
  }

  // MARK: Refs

  private func pin(
    _ request: AddRequest<Directory>, _ trees: [ScannedTree<Directory>],
    _ contents: [[TreeEntry.Content]], _ session: WriteSession<Directory>,
    _ report: inout AddReport
  ) throws(StoreError) {
    let sink = PackSink(session, isDryRun: request.isDryRun)
    let known = try session.snapshot.refs(in: .pins)
    var edits: [RefEdit] = []
    for (pin, (tree, contents)) in zip(request.pins, zip(trees, contents)) {
      let target = try self.target(pin, tree, contents, sink)
      let newest = known.newest(of: pin.path, in: request.origin.workspace)
      report.pins.append(
        AddReport.Pin(
          path: pin.path, target: target, files: tree.entries.count, bytes: tree.bytes,
          previous: newest?.target))
      guard request.parts[pin.path] == nil else { continue }
      let record = RefRecord(pin: pin.path, target, from: request.origin)
      edits.append(RefEdit(try .pin(record), record.bytes))
    }
    guard !request.isDryRun else { return }
    try sink.finish()
    try session.finish(edits)
  }

  private func target(
    _ pin: PinSource<Directory>, _ tree: ScannedTree<Directory>,
    _ contents: [TreeEntry.Content], _ sink: PackSink<Directory>
  ) throws(StoreError) -> RefRecord.Target {
    if case .file = pin.source, case .file(let blob, let size, let executable) = contents.first {
      return .blob(blob, size: size, executable: executable)
    }
    var builder = SortedTreeBuilder { (id, bytes) throws(StoreError) in
      try sink.store(metadata: ObjectKey(id), bytes)
    }
    for (entry, content) in zip(tree.entries, contents) {
      try builder.add(TreeEntry(path: entry.path, content: content))
    }
    return .tree(TreeID(try builder.finish().root.digest))
  }
}

extension IngestWorker {
  /// What the tree says of an entry; a file is stored on the way, unless it is `known` and held.
  fileprivate func content(
    of entry: ScannedEntry<Directory>, known: BlobID?
  ) throws(StoreError) -> Ingested {
    switch entry.kind {
    case .file:
      if let known, try session.snapshot.holds(known), let content = entry.content(known) {
        skip(entry.status.size)
        return Ingested(content: content, isSteady: true)
      }
      return try ingest(entry)
    case .symbolicLink(let target):
      return Ingested(content: .symbolicLink(target: target), isSteady: false)
    case .emptyDirectory: return Ingested(content: .emptyDirectory, isSteady: false)
    }
  }
}

extension PinSource {
  /// `entry`, which is relative to the pin, relative to the workspace.
  fileprivate func whole(_ entry: RelativePath) throws(StoreError) -> RelativePath {
    if case .file = source { return path }
    return try RelativePath.checked(entry.components, below: path)
  }
}

extension RefName {
  /// The name of the ref that keeps a version of a path of a workspace: one for each version, so
  /// that what an old git commit pins stays.
  package static func pin(_ record: RefRecord) throws(StoreError) -> RefName {
    var identity = record
    identity.created = Timestamp(seconds: 0, nanoseconds: 0)
    identity.gitCommit = nil
    identity.who = nil
    let digest = SHA256.digest(of: identity.bytes)
    return try RefName(.pins, String(digest.hex.prefix(32)))
  }
}

extension [(name: RefName, record: RefRecord)] {
  /// The version of `path` that was pinned last. With `workspace` the pins of others are passed
  /// over.
  package func newest(of path: RelativePath, in workspace: String? = nil) -> RefRecord? {
    lazy.map(\.record)
      .filter { $0.path == path && (workspace == nil || $0.workspace == workspace) }
      .max { $0.created < $1.created }
  }
}
