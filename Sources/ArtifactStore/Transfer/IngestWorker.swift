package import StoreIO
package import StorePrimitives

/// What one thread of an `add` counted.
package struct IngestCounts: Sendable {
  package var newBytes: UInt64 = 0
  package var reusedBytes: UInt64 = 0

  package static func += (left: inout IngestCounts, right: IngestCounts) {
    left.newBytes += right.newBytes
    left.reusedBytes += right.reusedBytes
  }
}

/// What an entry of a scan held.
package struct Ingested: Sendable {
  package let content: TreeEntry.Content
  /// Whether it had the status of the scan before and after it was read.
  package let isSteady: Bool

  /// The blob of a file that is worth remembering.
  var steadyBlob: BlobID? {
    guard isSteady, case .file(let blob, _, _) = content else { return nil }
    return blob
  }
}

/// Reads files, cuts and hashes them and stores what is new: the work of one thread.
package final class IngestWorker<Directory: DirectoryHandle> {
  /// A file that changes while it is read is read this often.
  private static var attempts: Int { 3 }
  /// Files up to this size are one chunk, and have one id and one hash pass.
  private static var wholeBytes: Int { ChunkerParameters.standard.maximumBytes }

  let session: WriteSession<Directory>
  let sink: PackSink<Directory>
  let progress: Progress
  let isDryRun: Bool
  package private(set) var counts = IngestCounts()
  private var hasher = SHA256Hasher()
  private var buffer: [UInt8]

  package init(
    _ session: WriteSession<Directory>, isDryRun: Bool, progress: Progress
  ) {
    self.session = session
    self.isDryRun = isDryRun
    self.progress = progress
    sink = PackSink(session, isDryRun: isDryRun)
    buffer = [UInt8](repeating: 0, count: Self.wholeBytes + 1)
  }

  /// Stores the file of `entry`.
  ///
  /// - Returns: its id, its size in bytes and whether it may be executed, all of the same moment.
  /// - Throws: `StoreError.changedWhileRead` when it did so each time it was read.
  package func ingest(
    _ entry: ScannedEntry<Directory>
  ) throws(StoreError) -> Ingested {
    let file = try entry.directory.openFile(entry.name)
    var before = entry.status
    for _ in 0..<Self.attempts {
      try progress.checkCancelled()
      let countsBefore = counts
      let blob = try ingest(file, before)
      let after = try file.status()
      if let blob, after == before {
        progress.advance(files: 1)
        return Ingested(
          content: .file(blob, size: before.size, executable: before.isExecutable),
          isSteady: before == entry.status)
      }
      // What was stored of the other reading are sound pieces that nothing names.
      counts = countsBefore
      before = after
    }
    throw .changedWhileRead(path: file.displayPath)
  }

  /// Counts a file that need not be read.
  package func skip(_ bytes: UInt64) {
    counts.reusedBytes += bytes
    progress.advance(files: 1, bytes: Int(clamping: bytes))
  }

  /// Nil when the file did not have the size that its status says.
  private func ingest(
    _ file: Directory.File, _ status: FileStatus
  ) throws(StoreError) -> BlobID? {
    guard status.kind == .file else {
      throw .unsupportedFileKind(path: file.displayPath, kind: "\(status.kind)")
    }
    guard status.size <= UInt64(Self.wholeBytes) else {
      let large = try LargeFileIngest(file, status.size, worker: self)
      guard let result = try large.run() else { return nil }
      counts += result.counts
      return result.blob
    }
    let size = Int(status.size)
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    // One byte more than expected shows that the file has grown.
    guard try file.read(into: &buffer, 0..<size + 1, at: 0) == size else { return nil }
    let bytes = buffer.span.extracting(0..<size)
    let digest = hasher.digest(of: bytes)
    let isNew = try sink.store(
      ChunkID(digest), bytes, packing: !PackedMedia.matches(bytes))
    count(bytes.count, isNew: isNew)
    progress.advance(bytes: size)
    return BlobID(digest)
  }

  private func count(_ bytes: Int, isNew: Bool) {
    if isNew { counts.newBytes += UInt64(bytes) } else { counts.reusedBytes += UInt64(bytes) }
  }
}
