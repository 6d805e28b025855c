package import StorePrimitives

/// The fixed parts of a pack: header 64 | payload | footer n x 56 | trailer 64 (docs/formats.md).
///
/// The id is SHA-256(header, footer): it commits to every id, length and offset and to the nonce
/// without a second pass over the payload, whose damage each object's own SHA-256 finds.
package enum PackFormat {
  package static let headerBytes = 64
  package static let trailerBytes = 64
  package static let version: UInt16 = 1
  /// A pack is sealed at this size: few requests on a bucket, and one `fsync` for 64 MiB.
  package static let targetBytes: UInt64 = 64 << 20
  /// And at this many objects, however small: the footer stays far below what readers take.
  package static let targetEntries = 256 << 10

  private static let headMagic = "RPSPACK1"
  private static let tailMagic = "RPSPEND1"

  /// magic 8 | version u16 | zeros 6 | store uuid 16 | nonce 16 | zeros 16
  package static func header(store: Nonce, nonce: Nonce) -> [UInt8] {
    var writer = ByteWriter(reserving: headerBytes)
    writer.append(contentsOf: headMagic.utf8)
    writer.append(version)
    writer.appendZeros(6)
    writer.append(store)
    writer.append(nonce)
    writer.appendZeros(16)
    return writer.bytes
  }

  /// The entries, which must be sorted.
  package static func footer(_ entries: [IndexEntry]) -> [UInt8] {
    var writer = ByteWriter(reserving: entries.count * IndexEntry.byteCount)
    for entry in entries { entry.write(to: &writer) }
    return writer.bytes
  }

  /// footer offset u64 | entry count u32 | zeros 4 | pack id 32 | zeros 8 | magic 8
  package static func trailer(footerOffset: UInt64, count: Int, id: PackID) -> [UInt8] {
    var writer = ByteWriter(reserving: trailerBytes)
    writer.append(footerOffset)
    writer.append(UInt32(count))
    writer.appendZeros(4)
    writer.append(id.digest)
    writer.appendZeros(8)
    writer.append(contentsOf: tailMagic.utf8)
    return writer.bytes
  }

  /// What the trailer of a pack of `size` bytes says, checked against that size.
  package struct Trailer {
    package let footerOffset: UInt64
    package let footerBytes: Int
    package let count: Int
    package let id: PackID

    package init(_ bytes: [UInt8], packSize size: UInt64) throws(FormatError) {
      var reader = ByteReader(bytes)
      footerOffset = try reader.read()
      count = Int(try reader.read(UInt32.self))
      try reader.expectZeros(4)
      id = PackID(try reader.readDigest())
      try reader.expectZeros(8)
      try reader.expect(tailMagic)
      footerBytes = count * IndexEntry.byteCount
      guard footerBytes <= Limits.packFooterBytes, size >= UInt64(headerBytes + trailerBytes),
        footerOffset >= UInt64(headerBytes),
        footerOffset <= size - UInt64(trailerBytes),
        size - UInt64(trailerBytes) - footerOffset == UInt64(footerBytes)
      else { throw .malformed("footer does not fit the pack") }
    }
  }

  package static func checkHeader(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    try reader.expect(headMagic)
    let found = try reader.read(UInt16.self)
    guard found == version else {
      throw .unsupportedVersion(found: Int(found), supported: Int(version))
    }
    try reader.expectZeros(6)
    try reader.skip(2 * Nonce.byteCount)
    try reader.expectZeros(16)
  }

  /// The entries of a footer: sorted, none twice, none outside the payload.
  package static func entries(
    _ footer: [UInt8], count: Int, payloadEnd: UInt64
  ) throws(FormatError) -> [IndexEntry] {
    var reader = ByteReader(footer)
    var entries: [IndexEntry] = []
    entries.reserveCapacity(count)
    for _ in 0..<count {
      let entry = try IndexEntry(from: &reader)
      guard entry.container == 0, entry.offset >= UInt64(headerBytes), entry.fits(in: payloadEnd)
      else { throw .malformed("entry outside the pack") }
      if let last = entries.last, !IndexEntry.precedes(last, entry) {
        throw .malformed("entries out of order")
      }
      entries.append(entry)
    }
    return entries
  }
}
