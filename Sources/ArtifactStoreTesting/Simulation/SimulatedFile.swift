import Glibc
package import StoreIO
package import StorePrimitives

/// An open file of a `SimulatedFileSystem`.
package final class SimulatedFile: FileHandle {
  let fileSystem: SimulatedFileSystem
  let inode: InodeNumber
  package let displayPath: String
  private let isWritable: Bool
  /// The name that stands in for none until the file is closed.
  private let temporary: Place?

  /// Takes over one handle that the file system has counted.
  init(
    fileSystem: SimulatedFileSystem, inode: InodeNumber, displayPath: String, isWritable: Bool,
    temporary: Place? = nil
  ) {
    self.fileSystem = fileSystem
    self.inode = inode
    self.displayPath = displayPath
    self.isWritable = isWritable
    self.temporary = temporary
  }

  deinit { fileSystem.close(inode, temporary) }

  private func failure(_ call: String, _ code: Int32) -> StoreError {
    .system(SystemCallFailure(call: call, path: displayPath, code: code))
  }

  package func status() throws(StoreError) -> FileStatus {
    do throws(ErrorNumber) {
      return try fileSystem.read { (state) throws(ErrorNumber) in
        try state.tree.status(
          inode, device: SimulatedFileSystem.device,
          granularity: fileSystem.settings.timestampGranularity)
      }
    } catch { throw failure("statx", error.code) }
  }

  private var content: FileContent { fileSystem.read { $0.tree[inode]?.content ?? FileContent() } }

  package func read(
    into buffer: inout MutableSpan<UInt8>, at offset: UInt64
  ) throws(StoreError) -> Int {
    content.read(into: &buffer, at: offset)
  }

  /// When the space ends, the blocks that still fit are written before `ENOSPC`.
  package func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StoreError) {
    guard !bytes.isEmpty else { return }
    guard isWritable else { throw failure("pwrite", EBADF) }
    let limit = FileContent.sizeLimit
    guard offset <= limit, UInt64(bytes.count) <= limit - offset else {
      throw failure("pwrite", EFBIG)
    }
    var copy: [UInt8] = []
    copy.append(bytes)
    let all = copy
    let isComplete = fileSystem.update { state in
      let capacity = fileSystem.settings.capacity
      let fitting = state.fittingBytes(of: all.count, at: offset, in: inode, capacity)
      if fitting > 0 {
        let bytes = fitting == all.count ? all : Array(all.prefix(fitting))
        state.record(.write(inode, offset: offset, bytes: bytes))
      }
      return fitting == all.count
    }
    guard isComplete else { throw failure("pwrite", ENOSPC) }
  }

  package func usage() throws(StoreError) -> FileUsage {
    fileSystem.read { state in
      let blocks = FileContent.blockBytes
      let bytes = (state.tree[inode]?.size ?? 0) + UInt64(blocks - 1)
      return FileUsage(
        owner: 0, names: UInt64(state.tree[inode]?.links ?? 0),
        ownBytes: bytes / UInt64(blocks) * UInt64(blocks))
    }
  }

  package func synchronizeData() throws(StoreError) {
    fileSystem.update { $0.record(.synchronize(inode)) }
  }

  package func synchronize() throws(StoreError) {
    fileSystem.update { $0.record(.synchronize(inode)) }
  }

  /// Promises nothing, so it does nothing.
  package func startWriteback(from offset: UInt64, count: UInt64) {}

  /// Stricter than Linux: a file that is not empty is `EINVAL`, as the protocol promises nothing.
  package func clone(_ source: SimulatedFile) throws(StoreError) -> Bool {
    guard isWritable else { throw failure("FICLONE", EBADF) }
    guard source.fileSystem === fileSystem, fileSystem.settings.canClone else { return false }
    let isEmpty = fileSystem.update { state in
      guard let target = state.tree[inode], target.content.size == 0 else { return false }
      let content = state.tree[source.inode]?.content ?? FileContent()
      state.record(.clone(inode, FileSnapshot(content: content)))
      return true
    }
    guard isEmpty else { throw failure("FICLONE", EINVAL) }
    return true
  }

  package func truncate(to size: UInt64) throws(StoreError) {
    guard isWritable else { throw failure("ftruncate", EINVAL) }
    guard size <= FileContent.sizeLimit else { throw failure("ftruncate", EFBIG) }
    fileSystem.update { $0.record(.truncate(inode, size: size)) }
  }

  package func setMode(_ mode: UInt32) throws(StoreError) {
    fileSystem.update { $0.record(.setMode(inode, mode: mode & 0o7777)) }
  }
}
