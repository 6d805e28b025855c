import StoreIO
package import StorePrimitives

extension Store {
  /// Calls `body` for each path that two versions do not have in common, in path order.
  ///
  /// A version is a tree, a single file (its path is `fileName` then, the last component of the pin
  /// or tag), or nil for nothing. When a file became a directory or the other way round, the change
  /// of that file comes first. With `path`, only what is at and below it counts.
  ///
  /// - Throws: `StoreError.missing` when the store lacks a node that must be read; `corrupt`.
  @specialized(where Directory == LinuxDirectory)
  package func difference(
    from old: RefRecord.Target?, to new: RefRecord.Target?, at path: RelativePath? = nil,
    fileName: RelativePath, _ body: (TreeChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    try snapshot().difference(from: old, to: new, at: path, fileName: fileName, body)
  }
}

extension Snapshot {
  /// `Store.difference` in this snapshot.
  package func difference(
    from old: RefRecord.Target?, to new: RefRecord.Target?, at path: RelativePath? = nil,
    fileName: RelativePath, _ body: (TreeChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    let (before, after) = (old?.fileContent, new?.fileContent)
    if before != after, path.map({ fileName.isInside($0) }) ?? true {
      try body(TreeChange(path: fileName, old: before, new: after))
    }
    let difference = TreeDifference(reader().sortedTree)
    try difference.forEach(from: old?.tree, to: new?.tree, at: path, body)
  }
}

extension RefRecord.Target {
  /// The tree of a directory; nil for anything else.
  package var tree: TreeID? {
    guard case .tree(let id) = self else { return nil }
    return id
  }

  /// What a tree would say of a single file; nil for anything else.
  package var fileContent: TreeEntry.Content? {
    guard case .blob(let blob, let size, let executable) = self else { return nil }
    return .file(blob, size: size, executable: executable)
  }
}
