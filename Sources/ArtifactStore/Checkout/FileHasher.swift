import StoreIO
import StorePrimitives
import Synchronization

/// Hashes whole files: the work of one thread.
final class FileHasher<Directory: DirectoryHandle> {
  /// A file that changes while it is read is read this often.
  private static var attempts: Int { 3 }
  /// Bytes read at once.
  private static var blockBytes: Int { 1 << 20 }

  /// What a file held, and whether it did so with the status of the scan.
  struct Result: Sendable {
    let content: TreeEntry.Content
    let blob: BlobID
    /// Before and after it was read.
    let status: FileStatus
    let isSteady: Bool
  }

  private let progress: Progress
  private var hasher = SHA256Hasher()
  private var buffer: [UInt8] = []

  init(_ progress: Progress) { self.progress = progress }

  /// Nil for a file that is gone.
  ///
  /// - Throws: `StoreError.changedWhileRead` when it changed each time it was read.
  func hash(_ entry: ScannedEntry<Directory>) throws(StoreError) -> Result? {
    let file: Directory.File
    do throws(StoreError) {
      file = try entry.directory.openFile(entry.name)
    } catch .system(let failure) where failure.isNotFound {
      return nil
    }
    var before = try file.status()
    for _ in 0..<Self.attempts {
      let blob = try hash(file)
      let after = try file.status()
      if after == before {
        progress.advance(files: 1)
        return Result(
          content: .file(blob, size: after.size, executable: after.isExecutable), blob: blob,
          status: after, isSteady: after == entry.status)
      }
      before = after
    }
    throw .changedWhileRead(path: file.displayPath)
  }

  /// The digest of all bytes of a file.
  func hash(_ file: Directory.File) throws(StoreError) -> BlobID {
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    buffer.resize(to: Self.blockBytes)
    hasher = SHA256Hasher()
    var offset: UInt64 = 0
    while true {
      try progress.checkCancelled()
      let count = try file.read(into: &buffer, 0..<Self.blockBytes, at: offset)
      hasher.update(buffer.span.extracting(0..<count))
      offset += UInt64(count)
      progress.advance(bytes: count)
      guard count == Self.blockBytes else { break }
    }
    return BlobID(hasher.finish())
  }
}

extension FileHasher {
  /// Hashes the entries at `indices` with several threads.
  static func hash(
    _ indices: [Int], of tree: ScannedTree<Directory>, workers: Int, progress: Progress
  ) throws(StoreError) -> [Int: Result] {
    let bytes = indices.reduce(0) { $0 + tree.entries[$1].status.size }
    progress.expect(files: indices.count, bytes: bytes)
    let position = Atomic<Int>(0)
    let results = Mutex<[Int: Result]>([:])
    try Workers.run(count: max(1, min(workers, indices.count))) { (_) throws(StoreError) in
      let hasher = FileHasher(progress)
      var found: [Int: Result] = [:]
      do throws(StoreError) {
        while true {
          let next = position.add(1, ordering: .relaxed).oldValue
          guard next < indices.count else { break }
          found[indices[next]] = try hasher.hash(tree.entries[indices[next]])
        }
      } catch {
        position.store(indices.count, ordering: .relaxed)
        throw error
      }
      results.withLock { $0.merge(found) { first, _ in first } }
    }
    return results.withLock { $0 }
  }
}
