import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Both codecs under one name, so that one set of rules holds them.
enum Codec: CaseIterable, CustomTestStringConvertible {
  case zlib, zstd

  var testDescription: String { self == .zlib ? "zlib" : "zstd" }
}

/// Contexts of both codecs, used again and again as the engine does.
struct Codecs: ~Copyable {
  var zlib = ZlibCodec()
  var zstd = ZstdCodec()
  var output: [UInt8] = []

  mutating func compress(_ bytes: [UInt8], _ codec: Codec, level: Int = 3) -> [UInt8] {
    let count =
      switch codec {
      case .zlib: zlib.compress(bytes.span, into: &output, level: level)
      case .zstd: zstd.compress(bytes.span, into: &output, level: level)
      }
    return Array(output[..<count])
  }

  mutating func decompress(
    _ bytes: [UInt8], _ codec: Codec, count: Int
  ) throws(FormatError) -> [UInt8] {
    var plain = [UInt8](repeating: 0xee, count: count)
    var span = plain.mutableSpan
    switch codec {
    case .zlib: try zlib.decompress(bytes.span, into: &span)
    case .zstd: try zstd.decompress(bytes.span, into: &span)
    }
    return plain
  }
}

/// Bytes of one kind: noise, one value, words, or a mix of noise and repetition.
func sample(_ kind: Int, count: Int, _ random: inout SeededRandom) -> [UInt8] {
  switch kind {
  case 0: return random.bytes(count)
  case 1: return [UInt8](repeating: 0x61, count: count)
  case 2:
    return Array(
      Array(repeating: "the words of a text ", count: count / 20 + 1)
        .joined().utf8.prefix(count))
  default:
    let piece = random.bytes(37)
    return (0..<count).map { $0 / 100 % 2 == 0 ? piece[$0 % 37] : UInt8($0 & 3) }
  }
}

@Suite struct CodecTests {
  @Test(arguments: Codec.allCases)
  func everyShortLengthComesBack(codec: Codec) throws {
    var codecs = Codecs()
    var random = SeededRandom(seed: 1)
    for count in 0...300 {
      for kind in 0..<4 {
        let plain = sample(kind, count: count, &random)
        let packed = codecs.compress(plain, codec, level: 1 + count % 9)
        #expect(try codecs.decompress(packed, codec, count: count) == plain)
      }
    }
  }

  @Test(arguments: Codec.allCases)
  func longOnesComeBackAndShrink(codec: Codec) throws {
    var codecs = Codecs()
    var random = SeededRandom(seed: 2)
    for count in [65_535, 65_536, 131_073, 400_001] {
      for kind in 0..<4 {
        let plain = sample(kind, count: count, &random)
        let packed = codecs.compress(plain, codec, level: kind == 3 ? 100 : -5)
        #expect(try codecs.decompress(packed, codec, count: count) == plain)
        if kind > 0 { #expect(packed.count < count / 10) }
        if kind == 0 { #expect(packed.count < count + count / 1000 + 100) }
      }
    }
  }

  @Test(arguments: Codec.allCases)
  func higherLevelGivesNoMore(codec: Codec) {
    var codecs = Codecs()
    var random = SeededRandom(seed: 3)
    let plain = (0..<20_000).map { _ in
      UInt8(ascii: "a") + UInt8(Int.random(in: 0..<4, using: &random))
    }
    let fast = codecs.compress(plain, codec, level: 1)
    let small = codecs.compress(plain, codec, level: 9)
    #expect(small.count < fast.count)
    #expect(codecs.compress(plain, codec, level: 1) == fast)
  }

  @Test(arguments: Codec.allCases)
  func everyPrefixIsAnError(codec: Codec) throws {
    var codecs = Codecs()
    var random = SeededRandom(seed: 4)
    for kind in 0..<4 {
      let plain = sample(kind, count: 200, &random)
      let packed = codecs.compress(plain, codec)
      for end in 0..<packed.count {
        #expect(throws: FormatError.self, "\(end) of \(packed.count), kind \(kind)") {
          try codecs.decompress(Array(packed[..<end]), codec, count: 200)
        }
      }
    }
  }

  @Test(arguments: Codec.allCases)
  func wrongPlainLengthIsAnError(codec: Codec) throws {
    var codecs = Codecs()
    var random = SeededRandom(seed: 5)
    for (kind, count) in [(0, 0), (0, 1), (1, 200), (2, 5000), (3, 70_000)] {
      let packed = codecs.compress(sample(kind, count: count, &random), codec)
      for wrong in [0, count - 1, count + 1, 2 * count + 1] where wrong != count && wrong >= 0 {
        #expect(throws: FormatError.self, "\(wrong) for \(count)") {
          try codecs.decompress(packed, codec, count: wrong)
        }
      }
      for tail in [[0], packed, [UInt8](repeating: 0, count: 100)] {
        #expect(throws: FormatError.self, "\(tail.count) more") {
          try codecs.decompress(packed + tail, codec, count: count)
        }
      }
      // An error leaves the contexts as good as new.
      #expect(throws: Never.self) { try codecs.decompress(packed, codec, count: count) }
    }
  }

  @Test(arguments: Codec.allCases)
  func flippedBitNeverTraps(codec: Codec) {
    var codecs = Codecs()
    var random = SeededRandom(seed: 6)
    var refused = 0
    for kind in 0..<4 {
      let plain = sample(kind, count: 150, &random)
      let packed = codecs.compress(plain, codec)
      for bit in 0..<8 * packed.count {
        var damaged = packed
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        guard let found = try? codecs.decompress(damaged, codec, count: 150) else {
          refused += 1
          continue
        }
        // zlib has a checksum; a frame without one is checked by its SHA-256 later.
        if codec == .zlib { #expect(found == plain, "bit \(bit), kind \(kind)") }
      }
    }
    #expect(refused > 300)
  }

  @Test(arguments: Codec.allCases)
  func noiseNeverTraps(codec: Codec) {
    var codecs = Codecs()
    var random = SeededRandom(seed: 7)
    let start = codecs.compress([], codec).prefix(4)
    for count in 0..<600 {
      let noise = random.bytes(count % 100)
      let head = count % 2 == 0 ? [] : Array(start.prefix(Int.random(in: 0...4, using: &random)))
      _ = try? codecs.decompress(head + noise, codec, count: count)
    }
    #expect(codecs.compress([1], codec).count > 1)
  }

  @Test func thePythonModuleReadsOursAndWeReadIts() throws {
    var codecs = Codecs()
    let place = try TemporaryDirectory()
    var random = SeededRandom(seed: 8)
    let plain = sample(2, count: 3000, &random)
    try place.open().put("packed", codecs.compress(plain, .zlib))
    let script = """
      import sys, zlib
      plain = zlib.decompress(open(sys.argv[1] + '/packed', 'rb').read())
      open(sys.argv[1] + '/theirs', 'wb').write(zlib.compress(plain, 9))
      """
    guard output(of: "python3", ["-c", script, place.path]) != nil else { return }
    let theirs = try place.open().contents("theirs")
    #expect(try codecs.decompress(theirs, .zlib, count: 3000) == plain)
  }

  @Test func theZstdProgramReadsOursAndWeReadIts() throws {
    var codecs = Codecs()
    let place = try TemporaryDirectory()
    var random = SeededRandom(seed: 9)
    let plain = sample(3, count: 30_000, &random)
    try place.open().put("packed.zst", codecs.compress(plain, .zstd))
    guard output(of: "zstd", ["-qd", "\(place.path)/packed.zst"]) != nil else { return }
    #expect(try place.open().contents("packed") == plain)
    try #require(
      output(of: "zstd", ["-q9", "\(place.path)/packed", "-o", "\(place.path)/t"]) != nil)
    let theirs = try place.open().contents("t")
    #expect(try codecs.decompress(theirs, .zstd, count: 30_000) == plain)
  }

  /// Streams that the libraries would take but no writer of a store makes.
  @Test func otherFormatsAreRefused() throws {
    var codecs = Codecs()
    let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    let emptyBlock: [UInt8] = [1, 0, 0]
    // A window descriptor of exponent e says 2^(10 + e) bytes.
    #expect(try codecs.decompress(magic + [0, 17 << 3] + emptyBlock, .zstd, count: 0) == [])
    #expect(throws: FormatError.malformed("zstd: window too large")) {
      try codecs.decompress(magic + [0, 18 << 3] + emptyBlock, .zstd, count: 0)
    }
    let frame = codecs.compress([1, 2, 3], .zstd)
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]
    for bytes in [skippable, skippable + frame, [0x27] + frame.dropFirst(), [0x1e] + magic + magic]
    {
      #expect(throws: FormatError.wrongMagic(expected: "zstd")) {
        try codecs.decompress(bytes, .zstd, count: 3)
      }
    }
    // A zlib header that asks for a dictionary; a gzip header; deflate without a header.
    for bytes: [UInt8] in [[0x78, 0xbb, 0, 0, 0, 1], [0x1f, 0x8b, 8, 0, 0, 0], [3, 0]] {
      #expect(throws: FormatError.self) { try codecs.decompress(bytes, .zlib, count: 0) }
    }
  }
}
