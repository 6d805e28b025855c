package import StorePrimitives

/// Walks a sorted tree in key order, reading only the nodes on the way.
package struct SortedTreeReader {
  /// Whether the walk goes on after an item.
  package enum Step { case more, stop }

  let load: (NodeID) throws(StoreError) -> [UInt8]

  /// `load` returns the bytes of a node after it checked that they hash to the id.
  package init(load: @escaping (NodeID) throws(StoreError) -> [UInt8]) { self.load = load }

  /// Calls `body` for every item whose key is not before `start`, in order, until it says stop.
  /// O(log n + items).
  package func forEach(
    in root: NodeID, from start: [UInt8] = [],
    _ body: (NodeFormat.Item) throws(StoreError) -> Step
  ) throws(StoreError) {
    var walk = Walk(load: load, start: start)
    _ = try walk.visit(root, below: nil, body)
  }

  /// The value of `key`; nil when the tree has none.
  package func value(of key: [UInt8], in root: NodeID) throws(StoreError) -> [UInt8]? {
    var value: [UInt8]?
    try forEach(in: root, from: key) { (item) throws(StoreError) in
      if item.key == key { value = item.value }
      return .stop
    }
    return value
  }

  /// Calls `body` for every node, parents first. A node that comes twice is visited twice.
  package func forEachNode(
    in root: NodeID, _ body: (NodeID) throws(StoreError) -> Step
  ) throws(StoreError) {
    try visitNode(root, level: nil, body)
  }

  /// `level` is what the parent says; without it a hostile tree could be deeper than the stack.
  private func visitNode(
    _ id: NodeID, level: Int?, _ body: (NodeID) throws(StoreError) -> Step
  ) throws(StoreError) {
    guard try body(id) == .more else { return }
    var own = 0
    var children: [NodeFormat.Child] = []
    if case .inner(let level, let found) = try node(id) { (own, children) = (level, found) }
    guard level ?? own == own else {
      throw .corrupt(.node(id), .malformed("node does not fit its parent"))
    }
    for child in children { try visitNode(child.id, level: own - 1, body) }
  }

  /// The entries and bytes below `root`, as its node tells.
  package func total(
    of root: NodeID, weight: (NodeFormat.Item) throws(StoreError) -> UInt64
  ) throws(StoreError) -> TreeTotal {
    switch try node(root) {
    case .leaf(let items):
      var total = TreeTotal.zero
      for item in items { total = total + TreeTotal(count: 1, weight: try weight(item)) }
      return total
    case .inner(_, let children):
      return children.reduce(.zero) { $0 + $1.total }
    }
  }

  private func node(_ id: NodeID) throws(StoreError) -> NodeFormat.Node {
    let bytes = try load(id)
    return try StoreObject.node(id).parsing { () throws(FormatError) in
      try NodeFormat.decode(bytes)
    }
  }

  /// The state of one walk: where it is, to check that the nodes fit together.
  private struct Walk {
    let load: (NodeID) throws(StoreError) -> [UInt8]
    let start: [UInt8]
    var last: [UInt8]?

    /// What the parent says of a node.
    struct Claim {
      let level: Int
      let lastKey: [UInt8]
    }

    mutating func visit(
      _ id: NodeID, below claim: Claim?, _ body: (NodeFormat.Item) throws(StoreError) -> Step
    ) throws(StoreError) -> Step {
      let bytes = try load(id)
      let object = StoreObject.node(id)
      let node = try object.parsing { () throws(FormatError) in
        let node = try NodeFormat.decode(bytes)
        try Walk.check(node, against: claim)
        return node
      }
      switch node {
      case .leaf(let items):
        return try visit(items, of: object, body)
      case .inner(let level, let children):
        for child in children where !PathOrder.precedes(child.lastKey, start) {
          let claim = Claim(level: level - 1, lastKey: child.lastKey)
          guard try visit(child.id, below: claim, body) == .more else { return .stop }
        }
        return .more
      }
    }

    private static func check(
      _ node: NodeFormat.Node, against claim: Claim?
    ) throws(FormatError) {
      guard let claim else { return }
      switch node {
      case .leaf(let items):
        guard claim.level == 0, items.last?.key == claim.lastKey else {
          throw .malformed("node does not fit its parent")
        }
      case .inner(let level, let children):
        guard claim.level == level, children.last?.lastKey == claim.lastKey else {
          throw .malformed("node does not fit its parent")
        }
      }
    }

    private mutating func visit(
      _ items: [NodeFormat.Item], of object: StoreObject,
      _ body: (NodeFormat.Item) throws(StoreError) -> Step
    ) throws(StoreError) -> Step {
      for item in items where !PathOrder.precedes(item.key, start) {
        if let last, !PathOrder.precedes(last, item.key) {
          throw .corrupt(object, .malformed("keys out of order"))
        }
        last = item.key
        guard try body(item) == .more else { return .stop }
      }
      return .more
    }
  }
}
