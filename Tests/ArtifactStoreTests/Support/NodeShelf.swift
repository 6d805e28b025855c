import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives

/// Trees in memory, with a count of the nodes that are read.
final class NodeShelf {
  typealias Entries = [RelativePath: TreeEntry.Content]

  private(set) var nodes: [NodeID: [UInt8]] = [:]
  private(set) var reads = 0

  var reader: SortedTreeReader {
    SortedTreeReader { [self] (id) throws(StoreError) in
      reads += 1
      guard let bytes = nodes[id] else { throw .missing(.node(id)) }
      return bytes
    }
  }

  func store(_ entries: Entries) throws -> TreeID {
    try store(
      entries.sorted { $0.key < $1.key }.map { TreeEntry(path: $0.key, content: $0.value) })
  }

  /// Stores entries as they are, in an order that may be wrong.
  func store(_ entries: [TreeEntry]) throws -> TreeID {
    var builder = SortedTreeBuilder { [self] (id, bytes) in nodes[id] = bytes }
    for entry in entries {
      try builder.add(key: entry.path.bytes, value: entry.value, weight: entry.size)
    }
    return TreeID(try builder.finish().root.digest)
  }

  /// Puts a node on the shelf that no builder would make.
  func put(_ node: NodeFormat.Node) -> NodeID {
    let bytes = NodeFormat.encode(node)
    let id = NodeID(SHA256.digest(of: bytes))
    nodes[id] = bytes
    return id
  }

  func entries(of tree: TreeID) throws -> Entries {
    var entries: Entries = [:]
    try TreeReader(reader).forEach(in: tree) { (entry) in
      entries[entry.path] = entry.content
      return .more
    }
    return entries
  }

  func resetCount() { reads = 0 }
}

/// Content that `number` tells apart.
func content(_ number: UInt8, executable: Bool = false) -> TreeEntry.Content {
  .file(BlobID(SHA256.digest(of: [number])), size: 1, executable: executable)
}

extension SeededRandom {
  /// A random content, sometimes a link.
  mutating func content() -> TreeEntry.Content {
    let number = UInt8(truncatingIfNeeded: next())
    guard chance(1, in: 10) else {
      return ArtifactStoreTests.content(number, executable: chance(1, in: 5))
    }
    return .symbolicLink(target: [number | 1])
  }

  /// `count` entries without a path that is both a file and a directory.
  mutating func entries(_ count: Int) -> NodeShelf.Entries {
    var entries: NodeShelf.Entries = [:]
    while entries.count < count { entries[path()] = content() }
    return entries
  }

  /// A path that is a file wherever it comes.
  mutating func path() -> RelativePath {
    let directory = ["", "a/", "a.b/", "a/b/", "z/y/x/"].randomElement(using: &self) ?? ""
    return RelativePath(trusted: "\(directory)\(next() % 1_000_000).f")
  }

  /// `entries` with some of them changed, removed and added, or a whole range removed.
  mutating func edited(_ entries: NodeShelf.Entries, edits: Int) -> NodeShelf.Entries {
    var edited = entries
    let paths = entries.keys.sorted()
    for _ in 0..<edits {
      switch next() % 3 {
      case 0: edited[path()] = content()
      case 1: edited[paths.randomElement(using: &self) ?? path()] = content()
      default: if let path = paths.randomElement(using: &self) { edited[path] = nil }
      }
    }
    if chance(1, in: 3), let start = paths.indices.randomElement(using: &self) {
      for path in paths[start...].prefix(Int(next() % 3000)) { edited[path] = nil }
    }
    return edited
  }
}
