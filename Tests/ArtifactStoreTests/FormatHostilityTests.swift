import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Damaged and hostile bytes are refused by every reader, or read as the only value that is written
/// so; none of them ends the program.
@Suite struct FormatHostilityTests {
  private let samples: FormatSamples

  init() throws { samples = try FormatSamples() }

  /// A format whose values have one encoding: reads bytes and writes what it read.
  struct Rewriter: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sample: @Sendable (FormatSamples) throws -> [UInt8]
    let rewrite: @Sendable ([UInt8]) throws(FormatError) -> [UInt8]
  }

  static let rewriters = [
    Rewriter(testDescription: "recipe", sample: { $0.recipe.bytes }) {
      (bytes) throws(FormatError) in
      try Recipe(bytes).bytes
    },
    Rewriter(
      testDescription: "leaf", sample: { NodeFormat.encode(try Self.leaf($0)) }, rewrite: node),
    Rewriter(
      testDescription: "inner node", sample: { NodeFormat.encode(Self.inner($0)) }, rewrite: node),
    Rewriter(testDescription: "file", sample: { $0.entry("executable").value }, rewrite: treeValue),
    Rewriter(testDescription: "link", sample: { $0.entry("link").value }, rewrite: treeValue),
    Rewriter(testDescription: "directory", sample: { $0.entry("").value }, rewrite: treeValue),
    Rewriter(testDescription: "pack record", sample: { $0.pack.container.bytes }, rewrite: record),
    Rewriter(testDescription: "raw record", sample: { $0.rawObject.bytes }, rewrite: record),
    Rewriter(testDescription: "part record", sample: { $0.part.bytes }, rewrite: record),
    Rewriter(testDescription: "index entry", sample: { Self.entry($0) }) {
      (bytes) throws(FormatError) in
      try whole(bytes) { (reader) throws(FormatError) in
        let entry = try IndexEntry(from: &reader)
        return { entry.write(to: &$0) }
      }
    },
    Rewriter(
      testDescription: "segment header", sample: { Array($0.segment.bytes[..<64]) }
    ) { (bytes) throws(FormatError) in
      try whole(bytes) { (reader) throws(FormatError) in
        let header = try SegmentFormat.Header(from: &reader)
        return { header.write(to: &$0) }
      }
    },
    Rewriter(testDescription: "root", sample: { RootFormat.encode(try $0.root).bytes }) {
      (bytes) throws(FormatError) in RootFormat.encode(try RootFormat.decode(bytes).root).bytes
    },
    // A writer who means harm seals what he wrote.
    Rewriter(
      testDescription: "body of a root",
      sample: { RootFormat.encode(try $0.root).bytes.dropLast(32) }
    ) { (bytes) throws(FormatError) in
      let root = try RootFormat.decode(bytes + SHA256.digest(of: bytes).bytes).root
      return RootFormat.encode(root).bytes.dropLast(32)
    },
  ]

  @Test(arguments: rewriters) func oneValueHasOneEncoding(_ format: Rewriter) throws {
    let bytes = try format.sample(samples)
    #expect(try format.rewrite(bytes) == bytes)
    var refused = 0
    for mutant in Mutations(of: bytes, seed: 1) {
      do throws(FormatError) {
        let rewritten = try format.rewrite(mutant)
        guard rewritten != mutant else { continue }
        Issue.record("\(Hex.encode(mutant.span)) reads as \(Hex.encode(rewritten.span))")
        return
      } catch {
        refused += 1
      }
    }
    #expect(refused > bytes.count / 4, "the mutants are no use")
  }

  /// Truncated at any byte, each of these is refused: nothing that is whole begins another.
  @Test(arguments: rewriters.filter { $0.testDescription != "link" })
  func everyTruncationIsRefused(_ format: Rewriter) throws {
    let bytes = try format.sample(samples)
    for count in bytes.indices {
      #expect(throws: FormatError.self, "\(count) bytes") {
        try format.rewrite(Array(bytes[..<count]))
      }
    }
  }

  /// A ref may hold fields of a later version, so not every mutant of one is refused.
  @Test(arguments: ["pin", "blob", "manifest", "session"])
  func refsReadAsTheyAreWritten(name: String) throws {
    var refused = 0
    for mutant in Mutations(of: try samples.ref(name).bytes, seed: 2) {
      do throws(FormatError) {
        let record = try RefRecord(mutant)
        guard try RefRecord(record.bytes) != record else { continue }
        Issue.record("\(Hex.encode(mutant.span))")
        return
      } catch {
        refused += 1
      }
    }
    #expect(refused > 100)
  }

  @Test func refsThatNoWriterMakesAreRefused() throws {
    func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
      [number, UInt8(content.count)] + content
    }
    let tree = field(1, FormatSamples.digest("tree").bytes)
    let blob = FormatSamples.digest("blob").bytes + [UInt8](repeating: 0, count: 8)
    let who = field(9, Array("ada".utf8))
    #expect(try RefRecord(tree + who).who == "ada")
    let bad: [String: [UInt8]] = [
      "no target": who, "two targets": tree + field(2, blob + [0]), "twice": tree + who + who,
      "out of order": who + tree, "number 0": field(0, []) + tree,
      "long tree": field(1, FormatSamples.digest("tree").bytes + [0]),
      "flag": field(2, blob + [2]), "huge blob": field(2, Array(blob.dropLast(2)) + [1, 0, 0]),
      "half a segment": field(4, [1, 2, 3]), "empty path": tree + field(5, []),
      "no text": tree + field(9, [0xff]), "long time": tree + field(6, Array(blob[..<13])),
    ]
    for (what, bytes) in bad {
      #expect(throws: FormatError.self, "\(what)") { try RefRecord(bytes) }
    }
    for name in ["pins", "/a", "a//b", ""] {
      #expect(throws: FormatError.self, "\(name)") { try RefName.parse(Array(name.utf8)) }
    }
    #expect(try RefName.parse(Array("later/a b".utf8)).description == "later/a b")
  }

  @Test func textsAreReadOrRefused() throws {
    let format = Array(StoreFormat(uuid: samples.uuid).text.utf8)
    var refused = 0
    for mutant in Mutations(of: format, seed: 3) {
      do throws(StoreError) {
        let read = try StoreFormat(parsing: mutant, path: "format")
        _ = try StoreFormat(parsing: Array(read.text.utf8), path: "format")
      } catch {
        refused += 1
      }
      _ = StoreLayout.sequence(ofRootKey: mutant)
      let escaped = PathText.escape(mutant)
      #expect(PathText.unescape(escaped) == mutant)
      #expect(!escaped.unicodeScalars.contains { $0.properties.generalCategory == .control })
      guard let text = String(validating: mutant, as: UTF8.self) else { continue }
      _ = PathText.unescape(text)
    }
    #expect(refused > format.count)
  }

  @Test func randomBytesAreRefused() throws {
    var random = SeededRandom(seed: 4)
    let magics = ["", "RPSRCPE1", "RPSNODE1", "RPSNODE1\0", "RPSNODE1\u{1}", "RPSINDX1\u{1}\0"]
    for round in 0..<3000 {
      let magic = Array(magics[round % magics.count].utf8)
      let bytes = magic + random.bytes(Int.random(in: 0..<200, using: &random))
      for format in Self.rewriters {
        guard let rewritten = try? format.rewrite(bytes) else { continue }
        #expect(rewritten == bytes, "\(format): \(Hex.encode(bytes.span))")
      }
      _ = try? RefRecord(bytes)
      _ = try? RefName.parse(bytes)
    }
  }
}

// MARK: Reading and writing back

extension FormatHostilityTests {
  private static func leaf(_ samples: FormatSamples) throws -> NodeFormat.Node {
    .leaf(try samples.leaf.map { NodeFormat.Item(key: $0.path.bytes, value: $0.value) })
  }

  private static func inner(_ samples: FormatSamples) -> NodeFormat.Node {
    let ids = ["one", "two", "three"].map { NodeID(FormatSamples.digest($0)) }
    let total = TreeTotal(count: 300, weight: 1 << 40)
    return .inner(
      level: 2,
      zip([300, 700, 1234], ids).map {
        NodeFormat.Child(lastKey: FormatSamples.key($0), id: $1, total: total)
      })
  }

  private static func entry(_ samples: FormatSamples) -> [UInt8] {
    var writer = ByteWriter()
    samples.pack.container.entries[1].write(to: &writer)
    return writer.bytes
  }

  private static func node(_ bytes: [UInt8]) throws(FormatError) -> [UInt8] {
    NodeFormat.encode(try NodeFormat.decode(bytes))
  }

  private static func treeValue(_ bytes: [UInt8]) throws(FormatError) -> [UInt8] {
    try TreeEntry(NodeFormat.Item(key: [0x70], value: bytes)).value
  }

  private static func record(_ bytes: [UInt8]) throws(FormatError) -> [UInt8] {
    try whole(bytes) { (reader) throws(FormatError) in
      let record = try ContainerRecord(from: &reader)
      return { record.write(to: &$0) }
    }
  }

  /// Reads all of `bytes` and writes what was read.
  private static func whole(
    _ bytes: [UInt8], _ read: (inout ByteReader) throws(FormatError) -> (inout ByteWriter) -> Void
  ) throws(FormatError) -> [UInt8] {
    var reader = ByteReader(bytes)
    let write = try read(&reader)
    try reader.expectEnd()
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
  }
}

extension FormatSamples {
  fileprivate func entry(_ name: String) -> TreeEntry {
    TreeEntry(path: RelativePath(trusted: "p"), content: treeValue(name))
  }
}

extension SealedContainer {
  fileprivate var bytes: [UInt8] {
    var writer = ByteWriter()
    record.write(to: &writer)
    return writer.bytes
  }
}
