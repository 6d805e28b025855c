import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Synchronization
import Testing

/// What an add takes of a directory, and what it refuses.
@Suite struct ScanTests {
  private func paths(_ bench: SimulatedBench, _ name: String = "data") throws -> [String] {
    let store = try bench.open()
    guard case .tree(let tree) = try store.snapshot().resolve(name).target else { return [] }
    var paths: [String] = []
    try store.list(tree) { (entry) throws(StoreError) in paths.append(entry.path.description) }
    return paths
  }

  @Test(arguments: [1, 2, 8])
  func aLargeDirectoryIsSharedOutAndStaysInOrder(workers: Int) throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    for index in 0..<9000 { try bench.write("data/flat/\(index)", []) }
    for index in 0..<200 { try bench.write("data/d\(index % 20)/e\(index)/f", [1]) }
    let report = try bench.add(workers: workers)
    #expect(report.pins.first?.files == 9200)
    let found = try paths(bench)
    #expect(found.count == 9200)
    #expect(try found == found.map { try RelativePath($0) }.sorted().map(\.description))
    #expect(try bench.problems() == [])
  }

  @Test func ignoreFilesLeaveThingsOut() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/.reproignore", Array("*.tmp\n/cache/\n.git\n".utf8))
    try bench.write("data/sub/.reproignore", Array("!keep.tmp\nlocal\n".utf8))
    for path in ["a", "a.tmp", "cache/x", "sub/cache/x", "sub/keep.tmp", "sub/local", ".git/HEAD"] {
      try bench.write("data/" + path, [1])
    }
    try bench.add()
    #expect(
      try paths(bench) == [".reproignore", "a", "sub/.reproignore", "sub/cache/x", "sub/keep.tmp"])
  }

  @Test(arguments: [".git", ".GIT", ".reprostore", "git~1"])
  func forbiddenNamesAreRefused(name: String) throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/x/\(name)/f", [1])
    #expect(throws: StoreError.forbiddenName(path: "data/x/\(name)")) { try bench.add() }
  }

  @Test func theStoreItselfIsRefused() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    #expect(throws: StoreError.self) { try bench.add("store") }
    // Below a pinned directory, too.
    let outer = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let pin = PinSource(path: SimulatedBench.data, source: .directory(outer.root))
    let error = #expect(throws: StoreError.self) {
      _ = try outer.open().add(AddRequest(pins: [pin]))
    }
    if case .containsStore = error { return }
    Issue.record("\(String(describing: error))")
  }

  @Test func linksThatLeaveAreCounted() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/a/f", [1])
    try bench.write("out/g", [2])
    let links = ["data/in": "a/f", "data/a/up": "../a", "data/out": "../out/g", "data/abs": "/x"]
    for (path, target) in links {
      _ = try bench.root.makeLink(RelativePath(path), target: Array(target.utf8))
    }
    let first = StoreError.linksLeaveDirectory(path: "data", count: 2, first: "data/abs")
    #expect(throws: first) { try bench.add() }
    try bench.add { $0.scan.leavingLinks = .keep }
    #expect(try paths(bench) == ["a/f", "a/up", "abs", "in", "out"])
  }

  @Test func followedLinksAreStoredAsWhatTheyPointAt() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/f", [1])
    try bench.write("far/g", [2])
    _ = try bench.root.makeLink(RelativePath("far/loop"), target: Array("/data".utf8))
    _ = try bench.root.makeLink(RelativePath("data/far"), target: Array("/far".utf8))
    let far = try bench.root.openDirectory(RelativePath("far"))
    let data = try bench.root.openDirectory(RelativePath("data"))
    let request: (inout AddRequest<SimulatedDirectory>) -> Void = { request in
      request.scan.leavingLinks = .follow
      request.scan.resolveLink = { (_, target) throws(StoreError) in
        target.starts(with: Array("/far".utf8)) ? .directory(far) : .directory(data)
      }
    }
    // A link back to what is being walked would never end: it is counted.
    let loop = StoreError.linksLeaveDirectory(path: "data", count: 1, first: "data/far/loop")
    #expect(throws: loop) { try bench.add { request(&$0) } }
    try bench.root.removeFile(RelativePath("far/loop"))
    try bench.add { request(&$0) }
    #expect(try paths(bench) == ["f", "far/g"])
  }

  /// A million files in one directory: changing one writes its leaf and the nodes above it.
  @Test func oneChangeInAMillionFilesCostsLittle() throws {
    func nodes(changing changed: Int?) throws -> [NodeID: Int] {
      let nodes = Mutex<[NodeID: Int]>([:])
      var builder = SortedTreeBuilder { (id, bytes) throws(StoreError) in
        nodes.withLock { $0[id] = bytes.count }
      }
      let digest = SHA256.digest(of: [1])
      let other = SHA256.digest(of: [2])
      for index in 0..<1_000_000 {
        let name = "img_" + "\(index)".leftPadded(to: 7) + ".jpg"
        let blob = BlobID(index == changed ? other : digest)
        let entry = TreeEntry(
          path: RelativePath(trusted: name),
          content: .file(blob, size: 50_000, executable: false))
        try builder.add(key: entry.path.bytes, value: entry.value, weight: 50_000)
      }
      #expect(try builder.finish().total.count == 1_000_000)
      return nodes.withLock { $0 }
    }
    let before = try nodes(changing: nil)
    let after = try nodes(changing: 500_000)
    let new = after.filter { before[$0.key] == nil }.values.reduce(0, +)
    #expect(new < 250_000, "\(new) bytes")
    #expect(new > 10_000, "\(new) bytes")
  }
}
