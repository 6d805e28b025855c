import ArtifactStore
import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// The engine makes and reads exactly the bytes that a script made from docs/formats.md alone.
@Suite struct FormatVectorTests {
  private struct Vectors: Decodable {
    struct Object: Decodable { let id, bytes: String }
    struct Large: Decodable { let id, sha256: String }
    struct Tree: Decodable {
      let root: String
      let nodes: [Int]
      let rootBytes: String?
    }
    struct Escape: Decodable { let bytes, text: String }

    let pack, root: Object
    let segment, largeSegment: Large
    let mergedSegment, recipe, leaf, emptyTree, statCache, format, lock: String
    let records: [String]
    let treeValues, refs, keys: [String: String]
    let tree, forcedTree: Tree
    let escapes: [Escape]
  }

  private let samples: FormatSamples
  private let vectors: Vectors

  init() throws {
    samples = try FormatSamples()
    let data = try Data(contentsOf: URL(fileURLWithPath: Chunking.script("formats.json")))
    vectors = try JSONDecoder().decode(Vectors.self, from: data)
  }

  private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

  @Test(.enabled(if: Chunking.hasPython)) func theScriptMakesTheVectors() throws {
    let made = try Chunking.python(["-B", Chunking.script("format_vectors.py")])
    #expect(made == (try String(contentsOfFile: Chunking.script("formats.json"), encoding: .utf8)))
  }

  // MARK: Containers

  @Test func pack() throws {
    let (id, found, container) = samples.pack
    #expect(FormatSamples.hex(found) == vectors.pack.bytes)
    #expect(id.digest.hex == vectors.pack.id)

    let system = SimulatedFileSystem()
    try system.populate([container.record.name.path.description: found])
    let entries = try PackReader.entries(of: id, in: system.root)
    #expect(entries == container.entries)
    #expect(entries.count == 4)
  }

  @Test func packedObjectsUnpack() throws {
    var zlib = ZlibCodec()
    var zstd = ZstdCodec()
    for object in samples.objects {
      var plain = [UInt8](repeating: 0, count: object.plain.count)
      var span = plain.mutableSpan
      switch object.codec {
      case .none: plain = object.stored
      case .zlib: try zlib.decompress(object.stored.span, into: &span)
      case .zstd: try zstd.decompress(object.stored.span, into: &span)
      }
      #expect(plain == object.plain)
    }
  }

  @Test func containerRecords() throws {
    let records = [samples.pack.container, samples.rawObject, samples.part].map(\.record)
    for (record, hex) in zip(records, vectors.records) {
      var writer = ByteWriter()
      record.write(to: &writer)
      #expect(FormatSamples.hex(writer.bytes) == hex)
      var reader = ByteReader(try bytes(hex))
      #expect(try ContainerRecord(from: &reader) == record)
    }
    #expect(vectors.records.count == records.count)
  }

  @Test func segments() throws {
    let small = samples.segment
    let large = samples.largeSegment
    for (made, vector) in [(small, vectors.segment), (large, vectors.largeSegment)] {
      #expect(made.id.digest.hex == vector.id)
      #expect(SHA256.digest(of: made.bytes).hex == vector.sha256)
    }
    #expect(small.entryCount == 7)

    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let store = try bench.open()
    let open = try [small, large].map { encoded in
      try store.write(encoded)
      return try Segment(encoded.id, in: store.directory, cache: PageCache())
    }
    #expect(open[1].header.pageCount == 3)
    #expect(open[0].containers == [samples.pack.container.record, samples.rawObject.record])
    for entry in samples.part.entries { #expect(try open[1].find(entry.key) == [entry]) }
    for var entry in samples.rawObject.entries {
      entry.container = 1
      #expect(try open[0].find(entry.key) == [entry])
    }
    #expect(try open[0].find(ObjectKey(.node, samples.blob.digest)) == [])

    let merged = try SegmentWriter.merge(open)
    #expect(merged.id.digest.hex == vectors.mergedSegment)
    #expect(merged.entryCount == 3007)
  }

  @Test func keys() throws {
    let found = [
      "pack": samples.pack.container.record.name.path,
      "rawObject": samples.rawObject.record.name.path,
      "part": samples.part.record.name.path,
      "segment": StoreLayout.segment(samples.segment.id),
      "root": StoreLayout.root(7),
    ]
    #expect(found.mapValues(\.description) == vectors.keys)
    let name = StoreLayout.root(7).name
    #expect(StoreLayout.sequence(ofRootKey: Array(name)) == 7)
  }

  // MARK: Recipes and trees

  @Test func recipe() throws {
    #expect(FormatSamples.hex(samples.recipe.bytes) == vectors.recipe)
    #expect(try Recipe(try bytes(vectors.recipe)) == samples.recipe)
  }

  @Test func treeValues() throws {
    let path = try RelativePath("p")
    #expect(vectors.treeValues.count == 5)
    for (name, hex) in vectors.treeValues {
      let entry = TreeEntry(path: path, content: samples.treeValue(name))
      #expect(FormatSamples.hex(entry.value) == hex)
      let item = NodeFormat.Item(key: path.bytes, value: try bytes(hex))
      #expect(try TreeEntry(item) == entry)
    }
  }

  @Test func leaf() throws {
    let items = try samples.leaf.map { NodeFormat.Item(key: $0.path.bytes, value: $0.value) }
    #expect(FormatSamples.hex(NodeFormat.encode(.leaf(items))) == vectors.leaf)
    #expect(try NodeFormat.decode(try bytes(vectors.leaf)) == .leaf(items))
  }

  @Test func trees() throws {
    let empty = try Self.build([], value: [], weight: 0)
    #expect(empty.root.digest.hex == vectors.emptyTree)

    let value = TreeEntry(path: try RelativePath("p"), content: samples.treeValue("file")).value
    let plain = try Self.build((0..<6000).map(FormatSamples.key), value: value, weight: 6)
    #expect(plain.root.digest.hex == vectors.tree.root)
    #expect(plain.nodes.count == vectors.tree.nodes.reduce(0, +))
    let top = try #require(plain.nodes[plain.root])
    #expect(FormatSamples.hex(top) == vectors.tree.rootBytes)
    guard case .inner(1, let children) = try NodeFormat.decode(top) else {
      Issue.record("the root is a leaf")
      return
    }
    #expect(children.count == vectors.tree.nodes.first)
    #expect(children.reduce(.zero) { $0 + $1.total } == TreeTotal(count: 6000, weight: 36_000))

    // No key of these ends a leaf, so its 4,096th does.
    let threshold = UInt64.max / 768
    let uncut = (1_000_000..<1_006_000).map(FormatSamples.key)
      .filter { SHA256.digest(of: $0).prefix >= threshold }
    let forced = try Self.build(uncut, value: [4], weight: 0)
    #expect(forced.root.digest.hex == vectors.forcedTree.root)
    #expect(forced.nodes.count == vectors.forcedTree.nodes.reduce(0, +))
  }

  private static func build(
    _ keys: [[UInt8]], value: [UInt8], weight: UInt64
  ) throws -> (root: NodeID, nodes: [NodeID: [UInt8]]) {
    final class Nodes { var all: [NodeID: [UInt8]] = [:] }
    let nodes = Nodes()
    var builder = SortedTreeBuilder { nodes.all[$0] = $1 }
    for key in keys { try builder.add(key: key, value: value, weight: weight) }
    return (try builder.finish().root, nodes.all)
  }

  // MARK: Refs, roots, texts

  @Test func refs() throws {
    #expect(vectors.refs.count == 5)
    for (name, hex) in vectors.refs {
      let record = try samples.ref(name)
      #expect(try RefRecord(try bytes(hex)) == record, "\(name)")
      // A field of a later version is passed over.
      guard name != "unknownField" else { continue }
      #expect(FormatSamples.hex(record.bytes) == hex, "\(name)")
    }
  }

  @Test func root() throws {
    let (found, id) = RootFormat.encode(try samples.root)
    #expect(FormatSamples.hex(found) == vectors.root.bytes)
    #expect(id.digest.hex == vectors.root.id)
    let decoded = try RootFormat.decode(try bytes(vectors.root.bytes))
    #expect(decoded.root == (try samples.root))
    #expect(decoded.id == id)
  }

  @Test func format() throws {
    #expect(StoreFormat(uuid: samples.uuid).text == vectors.format)
    let parsed = try StoreFormat(parsing: Array(vectors.format.utf8), path: "format")
    #expect(parsed.uuid == samples.uuid)
  }

  @Test func statCache() throws {
    let key = StatCacheKey(store: samples.uuid, epoch: 9)
    #expect(FormatSamples.hex(samples.statCache.bytes(key: key)) == vectors.statCache)
    let read = try #require(StatCache(parsing: try bytes(vectors.statCache), key: key))
    #expect(read.entries == samples.statCache.entries)
    #expect(read.count == 3)
  }

  @Test func locks() throws {
    let lock = try LockFormat.parse(Array(vectors.lock.utf8), path: "reprostore.lock")
    #expect(lock.pins.map(\.path.bytes) == ["b/-dash \u{ff}", "b/a\\b c", "b.c"].map(Self.latin))
    #expect(lock.pins.map(\.files) == [1, 1, 1204])
    #expect(lock.pins.map(\.bytes) == [0, 7, (1 << 48) - 1])
    #expect(lock.pins[0].target == .blob(BlobID(SHA256.digest(of: [])), size: 0, executable: false))
    #expect(LockFormat.text(of: lock) == vectors.lock)
  }

  /// Bytes by their numbers.
  private static func latin(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8($0.value) }
  }

  @Test func escapes() throws {
    #expect(vectors.escapes.count == 10)
    for vector in vectors.escapes {
      let bytes = try bytes(vector.bytes)
      #expect(PathText.escape(bytes) == vector.text)
      #expect(PathText.unescape(vector.text) == bytes)
    }
  }
}
