import StorePrimitives

/// The number of a simulated inode; never used twice in one file system or its images.
package typealias InodeNumber = UInt64

/// A name in a directory.
package struct Place: Hashable, Sendable {
  package let directory: InodeNumber
  package let name: [UInt8]
}

/// One thing that happened to a simulated file system.
package enum Change: Sendable {
  /// A new inode; `place` is nil for a file without a name.
  case create(InodeNumber, NewInode, mode: UInt32, at: Place?)
  case write(InodeNumber, offset: UInt64, bytes: [UInt8])
  /// The blocks of another file became those of an empty one.
  case clone(InodeNumber, FileSnapshot)
  case truncate(InodeNumber, size: UInt64)
  case setMode(InodeNumber, mode: UInt32)
  case link(InodeNumber, Place)
  /// A file, link or empty directory lost a name.
  case unlink(InodeNumber, Place)
  case rename(InodeNumber, from: Place, to: Place)
  /// Two names were swapped: what had the first has the second now.
  case exchange(InodeNumber, Place, InodeNumber, Place)
  /// An `fsync` of a file or directory returned.
  case synchronize(InodeNumber)
  /// Not of the file system: the test noted that a promise was made.
  case acknowledge(String)
}

/// What an inode is made as.
package enum NewInode: Hashable, Sendable {
  case file, directory
  case symbolicLink(target: [UInt8])
}

/// The content of a file at one time.
package struct FileSnapshot: Sendable {
  let content: FileContent
  package var size: UInt64 { content.size }
}

/// A change and the time it was made at.
package struct LoggedChange: Sendable {
  package let change: Change
  /// Nanoseconds since 1970 on the clock of the file system.
  package let time: UInt64
}

extension Place: CustomStringConvertible {
  package var description: String { "\(PathText.escape(name)) in #\(directory)" }
}

extension Change: CustomStringConvertible {
  package var description: String {
    switch self {
    case .create(let inode, let new, _, let place):
      "create \(new.word) #\(inode)" + (place.map { " as \($0)" } ?? " without a name")
    case .write(let inode, let offset, let bytes):
      "write #\(inode) [\(offset), \(offset + UInt64(bytes.count)))"
    case .clone(let inode, let snapshot): "clone \(snapshot.size) bytes to #\(inode)"
    case .truncate(let inode, let size): "truncate #\(inode) to \(size)"
    case .setMode(let inode, let mode): "chmod #\(inode) to 0\(String(mode, radix: 8))"
    case .link(let inode, let place): "link #\(inode) as \(place)"
    case .unlink(let inode, let place): "unlink #\(inode), \(place)"
    case .rename(let inode, let from, let to): "rename #\(inode), \(from), to \(to)"
    case .exchange(let first, let place, let second, let other):
      "exchange #\(first), \(place), and #\(second), \(other)"
    case .synchronize(let inode): "fsync #\(inode)"
    case .acknowledge(let label): "acknowledge \(label)"
    }
  }
}

extension NewInode {
  fileprivate var word: String {
    switch self {
    case .file: "file"
    case .directory: "directory"
    case .symbolicLink: "link"
    }
  }
}
