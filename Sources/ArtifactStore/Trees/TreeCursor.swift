import StorePrimitives

/// A place in a tree that moves forward: entry by entry, or past a whole node without reading it.
///
/// What it reads is checked as `TreeReader` does: nodes fit their parents, keys ascend, and no path
/// is both a file and a directory. A node that is passed is not looked at.
struct TreeCursor {
  /// What comes next.
  enum Head {
    /// A node that was not read yet.
    case node(Node)
    case item(NodeFormat.Item)
    case end
  }

  /// A node by what its parent says; of the root nothing is known but its id.
  struct Node: Hashable {
    let id: NodeID
    let level: Int?
    let lastKey: [UInt8]?
  }

  private(set) var head: Head
  private let root: NodeID
  private let load: (NodeID) throws(StoreError) -> [UInt8]
  /// What limits the walk; nil for the whole tree.
  private let limit: RelativePath?
  /// For each level on the way down the nodes that come later.
  private var pending: [(level: Int, children: ArraySlice<NodeFormat.Child>)] = []
  private var items: ArraySlice<NodeFormat.Item> = []
  private var last: [UInt8]?

  /// A cursor at the first entry of `tree`, or of what is at and below `path`; no tree is empty.
  init(_ tree: TreeID?, at path: RelativePath? = nil, _ reader: SortedTreeReader) {
    let id = tree.map { NodeID($0.digest) }
    root = id ?? NodeID(.zero)
    head = id.map { .node(Node(id: $0, level: nil, lastKey: nil)) } ?? .end
    limit = path
    load = reader.load
  }

  /// The next item, with all nodes on the way read; nil at the end.
  mutating func item() throws(StoreError) -> NodeFormat.Item? {
    while case .node = head { try open() }
    guard case .item(let item) = head else { return nil }
    return item
  }

  /// Passes what comes next, a whole node as well as an item.
  mutating func advance() throws(StoreError) {
    switch head {
    case .item(let item):
      last = item.key
      items.removeFirst()
    case .node(let node):
      last = node.lastKey ?? last
      if !pending.isEmpty { pending[pending.count - 1].children.removeFirst() }
    case .end: return
    }
    try findHead()
  }

  /// Reads the node that comes next: its first child or item comes next then.
  mutating func open() throws(StoreError) {
    guard case .node(let claim) = head else { return }
    let bytes = try load(claim.id)
    let node = try StoreObject.node(claim.id).parsing { () throws(FormatError) in
      let node = try NodeFormat.decode(bytes)
      try Self.check(node, against: claim)
      return node
    }
    if !pending.isEmpty { pending[pending.count - 1].children.removeFirst() }
    let start = limit?.bytes ?? []
    switch node {
    case .leaf(let found):
      items = found[...].drop { PathOrder.precedes($0.key, start) }
    case .inner(let level, let children):
      let rest = children[...].drop { PathOrder.precedes($0.lastKey, start) }
      pending.append((level - 1, rest))
    }
    try findHead()
  }

  private static func check(
    _ node: NodeFormat.Node, against claim: Node
  ) throws(FormatError) {
    guard let level = claim.level, let lastKey = claim.lastKey else { return }
    let isFitting =
      switch node {
      case .leaf(let items): level == 0 && items.last?.key == lastKey
      case .inner(let own, let children): level == own && children.last?.lastKey == lastKey
      }
    guard isFitting else { throw .malformed("node does not fit its parent") }
  }

  private mutating func findHead() throws(StoreError) {
    if let item = items.first {
      try checkOrder(of: item.key)
      return head = limit.map { Self.isInside(item.key, $0.bytes) } ?? true ? .item(item) : .end
    }
    while let (level, children) = pending.last {
      guard let child = children.first else {
        pending.removeLast()
        continue
      }
      return head = .node(Node(id: child.id, level: level, lastKey: child.lastKey))
    }
    head = .end
  }

  private func checkOrder(of key: [UInt8]) throws(StoreError) {
    guard let last else { return }
    guard PathOrder.precedes(last, key) else {
      throw .corrupt(.node(root), .malformed("keys out of order"))
    }
    // A file `a` and an entry `a/b` are neighbours in path order.
    guard !Self.isInside(key, last) else {
      let path = PathText.escape(last)
      throw .corrupt(.node(root), .malformed("\(path) is a file and a directory"))
    }
  }

  /// Whether `key` is `directory` or lies below it.
  private static func isInside(_ key: [UInt8], _ directory: [UInt8]) -> Bool {
    guard key.count > directory.count else { return key == directory }
    return key[directory.count] == RelativePath.slash && key.starts(with: directory)
  }

  /// The entry that an item of this tree stands for.
  func entry(_ item: NodeFormat.Item) throws(StoreError) -> TreeEntry {
    try StoreObject.node(root).parsing { () throws(FormatError) in try TreeEntry(item) }
  }
}
