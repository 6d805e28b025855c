import Glibc
package import StorePrimitives

extension SystemCallFailure {
  /// Nothing goes by the path.
  package var isNotFound: Bool { code == ENOENT }
  package var isNotEmpty: Bool { code == ENOTEMPTY || code == EEXIST }
  /// The two names would be on two file systems.
  package var isOtherFileSystem: Bool { code == EXDEV }
  /// The disk, or the share of it that this user may have, is full.
  package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
  /// This user may not do it.
  package var isPermission: Bool { code == EACCES || code == EPERM }
  /// A symbolic link is in the way.
  package var isLink: Bool { code == ELOOP }
  /// The name is taken.
  package var isTaken: Bool { code == EEXIST }
  /// The file system is mounted read-only.
  package var isReadOnly: Bool { code == EROFS }
  /// The reader of a pipe has gone.
  package var isBrokenPipe: Bool { code == EPIPE }
  /// A directory is where a file is needed.
  package var isDirectory: Bool { code == EISDIR }
  /// The path goes through something that is no directory, or should be one and is not.
  package var isNotDirectory: Bool { code == ENOTDIR }

  /// What the C library says of the error, such as `Input/output error`.
  package var systemText: String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}
