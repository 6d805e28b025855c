import StoreIO
package import StorePrimitives

extension Store {
  /// Calls `body` for each entry of `tree` at and below `path`, in path order.
  ///
  /// - Throws: `StoreError.noSuchEntry` when there is nothing at `path`.
  package func list(
    _ tree: TreeID, at path: RelativePath? = nil,
    _ body: (TreeEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    var isEmpty = true
    try snapshot().reader().tree.forEach(in: tree, at: path) { (entry) throws(StoreError) in
      isEmpty = false
      try body(entry)
      return .more
    }
    if isEmpty, let path { throw .noSuchEntry(path: path.description) }
  }

  /// The file that `name` stands for, with its size in bytes.
  ///
  /// - Throws: `StoreError.noSuchEntry`, `isDirectory`.
  package func file(
    _ name: ResolvedName
  ) throws(StoreError) -> (blob: BlobID, size: UInt64) {
    let shown = name.inner?.description ?? name.record?.path?.description ?? "."
    switch name.target {
    case .blob(let blob, let size, _):
      guard name.inner == nil else { throw .noSuchEntry(path: shown) }
      return (blob, size)
    case .tree(let tree):
      guard let path = name.inner else { throw .isDirectory(path: shown) }
      let reader = try snapshot().reader().tree
      if case .file(let blob, let size, _)? = try reader.entry(path, in: tree)?.content {
        return (blob, size)
      }
      var isDirectory = false
      try reader.forEach(in: tree, at: path) { (_) throws(StoreError) in
        isDirectory = true
        return .stop
      }
      throw isDirectory ? .isDirectory(path: shown) : .noSuchEntry(path: shown)
    case .manifest, .session:
      throw .noSuchEntry(path: shown)
    }
  }
}
