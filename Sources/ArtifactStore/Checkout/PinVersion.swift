package import StoreIO
package import StorePrimitives

/// A version of a pin, or of a part of it, and where it belongs in a workspace.
package struct PinVersion<Directory: DirectoryHandle>: Sendable {
  /// Relative to the workspace.
  package let path: RelativePath
  /// A tree or a blob.
  package let target: RefRecord.Target
  /// The part that is meant, relative to the pin; nil for all of it.
  package let inner: RelativePath?
  /// What is there, at the part that is meant; nil for nothing.
  package let source: PinSource<Directory>?

  package init(
    path: RelativePath, target: RefRecord.Target, inner: RelativePath? = nil,
    source: PinSource<Directory>?
  ) {
    self.path = path
    self.target = target
    self.inner = inner
    self.source = source
  }
}

/// The entries of a version in path order, relative to the part that is meant.
struct WantedEntries<Directory: DirectoryHandle> {
  /// Whether the part is a single file or link.
  let isFile: Bool
  private let version: PinVersion<Directory>
  private let snapshot: Snapshot<Directory>
  private let single: TreeEntry?

  init(_ version: PinVersion<Directory>, _ snapshot: Snapshot<Directory>) throws(StoreError) {
    self.version = version
    self.snapshot = snapshot
    single = try Self.single(version, snapshot)
    isFile = single != nil
  }

  /// The entry of a version that is one file or link. Its path is the name that is there, which is
  /// another than that of the pin when the pin is a link to the file.
  private static func single(
    _ version: PinVersion<Directory>, _ snapshot: Snapshot<Directory>
  ) throws(StoreError) -> TreeEntry? {
    var content: TreeEntry.Content?
    switch version.target {
    case .blob(let blob, let size, let executable):
      content = .file(blob, size: size, executable: executable)
    case .tree(let tree):
      guard let inner = version.inner else { return nil }
      content = try snapshot.reader().tree.entry(inner, in: tree)?.content
    case .manifest, .session: throw .noSuchEntry(path: version.path.description)
    }
    guard let content, content != .emptyDirectory else { return nil }
    var name = version.inner ?? version.path
    if case .file(_, let found)? = version.source?.source { name = found }
    return TreeEntry(path: try RelativePath.checked([name.name], below: nil), content: content)
  }

  /// Bytes of all files. O(1) for a whole tree.
  func bytes() throws(StoreError) -> UInt64 {
    if case .tree(let tree) = version.target, version.inner == nil {
      return try snapshot.reader().tree.total(of: tree).weight
    }
    var bytes: UInt64 = 0
    try forEach { bytes &+= $0.size }
    return bytes
  }

  func forEach(_ body: (TreeEntry) throws(StoreError) -> Void) throws(StoreError) {
    if let single { return try body(single) }
    guard case .tree(let tree) = version.target else { return }
    let depth = version.inner?.components.count ?? 0
    try snapshot.reader().tree.forEach(in: tree, at: version.inner) { (entry) throws(StoreError) in
      let rest = Array(entry.path.components.dropFirst(depth))
      guard !rest.isEmpty else { return .more }  // The part is an empty directory.
      let path = depth == 0 ? entry.path : try RelativePath.checked(rest, below: nil)
      try body(TreeEntry(path: path, content: entry.content))
      return .more
    }
  }
}
