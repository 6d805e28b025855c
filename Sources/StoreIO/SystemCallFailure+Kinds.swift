import Glibc
package import StorePrimitives

extension SystemCallFailure {
  /// Nothing goes by the path.
  package var isNotFound: Bool { code == ENOENT }
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
}
