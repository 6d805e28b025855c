package import StoreIO
package import StorePrimitives

/// One path of a source as the scan saw it.
package struct ScannedEntry<Directory: DirectoryHandle>: Sendable {
  package enum Kind: Sendable {
    case file, emptyDirectory
    case symbolicLink(target: [UInt8])
  }

  /// Relative to the pin.
  package let path: RelativePath
  package let kind: Kind
  package let status: FileStatus
  /// The source, or what a followed link points at; many entries share it.
  package let directory: Directory
  /// Relative to `directory`.
  package let name: RelativePath
  /// Whether a link was followed to it: it is not the workspace's to replace.
  package let isFollowed: Bool
}

/// Everything below one pin, in path order.
package struct ScannedTree<Directory: DirectoryHandle>: Sendable {
  package private(set) var entries: [ScannedEntry<Directory>] = []
  package var skipped: [Skipped] = []
  package private(set) var suspicious: [RelativePath] = []
  package var leavingLinks: [RelativePath] = []
  private var twinFinder = TwinFinder()
  /// Names that are the same text in different bytes.
  package var twins: [NameTwins] { twinFinder.twins }
  /// Bytes of all files.
  package private(set) var bytes: UInt64 = 0

  package mutating func append(_ entry: ScannedEntry<Directory>) {
    if SuspiciousNames.reason(for: entry.path) != nil { suspicious.append(entry.path) }
    twinFinder.look(at: entry.path)
    bytes += entry.status.size
    entries.append(entry)
  }
}
