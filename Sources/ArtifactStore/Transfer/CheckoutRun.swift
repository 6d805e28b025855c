import StoreIO
import StorePrimitives
import Synchronization

/// Carries out the plan for one pin.
struct CheckoutRun<Directory: DirectoryHandle> {
  private static var batchFiles: Int { 256 }
  private static var batchBytes: UInt64 { 8 << 20 }

  private let plan: CheckoutPlan<Directory>
  private let request: CheckoutRequest<Directory>
  private let snapshot: Snapshot<Directory>
  private let progress: Progress

  init(
    _ plan: CheckoutPlan<Directory>, _ request: CheckoutRequest<Directory>,
    _ snapshot: Snapshot<Directory>, _ progress: Progress
  ) {
    self.plan = plan
    self.request = request
    self.snapshot = snapshot
    self.progress = progress
  }

  func run() throws(StoreError) -> CheckoutReport {
    var report = CheckoutReport(path: plan.pin.version.path)
    report.unchanged = plan.unchanged.count
    report.extras = plan.extras
    if plan.isFresh {
      try restore(&report)
    } else if plan.isSwap {
      try swap(&report)
    } else if !plan.incoming.isEmpty || !plan.outgoing.isEmpty {
      try edit(&report)
    }
    return report
  }

  // MARK: All of it

  /// Brings a directory that is not there: all of it appears at once.
  private func restore(_ report: inout CheckoutReport) throws(StoreError) {
    let (base, place) = (plan.pin.base, plan.pin.place)
    try base.makeDirectories(place.parent)
    let parent =
      try place.parent.map { (path) throws(StoreError) in
        try base.openDirectory(path)
      } ?? base
    let version = plan.pin.version
    let name = try RelativePath.checked([place.name], below: nil)
    var restore = RestoreRequest(
      source: ResolvedName(
        target: version.target, inner: version.inner, record: nil, ref: nil,
        whole: version.path.description),
      parent: parent, name: name, fileName: name)
    restore.workers = request.workers
    restore.linking = request.linking
    let restored = try snapshot.store.restore(restore, progress: progress)
    report.created = restored.files
    report.bytes = restored.bytes
    report.clonedFiles = restored.clonedFiles
    report.linkedFiles = restored.linkedFiles
  }

  /// Replaces a directory by a file, or a file by a directory. What was there goes aside first.
  private func swap(_ report: inout CheckoutReport) throws(StoreError) {
    let editor = try WorkspaceEditor(in: plan.pin.base, workspace: request.workspace)
    do throws(StoreError) {
      for old in plan.outgoing {
        let path =
          try plan.isOldFile
          ? plan.pin.place : old.path.checkedInside(plan.pin.place)
        try editor.remove(path, losing: old.old)
        if !plan.isOldFile { try editor.prune(above: path) }
      }
      if !plan.isOldFile, try plan.pin.base.status(plan.pin.place) != nil {
        try plan.pin.base.removeDirectory(plan.pin.place)
      }
    } catch {
      try editor.close()
      throw error
    }
    try editor.close()
    report.removed = plan.outgoing.count
    report.rescued = editor.rescued
    report.freedBytes = editor.freedBytes
    guard plan.isOldFile else { return try edit(&report, in: plan.pin.base) }
    try restore(&report)
  }

  // MARK: What differs

  private func edit(_ report: inout CheckoutReport) throws(StoreError) {
    if let source = plan.pin.version.source { return try edit(&report, in: source.holder) }
    try plan.pin.base.makeDirectories(plan.pin.place.parent)
    let parent = try plan.pin.place.parent.map { (path) throws(StoreError) in
      try plan.pin.base.openDirectory(path)
    }
    try edit(&report, in: parent ?? plan.pin.base)
  }

  private func edit(
    _ report: inout CheckoutReport, in root: Directory
  ) throws(StoreError) {
    let editor = try WorkspaceEditor(in: root, workspace: request.workspace)
    do throws(StoreError) {
      try stage(in: editor.staging, &report)
      if !plan.isSwap { try remove(editor, &report) }
      try place(editor, &report)
    } catch {
      try editor.close()
      throw error
    }
    try editor.close()
    report.rescued += editor.rescued
    report.freedBytes += editor.freedBytes
  }

  private static func staged(_ index: Int) -> RelativePath { RelativePath(trusted: "\(index)") }

  /// Writes and checks all files that come, each under its number.
  private func stage(
    in staging: Directory, _ report: inout CheckoutReport
  ) throws(StoreError) {
    let batches = batches()
    progress.expect(files: plan.incoming.count, bytes: plan.bytes)
    let position = Atomic<Int>(0)
    let sum = Mutex(RestoreReport())
    let (snapshot, progress, linking) = (snapshot, progress, request.linking)
    try Workers.run(count: max(1, min(request.workers, batches.count))) {
      (_) throws(StoreError) in
      let writer = FileWriter(snapshot, into: staging, linking: linking, progress: progress)
      do throws(StoreError) {
        while true {
          let next = position.add(1, ordering: .relaxed).oldValue
          guard next < batches.count else { break }
          try writer.write(batches[next])
        }
      } catch {
        position.store(batches.count, ordering: .relaxed)
        throw error
      }
      sum.withLock {
        $0.bytes += writer.report.bytes
        $0.clonedFiles += writer.report.clonedFiles
        $0.linkedFiles += writer.report.linkedFiles
      }
    }
    let written = sum.withLock { $0 }
    report.bytes += written.bytes
    report.clonedFiles += written.clonedFiles
    report.linkedFiles += written.linkedFiles
    for (index, incoming) in plan.incoming.enumerated() {
      guard case .symbolicLink(let target) = incoming.entry.content else { continue }
      _ = try staging.makeLink(Self.staged(index), target: target)
    }
  }

  private func batches() -> [[TreeEntry]] {
    var batches: [[TreeEntry]] = []
    var batch: [TreeEntry] = []
    var bytes: UInt64 = 0
    for (index, incoming) in plan.incoming.enumerated() {
      guard case .file = incoming.entry.content else { continue }
      batch.append(TreeEntry(path: Self.staged(index), content: incoming.entry.content))
      bytes += incoming.entry.size
      guard batch.count == Self.batchFiles || bytes >= Self.batchBytes else { continue }
      batches.append(batch)
      batch = []
      bytes = 0
    }
    return batch.isEmpty ? batches : batches + [batch]
  }

  private func remove(
    _ editor: WorkspaceEditor<Directory>, _ report: inout CheckoutReport
  ) throws(StoreError) {
    for outgoing in plan.outgoing {
      try editor.remove(outgoing.path, losing: outgoing.old)
      try editor.prune(above: outgoing.path)
      report.removed += 1
    }
  }

  private func place(
    _ editor: WorkspaceEditor<Directory>, _ report: inout CheckoutReport
  ) throws(StoreError) {
    var parent: RelativePath?
    for (index, incoming) in plan.incoming.enumerated() {
      let entry = incoming.entry
      if entry.path.parent != parent {
        try editor.root.makeDirectories(entry.path.parent)
        parent = entry.path.parent
      }
      guard entry.content != .emptyDirectory else {
        if let old = incoming.old { try editor.remove(entry.path, losing: old) }
        _ = try editor.root.makeDirectory(entry.path, mode: 0o755)
        report.created += 1
        continue
      }
      if let old = incoming.old, !plan.isSwap {
        try editor.replace(entry.path, with: Self.staged(index), losing: old)
        report.replaced += 1
      } else {
        try editor.place(Self.staged(index), at: entry.path)
        report.created += 1
      }
    }
  }
}

extension CheckoutPlan {
  /// Whether a file is there.
  fileprivate var isOldFile: Bool { pin.version.source?.isFile ?? false }
}
