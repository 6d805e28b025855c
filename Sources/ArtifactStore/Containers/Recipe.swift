package import StorePrimitives

/// The ordered chunks of a blob that has more than one.
///
/// Layout: magic 8 | blob id 32 | size u64 | chunker u16 | zeros 6 | chunk count varint | for each
/// chunk its id 32 and its length varint. A recipe is no proof: chunk ids prove chunks, not their
/// order, so the whole blob is hashed on its way out (rule 17).
package struct Recipe: Hashable, Sendable {
  private static let magic = "RPSRCPE1"

  package struct Piece: Hashable, Sendable {
    package let id: ChunkID
    /// Bytes.
    package let count: Int

    package init(id: ChunkID, count: Int) {
      self.id = id
      self.count = count
    }
  }

  package let blob: BlobID
  package let size: UInt64
  /// Which chunker made the cuts: for people, and for an add that wants to make the same.
  package let chunker: UInt16
  package let pieces: [Piece]

  package init(blob: BlobID, size: UInt64, chunker: UInt16, pieces: [Piece]) {
    self.blob = blob
    self.size = size
    self.chunker = chunker
    self.pieces = pieces
  }

  package var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 64 + pieces.count * 36)
    writer.append(contentsOf: Self.magic.utf8)
    writer.append(blob.digest)
    writer.append(size)
    writer.append(chunker)
    writer.appendZeros(6)
    writer.appendVarint(UInt64(pieces.count))
    for piece in pieces {
      writer.append(piece.id.digest)
      writer.appendVarint(UInt64(piece.count))
    }
    return writer.bytes
  }

  /// Reads a recipe: two pieces or more, which add up to its size.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    try reader.expect(Self.magic)
    blob = BlobID(try reader.readDigest())
    size = try reader.read()
    chunker = try reader.read()
    try reader.expectZeros(6)
    let count = try reader.readCount(minimumBytes: 33)
    guard count > 1 else { throw .malformed("a recipe has two chunks or more") }
    var pieces: [Piece] = []
    pieces.reserveCapacity(count)
    var total: UInt64 = 0
    for _ in 0..<count {
      let id = ChunkID(try reader.readDigest())
      let length = try reader.readVarint()
      guard length > 0, length <= UInt64(Limits.chunkBytes) else {
        throw .malformed("chunk length out of bounds")
      }
      total += length
      pieces.append(Piece(id: id, count: Int(length)))
    }
    try reader.expectEnd()
    guard total == size else { throw .malformed("chunks do not add up to the size") }
    self.pieces = pieces
  }
}
