import ArtifactStore
import StoreIO
import StorePrimitives

/// The values of `Tests/vectors/format_vectors.py`, as the engine holds them.
struct FormatSamples {
  let uuid: Nonce
  let nonce: Nonce
  let hello = Array("hello\n".utf8)
  let manyA = [UInt8](repeating: UInt8(ascii: "a"), count: 100)
  let manyB = [UInt8](repeating: UInt8(ascii: "b"), count: 100)
  let raw = [UInt8](repeating: UInt8(ascii: "x"), count: 70_000)

  init() throws {
    uuid = try Self.nonce("000102030405060708090a0b0c0d0e0f")
    nonce = try Self.nonce("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
  }

  private struct BadSample: Error {}

  private static func nonce(_ hex: String) throws -> Nonce {
    guard let nonce = Nonce(hex: hex) else { throw BadSample() }
    return nonce
  }

  static func hex(_ bytes: [UInt8]) -> String { Hex.encode(bytes.span) }

  static func digest(_ text: String) -> Digest { SHA256.digest(of: Array(text.utf8)) }

  // MARK: Workspace

  var statCache: StatCache {
    func entry(
      _ path: String, _ numbers: (inode: UInt64, size: UInt64, device: UInt64),
      modified: (Int64, UInt32), changed: (Int64, UInt32), mode: UInt32, _ blob: Digest
    ) -> StatCacheEntry {
      let status = FileStatus(
        kind: .file, mode: mode, size: numbers.size, inode: numbers.inode, device: numbers.device,
        modified: Timestamp(seconds: modified.0, nanoseconds: modified.1),
        changed: Timestamp(seconds: changed.0, nanoseconds: changed.1))
      return StatCacheEntry(
        path: RelativePath(trusted: path), fingerprint: StatFingerprint(status, rootDevice: 12),
        blob: BlobID(blob))
    }
    return StatCache([
      entry(
        "data/a", (.max, 6, 12), modified: (1_700_000_000, 123_456_789), changed: (-1, 0),
        mode: 0o644, SHA256.digest(of: hello)),
      entry(
        "data/a/b", (3, (1 << 48) - 1, 77), modified: (0, 999_999_999), changed: (5, 6),
        mode: 0o7777, blob.digest),
      entry(
        "data/\u{e9}", (4, 0, 12), modified: (1, 2), changed: (3, 4), mode: 0,
        SHA256.digest(of: [])),
    ])
  }

  // MARK: Containers

  var blob: BlobID { BlobID(SHA256.digest(of: hello + manyA + manyB)) }

  var recipe: Recipe {
    let pieces = [hello, manyA, manyB].map {
      Recipe.Piece(id: ChunkID(SHA256.digest(of: $0)), count: $0.count)
    }
    return Recipe(blob: blob, size: 206, chunker: ChunkerID.gear64v1.rawValue, pieces: pieces)
  }

  /// The objects of the pack in the order in which they were appended.
  var objects: [(key: ObjectKey, codec: Codec, stored: [UInt8], plain: [UInt8])] {
    let zlib: [UInt8] = [0x78, 0x9c, 0x4b, 0x4c, 0xa4, 0x3d, 0, 0, 0x7a, 0x47, 0x25, 0xe5]
    let zstd: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x64, 0x23, 3, 0, 0x62]
    func chunk(_ bytes: [UInt8]) -> ObjectKey { ObjectKey(.chunk, SHA256.digest(of: bytes)) }
    return [
      (chunk(hello), .none, hello, hello), (chunk(manyA), .zlib, zlib, manyA),
      (chunk(manyB), .zstd, zstd, manyB),
      (ObjectKey(.recipe, blob.digest), .none, recipe.bytes, recipe.bytes),
    ]
  }

  var pack: (id: PackID, bytes: [UInt8], container: SealedContainer) {
    var bytes = PackFormat.header(store: uuid, nonce: nonce)
    var entries: [IndexEntry] = []
    for object in objects {
      entries.append(
        IndexEntry(
          key: object.key, container: 0, codec: object.codec, offset: UInt64(bytes.count),
          storedCount: UInt64(object.stored.count), plainCount: UInt64(object.plain.count)))
      bytes += object.stored
    }
    entries.sort(by: IndexEntry.precedes)
    let footer = PackFormat.footer(entries)
    let id = PackID(SHA256.digest(of: Array(bytes[..<PackFormat.headerBytes]) + footer))
    let offset = UInt64(bytes.count)
    bytes += footer + PackFormat.trailer(footerOffset: offset, count: entries.count, id: id)
    let record = ContainerRecord(name: .pack(id), size: UInt64(bytes.count))
    return (id, bytes, SealedContainer(record: record, entries: entries))
  }

  /// 70,000 bytes in two chunks.
  var rawObject: SealedContainer {
    let id = SHA256.digest(of: raw)
    func entry(_ kind: ObjectKind, _ range: Range<Int>) -> IndexEntry {
      IndexEntry(
        key: ObjectKey(kind, SHA256.digest(of: raw[range].span)), container: 0, codec: .none,
        offset: UInt64(range.lowerBound), storedCount: UInt64(range.count),
        plainCount: UInt64(range.count))
    }
    let entries = [entry(.chunk, 0..<40_000), entry(.chunk, 40_000..<70_000)]
    return SealedContainer(
      record: ContainerRecord(name: .rawObject(BlobID(id), nonce), size: 70_000),
      entries: entries + [entry(.whole, 0..<70_000)])
  }

  /// 3,000 chunks of 8 bytes: three pages of a segment.
  var part: SealedContainer {
    let entries = (0..<3000).map { index in
      IndexEntry(
        key: ObjectKey(.chunk, Self.digest("\(index)")), container: 0, codec: .none,
        offset: UInt64(8 * index), storedCount: 8, plainCount: 8)
    }
    return SealedContainer(
      record: ContainerRecord(name: .part(nonce), size: 24_000), entries: entries)
  }

  /// How the raw object was cut.
  var rawRecipe: Recipe {
    let pieces = rawObject.entries.filter { $0.key.kind == .chunk }.map {
      Recipe.Piece(id: ChunkID($0.key.digest), count: Int($0.plainCount))
    }
    return Recipe(
      blob: BlobID(SHA256.digest(of: raw)), size: 70_000, chunker: 1, pieces: pieces)
  }

  var segment: EncodedSegment { SegmentWriter.encode([pack.container, rawObject]) }
  var largeSegment: EncodedSegment { SegmentWriter.encode([part]) }

  // MARK: Trees

  func treeValue(_ name: String) -> TreeEntry.Content {
    switch name {
    case "file": .file(BlobID(SHA256.digest(of: hello)), size: 6, executable: false)
    case "executable": .file(blob, size: 206, executable: true)
    case "largest": .file(blob, size: Limits.fileBytes - 1, executable: false)
    case "link": .symbolicLink(target: Array("../a/b".utf8))
    default: .emptyDirectory
    }
  }

  var leaf: [TreeEntry] {
    get throws {
      [
        TreeEntry(path: try RelativePath("a/b"), content: treeValue("executable")),
        TreeEntry(path: try RelativePath("a/bé"), content: treeValue("file")),
        TreeEntry(
          path: try RelativePath(Array("a/b".utf8) + [0xff, 0x0a]), content: treeValue("link")),
        TreeEntry(path: try RelativePath("a!"), content: treeValue("file")),
        TreeEntry(path: try RelativePath("a.txt"), content: treeValue("emptyDirectory")),
      ]
    }
  }

  /// `d/` and seven digits.
  static func key(_ number: Int) -> [UInt8] {
    let digits = String(number)
    return Array("d/".utf8) + Array(digits.leftPadded(to: 7).utf8)
  }

  // MARK: Refs and roots

  var pin: RefRecord {
    get throws {
      var record = RefRecord(
        target: .tree(TreeID(Self.digest("tree"))),
        created: Timestamp(seconds: 1_700_000_000, nanoseconds: 123_456_789))
      record.path = try RelativePath("dáta/x")
      record.gitCommit = "0123456789abcdef0123456789abcdef01234567"
      record.workspace = "/home/ada/work"
      record.who = "ada@host"
      return record
    }
  }

  func ref(_ name: String) throws -> RefRecord {
    let time = Timestamp(seconds: -1, nanoseconds: 0)
    return switch name {
    case "pin": try pin
    case "blob": RefRecord(target: .blob(blob, size: 206, executable: true), created: time)
    case "manifest": RefRecord(target: .manifest(Self.digest("run")), created: time)
    case "session": RefRecord(target: .session([segment.id, largeSegment.id]), created: time)
    default: RefRecord(target: .tree(TreeID(Self.digest("tree"))), created: time)
    }
  }

  var root: Root {
    get throws {
      var root = Root()
      root.sequence = 7
      root.epoch = 2
      root.previous = RootID(Self.digest("before"))
      root.nonce = nonce
      root.created = Timestamp(seconds: 1_700_000_000, nanoseconds: 5)
      root.refsBase = NodeID(Self.digest("base"))
      root.refEdits = [
        RefEdit(try RefName(.pins, "0123"), try pin.bytes),
        RefEdit(try RefName(.tags, "old"), nil),
        RefEdit(try RefName(.tags, "v1"), try ref("blob").bytes),
      ]
      root.segments = [
        SegmentSummary(id: segment.id, entryCount: 7),
        SegmentSummary(id: largeSegment.id, entryCount: 3000),
      ]
      root.condemned = [
        Condemnation(container: rawObject.record, state: .condemned, since: 1_600_000_000)
      ]
      return root
    }
  }
}
