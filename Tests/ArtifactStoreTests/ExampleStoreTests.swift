import ArtifactStore
import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// The example store of format 1 stays readable, whatever the program becomes.
@Suite struct ExampleStoreTests {
  /// The ids that the versions have in every store.
  private static let trees = [
    "first": "d3d84f74cf866da84069e7f57dd8475a2460f6d2050a364a6586c4e80acfde74",
    "second": "a7c5901a55763e8d7ed51ac1ed883dc3770ad87f62a4974fd8b7c3b53147da83",
  ]
  private static let names = ["first", "second", "raw", "zlib"]

  private static func resolve(_ name: String, in store: LocalStore) throws -> ResolvedName {
    try store.snapshot().resolve(name == "second" ? "pin:data" : "tag:\(name)")
  }

  @Test func itIsSound() throws {
    let before = try Self.files(of: ExampleStore.place)
    let store = try ExampleStore.open()
    let report = try store.check(full: true)
    #expect(report.problems == [])
    #expect(report.refs == 2 + 3 + 260 + 1)
    #expect(report.bytesRead > 20_000)
    _ = try store.stats()
    #expect(try Self.files(of: ExampleStore.place) == before, "reading changed the store")
  }

  @Test func itHoldsEveryKindOfFile() throws {
    let snapshot = try ExampleStore.open().snapshot()
    #expect(snapshot.root.refsBase != nil)
    #expect(!snapshot.root.refEdits.isEmpty)
    #expect(snapshot.view.segments.contains { !$0.inputs.isEmpty })
    var kinds: Set<ObjectKind> = []
    var codecs: Set<Codec> = []
    for segment in snapshot.view.segments {
      try segment.forEachEntry { (entry) throws(StoreError) in
        kinds.insert(entry.key.kind)
        codecs.insert(entry.codec)
      }
    }
    #expect(kinds == [.chunk, .recipe, .node, .whole])
    #expect(codecs == Set(Codec.allCases))
    let containers = snapshot.view.segments.flatMap(\.containers).map(\.name.path.description)
    #expect(containers.contains { $0.contains("/part-") })
    #expect(try snapshot.refs(in: .sessions).count == 1)
    var nodes = 0
    let first = try snapshot.resolve("tag:first").target
    try snapshot.reader().sortedTree.forEachNode(in: NodeID(try #require(first.digest))) {
      (_) throws(StoreError) in
      nodes += 1
      return .more
    }
    #expect(nodes > 2)
  }

  @Test(arguments: names) func aVersionComesBack(name: String) throws {
    let folder = try TemporaryDirectory()
    try Self.restore(name, from: try ExampleStore.open(), to: folder)
    let listed = try Self.sums().filter { $0.key.hasPrefix("\(name)/") }
    let found = try Self.files(of: folder.path).mapValues { SHA256.digest(of: $0).hex }
    #expect(found == listed)
    #expect(!listed.isEmpty)
  }

  @Test(arguments: ["first", "second"]) func aTreeIsWhatWasPutIn(name: String) throws {
    let store = try ExampleStore.open()
    let target = try Self.resolve(name, in: store).target
    let id = try #require(target.digest)
    #expect(id.hex == Self.trees[name])
    var expected: [RelativePath: TreeEntry] = [:]
    for (path, content) in name == "first" ? ExampleStore.first : ExampleStore.second {
      let path = try RelativePath(path)
      expected[path] = TreeEntry(path: path, content: Self.treeContent(content))
    }
    try store.list(TreeID(id)) { (entry) throws(StoreError) in
      #expect(expected.removeValue(forKey: entry.path) == entry)
    }
    #expect(expected.isEmpty)

    guard Chunking.hasPython else { return }
    let folder = try TemporaryDirectory()
    try Self.restore(name, from: store, to: folder)
    let script = Chunking.script("tree_id.py")
    #expect(try Chunking.python(["-B", script, folder.path(of: name)]) == id.hex + "\n")
  }

  @Test func theWorkspaceHoldsTheSecondVersion() throws {
    let data = try Self.files(of: ExampleStore.place + "/data")
    let sums = try Self.sums().filter { $0.key.hasPrefix("second/") }
    let found = data.map { ("second/" + $0.key, SHA256.digest(of: $0.value).hex) }
    #expect(Dictionary(uniqueKeysWithValues: found) == sums)
  }

  /// The lock beside it pins the version that is in the workspace.
  @Test func itsLockIsThatOfTheWorkspace() throws {
    let root = try LinuxDirectory.open(ExampleStore.place)
    let file = try root.openFile(Lock.fileName)
    let bytes = try file.read(Int(try file.status().size), at: 0)
    let lock = try LockFormat.parse(bytes, path: "reprostore.lock")
    #expect(Array(LockFormat.text(of: lock).utf8) == bytes)
    let pin = try #require(lock.pins.first)
    #expect(lock.pins.count == 1)
    #expect(pin.target.digest?.hex == Self.trees["second"])
    let source = PinSource.Place.directory(try root.openDirectory(pin.path))
    let version = PinVersion(
      path: pin.path, target: pin.target, source: PinSource(path: pin.path, source: source))
    let states = try ExampleStore.open().compare(ComparisonRequest(versions: [version]))
    guard case .compared(let comparison)? = states.first else {
      Issue.record("its version is not here")
      return
    }
    #expect(comparison.differences.isEmpty)
    #expect(comparison.unchanged.count == pin.files)
    #expect(comparison.unchanged.weight == pin.bytes)
  }

  /// A copy is a store like any other: it takes the same data for nothing, and new data.
  @Test func aCopyTakesMore() throws {
    let folder = try TemporaryDirectory()
    let place = folder.path(of: "copy")
    try FileManager.default.copyItem(atPath: ExampleStore.place, toPath: place)
    let root = try LinuxDirectory.open(place)
    let store = try ExampleStore.open(in: root)
    let second = try Self.resolve("second", in: store).target

    let same = try store.add(Self.request(in: root))
    #expect(same.newBytes == 0)
    #expect(same.pins.first?.target == second)
    let file = try RelativePath("data/new")
    try root.createFile(file, mode: 0o644).write(Array(repeating: 5, count: 300_000).span, at: 0)
    let more = try store.add(Self.request(in: root))
    #expect(more.newBytes > 0)
    try store.tag("third", try store.snapshot().resolve("data"), replacing: false)

    #expect(try store.check(full: true).problems == [])
    let third = try Self.resolve("third", in: store).target
    #expect(third == more.pins.first?.target)
    for name in Self.names where name != "second" {
      try Self.restore(name, from: store, to: folder)
    }
    let sums = try Self.sums().filter { !$0.key.hasPrefix("second/") }
    let found = try Self.files(of: folder.path).filter { !$0.key.hasPrefix("copy/") }
    #expect(found.mapValues { SHA256.digest(of: $0).hex } == sums)
  }

  private static func request(in root: LinuxDirectory) throws -> AddRequest<LinuxDirectory> {
    let source = PinSource.Place.directory(try root.openDirectory(ExampleStore.data))
    return AddRequest(pins: [.init(path: ExampleStore.data, source: source)])
  }

  // MARK: Files

  /// Restores a version to `folder/<name>`; a single file has its id for a name.
  private static func restore(
    _ name: String, from store: LocalStore, to folder: TemporaryDirectory
  ) throws {
    let source = try resolve(name, in: store)
    let fileName = source.target.digest?.hex ?? "file"
    _ = try store.restore(
      RestoreRequest(
        source: source, parent: try LinuxDirectory.open(folder.path),
        name: try RelativePath(name), fileName: try RelativePath(fileName)))
  }

  private static func treeContent(_ content: ExampleStore.Content) -> TreeEntry.Content {
    switch content {
    case .file(let bytes, let executable):
      .file(
        BlobID(SHA256.digest(of: bytes)), size: UInt64(bytes.count), executable: executable)
    case .link(let target): .symbolicLink(target: Array(target.utf8))
    case .directory: .emptyDirectory
    }
  }

  /// The bytes of each file below `place`, by its escaped path.
  private static func files(of place: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    func visit(_ directory: LinuxDirectory, _ prefix: String) throws {
      for entry in try directory.entries() {
        let name = try RelativePath(entry.name)
        let path = prefix + name.description
        guard let status = try directory.status(name) else { continue }
        switch status.kind {
        case .directory: try visit(try directory.openDirectory(name), path + "/")
        case .file:
          files[path] = try directory.openFile(name).read(Int(status.size), at: 0)
        default: continue
        }
      }
    }
    try visit(try LinuxDirectory.open(place), "")
    return files
  }

  /// The digests in `SHA256SUMS` by escaped path. A line of `sha256sum` that begins with a
  /// backslash has `\\` and `\n` in its path.
  private static func sums() throws -> [String: String] {
    let root = try LinuxDirectory.open(ExampleStore.place)
    let file = try root.openFile(try RelativePath("SHA256SUMS"))
    let bytes = try file.read(Int(try file.status().size), at: 0)
    var sums: [String: String] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let isEscaped = line.first == UInt8(ascii: "\\")
      let line = line.dropFirst(isEscaped ? 1 : 0)
      var path: [UInt8] = []
      var rest = line.dropFirst(66)
      while let byte = rest.popFirst() {
        guard isEscaped, byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
          path.append(byte)
          continue
        }
        path.append(next == UInt8(ascii: "n") ? UInt8(ascii: "\n") : next)
      }
      sums[PathText.escape(path)] = String(decoding: line.prefix(64), as: UTF8.self)
    }
    return sums
  }
}
