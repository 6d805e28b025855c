package import StorePrimitives

/// The layout of a node of a sorted tree (docs/formats.md).
///
/// magic 8 | level u8 | count varint | entries. An entry begins with its key, front-coded: shared
/// varint, suffix length varint, suffix. A leaf (level 0) has then the value length varint and the
/// value; an inner node the id of the child 32 and its total count and weight, varints. The key of
/// a child is the last key below it.
package enum NodeFormat {
  package static let magic = "RPSNODE1"

  /// One entry of a leaf.
  package struct Item: Hashable, Sendable {
    package let key: [UInt8]
    package let value: [UInt8]

    package init(key: [UInt8], value: [UInt8]) {
      self.key = key
      self.value = value
    }
  }

  /// One entry of an inner node.
  package struct Child: Hashable, Sendable {
    package let lastKey: [UInt8]
    package let id: NodeID
    package let total: TreeTotal

    package init(lastKey: [UInt8], id: NodeID, total: TreeTotal) {
      self.lastKey = lastKey
      self.id = id
      self.total = total
    }
  }

  package enum Node: Hashable, Sendable {
    case leaf([Item])
    case inner(level: Int, [Child])
  }

  package static func encode(_ node: Node) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(contentsOf: magic.utf8)
    var last: [UInt8] = []
    switch node {
    case .leaf(let items):
      writer.append(UInt8(0))
      writer.appendVarint(UInt64(items.count))
      for item in items {
        writeKey(item.key, after: &last, to: &writer)
        writer.appendCounted(item.value)
      }
    case .inner(let level, let children):
      writer.append(UInt8(level))
      writer.appendVarint(UInt64(children.count))
      for child in children {
        writeKey(child.lastKey, after: &last, to: &writer)
        writer.append(child.id.digest)
        writer.appendVarint(child.total.count)
        writer.appendVarint(child.total.weight)
      }
    }
    return writer.bytes
  }

  private static func writeKey(
    _ key: [UInt8], after last: inout [UInt8], to writer: inout ByteWriter
  ) {
    var shared = 0
    let limit = min(key.count, last.count)
    while shared < limit, key[shared] == last[shared] { shared += 1 }
    writer.appendVarint(UInt64(shared))
    writer.appendCounted(key[shared...])
    last = key
  }

  /// Reads a node. Keys must be strictly ascending, so one list of entries has one encoding.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> Node {
    var reader = ByteReader(bytes)
    try reader.expect(magic)
    let level = Int(try reader.readByte())
    guard level < Limits.treeDepth else { throw .malformed("tree too deep") }
    var last: [UInt8]?
    let node: Node
    if level == 0 {
      var items: [Item] = []
      let count = try reader.readCount(minimumBytes: 3)
      items.reserveCapacity(count)
      for _ in 0..<count {
        let key = try readKey(&reader, after: &last)
        let value = try reader.readCounted(limit: Limits.valueBytes)
        items.append(Item(key: key, value: Array(value)))
      }
      node = .leaf(items)
    } else {
      node = .inner(level: level, try readChildren(&reader, after: &last))
    }
    try reader.expectEnd()
    return node
  }

  private static func readChildren(
    _ reader: inout ByteReader, after last: inout [UInt8]?
  ) throws(FormatError) -> [Child] {
    let count = try reader.readCount(minimumBytes: 36)
    guard count > 0 else { throw .malformed("inner node without children") }
    var children: [Child] = []
    children.reserveCapacity(count)
    for _ in 0..<count {
      let key = try readKey(&reader, after: &last)
      let id = NodeID(try reader.readDigest())
      let total = TreeTotal(count: try reader.readVarint(), weight: try reader.readVarint())
      children.append(Child(lastKey: key, id: id, total: total))
    }
    return children
  }

  private static func readKey(
    _ reader: inout ByteReader, after last: inout [UInt8]?
  ) throws(FormatError) -> [UInt8] {
    let before = last ?? []
    let shared = try reader.readVarint()
    guard shared <= UInt64(before.count) else { throw .malformed("shared part too long") }
    let suffix = try reader.readCounted(limit: Limits.pathBytes)
    guard Int(shared) + suffix.count <= Limits.pathBytes else { throw .malformed("key too long") }
    let key = Array(before[..<Int(shared)]) + suffix
    if let last {
      let next = Int(shared)
      if next < last.count, next < key.count, last[next] == key[next] {
        throw .malformed("shared part too short")
      }
      guard PathOrder.precedes(last, key) else { throw .malformed("keys out of order") }
    } else if shared != 0 {
      throw .malformed("shared part too long")
    }
    last = key
    return key
  }
}

/// What lies below a node: entries, and the sum of their weights (bytes of files in a tree).
package struct TreeTotal: Hashable, Sendable {
  package var count: UInt64
  package var weight: UInt64

  package static let zero = TreeTotal(count: 0, weight: 0)

  package init(count: UInt64, weight: UInt64) {
    self.count = count
    self.weight = weight
  }

  /// Wraps on overflow: totals are a hint of display, taken from bytes that nobody vouched for.
  package static func + (left: TreeTotal, right: TreeTotal) -> TreeTotal {
    TreeTotal(count: left.count &+ right.count, weight: left.weight &+ right.weight)
  }
}
