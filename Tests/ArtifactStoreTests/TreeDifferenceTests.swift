import ArtifactStore
import ArtifactStoreTesting
import StorePrimitives
import Testing

@Suite("the difference of two trees")
struct TreeDifferenceTests {
  private let shelf = NodeShelf()

  private func difference(
    _ old: TreeID?, _ new: TreeID?, at path: RelativePath? = nil
  ) throws -> [TreeChange] {
    var changes: [TreeChange] = []
    try TreeDifference(shelf.reader).forEach(from: old, to: new, at: path) { (change) in
      changes.append(change)
    }
    return changes
  }

  private func expected(
    _ old: NodeShelf.Entries, _ new: NodeShelf.Entries, at path: RelativePath? = nil
  ) -> [TreeChange] {
    Set(old.keys).union(new.keys).sorted()
      .filter { key in old[key] != new[key] && (path.map { key.isInside($0) } ?? true) }
      .map { TreeChange(path: $0, old: old[$0], new: new[$0]) }
  }

  @Test("is that of two dictionaries", arguments: [0, 1, 7, 300, 3000, 20_000], 0..<3)
  func random(count: Int, seed: Int) throws {
    var random = SeededRandom(seed: UInt64(count * 100 + seed))
    let old = random.entries(count)
    let new =
      seed == 2
      ? random.entries(Int(random.next() % UInt64(count + 1)))
      : random.edited(old, edits: Int(random.next() % 50))
    let (first, second) = (try shelf.store(old), try shelf.store(new))
    #expect(try difference(first, second) == expected(old, new))
    #expect(try difference(second, first) == expected(new, old))
    #expect(try difference(nil, second) == expected([:], new))
    #expect(try difference(first, nil) == expected(old, [:]))
    for path in ["a", "z/y", "none"].map({ RelativePath(trusted: $0) }) {
      #expect(try difference(first, second, at: path) == expected(old, new, at: path))
    }
    if let path = expected(old, new).first?.path {
      #expect(try difference(first, second, at: path).map(\.path) == [path])
    }
  }

  @Test("reads few nodes of large trees that differ in one entry")
  func cost() throws {
    var random = SeededRandom(seed: 1)
    let old = random.entries(100_000)
    let first = try shelf.store(old)
    for path in old.keys.sorted().enumerated().filter({ $0.offset % 30_011 == 7 }).map(\.element) {
      var new = old
      new[path] = .emptyDirectory
      let second = try shelf.store(new)
      shelf.resetCount()
      #expect(try difference(first, second).map(\.path) == [path])
      // The root and one leaf of each; two more where the entry ends a leaf.
      #expect(shelf.reads <= 8, "\(path)")
      new[path] = nil
      let third = try shelf.store(new)
      shelf.resetCount()
      #expect(try difference(first, third).map(\.path) == [path])
      #expect(shelf.reads <= 12, "\(path)")
    }
    shelf.resetCount()
    #expect(try difference(first, first).isEmpty)
    #expect(shelf.reads == 0)
  }

  @Test("finds an inserted range without reading what follows it")
  func insertedRange() throws {
    var random = SeededRandom(seed: 2)
    let old = random.entries(60_000)
    var new = old
    for index in 0..<4000 {
      new[RelativePath(trusted: "a/new/\(index)")] = content(UInt8(index % 256))
    }
    let (first, second) = (try shelf.store(old), try shelf.store(new))
    shelf.resetCount()
    #expect(try difference(first, second).count == 4000)
    #expect(shelf.reads < 20)
  }

  @Test("checks what it reads as a reader does")
  func hostile() throws {
    let good = try shelf.store([RelativePath(trusted: "a"): content(1)])
    let paths = ["a", "a/b"].map { RelativePath(trusted: $0) }
    let clash = try shelf.store(paths.map { TreeEntry(path: $0, content: content(2)) })
    #expect(throws: StoreError.self) { try difference(good, clash) }
    let item = NodeFormat.Item(key: Array("b".utf8), value: [4])
    let leaf = shelf.put(.leaf([item]))
    func tree(level: Int, lastKey: String) -> TreeID {
      let child = NodeFormat.Child(lastKey: Array(lastKey.utf8), id: leaf, total: .zero)
      return TreeID(shelf.put(.inner(level: level, [child])).digest)
    }
    #expect(try difference(good, tree(level: 1, lastKey: "b")).map(\.path).count == 2)
    #expect(throws: StoreError.self) { try difference(good, tree(level: 1, lastKey: "c")) }
    #expect(throws: StoreError.self) { try difference(good, tree(level: 2, lastKey: "b")) }
    // Two parents that disagree about one node: it is read, and shows who is wrong.
    let (right, wrong) = (tree(level: 1, lastKey: "b"), tree(level: 1, lastKey: "d"))
    #expect(throws: StoreError.self) { try difference(right, wrong) }
    let git = NodeFormat.Item(key: Array(".git/hooks/x".utf8), value: [4])
    let forbidden = TreeID(shelf.put(.leaf([git])).digest)
    #expect(throws: StoreError.self) { try difference(good, forbidden) }
    #expect(throws: StoreError.missing(.node(NodeID(.zero)))) {
      try difference(good, TreeID(.zero))
    }
  }

  @Test("pairs files that were renamed, those of the same name first")
  func renames() throws {
    func change(_ path: String, _ old: TreeEntry.Content?, _ new: TreeEntry.Content?) -> TreeChange
    {
      TreeChange(path: RelativePath(trusted: path), old: old, new: new)
    }
    let empty = TreeEntry.Content.file(BlobID(.zero), size: 0, executable: false)
    let shown = Renames.paired([
      change("a/one", content(1), nil), change("a/two", content(1), nil),
      change("b/three", nil, content(1)), change("b/two", nil, content(1, executable: true)),
      change("c", content(2), content(3)), change("d", content(2), nil),
      change("e", nil, empty), change("f", empty, nil), change("g", nil, content(1)),
    ])
    func path(_ text: String) -> RelativePath { RelativePath(trusted: text) }
    #expect(
      shown == [
        .renamed(from: path("a/one"), to: path("b/three"), old: content(1), new: content(1)),
        .renamed(
          from: path("a/two"), to: path("b/two"), old: content(1),
          new: content(1, executable: true)),
        .changed(path("c"), old: content(2), new: content(3)), .removed(path("d"), content(2)),
        .added(path("e"), empty), .removed(path("f"), empty), .added(path("g"), content(1)),
      ])
  }
}
