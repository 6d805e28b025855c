/// The error of every layer below the program: a typed value, without words for people.
///
/// Rules: a case carries what the program needs to say what failed, where (path or id) and why;
/// a layer adds context or lets the error pass, it never downgrades or swallows one; words, the
/// next command and the exit code live in the program.
public enum StoreError: Error, Hashable, Sendable {
  /// A system call failed.
  case system(SystemCallFailure)
  /// The user asked to stop (Ctrl-C); the store is as it was at the last commit.
  case interrupted

  /// There is no store at the path.
  case noStore(path: String)
  /// A store or workspace is already there.
  case alreadyExists(path: String)
  /// The store needs something that this program does not know.
  case unsupportedStore(StoreIncompatibility)
  /// The file system cannot create a file exclusively, so nothing may be written.
  case unwritableFileSystem(path: String)
  /// Bytes of the store are damaged, or are not what their name says.
  case corrupt(StoreObject, FormatError)
  /// The store refers to something it does not hold.
  case missing(StoreObject)
  /// An object is larger than the format allows; nothing was written of it. Figures in bytes.
  case tooLarge(StoreObject, bytes: UInt64, limit: UInt64)
  /// No commit went through in `attempts` tries: others were always faster.
  case commitContention(attempts: Int)
  /// Data that this command reused was removed by a gc meanwhile; running it again stores it anew.
  case reusedDataRemoved(StoreObject)

  /// The path breaks a rule of paths.
  case badPath(path: String, PathError)
  /// A name that no tree may have: `.git`, `.reprostore` and their look-alikes.
  case forbiddenName(path: String)
  /// The path lies outside the workspace.
  case outsideWorkspace(path: String, workspace: String)
  /// The path is the store, or holds it.
  case containsStore(path: String, store: String)
  /// A file changed each time it was read.
  case changedWhileRead(path: String)
  /// Files, directories and links only: sockets, devices and pipes cannot be stored.
  case unsupportedFileKind(path: String, kind: String)
  /// Symbolic links that lead out of the added directory.
  case linksLeaveDirectory(path: String, count: Int, first: String)
  /// An ignore rule that cannot be read.
  case badIgnoreRule(path: String, line: Int)
  /// Not enough room, known before anything was written. Figures in bytes.
  case notEnoughSpace(path: String, needed: UInt64, free: UInt64)

  /// A lock file that cannot be read.
  case badLock(path: String, line: Int, LockFault)
  /// A pin would lie in another one.
  case nestedPin(inner: String, outer: String)
  /// Bytes of the workspace that the store does not hold would be lost; nothing was changed.
  case wouldLose(path: String, count: Int, first: String)
  /// A link or something that is no file stands where a file or directory belongs.
  case inTheWay(path: String, kind: String)
  /// The file system or the object allows no link of the kind that was asked for.
  case cannotLink(path: String, LinkObstacle)
  /// Parts of the path were evicted: a new version would lack them.
  case evicted(path: String, first: String)
  /// The version of a pin is not in the store.
  case pinNotHere(path: String, StoreObject)

  /// The place of a restore holds other things.
  case destinationNotEmpty(path: String, first: String)
  /// The place of a restore is a symbolic link or no directory.
  case destinationNotDirectory(path: String)
  /// Two names of the tree fall together on this file system.
  case namesCollide(path: String, first: String, second: String)
  /// No ref, pin or id goes by this name.
  case unknownName(String)
  /// More than one thing goes by this name.
  case ambiguousName(String, candidates: [String])
  /// The tree holds no such path.
  case noSuchEntry(path: String)
  /// The path is a directory where a file is needed.
  case isDirectory(path: String)
  /// The range begins after the end of the file. Figures in bytes.
  case rangeOutside(size: UInt64)
  /// A name that a ref cannot have.
  case badRefName(String)
}

/// A system call that failed: which, on what, with which `errno`.
public struct SystemCallFailure: Hashable, Sendable {
  /// The name of the call, such as `openat2`.
  public let call: String
  /// The path it was about, escaped for people (`PathText`).
  public let path: String
  /// The value of `errno`.
  public let code: Int32

  public init(call: String, path: String, code: Int32) {
    self.call = call
    self.path = path
    self.code = code
  }
}

/// Both sides of a store that this program cannot use.
public enum StoreIncompatibility: Hashable, Sendable {
  case formatVersion(found: String, supported: String)
  case hash(found: String, supported: String)
  case features(unknown: [String], supported: [String])
  case chunker(found: String, supported: [String])
}

/// What is wrong with a line of a lock file.
public enum LockFault: Error, Hashable, Sendable {
  /// A mark that git puts around the sides of a conflict.
  case conflict
  case version(found: String, supported: String)
  case malformed(String)
  /// The path stands on an earlier line too.
  case duplicate
  case nested(inner: String, outer: String)
}

/// Why a file cannot be linked to the store.
public enum LinkObstacle: Hashable, Sendable {
  /// The workspace is on another file system than the store.
  case otherFileSystem
  /// The file system shares no blocks.
  case noReflinks
  /// The object belongs to another user.
  case otherOwner
}

/// Something of a store that an error or a report names.
public enum StoreObject: Hashable, Sendable {
  case format(path: String)
  case root(sequence: UInt64)
  case segment(SegmentID)
  case pack(PackID)
  case rawObject(name: String)
  case blob(BlobID)
  case chunk(ChunkID)
  case node(NodeID)
  case manifest(Digest)
}
