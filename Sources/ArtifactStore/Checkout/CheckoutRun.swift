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
    try tidy(&report)
    if plan.freshBytes != nil, !request.relinks {
      try restore(&report)
    } else if plan.isSwap {
      try swap(&report)
    } else if !plan.incoming.isEmpty || !plan.outgoing.isEmpty {
      try edit(&report)
    }
    return report
  }

  /// Sees to what a killed run left where this one may write, also when there is nothing to do.
  private func tidy(_ report: inout CheckoutReport) throws(StoreError) {
    var places = [plan.pin.version.source?.holder].compactMap { $0 }
    let above = plan.pin.place.parent
    let isThere = try above.map { (path) throws(StoreError) in
      try plan.pin.base.status(path)?.kind == .directory
    }
    if isThere ?? true { places.append(try parent()) }
    for place in places {
      report.rescued += try WorkspaceEditor.tidy(
        place, workspace: request.workspace, isHeld: snapshot.holds)
    }
  }

  // MARK: All of it

  /// Brings a directory that is not there: all of it appears at once.
  private func restore(_ report: inout CheckoutReport) throws(StoreError) {
    try plan.pin.base.makeDirectories(plan.pin.place.parent)
    let name = try RelativePath.checked([plan.pin.place.name], below: nil)
    try edit(try parent(), &report) { (editor, report) throws(StoreError) in
      try editor.place(try restore(in: editor.staging, &report), at: name)
    }
  }

  /// Writes and checks the whole directory aside; returns its name there.
  private func restore(
    in staging: Directory, _ report: inout CheckoutReport
  ) throws(StoreError) -> RelativePath {
    let version = plan.pin.version
    let name = RelativePath(trusted: "whole")
    var restore = RestoreRequest(
      source: ResolvedName(
        target: version.target, inner: version.inner, record: nil, ref: nil,
        whole: version.path.description),
      parent: staging, name: name, fileName: name)
    restore.workers = request.workers
    restore.linking = request.linking
    let restored = try snapshot.store.restore(restore, progress: progress)
    report.created = restored.files
    report.bytes = restored.bytes
    report.clonedFiles = restored.clonedFiles
    report.linkedFiles = restored.linkedFiles
    try progress.checkCancelled()
    return name
  }

  private func parent() throws(StoreError) -> Directory {
    guard let parent = plan.pin.place.parent else { return plan.pin.base }
    return try plan.pin.base.openDirectory(parent)
  }

  /// Replaces a directory by a file, or a file by a directory: what was there goes once what comes
  /// is whole.
  private func swap(_ report: inout CheckoutReport) throws(StoreError) {
    try edit(plan.pin.base, &report) { (editor, report) throws(StoreError) in
      if plan.isOldFile, let old = plan.outgoing.first?.old {
        let whole = try restore(in: editor.staging, &report)
        try editor.replace(plan.pin.place, with: whole, losing: old)
        report.removed = 1
      } else {
        try stage(in: editor.staging, &report)
        try removeDirectory(editor, &report)
        try editor.place(Self.staged(0), at: plan.pin.place)
        report.created = 1
      }
    }
  }

  private func removeDirectory(
    _ editor: WorkspaceEditor<Directory>, _ report: inout CheckoutReport
  ) throws(StoreError) {
    let place = plan.pin.place
    for old in plan.outgoing {
      try progress.checkCancelled()
      let path = try old.path.checkedInside(place)
      try editor.remove(path, losing: old.old)
      try editor.prune(above: path)
      report.removed += 1
    }
    guard try editor.root.status(place) != nil else { return }
    guard try editor.root.removeIfEmpty(place) else {
      throw .inTheWay(path: place.description, kind: "directory that is not empty")
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
