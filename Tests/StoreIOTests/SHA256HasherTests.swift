import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@Suite struct SHA256HasherTests {
  /// Around the 64-byte block and the 56 bytes after which padding needs another block.
  static let borders = Array(0...260) + [511, 512, 513, 1023, 1024, 65_535, 65_536, 65_537]

  @Test func equalsTheProgram() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    var random = SeededRandom(seed: 1)
    var hasher = SHA256Hasher()
    var expected: [String: Digest] = [:]
    for count in Self.borders {
      let bytes = random.bytes(count)
      try directory.put("\(count)", bytes)
      expected["\(count)"] = hasher.digest(of: bytes.span)
      #expect(SHA256.digest(of: bytes) == expected["\(count)"])
    }
    let paths = Self.borders.map { "\(place.path)/\($0)" }
    let lines = try #require(output(of: "sha256sum", paths)).split(separator: "\n")
    #expect(lines.count == Self.borders.count)
    for line in lines {
      let name = try #require(line.split(separator: "/").last)
      #expect(line.hasPrefix(try #require(expected[String(name)]).hex), "\(name) bytes")
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func anyPiecesGiveTheSameDigest(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let bytes = random.bytes(Int.random(in: 0...2000, using: &random))
    var hasher = SHA256Hasher()
    var start = 0
    while start < bytes.count {
      let end = Int.random(in: start...bytes.count, using: &random)
      hasher.update(bytes.span.extracting(start..<end))
      start = end
      #expect(hasher.snapshot() == SHA256.digest(of: Array(bytes[..<start])))
    }
    #expect(hasher.finish() == SHA256.digest(of: bytes))
    #expect(hasher.finish() == SHA256.digest(of: []))
  }

  @Test func oneShotDropsWhatWasFedBefore() {
    var hasher = SHA256Hasher()
    hasher.update([1, 2, 3].span)
    let bytes: [UInt8] = [4, 5]
    #expect(hasher.digest(of: bytes.span) == SHA256.digest(of: bytes))
    hasher.update(bytes.span)
    #expect(hasher.finish() == SHA256.digest(of: bytes))
  }
}
