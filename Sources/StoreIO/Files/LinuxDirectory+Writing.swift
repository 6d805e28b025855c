import CStoreShims
import Glibc
public import StorePrimitives
import Synchronization

/// How a file is created that has no name yet.
package enum FileCreation: Sendable, CaseIterable {
  /// By `O_TMPFILE` where the file system has it.
  case unnamed
  /// Under a unique temporary name, as on NFS and some FUSE file systems; these swap no names
  /// either.
  case temporaryName
  /// As `temporaryName`, and with a rename where others link, as on file systems that know no
  /// second name.
  case renamedName
}

extension LinuxDirectory {
  // MARK: Creating

  public func createUnnamed(in directory: RelativePath, mode: UInt32) throws(StoreError)
    -> LinuxFile
  {
    guard creation == .unnamed, LinuxDirectory.canNameDescriptors else {
      return try createTemporary(in: directory, mode: mode)
    }
    let outcome = open(directory, flags: store_flag_unnamed() | O_RDWR, mode: mode)
    switch outcome.code {
    case 0: return try adopt(outcome, name: directory.bytes, mode: mode)
    // What file systems and kernels without O_TMPFILE answer (open(2)).
    case EOPNOTSUPP, EISDIR, ENOENT, EINVAL:
      return try createTemporary(in: directory, mode: mode)
    default: throw outcome.error(displayPath(directory))
    }
  }

  /// Whether `/proc` is there to give an unnamed file its name.
  private static let canNameDescriptors =
    unsafe access("/proc/self/fd", X_OK) == 0

  private func createTemporary(in path: RelativePath, mode: UInt32) throws(StoreError)
    -> LinuxFile
  {
    let directory = try openDirectory(path)
    let temporary = TemporaryName(in: directory)
    let outcome = PathResolver.open(
      temporary.name.span, below: directory.number, flags: O_CREAT | O_EXCL | O_RDWR, mode: mode,
      by: resolution)
    return try directory.adopt(outcome, name: temporary.name, mode: mode, temporary: temporary)
  }

  public func createFile(_ path: RelativePath, mode: UInt32) throws(StoreError) -> LinuxFile {
    let outcome = open(path, flags: O_CREAT | O_EXCL | O_RDWR, mode: mode)
    return try adopt(outcome, name: path.bytes, mode: mode)
  }

  private func adopt(
    _ outcome: Outcome, name: [UInt8], mode: UInt32, temporary: TemporaryName? = nil
  ) throws(StoreError) -> LinuxFile {
    let number = Int32(try outcome.get(DisplayPath.join(node.path, name)))
    let file = LinuxFile(Descriptor(number), in: node.path, name: name, temporary: temporary)
    try restoreMode(mode, of: number, path: file.displayPath)
    return file
  }

  public func makeDirectory(_ path: RelativePath, mode: UInt32) throws(StoreError) -> Bool {
    let outcome = unsafe withParent(of: path) { directory, name in
      attempt(.mkdirat) { unsafe mkdirat(directory, name, mode) }
    }
    guard outcome.code != EEXIST else { return false }
    try outcome.get(displayPath(path))
    let opened = open(path, flags: O_RDONLY | O_DIRECTORY)
    let descriptor = Descriptor(Int32(try opened.get(displayPath(path))))
    try restoreMode(mode, of: descriptor.number, path: displayPath(path))
    return true
  }

  /// Sets the permission bits of this directory. The kernel leaves the set-group-id bit out when
  /// the user is not in the group of the directory.
  public func setMode(_ mode: UInt32) throws(StoreError) {
    try attempt(.fchmod) { fchmod(number, mode & 0o7777) }.get(displayPath)
  }

  public func makeLink(_ path: RelativePath, target: [UInt8]) throws(StoreError) -> Bool {
    guard !target.contains(0) else {
      throw Outcome.failure(.symlinkat, EINVAL).error(displayPath(path))
    }
    let outcome = unsafe withParent(of: path) { directory, name in
      unsafe withCString(target.span) { target in
        attempt(.symlinkat) { unsafe symlinkat(target, directory, name) }
      }
    }
    guard outcome.code != EEXIST else { return false }
    try outcome.get(displayPath(path))
    return true
  }

  // MARK: Naming

  public func link(_ file: LinuxFile, as path: RelativePath) throws(StoreError) -> Bool {
    let outcome = file.temporary.withLock { temporary in
      unsafe withParent(of: path) { directory, name in
        guard let source = temporary else {
          return unsafe ExclusiveNaming.link(file.descriptor.number, as: name, in: directory)
        }
        let named = unsafe source.give(name, in: directory, linking: creation != .renamedName)
        // A rename has used the temporary name up.
        if !named.failed, named.call == .renameat2 { temporary = nil }
        return named
      }
    }
    return try named(path, outcome)
  }

  public func rename(
    _ path: RelativePath, to newPath: RelativePath, in directory: LinuxDirectory, replacing: Bool
  ) throws(StoreError) -> Bool {
    let outcome = unsafe withParent(of: path) { source, name in
      unsafe directory.withParent(of: newPath) { target, newName in
        guard !replacing else {
          return attempt(.renameat) { unsafe renameat(source, name, target, newName) }
        }
        return unsafe ExclusiveNaming.move(
          name, in: source, to: newName, in: target, linking: creation == .renamedName)
      }
    }
    guard !replacing else { return try outcome.get(directory.displayPath(newPath)) == 0 }
    return try directory.named(newPath, outcome)
  }

  /// What came of giving somebody the name `path`.
  private func named(_ path: RelativePath, _ outcome: Outcome) throws(StoreError) -> Bool {
    guard outcome.failed else { return true }
    guard outcome.code != EEXIST else { return false }
    guard !ExclusiveNaming.isMissingCall(outcome) else {
      throw .unwritableFileSystem(path: displayPath)
    }
    throw outcome.error(displayPath(path))
  }

  public func exchange(
    _ path: RelativePath, with newPath: RelativePath, in directory: LinuxDirectory
  ) throws(StoreError) {
    guard creation == .unnamed else {
      return try exchangeInSteps(path, with: newPath, in: directory)
    }
    let outcome = unsafe withParent(of: path) { source, name in
      unsafe directory.withParent(of: newPath) { target, newName in
        attempt(.renameat2) { unsafe store_rename_exchange(source, name, target, newName) }
      }
    }
    guard ExclusiveNaming.isMissingCall(outcome) else {
      try outcome.get(directory.displayPath(newPath))
      return
    }
    try exchangeInSteps(path, with: newPath, in: directory)
  }

  /// For file systems that cannot swap: over a third name beside `path`. When a step fails, those
  /// before it are taken back.
  private func exchangeInSteps(
    _ path: RelativePath, with newPath: RelativePath, in directory: LinuxDirectory
  ) throws(StoreError) {
    guard let first = try status(path) else {
      throw Outcome.failure(.renameat2, ENOENT).error(displayPath(path))
    }
    guard let second = try directory.status(newPath) else {
      throw Outcome.failure(.renameat2, ENOENT).error(directory.displayPath(newPath))
    }
    guard (first.device, first.inode) != (second.device, second.inode) else { return }
    let aside = TemporaryName.path(beside: path)
    try directory.move(newPath, to: aside, in: self)
    do throws(StoreError) {
      try move(path, to: newPath, in: directory)
    } catch {
      try? move(aside, to: newPath, in: directory)
      throw error
    }
    do throws(StoreError) {
      try move(aside, to: path, in: self)
    } catch {
      try? directory.move(newPath, to: path, in: self)
      try? move(aside, to: newPath, in: directory)
      throw error
    }
  }

  /// Renames; fails with `EEXIST` when the new name is taken.
  private func move(
    _ path: RelativePath, to newPath: RelativePath, in directory: LinuxDirectory
  ) throws(StoreError) {
    let isMoved: Bool
    do throws(StoreError) {
      isMoved = try rename(path, to: newPath, in: directory, replacing: false)
    } catch {
      // A directory, which has no second name, can only take the place of an empty one.
      guard case .unwritableFileSystem = error, try status(path)?.kind == .directory else {
        throw error
      }
      isMoved = try rename(path, to: newPath, in: directory, replacing: true)
    }
    guard isMoved else {
      throw Outcome.failure(.renameat2, EEXIST).error(directory.displayPath(newPath))
    }
  }

  public func linkFile(
    _ path: RelativePath, as newPath: RelativePath, in directory: LinuxDirectory
  ) throws(StoreError) -> Bool {
    let outcome = unsafe withParent(of: path) { source, name in
      unsafe directory.withParent(of: newPath) { target, newName in
        unsafe ExclusiveNaming.link(name, in: source, as: newName, in: target)
      }
    }
    guard outcome.code != EEXIST else { return false }
    try outcome.get(directory.displayPath(newPath))
    return true
  }

  public func openExclusively(
    _ path: RelativePath, mode: UInt32
  ) throws(StoreError) -> LinuxFile {
    let outcome = open(path, flags: O_CREAT | O_RDWR | O_NONBLOCK | O_NOCTTY, mode: mode)
    let descriptor = Descriptor(Int32(try outcome.get(displayPath(path))))
    let kind = try FileStatus.of(descriptor.number, path: displayPath(path)).kind
    guard kind == .file else {
      throw .unsupportedFileKind(path: displayPath(path), kind: "\(kind)")
    }
    let locked = attempt(.flock) { store_lock(descriptor.number) }
    switch locked.code {
    case 0, ENOLCK, ENOSYS, EOPNOTSUPP: break
    default: throw locked.error(displayPath(path))
    }
    return LinuxFile(descriptor, in: node.path, name: path.bytes)
  }

  // MARK: Removing

  public func removeFile(_ path: RelativePath) throws(StoreError) {
    try unsafe withParent(of: path) { directory, name in
      attempt(.unlinkat) { unsafe unlinkat(directory, name, 0) }
    }.get(displayPath(path))
  }

  public func removeDirectory(_ path: RelativePath) throws(StoreError) {
    try unsafe withParent(of: path) { directory, name in
      attempt(.unlinkat) { unsafe unlinkat(directory, name, AT_REMOVEDIR) }
    }.get(displayPath(path))
  }

  public func synchronize() throws(StoreError) {
    try attempt(.fsync) { fsync(number) }.get(displayPath)
  }
}
