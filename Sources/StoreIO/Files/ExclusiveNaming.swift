import CStoreShims
import Glibc

/// The ways to give a file a name that nobody has yet. Each is atomic: of many who try the same
/// name one wins, and the others get `EEXIST`.
enum ExclusiveNaming {
  /// Names an open file through its link in `/proc`, also one that has no name (open(2),
  /// `O_TMPFILE`).
  static func link(
    _ descriptor: Int32, as name: UnsafePointer<CChar>, in directory: Int32
  ) -> Outcome {
    let source = Array("/proc/self/fd/\(descriptor)".utf8)
    return unsafe withCString(source.span) { source in
      attempt(.linkat) {
        unsafe linkat(AT_FDCWD, source, directory, name, AT_SYMLINK_FOLLOW)
      }
    }
  }

  /// Gives a file a second name.
  static func link(
    _ name: UnsafePointer<CChar>, in directory: Int32,
    as newName: UnsafePointer<CChar>, in newDirectory: Int32
  ) -> Outcome {
    attempt(.linkat) { unsafe linkat(directory, name, newDirectory, newName, 0) }
  }

  static func rename(
    _ name: UnsafePointer<CChar>, in directory: Int32,
    to newName: UnsafePointer<CChar>, in newDirectory: Int32
  ) -> Outcome {
    attempt(.renameat2) {
      unsafe store_rename_exclusive(directory, name, newDirectory, newName)
    }
  }

  /// Renames; by link and unlink on file systems that rename only with replacement (NFS). A crash
  /// between the two leaves both names. `linking` skips the proper way.
  static func move(
    _ name: UnsafePointer<CChar>, in directory: Int32,
    to newName: UnsafePointer<CChar>, in newDirectory: Int32, linking: Bool
  ) -> Outcome {
    let renamed =
      linking
      ? .failure(.renameat2, ENOSYS)
      : unsafe rename(name, in: directory, to: newName, in: newDirectory)
    guard isMissingCall(renamed) else { return renamed }
    let linked = unsafe link(name, in: directory, as: newName, in: newDirectory)
    // A directory has no second name.
    guard linked.code != EPERM else { return renamed }
    guard !linked.failed else { return linked }
    return attempt(.unlinkat) { unsafe unlinkat(directory, name, 0) }
  }

  /// Whether `outcome` is of an exclusive rename that the file system has not.
  static func isMissingCall(_ outcome: Outcome) -> Bool {
    guard outcome.call == .renameat2 else { return false }
    return outcome.code == EINVAL || outcome.code == ENOSYS || outcome.code == EOPNOTSUPP
  }

  /// Whether `outcome` is of a link on a file system without second names.
  static func isMissingLink(_ outcome: Outcome) -> Bool {
    switch outcome.code {
    case EPERM, ENOSYS, EOPNOTSUPP, EINVAL: true
    default: false
    }
  }
}
