import StorePrimitives
import Testing

struct DigestTests {
  private func digest(_ bytes: [UInt8]) -> Digest { Digest(bytes.span) }

  /// Digests that differ in one byte, at every place and with edge values.
  private var family: [[UInt8]] {
    var all = [[UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xff, count: 32)]
    for place in 0..<32 {
      for value in [1, 0x7f, 0x80, 0xff] as [UInt8] {
        for ground in [0, 0x80] as [UInt8] {
          var bytes = [UInt8](repeating: ground, count: 32)
          bytes[place] = value
          all.append(bytes)
        }
      }
    }
    return all
  }

  @Test func bytesRoundTrip() {
    let bytes = (0..<32).map { UInt8($0 * 8 + 1) }
    #expect(digest(bytes).bytes == bytes)
    for bytes in family { #expect(digest(bytes).bytes == bytes) }
    // What lies behind the 32 bytes is not read.
    #expect(digest(bytes + [9, 9]) == digest(bytes))
  }

  @Test func wordsAreBigEndian() {
    let digest = digest(Array(0..<32))
    #expect(digest.prefix == 0x0001_0203_0405_0607)
    #expect(digest.word(0) == digest.prefix)
    #expect(digest.word(1) == 0x0809_0a0b_0c0d_0e0f)
    #expect(digest.word(3) == 0x1819_1a1b_1c1d_1e1f)
    #expect(digest == Digest(words: digest.word(0), digest.word(1), digest.word(2), digest.word(3)))
  }

  @Test func orderIsByteOrder() {
    for left in family {
      for right in family {
        let expected = left.lexicographicallyPrecedes(right)
        if (digest(left) < digest(right)) != expected
          || (digest(left) == digest(right)) != (left == right)
        {
          Issue.record("\(Hex.encode(left.span)) and \(Hex.encode(right.span))")
        }
      }
    }
  }

  @Test func equalDigestsHashAlike() {
    let all = Set(family.map(digest))
    #expect(all.count == Set(family).count)
    for bytes in family { #expect(all.contains(digest(bytes))) }
  }

  @Test func textRoundTrips() {
    for bytes in family {
      let digest = digest(bytes)
      #expect(digest.hex.utf8.count == 64)
      #expect(Digest(hex: digest.hex) == digest)
      #expect(digest.description == digest.hex)
      #expect(TreeID(digest).description == "sha256:" + digest.hex)
      #expect(Digest(hex: "x\(digest.hex)".dropFirst()) == digest)
    }
    #expect(digest(Array(0..<32)).hex == (0..<32).map { Hex.encode([UInt8($0)].span) }.joined())
  }

  @Test func onlyExactTextIsRead() {
    let good = String(repeating: "0a", count: 32)
    #expect(Digest(hex: good) != nil)
    let cut = String(good.dropLast())
    let cutTwice = String(good.dropLast(2))
    let bad: [String] = [
      "", "0", cut, cutTwice, good + "0", good + "00",
      good.uppercased(), "sha256:" + good, " " + cut, cut + " ",
      cut + "g", cut + "\0", "+" + cut, "0x" + cutTwice,
      // 64 bytes and 64 characters are two things.
      cutTwice + "é", cut + "é", String(repeating: "é", count: 32),
      String(repeating: "٣", count: 32),
    ]
    for text in bad { #expect(Digest(hex: text) == nil, "\(text)") }
  }

  @Test func identifiersOrderAsTheirDigests() {
    let low = digest([UInt8](repeating: 0, count: 32))
    let high = digest([UInt8](repeating: 1, count: 32))
    #expect(BlobID(low) < BlobID(high) && !(BlobID(high) < BlobID(low)))
    #expect([NodeID(high), NodeID(low)].sorted().map(\.digest) == [low, high])
  }
}

struct HexTests {
  @Test func everyByteRoundTrips() {
    for byte in UInt8.min ... .max {
      let text = Hex.encode([byte].span)
      #expect(UInt8(text, radix: 16) == byte && text.utf8.count == 2)
      #expect(Hex.decode(text) == [byte])
    }
    let all = Array(UInt8.min ... .max)
    #expect(Hex.decode(Hex.encode(all.span)) == all)
    #expect(Hex.encode([UInt8]().span) == "" && Hex.decode("") == [])
  }

  /// Two lowercase digits or nothing, for every pair of ASCII characters.
  @Test func everyPairOfCharacters() {
    let digits = Array("0123456789abcdef".utf8)
    for first in UInt8(0)..<128 {
      for second in UInt8(0)..<128 {
        let text = String(decoding: [first, second], as: UTF8.self)
        let isHex = digits.contains(first) && digits.contains(second)
        let expected = isHex ? UInt8(text, radix: 16).map { [$0] } : nil
        if Hex.decode(text) != expected { Issue.record("\(first) \(second)") }
      }
    }
  }

  @Test func oddLengthsAndOtherCharactersAreRefused() {
    for text in ["0", "000", "é", "0é", "é0", "００"] { #expect(Hex.decode(text) == nil, "\(text)") }
  }
}

struct NonceTests {
  private static let edges: [UInt64] = [0, 1, 0x0f, 0x10, 1 << 32, 1 << 63, .max]

  @Test func textAndBytesRoundTrip() throws {
    for high in NonceTests.edges {
      for low in NonceTests.edges {
        let nonce = Nonce(high: high, low: low)
        #expect(nonce.hex.utf8.count == 32 && nonce.description == nonce.hex)
        #expect(Nonce(hex: nonce.hex) == nonce)
        var writer = ByteWriter()
        writer.append(nonce)
        // The text shows the bytes in their order.
        #expect(Hex.encode(writer.bytes.span) == nonce.hex)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readNonce() == nonce)
      }
    }
  }

  @Test func onlyExactTextIsRead() {
    let good = String(repeating: "0f", count: 16)
    #expect(Nonce(hex: good) != nil)
    let cut = String(good.dropLast())
    let cutTwice = String(good.dropLast(2))
    let bad: [String] = [
      "", cut, good + "0", good.uppercased(), "+" + cut,
      "-" + cut, cut + "g", "\(good.prefix(16))+\(good.dropLast(17))",
      cutTwice + "é",
    ]
    for text in bad { #expect(Nonce(hex: text) == nil, "\(text)") }
  }

  @Test func randomNoncesDiffer() {
    let all = (0..<1000).map { _ in Nonce.random() }
    #expect(Set(all).count == all.count)
    // Both halves vary in every bit.
    for half in [\Nonce.high, \Nonce.low] {
      #expect(all.reduce(0) { $0 | $1[keyPath: half] } == .max)
      #expect(all.reduce(.max) { $0 & $1[keyPath: half] } == 0)
    }
  }

  @Test func padding() {
    #expect("".leftPadded(to: 3) == "000" && "12".leftPadded(to: 3) == "012")
    #expect("1234".leftPadded(to: 3) == "1234")
  }
}
