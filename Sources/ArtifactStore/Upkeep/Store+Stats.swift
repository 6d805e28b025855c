import StoreIO
package import StorePrimitives

extension Store {
  /// Counts what is in the store. O(entries of the index + nodes of the trees).
  @specialized(where Directory == LinuxDirectory)
  package func stats() throws(StoreError) -> StatsReport {
    let snapshot = try snapshot()
    var report = StatsReport()
    report.roots = snapshot.root.sequence + 1
    report.segments = snapshot.view.segments.count
    try countVersions(snapshot, &report)
    try countPieces(snapshot, &report)
    try countContainers(snapshot, &report)
    let saved = report.bytes.subtractingReportingOverflow(report.uniqueBytes)
    report.savedByChunks = saved.overflow ? 0 : saved.partialValue
    return report
  }

  private func countVersions(
    _ snapshot: Snapshot<Directory>, _ report: inout StatsReport
  ) throws(StoreError) {
    let tree = snapshot.reader().tree
    // A version that several refs name counts once.
    var seen: Set<RefRecord.Target> = []
    for (name, record) in try snapshot.refs() {
      if name.isIn(.pins) { report.pins += 1 }
      if name.isIn(.tags) { report.tags += 1 }
      guard seen.insert(record.target).inserted else { continue }
      switch record.target {
      case .tree(let id):
        let total = try tree.total(of: id)
        report.files &+= total.count
        report.bytes &+= total.weight
      case .blob(_, let size, _):
        report.files += 1
        report.bytes &+= size
      case .manifest, .session: break
      }
    }
  }

  private func countPieces(
    _ snapshot: Snapshot<Directory>, _ report: inout StatsReport
  ) throws(StoreError) {
    var seen: Set<Digest> = []
    for segment in snapshot.view.segments {
      try segment.forEachEntry { (entry) throws(StoreError) in
        guard entry.key.kind == .chunk, seen.insert(entry.key.digest).inserted else { return }
        report.uniqueBytes &+= entry.plainCount
        report.savedByCompression &+= entry.plainCount - entry.storedCount
      }
    }
  }

  private func countContainers(
    _ snapshot: Snapshot<Directory>, _ report: inout StatsReport
  ) throws(StoreError) {
    // Parts of a raw object may be names of one file.
    var inodes: Set<UInt64> = []
    for container in Set(snapshot.view.segments.flatMap(\.containers)) {
      guard let status = try directory.status(container.name.path),
        inodes.insert(status.inode).inserted
      else { continue }
      report.storedBytes &+= status.size
      if case .pack = container.name { report.packs += 1 } else { report.rawObjects += 1 }
    }
    for segment in snapshot.view.segments { report.storedBytes &+= segment.header.fileBytes }
  }
}
