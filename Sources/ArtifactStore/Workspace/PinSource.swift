package import StoreIO
package import StorePrimitives

/// Where the files of a pin are in a workspace.
package struct PinSource<Directory: DirectoryHandle>: Sendable {
  /// Where the bytes are: elsewhere than the path says when that is a symbolic link.
  package enum Place: Sendable {
    case directory(Directory)
    /// The file `name` in a directory.
    case file(Directory, name: RelativePath)
  }

  /// Relative to the workspace.
  package let path: RelativePath
  package let source: Place
  /// The rules that hold at the path, from the directories above it.
  package let ignoring: IgnoreRules

  package init(path: RelativePath, source: Place, ignoring: IgnoreRules = .none) {
    self.path = path
    self.source = source
    self.ignoring = ignoring
  }
}

/// How a scan treats what is out of the ordinary.
package struct ScanOptions<Directory: DirectoryHandle>: Sendable {
  /// What becomes of a symbolic link that leads out of the scanned directory.
  package enum LeavingLinks: Sendable {
    case refuse
    /// Take the link as it is.
    case keep
    /// Take what it points at.
    case follow
  }

  /// What a followed link points at.
  package enum LinkedContent: Sendable {
    case file(Directory, name: RelativePath)
    case directory(Directory)
    case nothing
  }

  package var leavingLinks = LeavingLinks.refuse
  /// Whether a file of a kind that cannot be stored is an error.
  package var isStrict = false
  /// Opens what the link `target` in `directory` (relative to the source) points at.
  package var resolveLink:
    @Sendable (_ directory: Directory, _ target: [UInt8]) throws(StoreError) -> LinkedContent =
      { _, _ in .nothing }

  package init() {}
}
