public import StorePrimitives

/// The seam between the engine and the disk: everything the engine asks of a file system.
///
/// `LinuxDirectory` is the real one. Tests put a simulated one here that keeps durable and volatile
/// state apart, and a faulty one that fails the nth call. The engine is generic over it, so the
/// real one costs nothing.
///
/// A directory handle is the only way to anything: every path is relative to one, is resolved below
/// it, and never passes through a symbolic link (`openat2` with `RESOLVE_BENEATH` and
/// `RESOLVE_NO_SYMLINKS`; one component at a time with `O_NOFOLLOW` where the kernel has it not).
/// All failures are `StoreError.system` unless said otherwise.
public protocol DirectoryHandle: Sendable {
  associatedtype File: FileHandle

  /// Where the directory is, for messages: escaped text, not a path to open.
  var displayPath: String { get }

  // MARK: Reading

  /// Opens a regular file for reading. Fails with `ELOOP` on a symbolic link, with `EISDIR` on a
  /// directory, and with `StoreError.unsupportedFileKind` on a pipe or device.
  func openFile(_ path: RelativePath) throws(StoreError) -> File
  /// Opens a directory below this one.
  func openDirectory(_ path: RelativePath) throws(StoreError) -> Self
  /// The entries of this directory but `.` and `..`, in no order.
  func entries() throws(StoreError) -> [DirectoryEntry]
  /// What is at `path`, without following a link; nil when there is nothing.
  func status(_ path: RelativePath) throws(StoreError) -> FileStatus?
  /// What this directory itself is.
  func status() throws(StoreError) -> FileStatus
  /// The target of the symbolic link at `path`.
  func linkTarget(_ path: RelativePath) throws(StoreError) -> [UInt8]
  /// Bytes that this user may still write to this file system.
  func freeBytes() throws(StoreError) -> UInt64
  /// What kind of file system this directory is on: whether a status tells every change.
  func fileSystemKind() throws(StoreError) -> FileSystemKind

  // MARK: Writing

  /// Creates a file without a name on the file system of `directory`: gone when it is closed,
  /// unless `link` named it. The first rung of the ladder that the file system has is taken:
  /// `O_TMPFILE`; a unique name in `directory`.
  func createUnnamed(in directory: RelativePath, mode: UInt32) throws(StoreError) -> File
  /// Creates the file `path`, which must not exist (`EEXIST`).
  func createFile(_ path: RelativePath, mode: UInt32) throws(StoreError) -> File
  /// Gives `file` the name `path`; false, and nothing changed, when the name is taken. Atomic:
  /// `linkat`, else `renameat2` with `RENAME_NOREPLACE`, else `StoreError.unwritableFileSystem`.
  func link(_ file: File, as path: RelativePath) throws(StoreError) -> Bool
  /// Creates a directory; false when something has the name.
  func makeDirectory(_ path: RelativePath, mode: UInt32) throws(StoreError) -> Bool
  /// Creates a symbolic link that holds `target`; false when something has the name.
  func makeLink(_ path: RelativePath, target: [UInt8]) throws(StoreError) -> Bool
  /// Renames `path` to `newPath` in `directory`. With `replacing` false the call returns false when
  /// `newPath` exists (`RENAME_NOREPLACE`).
  func rename(
    _ path: RelativePath, to newPath: RelativePath, in directory: Self, replacing: Bool
  ) throws(StoreError) -> Bool
  /// Swaps what has the names `path` and `newPath`, which both exist, in one step
  /// (`RENAME_EXCHANGE`); where the file system cannot, `newPath` has no file for a moment.
  func exchange(
    _ path: RelativePath, with newPath: RelativePath, in directory: Self
  ) throws(StoreError)
  /// Opens the file `path`, made if it is missing, and waits until nobody else has it open by this
  /// call. Closing it, or the death of the process, lets the next one go on. On file systems
  /// without locks (some of Lustre) it does not wait.
  func openExclusively(_ path: RelativePath, mode: UInt32) throws(StoreError) -> File
  /// Gives the file `path` a second name; false when the name is taken.
  func linkFile(
    _ path: RelativePath, as newPath: RelativePath, in directory: Self
  ) throws(StoreError) -> Bool
  /// Removes a file or link.
  func removeFile(_ path: RelativePath) throws(StoreError)
  /// Removes an empty directory.
  func removeDirectory(_ path: RelativePath) throws(StoreError)
  /// Makes the entries of this directory durable (`fsync`).
  func synchronize() throws(StoreError)
}

/// An open file. Closed when the last reference goes.
public protocol FileHandle: Sendable {
  /// Where the file is, for messages.
  var displayPath: String { get }

  /// What the file is now.
  func status() throws(StoreError) -> FileStatus
  /// Reads at `offset` until `buffer` is full or the file ends; returns the bytes read.
  func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws(StoreError) -> Int
  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StoreError)
  /// Who owns the file, and the room it takes.
  func usage() throws(StoreError) -> FileUsage
  /// Writes what others stored into the file, through a shared memory map too, to the disk
  /// (`fdatasync`): what is stored later shows in its status.
  func synchronizeData() throws(StoreError)
  /// Makes the content durable (`fsync`). After a failure the file must be given up: the pages are
  /// marked clean and a second `fsync` would lie (Rebello et al., ATC '20).
  func synchronize() throws(StoreError)
  /// Starts to write `count` bytes from `offset` to the disk and returns (`sync_file_range`).
  /// A hint without a promise.
  func startWriteback(from offset: UInt64, count: UInt64)
  /// Makes this empty file a clone of `source` that shares its blocks (`FICLONE`); false where the
  /// file system cannot.
  func clone(_ source: Self) throws(StoreError) -> Bool
  /// Cuts the file to `size` bytes.
  func truncate(to size: UInt64) throws(StoreError)
  /// Sets the permission bits.
  func setMode(_ mode: UInt32) throws(StoreError)
}

/// How far the status of a file can be trusted to show that its bytes changed.
public enum FileSystemKind: Hashable, Sendable {
  /// On a disk of this machine.
  case local
  /// In memory: a store through a memory map may change no time.
  case memory
  /// On another machine: device numbers differ between those that share it.
  case network
}

/// The room of a file.
public struct FileUsage: Hashable, Sendable {
  /// The number of the user who owns it.
  public let owner: UInt32
  /// How many names it has.
  public let names: UInt64
  /// Bytes of its blocks that no other file shares.
  public let ownBytes: UInt64

  public init(owner: UInt32, names: UInt64, ownBytes: UInt64) {
    self.owner = owner
    self.names = names
    self.ownBytes = ownBytes
  }

  /// Bytes that the disk gets back when one of the names goes.
  public var freedBytes: UInt64 { names > 1 ? 0 : ownBytes }
}

/// What a name in a directory stands for.
public enum FileKind: Hashable, Sendable {
  case file, directory, symbolicLink
  case fifo, socket, blockDevice, characterDevice
  /// The file system does not tell without a `statx`.
  case unknown
}

/// One name of a directory.
public struct DirectoryEntry: Hashable, Sendable {
  public let name: [UInt8]
  public let kind: FileKind

  public init(name: [UInt8], kind: FileKind) {
    self.name = name
    self.kind = kind
  }
}

/// A point in time: seconds and nanoseconds since 1970 UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
  public let seconds: Int64
  public let nanoseconds: UInt32

  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// What `statx` says of a file; equal values mean that no call has written it in between.
public struct FileStatus: Hashable, Sendable {
  public let kind: FileKind
  /// The permission bits, 0 to 0o7777.
  public let mode: UInt32
  /// Bytes.
  public let size: UInt64
  public let inode: UInt64
  public let device: UInt64
  public let modified: Timestamp
  public let changed: Timestamp

  public init(
    kind: FileKind, mode: UInt32, size: UInt64, inode: UInt64, device: UInt64,
    modified: Timestamp, changed: Timestamp
  ) {
    self.kind = kind
    self.mode = mode
    self.size = size
    self.inode = inode
    self.device = device
    self.modified = modified
    self.changed = changed
  }

  /// Whether the owner may execute the file: the one bit of the mode that a tree keeps.
  public var isExecutable: Bool { mode & 0o100 != 0 }
}
