package import StorePrimitives

/// Walks the entries of a tree in path order and checks that they make sense together.
package struct TreeReader {
  private let reader: SortedTreeReader

  package init(_ reader: SortedTreeReader) { self.reader = reader }

  /// Calls `body` for each entry of `tree`, or of what is at and below `path`, in path order.
  ///
  /// Throws `StoreError.corrupt` for a tree in which one path is both a file and a directory.
  package func forEach(
    in tree: TreeID, at path: RelativePath? = nil,
    _ body: (TreeEntry) throws(StoreError) -> SortedTreeReader.Step
  ) throws(StoreError) {
    let root = NodeID(tree.digest)
    var last: RelativePath?
    try reader.forEach(in: root, from: path?.bytes ?? []) { (item) throws(StoreError) in
      let entry = try StoreObject.node(root).parsing { () throws(FormatError) in
        try TreeEntry(item)
      }
      if let path, !entry.path.isInside(path) { return .stop }
      // A file `a` and an entry `a/b` are neighbours in path order.
      if let last, entry.path.isInside(last) {
        throw .corrupt(.node(root), .malformed("\(last) is a file and a directory"))
      }
      last = entry.path
      return try body(entry)
    }
  }

  /// The entry at `path` itself; nil when there is none or it is a directory.
  package func entry(_ path: RelativePath, in tree: TreeID) throws(StoreError) -> TreeEntry? {
    var found: TreeEntry?
    try forEach(in: tree, at: path) { (entry) throws(StoreError) in
      if entry.path == path { found = entry }
      return .stop
    }
    return found
  }

  /// Files and bytes of the whole tree.
  package func total(of tree: TreeID) throws(StoreError) -> TreeTotal {
    let root = NodeID(tree.digest)
    return try reader.total(of: root) { (item) throws(StoreError) in
      try StoreObject.node(root).parsing { () throws(FormatError) in try TreeEntry(item).size }
    }
  }
}
