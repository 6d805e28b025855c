import StorePrimitives
import Testing

/// `ByteWriter` and `ByteReader` against each other and against bytes that no writer makes.
struct ByteCodingTests {
  /// Around every power of two.
  private static let edges: [UInt64] = {
    var all: [UInt64] = [0, 1, 2, .max - 1, .max]
    for shift in UInt64(1)..<64 {
      let power = UInt64(1) << shift
      all += [power - 1, power, power + 1]
    }
    return all
  }()

  @Test func fixedWidthNumbersAreLittleEndian() throws {
    var writer = ByteWriter()
    writer.append(UInt8(0x01))
    writer.append(UInt16(0x0302))
    writer.append(UInt32(0x0706_0504))
    writer.append(UInt64(0x0f0e_0d0c_0b0a_0908))
    writer.append48(0x1514_1312_1110)
    #expect(writer.bytes == Array(1...21))
    #expect(writer.count == 21)
  }

  @Test func fixedWidthRoundTrips() throws {
    for value in ByteCodingTests.edges {
      var writer = ByteWriter(reserving: 21)
      writer.append(UInt8(truncatingIfNeeded: value))
      writer.append(UInt16(truncatingIfNeeded: value))
      writer.append(UInt32(truncatingIfNeeded: value))
      writer.append(value)
      writer.append48(value & 0xffff_ffff_ffff)
      var reader = ByteReader(writer.bytes)
      #expect(try reader.readByte() == UInt8(truncatingIfNeeded: value))
      #expect(try reader.read(UInt16.self) == UInt16(truncatingIfNeeded: value))
      #expect(try reader.read(UInt32.self) == UInt32(truncatingIfNeeded: value))
      #expect(try reader.read(UInt64.self) == value)
      #expect(try reader.read48() == value & 0xffff_ffff_ffff)
      try reader.expectEnd()
    }
  }

  // MARK: Varints

  private func varint(_ value: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.appendVarint(value)
    return writer.bytes
  }

  @Test func varintsRoundTrip() throws {
    for value in ByteCodingTests.edges {
      let bytes = varint(value)
      #expect(bytes.count == max(1, (70 - value.leadingZeroBitCount) / 7))
      var reader = ByteReader(bytes)
      #expect(try reader.readVarint() == value)
      try reader.expectEnd()
    }
    #expect(varint(300) == [0xac, 0x02])
  }

  /// What is read is what would be written: one value has one encoding.
  @Test func everyShortVarintIsCanonicalOrRefused() {
    for first in UInt8.min ... .max {
      for second in UInt8.min ... .max {
        for third in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
          expectCanonical([first, second, third])
        }
      }
    }
    for length in 7...10 {
      for last in UInt8.min ... .max {
        expectCanonical(Array(repeating: 0x80, count: length) + [last])
        expectCanonical(Array(repeating: 0xff, count: length) + [last, 0])
      }
    }
  }

  private func expectCanonical(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let value = try? reader.readVarint() else {
      // Refused: it ends early, is longer than needed, or is more than 64 bits.
      let length = (bytes.firstIndex { $0 < 0x80 } ?? bytes.count) + 1
      let cut = length > bytes.count
      let padded = length > 1 && !cut && bytes[length - 1] == 0
      let tooLarge = length > 10 || length == 10 && !cut && bytes[9] > 1
      #expect(cut || padded || tooLarge, "\(bytes)")
      return
    }
    #expect(varint(value) == Array(bytes[..<reader.offset]), "\(bytes)")
  }

  @Test func malformedVarintsAreNamed() {
    let padded: [[UInt8]] = [[0x80, 0], [0xff, 0x80, 0]]
    for bytes in padded {
      #expect(throws: FormatError.malformed("number not in shortest form")) {
        var reader = ByteReader(bytes)
        _ = try reader.readVarint()
      }
    }
    let nines = Array(repeating: UInt8(0xff), count: 9)
    for last in [[2], [0x81, 0], [0x80, 1]] as [[UInt8]] {
      #expect(throws: FormatError.malformed("number too large")) {
        var reader = ByteReader(nines + last)
        _ = try reader.readVarint()
      }
    }
  }

  // MARK: Whole records

  private static let digest = Digest(words: 1 << 56, 2, 3, 0xfedc_ba98_7654_3210)
  private static let nonce = Nonce(high: 0x0102_0304_0506_0708, low: .max - 1)

  private func record() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(contentsOf: "magic".utf8)
    writer.append(UInt8(7))
    writer.append(UInt16(7))
    writer.append(UInt32(7))
    writer.append(UInt64(7))
    writer.append48(7)
    writer.appendVarint(1 << 40)
    writer.append(ByteCodingTests.digest)
    writer.append(ByteCodingTests.nonce)
    writer.appendCounted([1, 2, 3])
    writer.appendVarint(2)
    writer.appendZeros(4)
    return writer.bytes
  }

  private func readRecord(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    try reader.expect("magic")
    _ = try reader.readByte()
    let numbers = (
      try reader.read(UInt16.self), try reader.read(UInt32.self), try reader.read(UInt64.self),
      try reader.read48(), try reader.readVarint()
    )
    #expect(numbers == (7, 7, 7, 7, 1 << 40))
    let digest = try reader.readDigest()
    let nonce = try reader.readNonce()
    #expect(digest == ByteCodingTests.digest && nonce == ByteCodingTests.nonce)
    let counted = try reader.readCounted(limit: 3)
    #expect(counted.elementsEqual([1, 2, 3]))
    let count = try reader.readCount(minimumBytes: 2)
    #expect(count == 2)
    try reader.skip(1)
    let rest = try reader.readBytes(3)
    #expect(rest.elementsEqual([0, 0, 0]))
    try reader.expectEnd()
  }

  @Test func recordRoundTrips() throws { try readRecord(record()) }

  /// A record cut anywhere is `truncated`, and never anything else or a crash.
  @Test func everyTruncationThrows() {
    let whole = record()
    for length in whole.indices {
      #expect(throws: FormatError.truncated, "\(length)") {
        try readRecord(Array(whole[..<length]))
      }
    }
  }

  @Test func bytesBehindTheEndAreRefused() {
    #expect(throws: FormatError.malformed("1 bytes after the end")) {
      try readRecord(record() + [0])
    }
  }

  @Test func anotherNameIsRefused() {
    #expect(throws: FormatError.wrongMagic(expected: "magic")) {
      try readRecord(Array("magik".utf8) + record().dropFirst(5))
    }
  }

  @Test func readingStartsWhereItIsTold() throws {
    var reader = ByteReader([1, 2, 3], from: 2)
    #expect(reader.remaining == 1)
    #expect(try reader.readByte() == 3)
    #expect(throws: FormatError.truncated) { try reader.readByte() }
    var beyond = ByteReader([1], from: 5)
    #expect(throws: FormatError.truncated) { try beyond.readByte() }
    #expect(throws: FormatError.self) { try beyond.expectEnd() }
  }

  // MARK: Hostile lengths

  /// A count that the bytes left cannot hold is refused, so that nobody allocates for it.
  @Test func countsAreBoundedByWhatIsLeft() throws {
    for count in ByteCodingTests.edges {
      for minimum in [0, 1, 2, 40, Int.max] {
        var reader = ByteReader(varint(count) + Array(repeating: 0, count: 80))
        let most = 80 / max(1, minimum)
        guard count > UInt64(most) else {
          #expect(try reader.readCount(minimumBytes: minimum) == Int(count))
          continue
        }
        #expect(throws: FormatError.truncated) { try reader.readCount(minimumBytes: minimum) }
      }
    }
  }

  @Test func countedBytesAreBounded() throws {
    for count in ByteCodingTests.edges {
      for limit in [0, 3, 80, 81, Int.max] {
        var reader = ByteReader(varint(count) + Array(repeating: 7, count: 80))
        if count <= min(80, UInt64(limit)) {
          #expect(try reader.readCounted(limit: limit).count == Int(count))
        } else {
          let expected: FormatError =
            count > UInt64(limit) ? .malformed("field too long") : .truncated
          #expect(throws: expected) { try reader.readCounted(limit: limit) }
        }
      }
    }
  }

  @Test func lengthsThatMakeNoSenseAreRefused() {
    for count in [-1, Int.min, 4, Int.max] {
      var reader = ByteReader([1, 2, 3])
      #expect(throws: FormatError.truncated) { try reader.skip(count) }
      #expect(throws: FormatError.truncated) { try reader.readBytes(count) }
      #expect(reader.offset == 0)
    }
  }
}
