/// Appends fixed-width little-endian numbers, LEB128 varints and ids to an array of bytes.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  package var count: Int { bytes.count }

  package mutating func append(_ value: UInt8) { bytes.append(value) }

  package mutating func append(_ value: some FixedWidthInteger & UnsignedInteger) {
    var rest = value
    for _ in 0..<value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest = rest >> 8
    }
  }

  /// Appends the low 48 bits of `value`; traps when it has more (the caller has checked).
  package mutating func append48(_ value: UInt64) {
    precondition(value < 1 << 48, "48-bit field")
    for shift in stride(from: UInt64(0), to: 48, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Unsigned LEB128: seven bits a byte, low bits first.
  package mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package mutating func append(_ digest: Digest) {
    for index in 0..<4 { append(digest.word(index).byteSwapped) }
  }

  package mutating func append(_ nonce: Nonce) {
    append(nonce.high.byteSwapped)
    append(nonce.low.byteSwapped)
  }

  package mutating func append(contentsOf other: some Collection<UInt8>) {
    bytes.append(contentsOf: other)
  }

  /// A varint length, then the bytes.
  package mutating func appendCounted(_ other: some Collection<UInt8>) {
    appendVarint(UInt64(other.count))
    bytes.append(contentsOf: other)
  }

  package mutating func appendZeros(_ count: Int) {
    bytes.append(contentsOf: repeatElement(0, count: count))
  }
}
