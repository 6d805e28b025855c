import Glibc
import StoreIO
import StorePrimitives

/// Why a simulated call failed, before it is known which call on which path it was.
struct ErrorNumber: Error, Equatable {
  let code: Int32

  init(_ code: Int32) { self.code = code }
}

/// A path's last step: the directory that has or would have the name, and what the name stands for.
struct Resolved {
  let place: Place
  let inode: InodeNumber?
}

extension FileTree {
  /// Walks `path` below `directory` as `openat2` with `RESOLVE_NO_SYMLINKS` does: `ELOOP` at a
  /// link, `ENOTDIR` at a file, `ENOENT` at nothing. The last component may be anything.
  func resolve(_ path: RelativePath, in directory: InodeNumber) throws(ErrorNumber) -> Resolved {
    var inode = directory
    if let parent = path.parent {
      for component in parent.components {
        inode = try step(to: Array(component), in: inode)
      }
    }
    let name = Array(path.name)
    let entries = self[inode]?.entries ?? [:]
    return Resolved(place: Place(directory: inode, name: name), inode: entries[name])
  }

  private func step(
    to name: [UInt8], in directory: InodeNumber
  ) throws(ErrorNumber) -> InodeNumber {
    guard let inode = self[directory]?.entries[name], let found = self[inode] else {
      throw ErrorNumber(ENOENT)
    }
    switch found.kind {
    case .directory: return inode
    case .symbolicLink: throw ErrorNumber(ELOOP)
    default: throw ErrorNumber(ENOTDIR)
    }
  }

  /// The inode at `path`, which must be of `kind`: `ELOOP` for a link, else `error`.
  func find(
    _ path: RelativePath, in directory: InodeNumber, kind: FileKind, else error: Int32
  ) throws(ErrorNumber) -> InodeNumber {
    guard let inode = try resolve(path, in: directory).inode, let found = self[inode] else {
      throw ErrorNumber(ENOENT)
    }
    guard found.kind != .symbolicLink else { throw ErrorNumber(ELOOP) }
    guard found.kind == kind else { throw ErrorNumber(error) }
    return inode
  }

  /// Where `path` may be created; nil when the name is taken. `ENOENT` in a removed directory.
  func vacancy(
    _ path: RelativePath, in directory: InodeNumber
  ) throws(ErrorNumber) -> Place? {
    let resolved = try resolve(path, in: directory)
    guard resolved.inode == nil else { return nil }
    try checkAlive(resolved.place.directory)
    return resolved.place
  }

  func checkAlive(_ directory: InodeNumber) throws(ErrorNumber) {
    guard let inode = self[directory], inode.links > 0 else { throw ErrorNumber(ENOENT) }
  }

  /// The change that `rename` makes: nil when both names are of one file, and nothing is done.
  /// The order of the checks is that of the kernel's `do_renameat2` and `vfs_rename`.
  func rename(
    from source: Resolved, to target: Resolved
  ) throws(ErrorNumber) -> Change? {
    guard let inode = source.inode, let moved = self[inode] else { throw ErrorNumber(ENOENT) }
    guard !isAncestor(inode, of: target.place.directory) else { throw ErrorNumber(EINVAL) }
    if let old = target.inode, let replaced = self[old] {
      guard !isAncestor(old, of: source.place.directory) else { throw ErrorNumber(ENOTEMPTY) }
      guard old != inode else { return nil }
      let isDirectory = replaced.kind == .directory
      guard moved.kind != .directory || isDirectory else { throw ErrorNumber(ENOTDIR) }
      guard moved.kind == .directory || !isDirectory else { throw ErrorNumber(EISDIR) }
      guard replaced.entries.isEmpty else { throw ErrorNumber(ENOTEMPTY) }
    } else {
      try checkAlive(target.place.directory)
    }
    return .rename(inode, from: source.place, to: target.place)
  }

  /// The change that swaps two names; nil when they are names of one inode.
  func exchange(_ first: Resolved, _ second: Resolved) throws(ErrorNumber) -> Change? {
    guard let one = first.inode, let other = second.inode else { throw ErrorNumber(ENOENT) }
    guard !isAncestor(one, of: second.place.directory),
      !isAncestor(other, of: first.place.directory)
    else { throw ErrorNumber(EINVAL) }
    guard one != other else { return nil }
    return .exchange(one, first.place, other, second.place)
  }

  /// Whether `inode` is `directory` or one of the directories above it.
  private func isAncestor(_ inode: InodeNumber, of directory: InodeNumber) -> Bool {
    var current: InodeNumber? = directory
    while let step = current {
      if step == inode { return true }
      current = self[step]?.home?.directory
    }
    return false
  }
}

extension FileTree {
  /// The status of `inode`, with times cut to multiples of `granularity` nanoseconds.
  func status(
    _ inode: InodeNumber, device: UInt64, granularity: UInt64
  ) throws(ErrorNumber) -> FileStatus {
    guard let found = self[inode] else { throw ErrorNumber(ENOENT) }
    return FileStatus(
      kind: found.kind, mode: found.mode, size: found.size, inode: inode, device: device,
      modified: Timestamp(simulated: found.modified - found.modified % granularity),
      changed: Timestamp(simulated: found.changed - found.changed % granularity))
  }
}

extension Timestamp {
  /// From nanoseconds since 1970.
  init(simulated nanoseconds: UInt64) {
    let billion: UInt64 = 1_000_000_000
    self.init(
      seconds: Int64(nanoseconds / billion), nanoseconds: UInt32(nanoseconds % billion))
  }
}
