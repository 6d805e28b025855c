package import StorePrimitives
import StoreIO

/// Builds a sorted tree bottom-up from items in key order, holding one open node a level.
///
/// A node ends after an item when 8 bytes of SHA-256(its last key) fall below a threshold: bytes
/// 8k ..< 8k+8 on level k. The cut depends on keys alone, never on values, so changing a value
/// rewrites one node a level, and the same items give the same tree whatever came before (the
/// prolly tree of Noms and Dolt, with the cut on the key only).
package struct SortedTreeBuilder {
  /// A cut every 768 items past the minimum: about 1,019 items and 50 KiB a leaf.
  private static let threshold = UInt64.max / 768
  private static let minimumItems = 256
  private static let maximumItems = 4096

  private var items: [NodeFormat.Item] = []
  private var itemsTotal = TreeTotal.zero
  /// Open children of level 1 and up.
  private var levels: [[NodeFormat.Child]] = []
  private var hasher = KeyHasher()
  private let emit: (NodeID, [UInt8]) throws(StoreError) -> Void

  /// `emit` is called once for each node, children before parents.
  package init(emit: @escaping (NodeID, [UInt8]) throws(StoreError) -> Void) { self.emit = emit }

  /// Appends an item whose key follows all keys before it in `PathOrder`.
  package mutating func add(
    key: [UInt8], value: [UInt8], weight: UInt64
  ) throws(StoreError) {
    items.append(NodeFormat.Item(key: key, value: value))
    itemsTotal = itemsTotal + TreeTotal(count: 1, weight: weight)
    guard isBoundary(count: items.count, key: key, level: 0) else { return }
    try closeLeaf()
  }

  /// Ends the tree and returns its root node.
  package mutating func finish() throws(StoreError) -> (root: NodeID, total: TreeTotal) {
    if !items.isEmpty || levels.isEmpty { try closeLeaf() }
    var level = 0
    while level < levels.count {
      let isTop = level == levels.count - 1
      if isTop, let only = levels[level].first, levels[level].count == 1 {
        return (only.id, only.total)
      }
      if !levels[level].isEmpty { try closeInner(level) }
      level += 1
    }
    preconditionFailure("the top level always ends with one node")
  }

  private mutating func isBoundary(count: Int, key: [UInt8], level: Int) -> Bool {
    guard level < Limits.treeDepth - 1, count >= Self.minimumItems else { return false }
    return count >= Self.maximumItems || hasher.word(level, of: key) < Self.threshold
  }

  private mutating func closeLeaf() throws(StoreError) {
    let lastKey = items.last?.key ?? []
    let id = try write(.leaf(items))
    let child = NodeFormat.Child(lastKey: lastKey, id: id, total: itemsTotal)
    items.removeAll(keepingCapacity: true)
    itemsTotal = .zero
    try append(child, to: 0)
  }

  /// `levels[n]` holds the children of the open node of level n + 1.
  private mutating func append(_ child: NodeFormat.Child, to index: Int) throws(StoreError) {
    if index == levels.count { levels.append([]) }
    levels[index].append(child)
    guard isBoundary(count: levels[index].count, key: child.lastKey, level: index + 1) else {
      return
    }
    try closeInner(index)
  }

  private mutating func closeInner(_ index: Int) throws(StoreError) {
    let children = levels[index]
    levels[index] = []
    let id = try write(.inner(level: index + 1, children))
    let total = children.reduce(TreeTotal.zero) { $0 + $1.total }
    let lastKey = children.last?.lastKey ?? []
    try append(NodeFormat.Child(lastKey: lastKey, id: id, total: total), to: index + 1)
  }

  private mutating func write(_ node: NodeFormat.Node) throws(StoreError) -> NodeID {
    let bytes = NodeFormat.encode(node)
    let id = NodeID(SHA256.digest(of: bytes))
    try emit(id, bytes)
    return id
  }
}

/// SHA-256 of keys; the last one is kept, since each level asks for the key it just saw.
private struct KeyHasher {
  private var key: [UInt8] = []
  private var digest = SHA256.digest(of: [])

  mutating func word(_ index: Int, of newKey: [UInt8]) -> UInt64 {
    if newKey != key {
      key = newKey
      digest = SHA256.digest(of: newKey)
    }
    return digest.word(index)
  }
}
