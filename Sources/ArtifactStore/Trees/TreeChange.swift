package import StorePrimitives

/// One path that two versions of a directory do not have in common.
package struct TreeChange: Hashable, Sendable {
  /// Relative to the directory.
  package let path: RelativePath
  /// What is there in the first version; nil for nothing.
  package let old: TreeEntry.Content?
  /// What is there in the second version; nil for nothing.
  package let new: TreeEntry.Content?

  package init(path: RelativePath, old: TreeEntry.Content?, new: TreeEntry.Content?) {
    self.path = path
    self.old = old
    self.new = new
  }
}
