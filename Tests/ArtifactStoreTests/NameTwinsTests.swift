import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Names that only their bytes tell apart are told of, and nothing else is.
@Suite struct NameTwinsTests {
  private static let composed = "caf\u{e9}"
  private static let decomposed = "cafe\u{301}"

  /// What an `add` of empty files with these paths in `data` tells.
  private func twins(_ paths: [String], ignoring: String? = nil) throws -> [[String]] {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    for path in paths { try bench.write("data/" + path, []) }
    if let ignoring { try bench.write("data/.reproignore", Array(ignoring.utf8)) }
    let report = try bench.add()
    return report.twins.map { [$0.first, $0.second].map { String(describing: $0) } }
  }

  private func expect(
    _ found: [[String]], _ expected: [[String]],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    // Strings that are canonically equivalent are equal, so bytes are compared.
    #expect(
      found.map { $0.map { Array($0.utf8) } } == expected.map { $0.map { Array($0.utf8) } },
      sourceLocation: sourceLocation)
  }

  @Test func bothFormsOfAName() throws {
    let (one, two) = (Self.composed, Self.decomposed)
    expect(try twins([one, two]), [["data/\(two)", "data/\(one)"]])
    expect(
      try twins(["a/b/\(one)", "a/b/\(two)", "a/c"]), [["data/a/b/\(two)", "data/a/b/\(one)"]])
  }

  @Test func directoriesToo() throws {
    let (one, two) = (Self.composed, Self.decomposed)
    let paths = ["\(one)/x", "\(one)/y", "\(two)/x", "\(two)/z/deep"]
    expect(try twins(paths), [["data/\(two)", "data/\(one)"]])
    expect(try twins(["\(one)/x", two]), [["data/\(two)", "data/\(one)"]])
  }

  @Test func onlyInOneDirectory() throws {
    let (one, two) = (Self.composed, Self.decomposed)
    #expect(try twins(["a/\(one)", "b/\(two)", "\(one)", "c/d/\(two)"]) == [])
    #expect(try twins(["\(one)/\(one)", "\(one)/x/\(two)", "a\(two)"]) == [])
  }

  @Test func otherNamesAreDifferent() throws {
    #expect(try twins(["cafe", "café", "CAFÉ", "cafè", "ﬁ", "fi", "a", "A", "\u{2126}x"]) == [])
    // The Ohm sign is canonically equivalent to the Greek letter; three names make two pairs.
    #expect(try twins(["\u{2126}", "\u{3a9}"]).count == 1)
    #expect(try twins(["\u{1e69}", "s\u{323}\u{307}", "s\u{307}\u{323}"]).count == 2)
  }

  @Test func whatIsIgnoredHasNoTwin() throws {
    let paths = [Self.composed, Self.decomposed]
    #expect(try twins(paths, ignoring: Self.composed + "\n") == [])
  }

  @Test func bytesThatAreNoTextHaveNone() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/x", [])
    for name in [[0xff], [0xfe], [0xc3], [0x65, 0xcc]] as [[UInt8]] {
      let path = try RelativePath(Array("data/".utf8) + name)
      _ = try bench.root.createFile(path, mode: 0o644)
    }
    #expect(try bench.add().twins.isEmpty)
  }

  /// Against a comparison of each name with each, over random trees of few letters.
  @Test(arguments: 0..<40 as Range<UInt64>) func agreesWithComparingAll(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let letters = ["e", "\u{e9}", "e\u{301}", "a"]
    func component() -> String {
      (0..<Int.random(in: 1...2, using: &random))
        .map { _ in letters.randomElement(using: &random) ?? "" }.joined()
    }
    var files: Set<[[UInt8]]> = []
    for _ in 0..<12 {
      let path = (0..<Int.random(in: 1...3, using: &random)).map { _ in Array(component().utf8) }
      let isBlocked = files.contains { $0.starts(with: path) || path.starts(with: $0) }
      if !isBlocked { files.insert(path) }
    }
    let nodes = Set(files.flatMap { path in path.indices.map { Array(path[...$0]) } })
    var classes: [[[UInt8]]: Set<String>] = [:]
    var pairs = 0
    for node in nodes {
      let name = String(decoding: node.last ?? [], as: UTF8.self)
      if !classes[node.dropLast(), default: []].insert(name).inserted { pairs += 1 }
    }
    let paths = files.map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/") }
    #expect(try twins(paths).count == pairs, "seed \(seed)")
  }
}
