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
    let name = try RelativePath.checked([place.name], below: nil)
    try restore(to: name, in: try parent(), &report)
  }

  private func restore(
    to name: RelativePath, in parent: Directory, _ report: inout CheckoutReport
  ) throws(StoreError) {
    let version = plan.pin.version
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

  private func parent() throws(StoreError) -> Directory {
    guard let parent = plan.pin.place.parent else { return plan.pin.base }
    return try plan.pin.base.openDirectory(parent)
  }

  /// Replaces a directory by a file, or a file by a directory: what was there goes once what comes
  /// is whole.
  private func swap(_ report: inout CheckoutReport) throws(StoreError) {
    let place = plan.pin.place
    try edit(plan.pin.base, &report) { (editor, report) throws(StoreError) in
      var staged = Self.staged(0)
      if plan.isOldFile {
        staged = RelativePath(trusted: "whole")
        try restore(to: staged, in: editor.staging, &report)
      } else {
        try stage(in: editor.staging, &report)
        report.created = 1
      }
      for old in plan.outgoing {
        try progress.checkCancelled()
        let path = plan.isOldFile ? place : try old.path.checkedInside(place)
        try editor.remove(path, losing: old.old)
        if !plan.isOldFile { try editor.prune(above: path) }
        report.removed += 1
      }
      if !plan.isOldFile, try plan.pin.base.status(place) != nil {
        guard try plan.pin.base.removeIfEmpty(place) else {
          throw .inTheWay(path: place.description, kind: "directory that is not empty")
        }
      }
      try editor.place(staged, at: place)
    }
  }

  // MARK: What differs

  private func edit(_ report: inout CheckoutReport) throws(StoreError) {
    let root: Directory
    if let source = plan.pin.version.source {
      root = source.holder
    } else {
      try plan.pin.base.makeDirectories(plan.pin.place.parent)
      root = try parent()
    }
    try edit(root, &report) { (editor, report) throws(StoreError) in
      try stage(in: editor.staging, &report)
      try remove(editor, &report)
      try place(editor, &report)
    }
  }

  private func edit(
    _ root: Directory, _ report: inout CheckoutReport,
    _ body: (WorkspaceEditor<Directory>, inout CheckoutReport) throws(StoreError) -> Void
  ) throws(StoreError) {
    let editor = try WorkspaceEditor.edit(
      root, workspace: request.workspace, isHeld: snapshot.holds
    ) { (editor) throws(StoreError) in
      try body(editor, &report)
    }
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
      try progress.checkCancelled()
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
      try progress.checkCancelled()
      let entry = incoming.entry
      if entry.path.parent != parent {
        try editor.root.makeDirectories(entry.path.parent)
        parent = entry.path.parent
      }
      if entry.content == .emptyDirectory {
        if let old = incoming.old { try editor.remove(entry.path, losing: old) }
        if try makeDirectory(entry.path, in: editor.root) { report.created += 1 }
      } else if let old = incoming.old {
        try editor.replace(entry.path, with: Self.staged(index), losing: old)
        report.replaced += 1
      } else {
        try editor.place(Self.staged(index), at: entry.path)
        report.created += 1
      }
    }
  }

  /// False when there is a directory already: with what the version does not have in it.
  private func makeDirectory(
    _ path: RelativePath, in root: Directory
  ) throws(StoreError) -> Bool {
    guard try !root.makeDirectory(path, mode: 0o755) else { return true }
    guard try root.status(path)?.kind == .directory else {
      throw .inTheWay(path: path.description, kind: "file that appeared meanwhile")
    }
    return false
  }
}

extension CheckoutPlan {
  /// Whether a file is there.
  var isOldFile: Bool { pin.version.source?.isFile ?? false }
}
