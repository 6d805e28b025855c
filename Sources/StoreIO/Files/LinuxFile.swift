import CStoreShims
import Glibc
public import StorePrimitives
import Synchronization

/// A file of the real file system.
public final class LinuxFile: FileHandle {
  let descriptor: Descriptor
  private let directoryPath: [UInt8]
  private let name: [UInt8]
  /// The name that stands in for "no name" where the file system has no `O_TMPFILE`.
  let temporary: Mutex<TemporaryName?>

  init(
    _ descriptor: consuming Descriptor, in directoryPath: [UInt8], name: [UInt8],
    temporary: TemporaryName? = nil
  ) {
    self.descriptor = descriptor
    self.directoryPath = directoryPath
    self.name = name
    self.temporary = Mutex(temporary)
  }

  deinit { temporary.withLock { $0?.remove() } }

  public var displayPath: String { DisplayPath.join(directoryPath, name) }

  public func status() throws(StoreError) -> FileStatus {
    try FileStatus.of(descriptor.number, path: displayPath)
  }

  public func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws(StoreError)
    -> Int
  {
    guard let start = off_t(exactly: offset) else {
      throw Outcome.failure(.pread, EINVAL).error(displayPath)
    }
    return try fill(&buffer, from: start).get(displayPath)
  }

  private func fill(_ buffer: inout MutableSpan<UInt8>, from start: off_t) -> Outcome {
    unsafe buffer.withUnsafeMutableBytes { bytes in
      var filled = 0
      while filled < bytes.count {
        let outcome = attempt(.pread) {
          unsafe pread(
            descriptor.number, bytes.baseAddress.map { unsafe $0 + filled },
            bytes.count - filled, start + off_t(filled))
        }
        guard !outcome.failed else { return outcome }
        guard outcome.value > 0 else { break }
        filled += outcome.value
      }
      return Outcome(call: .pread, value: filled, code: 0)
    }
  }

  public func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StoreError) {
    guard let start = off_t(exactly: offset), start <= off_t.max - off_t(bytes.count) else {
      throw Outcome.failure(.pwrite, EFBIG).error(displayPath)
    }
    try drain(bytes, to: start).get(displayPath)
  }

  private func drain(_ bytes: Span<UInt8>, to start: off_t) -> Outcome {
    unsafe bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let outcome = attempt(.pwrite) {
          unsafe pwrite(
            descriptor.number, bytes.baseAddress.map { unsafe $0 + written },
            bytes.count - written, start + off_t(written))
        }
        guard !outcome.failed else { return outcome }
        guard outcome.value > 0 else { return .failure(.pwrite, EIO) }
        written += outcome.value
      }
      return Outcome(call: .pwrite, value: written, code: 0)
    }
  }

  public func usage() throws(StoreError) -> FileUsage {
    let usage = store_usage(descriptor.number)
    guard usage.error == 0 else { throw Outcome.failure(.fstat, usage.error).error(displayPath) }
    let shared = sharedBytes()
    return FileUsage(
      owner: usage.owner, names: usage.names, ownBytes: usage.bytes - min(shared, usage.bytes))
  }

  /// Bytes of blocks that other files share; 0 where the file system does not tell.
  private func sharedBytes() -> UInt64 {
    var total: UInt64 = 0
    var start: UInt64 = 0
    while true {
      var shared: UInt64 = 0
      var next: UInt64 = 0
      let outcome = attempt(.fiemap) {
        unsafe store_shared_extents(descriptor.number, start, &shared, &next)
      }
      guard !outcome.failed else { return total }
      total += shared
      guard next > start else { return total }
      start = next
    }
  }

  public func synchronizeData() throws(StoreError) {
    try attempt(.fdatasync) { fdatasync(descriptor.number) }.get(displayPath)
  }

  public func synchronize() throws(StoreError) {
    try attempt(.fsync) { fsync(descriptor.number) }.get(displayPath)
  }

  public func startWriteback(from offset: UInt64, count: UInt64) {
    guard let start = off_t(exactly: offset), let bytes = off_t(exactly: count) else { return }
    _ = sync_file_range(descriptor.number, start, bytes, UInt32(SYNC_FILE_RANGE_WRITE))
  }

  public func clone(_ source: LinuxFile) throws(StoreError) -> Bool {
    let outcome = attempt(.ficlone) { store_clone(descriptor.number, source.descriptor.number) }
    switch outcome.code {
    case 0: return true
    // No reflinks here, two file systems, or blocks that cannot be shared (ioctl_ficlone(2)).
    case EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, ENOSYS: return false
    default: throw outcome.error(displayPath)
    }
  }

  public func truncate(to size: UInt64) throws(StoreError) {
    guard let size = off_t(exactly: size) else {
      throw Outcome.failure(.ftruncate, EFBIG).error(displayPath)
    }
    try attempt(.ftruncate) { ftruncate(descriptor.number, size) }.get(displayPath)
  }

  public func setMode(_ mode: UInt32) throws(StoreError) {
    try attempt(.fchmod) { fchmod(descriptor.number, mode & 0o7777) }.get(displayPath)
  }
}
