package import StorePrimitives

/// Finds what two trees do not have in common.
///
/// Equal ranges of entries mostly have equal nodes, for where a tree is cut depends on the paths
/// there and on nothing before them. Such nodes are passed without being read, so the cost is that
/// of the nodes that changed and those above them.
package struct TreeDifference {
  private let reader: SortedTreeReader

  package init(_ reader: SortedTreeReader) { self.reader = reader }

  /// Calls `body` for each path that differs, in path order; no tree is an empty one.
  ///
  /// With `path` only what is at and below it counts. O(changed nodes · depth).
  ///
  /// - Throws: `StoreError.corrupt` for a tree that breaks a rule where it was read; `missing`.
  package func forEach(
    from old: TreeID?, to new: TreeID?, at path: RelativePath? = nil,
    _ body: (TreeChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    var pair = CursorPair(
      old: TreeCursor(old, at: path, reader), new: TreeCursor(new, at: path, reader))
    while try pair.step(body) {}
  }
}

/// Two cursors that move on together.
private struct CursorPair {
  var old: TreeCursor
  var new: TreeCursor

  /// Reads a node, passes equal ones, or reports an entry; false at the end.
  mutating func step(_ body: (TreeChange) throws(StoreError) -> Void) throws(StoreError) -> Bool {
    switch (old.head, new.head) {
    case (.end, .end):
      return false
    case (.node(let first), .node(let second)):
      try pass(first, second)
    case (.node, _):
      try old.open()
    case (_, .node):
      try new.open()
    case (.item(let first), .item(let second)):
      try compare(first, second, body)
    case (.item(let item), .end):
      try remove(item, body)
    case (.end, .item(let item)):
      try add(item, body)
    }
    return true
  }

  private mutating func pass(
    _ first: TreeCursor.Node, _ second: TreeCursor.Node
  ) throws(StoreError) {
    if first.isSame(as: second) {
      try old.advance()
      return try new.advance()
    }
    let (level, other) = (first.level ?? .max, second.level ?? .max)
    if level >= other { try old.open() }
    if other >= level { try new.open() }
  }

  private mutating func compare(
    _ first: NodeFormat.Item, _ second: NodeFormat.Item,
    _ body: (TreeChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    if PathOrder.precedes(first.key, second.key) { return try remove(first, body) }
    if PathOrder.precedes(second.key, first.key) { return try add(second, body) }
    if first.value != second.value {
      let entry = try new.entry(second)
      let before = try old.entry(first)
      try body(TreeChange(path: entry.path, old: before.content, new: entry.content))
    }
    try old.advance()
    try new.advance()
  }

  private mutating func remove(
    _ item: NodeFormat.Item, _ body: (TreeChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    let entry = try old.entry(item)
    try body(TreeChange(path: entry.path, old: entry.content, new: nil))
    try old.advance()
  }

  private mutating func add(
    _ item: NodeFormat.Item, _ body: (TreeChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    let entry = try new.entry(item)
    try body(TreeChange(path: entry.path, old: nil, new: entry.content))
    try new.advance()
  }
}

extension TreeCursor.Node {
  /// Whether both stand for the same entries. One node has one last key: where the parents differ
  /// about it, one of them is wrong, and reading shows which.
  fileprivate func isSame(as other: TreeCursor.Node) -> Bool {
    id == other.id && (lastKey == nil || other.lastKey == nil || lastKey == other.lastKey)
  }
}
