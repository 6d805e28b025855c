import CStoreShims
import Glibc
import StorePrimitives

extension FileStatus {
  init(_ status: store_status) {
    self.init(
      kind: FileKind(mode: status.mode), mode: status.mode & 0o7777, size: status.size,
      inode: status.inode, device: status.device,
      modified: Timestamp(
        seconds: status.modified_seconds, nanoseconds: status.modified_nanoseconds),
      changed: Timestamp(seconds: status.changed_seconds, nanoseconds: status.changed_nanoseconds))
  }

  /// What the open file or directory `descriptor` is.
  static func of(_ descriptor: Int32, path: @autoclosure () -> String) throws(StoreError)
    -> FileStatus
  {
    let status = unsafe store_statx(descriptor, "")
    guard status.error == 0 else { throw Outcome.failure(.statx, status.error).error(path()) }
    return FileStatus(status)
  }
}

extension FileKind {
  /// The kind in the type bits of a `st_mode`.
  init(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symbolicLink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFBLK: self = .blockDevice
    case S_IFCHR: self = .characterDevice
    default: self = .unknown
    }
  }

  /// The kind in `d_type` of a directory entry: the type bits of a mode, shifted down by 12.
  init(entryType: UInt8) { self.init(mode: UInt32(entryType) << 12) }
}

/// Gives a file or directory that was created with `mode` the bits that the umask and `mkdir` took
/// away. The set-group-id bit that a directory inherits stays.
func restoreMode(_ mode: UInt32, of descriptor: Int32, path: @autoclosure () -> String)
  throws(StoreError)
{
  let found = try FileStatus.of(descriptor, path: path())
  let wanted = mode | (found.kind == .directory ? found.mode & 0o2000 : 0)
  guard found.mode != wanted else { return }
  try attempt(.fchmod) { fchmod(descriptor, wanted) }.get(path())
}
