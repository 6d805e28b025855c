import CStoreShims
import Glibc
public import StorePrimitives
import Synchronization

/// A directory of the real file system: an open descriptor, so it stays the same directory when
/// others rename it. See `DirectoryHandle` for the rules.
public struct LinuxDirectory: DirectoryHandle {
  let node: DirectoryNode
  private(set) var resolution: PathResolution
  private(set) var creation: FileCreation

  private init(_ node: DirectoryNode, _ resolution: PathResolution, _ creation: FileCreation) {
    self.node = node
    self.resolution = resolution
    self.creation = creation
  }

  /// Opens a directory by an absolute path or one relative to the current directory. Links in
  /// `path` are followed: it is the user's own word, unlike every path below the handle.
  public static func open(_ path: String) throws(StoreError) -> LinuxDirectory {
    try open(pathBytes: Array(path.utf8))
  }

  /// `open` for a path that need not be UTF-8.
  public static func open(pathBytes path: [UInt8]) throws(StoreError) -> LinuxDirectory {
    guard !path.contains(0) else { throw .badPath(path: PathText.escape(path), .nulByte) }
    let outcome = attempt(.open) {
      unsafe withCString(path.span) {
        unsafe store_openat(AT_FDCWD, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
      }
    }
    let number = Int32(try outcome.get(PathText.escape(path)))
    return LinuxDirectory(DirectoryNode(number, path: path), .kernel, .unnamed)
  }

  /// The same directory with other rungs of the ladders, so that tests reach the lower ones.
  package func using(_ resolution: PathResolution, _ creation: FileCreation) -> LinuxDirectory {
    LinuxDirectory(node, resolution, creation)
  }

  var number: Int32 { node.descriptor.number }

  public var displayPath: String { PathText.escape(node.path) }

  func displayPath(_ path: RelativePath) -> String { DisplayPath.join(node.path, path.bytes) }

  func open(_ path: RelativePath, flags: Int32, mode: UInt32 = 0) -> Outcome {
    PathResolver.open(
      path.bytes.span, below: number, flags: flags, mode: mode, by: resolution)
  }

  func withParent(
    of path: RelativePath, _ body: (Int32, UnsafePointer<CChar>) -> Outcome
  ) -> Outcome {
    unsafe PathResolver.withParent(of: path.bytes.span, below: number, by: resolution, body)
  }

  // MARK: Reading

  /// Opens without waiting, so that a pipe in the place of a file cannot hang the program, and
  /// without touching the access time where that is allowed.
  public func openFile(_ path: RelativePath) throws(StoreError) -> LinuxFile {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    var outcome = open(path, flags: flags | store_flag_no_access_time())
    // Only the owner of a file may spare its access time.
    if outcome.code == EPERM { outcome = open(path, flags: flags) }
    // Somebody holds a lease on the file, as Samba and NFS servers do: wait until it is given up.
    if outcome.code == EAGAIN, try status(path)?.kind == .file {
      outcome = open(path, flags: flags & ~O_NONBLOCK)
    }
    let descriptor = Descriptor(Int32(try outcome.get(displayPath(path))))
    let status = try FileStatus.of(descriptor.number, path: displayPath(path))
    switch status.kind {
    case .file: return LinuxFile(descriptor, in: node.path, name: path.bytes)
    case .directory: throw Outcome.failure(.open, EISDIR).error(displayPath(path))
    default: throw .unsupportedFileKind(path: displayPath(path), kind: "\(status.kind)")
    }
  }

  public func openDirectory(_ path: RelativePath) throws(StoreError) -> LinuxDirectory {
    let outcome = open(path, flags: O_RDONLY | O_DIRECTORY)
    let number = Int32(try outcome.get(displayPath(path)))
    let node = DirectoryNode(number, path: DisplayPath.bytes(node.path, path.bytes))
    return LinuxDirectory(node, resolution, creation)
  }

  public func entries() throws(StoreError) -> [DirectoryEntry] {
    try node.position.withLock { (_) throws(StoreError) in
      try DirectoryListing.read(number, path: displayPath)
    }
  }

  public func status(_ path: RelativePath) throws(StoreError) -> FileStatus? {
    var status = store_status()
    let outcome = unsafe withParent(of: path) { directory, name in
      status = unsafe store_statx(directory, name)
      return Outcome(call: .statx, value: 0, code: status.error)
    }
    if outcome.code == ENOENT || outcome.code == ENOTDIR { return nil }
    try outcome.get(displayPath(path))
    return FileStatus(status)
  }

  public func status() throws(StoreError) -> FileStatus {
    try FileStatus.of(number, path: displayPath)
  }

  public func linkTarget(_ path: RelativePath) throws(StoreError) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: Limits.linkTargetBytes + 1)
    let outcome = unsafe withParent(of: path) { unsafe readLink($1, in: $0, into: &target) }
    let count = try outcome.get(displayPath(path))
    guard count <= Limits.linkTargetBytes else {
      throw Outcome.failure(.readlinkat, ENAMETOOLONG).error(displayPath(path))
    }
    return Array(target[..<count])
  }

  private func readLink(
    _ name: UnsafePointer<CChar>, in directory: Int32, into target: inout [UInt8]
  ) -> Outcome {
    unsafe target.withUnsafeMutableBytes { bytes in
      attempt(.readlinkat) {
        unsafe store_readlinkat(directory, name, bytes.baseAddress, UInt(bytes.count))
      }
    }
  }

  public func freeBytes() throws(StoreError) -> UInt64 {
    var status = statvfs()
    try attempt(.fstatvfs) { unsafe fstatvfs(number, &status) }.get(displayPath)
    let (bytes, overflow) = UInt64(status.f_bavail)
      .multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? .max : bytes
  }

  public func fileSystemKind() throws(StoreError) -> FileSystemKind {
    switch store_file_system(number) {
    // tmpfs, ramfs, hugetlbfs (statfs(2)).
    case 0x0102_1994, 0x8584_58f6, 0x9584_58f6: .memory
    // NFS, SMB, CIFS, SMB2, Ceph, FUSE, 9p, AFS, Lustre, GPFS, BeeGFS.
    case 0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x00c3_6400, 0x6573_5546, 0x0102_1997,
      0x5346_414f, 0x0bd0_0bd0, 0x4750_4653, 0x1983_0326:
      .network
    default: .local
    }
  }
}

/// The open descriptor behind the copies of one directory handle.
final class DirectoryNode: Sendable {
  let descriptor: Descriptor
  /// Where it was opened, for messages.
  let path: [UInt8]
  /// Held while entries are read: all copies share the position in the directory.
  let position = Mutex(())

  init(_ number: Int32, path: [UInt8]) {
    descriptor = Descriptor(number)
    self.path = path
  }
}
