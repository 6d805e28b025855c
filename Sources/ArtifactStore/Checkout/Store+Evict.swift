package import StoreIO
package import StorePrimitives

/// What an `evict` shall remove from the workspace.
package struct EvictRequest<Directory: DirectoryHandle>: Sendable {
  package var pins: [CheckoutRequest<Directory>.Pin]
  /// The root of the workspace.
  package let workspace: Directory
  package var scan = ScanOptions<Directory>()
  /// Threads.
  package var workers = 1

  package init(pins: [CheckoutRequest<Directory>.Pin], workspace: Directory) {
    self.pins = pins
    self.workspace = workspace
  }
}

/// What an `evict` did, for one pin.
package struct EvictReport: Sendable {
  package let path: RelativePath
  package var files = 0
  /// Bytes of the files that were removed.
  package var bytes: UInt64 = 0
  /// Bytes that the disk gained.
  package var freedBytes: UInt64 = 0
  /// What is not as the version says and so was kept, relative to the pin.
  package var kept: [RelativePath] = []
  /// Where files went that changed while the command ran.
  package var rescued: [RelativePath] = []
}

extension Store {
  /// Removes files of the workspace that are exactly what the version says and that the store
  /// holds; `checkout` brings them back. All others are kept.
  ///
  /// - Throws: `StoreError.missing` when the store lacks a part of the version.
  @specialized(where Directory == LinuxDirectory)
  package func evict(
    _ request: EvictRequest<Directory>, progress: Progress = Progress()
  ) throws(StoreError) -> [EvictReport] {
    let guardian = try request.workspace.openExclusively(CheckoutNames.guardian, mode: 0o644)
    defer { _ = guardian }
    let snapshot = try snapshot()
    return try request.pins.map { (pin) throws(StoreError) in
      try snapshot.locating(pin.version) { () throws(StoreError) in
        try Eviction(pin, request, snapshot, progress).run()
      }
    }
  }
}

/// The eviction of one pin.
private struct Eviction<Directory: DirectoryHandle> {
  private let pin: CheckoutRequest<Directory>.Pin
  private let request: EvictRequest<Directory>
  private let snapshot: Snapshot<Directory>
  private let progress: Progress

  init(
    _ pin: CheckoutRequest<Directory>.Pin, _ request: EvictRequest<Directory>,
    _ snapshot: Snapshot<Directory>, _ progress: Progress
  ) {
    self.pin = pin
    self.request = request
    self.snapshot = snapshot
    self.progress = progress
  }

  func run() throws(StoreError) -> EvictReport {
    var report = EvictReport(path: pin.version.path)
    guard let source = pin.version.source else { return report }
    let start = Timestamp.now()
    // Without a cache: every byte that goes is read here and now (rule 22).
    let comparer = PinComparer(
      snapshot: snapshot, folder: nil, options: request.scan, workers: request.workers,
      progress: progress)
    let comparison = try comparer.compare(pin.version, depth: .differences, cleaning: true)
    report.kept = comparison.differences.compactMap { $0.index == nil ? nil : $0.path }
    let differing = Set(comparison.differences.compactMap(\.index))
    var disk = try DiskOfParents(source.holder)
    let editor = try WorkspaceEditor.edit(
      source.holder, workspace: request.workspace, isHeld: snapshot.holds
    ) { (editor) throws(StoreError) in
      for (index, entry) in comparison.tree.entries.enumerated() where !differing.contains(index) {
        guard !entry.isFollowed, try isHeld(entry, comparison.blobs[index]),
          try disk.holds(entry)
        else {
          report.kept.append(entry.path)
          continue
        }
        try progress.checkCancelled()
        try editor.remove(
          entry.name,
          losing: .init(status: entry.status, blob: comparison.blobs[index], readFrom: start))
        report.files += 1
        report.bytes += entry.status.size
        try editor.prune(above: entry.name)
      }
    }
    report.freedBytes = editor.freedBytes
    report.rescued = editor.rescued
    try removeRoot(source)
    return report
  }

  private func isHeld(
    _ entry: ScannedEntry<Directory>, _ blob: BlobID?
  ) throws(StoreError) -> Bool {
    guard entry.isFile else { return true }
    guard let blob else { return false }
    return try snapshot.holds(blob)
  }

  /// An empty directory goes too; what a link points at stays.
  private func removeRoot(_ source: PinSource<Directory>) throws(StoreError) {
    guard !source.isFile, try pin.base.status(pin.place)?.kind == .directory else { return }
    _ = try pin.base.removeIfEmpty(pin.place)
  }
}

/// Tells which entries can be renamed to where an editor is: nothing is mounted in between. Asks
/// once for each directory when entries come in path order.
private struct DiskOfParents<Directory: DirectoryHandle> {
  private let root: Directory
  private let device: UInt64
  private var last: (parent: RelativePath, isSame: Bool)?

  init(_ root: Directory) throws(StoreError) {
    self.root = root
    device = try root.status().device
  }

  mutating func holds(_ entry: ScannedEntry<Directory>) throws(StoreError) -> Bool {
    guard let parent = entry.name.parent else { return true }
    if let last, last.parent == parent { return last.isSame }
    let isSame = try root.status(parent)?.device == device
    last = (parent, isSame)
    return isSame
  }
}
