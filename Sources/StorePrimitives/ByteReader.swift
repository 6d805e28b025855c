/// Reads what `ByteWriter` wrote, from bytes that may be hostile.
///
/// Every read is bounds-checked and throws `FormatError`; every length is checked against what is
/// left before anything is allocated.
package struct ByteReader {
  package let bytes: [UInt8]
  package private(set) var offset: Int
  package let end: Int

  package init(_ bytes: [UInt8], from offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
    self.end = bytes.count
  }

  package var remaining: Int { end - offset }

  private mutating func advance(_ count: Int) throws(FormatError) -> Int {
    guard count >= 0, count <= remaining else { throw .truncated }
    defer { offset += count }
    return offset
  }

  package mutating func skip(_ count: Int) throws(FormatError) { _ = try advance(count) }

  package mutating func readByte() throws(FormatError) -> UInt8 { bytes[try advance(1)] }

  /// A little-endian number.
  package mutating func read<Number: FixedWidthInteger & UnsignedInteger>(
    _: Number.Type = Number.self
  ) throws(FormatError) -> Number {
    let width = Number.bitWidth / 8
    let start = try advance(width)
    var value: Number = 0
    for index in (0..<width).reversed() { value = value << 8 | Number(bytes[start + index]) }
    return value
  }

  package mutating func read48() throws(FormatError) -> UInt64 {
    let start = try advance(6)
    var value: UInt64 = 0
    for index in (0..<6).reversed() { value = value << 8 | UInt64(bytes[start + index]) }
    return value
  }

  /// Unsigned LEB128 in its shortest form only: one value has one encoding.
  package mutating func readVarint() throws(FormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      let byte = try readByte()
      let bits = UInt64(byte & 0x7f)
      guard shift < 63 || bits <= 1 else { throw .malformed("number too large") }
      value |= bits << shift
      guard byte & 0x80 == 0 else { continue }
      guard byte != 0 || shift == 0 else { throw .malformed("number not in shortest form") }
      return value
    }
    throw .malformed("number too large")
  }

  /// A count of things that need at least `minimumBytes` each, so that it bounds an allocation.
  package mutating func readCount(minimumBytes: Int) throws(FormatError) -> Int {
    let count = try readVarint()
    guard count <= UInt64(remaining / max(1, minimumBytes)) else { throw .truncated }
    return Int(count)
  }

  package mutating func readDigest() throws(FormatError) -> Digest {
    let start = try advance(Digest.byteCount)
    return Digest(bytes.span.extracting(start..<start + Digest.byteCount))
  }

  package mutating func readNonce() throws(FormatError) -> Nonce {
    let high = try read(UInt64.self).byteSwapped
    return Nonce(high: high, low: try read(UInt64.self).byteSwapped)
  }

  package mutating func readBytes(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    let start = try advance(count)
    return bytes[start..<start + count]
  }

  /// Bytes after their varint length, at most `limit` of them.
  package mutating func readCounted(limit: Int) throws(FormatError) -> ArraySlice<UInt8> {
    let count = try readVarint()
    guard count <= UInt64(limit) else { throw .malformed("field too long") }
    return try readBytes(Int(count))
  }

  package mutating func expect(_ literal: String) throws(FormatError) {
    guard try readBytes(literal.utf8.count).elementsEqual(literal.utf8) else {
      throw .wrongMagic(expected: literal)
    }
  }

  /// Reads `count` bytes that are kept for later versions: zeros, so that one value has one
  /// encoding.
  package mutating func expectZeros(_ count: Int) throws(FormatError) {
    guard try readBytes(count).allSatisfy({ $0 == 0 }) else {
      throw .malformed("reserved bytes are not zero")
    }
  }

  package func expectEnd() throws(FormatError) {
    guard remaining == 0 else { throw .malformed("\(remaining) bytes after the end") }
  }
}

/// Why bytes could not be read as a format.
public enum FormatError: Error, Hashable, Sendable {
  /// The bytes end before the structure does.
  case truncated
  /// The bytes do not begin (or end) with the format's name.
  case wrongMagic(expected: String)
  /// The format is known, its version is not.
  case unsupportedVersion(found: Int, supported: Int)
  /// The format and its version are known, a feature bit that a reader must know is not.
  case unsupportedFeatures(UInt64)
  /// A digest over the bytes is not what it should be.
  case digestMismatch(expected: Digest, found: Digest)
  /// Anything else that no writer of the format makes.
  case malformed(String)
}
