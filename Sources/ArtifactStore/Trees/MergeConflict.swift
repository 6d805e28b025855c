package import StorePrimitives

/// One of the two versions that a merge brings together.
package enum MergeSide: String, Hashable, Sendable { case ours, theirs }

/// What both sides changed in ways that do not go together.
package struct MergeConflict: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// Both sides have it, and neither as it was before.
    case changed
    /// Both sides have it, it was not there before, and it is not the same.
    case added
    /// One side removed what the other changed.
    case removed
    /// One side has a file where the other has a directory.
    case fileAgainstDirectory
    /// The sides differ, and nobody knows what was there before.
    case unknownBase
    /// A pin of one side lies in a pin of the other.
    case nested
  }

  /// What a side has at the path.
  package enum Version: Hashable, Sendable {
    case nothing
    case entry(TreeEntry.Content)
    /// A directory; the id only of a whole pin.
    case directory(TreeTotal, TreeID?)
  }

  /// In a tree relative to it.
  package let path: RelativePath
  package let kind: Kind
  package let ours: Version
  package let theirs: Version
  /// The side that a choice took; nil while the conflict is open.
  package let settled: MergeSide?

  package init(
    path: RelativePath, kind: Kind, ours: Version, theirs: Version, settled: MergeSide?
  ) {
    self.path = path
    self.kind = kind
    self.ours = ours
    self.theirs = theirs
    self.settled = settled
  }
}

/// Which side conflicts are settled by.
package struct MergeChoice: Hashable, Sendable {
  /// Conflicts stay open.
  package static let none = MergeChoice(nil)

  private let side: MergeSide?
  /// Nil for everywhere.
  private let paths: [RelativePath]?

  /// Takes `side` for all conflicts, or for those at and below `paths`.
  package init(_ side: MergeSide?, at paths: [RelativePath]? = nil) {
    self.side = side
    self.paths = paths
  }

  /// The side that is taken for a conflict at `path`.
  package func side(at path: RelativePath) -> MergeSide? {
    guard let paths else { return side }
    return paths.contains { path.isInside($0) } ? side : nil
  }

  /// The same choice for paths relative to `directory`.
  package func inside(_ directory: RelativePath) -> MergeChoice {
    guard let paths, !paths.contains(where: { directory.isInside($0) }) else {
      return MergeChoice(side)
    }
    let inner = paths.filter { $0.isInside(directory) }.compactMap {
      try? RelativePath(Array($0.bytes.dropFirst(directory.bytes.count + 1)))
    }
    return MergeChoice(side, at: inner)
  }
}

/// The version that both sides come from.
package enum MergeBase<Version: Hashable & Sendable>: Hashable, Sendable {
  /// It had this, or nothing.
  case known(Version?)
  /// Whatever the sides do not have in common is a conflict.
  case unknown
}

/// The rules for one path.
package enum MergeRule {
  /// What comes of one path.
  package enum Outcome<Version: Hashable & Sendable>: Hashable, Sendable {
    case settled(Version?)
    case conflict(MergeConflict.Kind)
  }

  /// Takes what one side changed, or both alike.
  package static func outcome<Version>(
    _ base: MergeBase<Version>, _ ours: Version?, _ theirs: Version?
  ) -> Outcome<Version> {
    if ours == theirs { return .settled(ours) }
    guard case .known(let base) = base else { return .conflict(.unknownBase) }
    if ours == base { return .settled(theirs) }
    if theirs == base { return .settled(ours) }
    if base == nil { return .conflict(.added) }
    return .conflict(ours == nil || theirs == nil ? .removed : .changed)
  }

  /// The same for what a tree has at a path: of a file, the bytes and whether it may be executed
  /// are merged apart.
  package static func contents(
    _ base: MergeBase<TreeEntry.Content>, _ ours: TreeEntry.Content?, _ theirs: TreeEntry.Content?
  ) -> Outcome<TreeEntry.Content> {
    let plain = outcome(base, ours, theirs)
    guard case .conflict(let kind) = plain else { return plain }
    if let ours, let theirs, (ours == .emptyDirectory) != (theirs == .emptyDirectory) {
      return .conflict(.fileAgainstDirectory)
    }
    guard kind == .changed, case .known(let base?) = base, let before = MergedFile(base),
      let mine = ours.flatMap(MergedFile.init), let other = theirs.flatMap(MergedFile.init),
      case .settled(let bytes?) = outcome(.known(before.bytes), mine.bytes, other.bytes),
      case .settled(let executable?) = outcome(
        .known(before.executable), mine.executable, other.executable)
    else { return plain }
    return .settled(.file(bytes.blob, size: bytes.size, executable: executable))
  }
}

/// A file in the two parts that change on their own.
private struct MergedFile {
  struct Bytes: Hashable, Sendable {
    let blob: BlobID
    let size: UInt64
  }

  let bytes: Bytes
  let executable: Bool

  init?(_ content: TreeEntry.Content) {
    guard case .file(let blob, let size, let executable) = content else { return nil }
    bytes = Bytes(blob: blob, size: size)
    self.executable = executable
  }
}
