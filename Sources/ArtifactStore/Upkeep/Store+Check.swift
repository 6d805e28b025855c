import StoreIO
package import StorePrimitives
import Synchronization

extension Store {
  /// Looks for damage. The quick check reads the root, every segment and the footers of all packs,
  /// and sees that refs need nothing that is not there; the full check reads and hashes every
  /// stored byte as well.
  ///
  /// Damage is reported, never thrown; what is thrown are failures of the file system.
  @specialized(where Directory == LinuxDirectory)
  package func check(
    full: Bool, workers: Int = 1, progress: Progress = Progress()
  ) throws(StoreError) -> CheckReport {
    let snapshot = try snapshot()
    var report = CheckReport()
    if let damage = snapshot.damage { report.problems.append(damage) }
    report.problems += snapshot.view.damaged
    try checkChain(snapshot, &report)
    let entries = try checkSegments(snapshot, &report)
    try checkContainers(entries, &report)
    try checkRefs(snapshot, &report)
    if full {
      progress.expect(
        files: entries.count, bytes: entries.keys.reduce(0) { $0 &+ $1.size })
      try readContainers(entries, snapshot, workers, progress, &report)
    }
    report.problems = report.problems.uniqued()
    return report
  }

  /// The roots that are there, from the newest back: each must name the one before. The newest one
  /// must not be older than the hint, which is written after its root.
  private func checkChain(
    _ snapshot: Snapshot<Directory>, _ report: inout CheckReport
  ) throws(StoreError) {
    if snapshot.damage == nil, let lost = try chain.lostSequence() {
      report.problems.append(.missing(.root(sequence: lost)))
    }
    var link = snapshot.link
    while link.root.sequence > 0 {
      do throws(StoreError) {
        guard let before = try chain.read(link.root.sequence - 1) else { return }
        guard before.id == link.root.previous else {
          let expected = link.root.previous.digest
          throw .corrupt(
            .root(sequence: before.root.sequence),
            .digestMismatch(expected: expected, found: before.id.digest))
        }
        link = before
      } catch {
        guard error.isDamage else { throw error }
        report.problems.append(error)
        return
      }
    }
  }

  /// The entries of every segment by container, after all pages were checked.
  private func checkSegments(
    _ snapshot: Snapshot<Directory>, _ report: inout CheckReport
  ) throws(StoreError) -> [ContainerRecord: [IndexEntry]] {
    var entries: [ContainerRecord: [IndexEntry]] = [:]
    for segment in snapshot.view.segments {
      report.segments += 1
      for container in segment.containers { entries[container] = entries[container] ?? [] }
      do throws(StoreError) {
        try segment.forEachEntry { (entry) throws(StoreError) in
          report.objects += 1
          entries[segment.containers[Int(entry.container)], default: []].append(entry)
        }
      } catch {
        guard error.isDamage else { throw error }
        report.problems.append(error)
      }
    }
    return entries
  }

  /// Every container is there, as long as the index says, and a pack agrees with the index.
  private func checkContainers(
    _ entries: [ContainerRecord: [IndexEntry]], _ report: inout CheckReport
  ) throws(StoreError) {
    for container in entries.keys {
      report.containers += 1
      do throws(StoreError) {
        guard let status = try directory.status(container.name.path) else {
          throw .missing(container.name.object)
        }
        let isRight: Bool
        switch container.name {
        case .pack(let id):
          isRight = status.size == container.size
          _ = try PackReader.entries(of: id, in: directory)
        case .rawObject: isRight = status.size == container.size
        case .part: isRight = status.size >= container.size
        }
        guard isRight else { throw .corrupt(container.name.object, .truncated) }
      } catch {
        guard error.isDamage else { throw error }
        report.problems.append(error)
      }
    }
  }

  private func checkRefs(
    _ snapshot: Snapshot<Directory>, _ report: inout CheckReport
  ) throws(StoreError) {
    let closure = Closure(snapshot)
    var problems: [StoreError] = []
    for (_, record) in try snapshot.refs() {
      report.refs += 1
      try closure.visit(record.target) { (problem) throws(StoreError) in problems.append(problem) }
    }
    report.problems += problems
  }

  // MARK: Every byte

  private func readContainers(
    _ entries: [ContainerRecord: [IndexEntry]], _ snapshot: Snapshot<Directory>, _ workers: Int,
    _ progress: Progress, _ report: inout CheckReport
  ) throws(StoreError) {
    let queue = Mutex(Array(entries))
    let found = Mutex<(problems: [StoreError], bytes: UInt64)>(([], 0))
    let unfinished = try snapshot.unfinishedContainers()
    try Workers.run(count: max(1, workers)) { (_) throws(StoreError) in
      let reader = snapshot.reader()
      while let (container, entries) = queue.withLock({ $0.popLast() }) {
        var problems: [StoreError] = []
        try self.read(
          container, entries, reader, isUnfinished: unfinished.contains(container), progress,
          &problems)
        found.withLock {
          $0.problems += problems
          $0.bytes &+= container.size
        }
        progress.advance(files: 1, bytes: Int(container.size))
      }
    }
    report.problems += found.withLock { $0.problems }
    report.bytesRead = found.withLock { $0.bytes }
  }

  private func read(
    _ container: ContainerRecord, _ entries: [IndexEntry], _ reader: ObjectReader<Directory>,
    isUnfinished: Bool, _ progress: Progress, _ problems: inout [StoreError]
  ) throws(StoreError) {
    var bytes: [UInt8] = []
    var unreadable = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      try progress.checkCancelled()
      do throws(StoreError) {
        let place = Location(entry, in: container)
        switch entry.key.kind {
        case .whole: try BlobContent(BlobID(entry.key.digest), reader).prove(progress)
        case .recipe:
          try reader.read(place, into: &bytes)
          try BlobContent(BlobID(entry.key.digest), reader).prove(progress)
        case .chunk, .node, .manifest: try reader.read(place, into: &bytes)
        }
      } catch {
        guard error.isDamage else { throw error }
        // A session commits recipes before some of their chunks; what refs need was looked for.
        if isUnfinished, entry.key.kind == .recipe, case .missing(.chunk) = error { continue }
        problems.append(error)
        if error.isOwn(of: entry.key.kind) { unreadable += 1 }
      }
    }
    // An object does not tell in which file it lies; whoever repairs needs that file.
    let object = container.name.object
    guard unreadable > 0, !problems.contains(where: { $0.isAbout(object) }) else { return }
    let reason = "\(unreadable) of its \(entries.count) objects cannot be read"
    problems.append(.corrupt(object, .malformed(reason)))
  }
}

extension Snapshot {
  /// The containers of sessions that have not ended, or never will.
  fileprivate func unfinishedContainers() throws(StoreError) -> Set<ContainerRecord> {
    var named: Set<SegmentID> = []
    for (_, record) in try refs(in: .sessions) {
      if case .session(let segments) = record.target { named.formUnion(segments) }
    }
    return Set(view.segments.filter { named.contains($0.id) }.flatMap(\.containers))
  }
}

extension StoreError {
  /// Whether damage that showed when an object of `kind` was read lies in the object itself. What a
  /// recipe names may lie in another file; that there is no such chunk at all is its own fault.
  fileprivate func isOwn(of kind: ObjectKind) -> Bool {
    switch (kind, self) {
    case (.chunk, _), (.node, _), (.manifest, _): true
    case (.recipe, .corrupt(.blob, _)), (.recipe, .missing(.chunk)): true
    case (.recipe, _), (.whole, _): false
    }
  }

  /// Whether the error is damage of `object` itself.
  fileprivate func isAbout(_ object: StoreObject) -> Bool {
    switch self {
    case .corrupt(let damaged, _), .missing(let damaged): damaged == object
    default: false
    }
  }
}

extension BlobContent {
  /// Reads and hashes the whole blob.
  package func prove(_ progress: Progress) throws(StoreError) {
    try forEachPiece(progress) { (_, _) throws(StoreError) in }
  }
}

extension [StoreError] {
  /// Each error once, in order.
  fileprivate func uniqued() -> [StoreError] {
    var seen: Set<StoreError> = []
    return filter { seen.insert($0).inserted }
  }
}
