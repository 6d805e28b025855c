package import StoreIO
package import StorePrimitives

/// What an `add` shall store, and how it treats what is out of the ordinary.
package struct AddRequest<Directory: DirectoryHandle>: Sendable {
  /// Where the bytes of a pin come from.
  package enum Source: Sendable {
    case directory(Directory)
    /// The file `name` in a directory.
    case file(Directory, name: RelativePath)
  }

  /// A path of the workspace to be pinned.
  package struct Pin: Sendable {
    /// Relative to the workspace.
    package let path: RelativePath
    package let source: Source
    /// The rules that hold at the path, from the directories above it.
    package let ignoring: IgnoreRules

    package init(path: RelativePath, source: Source, ignoring: IgnoreRules = .none) {
      self.path = path
      self.source = source
      self.ignoring = ignoring
    }
  }

  /// What becomes of a symbolic link that leads out of the pinned directory.
  package enum LeavingLinks: Sendable {
    case refuse
    /// Store the link as it is.
    case keep
    /// Store what it points at.
    case follow
  }

  /// What a followed link points at.
  package enum LinkedContent: Sendable {
    case file(Directory, name: RelativePath)
    case directory(Directory)
    case nothing
  }

  package var pins: [Pin]
  package var leavingLinks = LeavingLinks.refuse
  /// Whether a file of a kind that cannot be stored is an error.
  package var isStrict = false
  /// Reads and counts everything and writes nothing.
  package var isDryRun = false
  /// Threads that read, hash and pack.
  package var workers = 1
  /// Filled into the refs, for people.
  package var workspace: String?
  package var gitCommit: String?
  package var who: String?
  /// Opens what the link `target` in `directory` (relative to the source) points at.
  package var resolveLink:
    @Sendable (_ directory: Directory, _ target: [UInt8]) throws(StoreError) -> LinkedContent =
      { _, _ in .nothing }

  package init(pins: [Pin]) { self.pins = pins }
}
