package import StoreIO
package import StorePrimitives

extension Store {
  /// Hands out the bytes `range` of a blob, in order, in pieces of at most 1 MiB.
  ///
  /// Every piece is checked before it is handed out. A range of a blob that has several chunks is
  /// proven only once the whole blob was hashed (rule 17), so all of it is read.
  ///
  /// - Throws: `StoreError.rangeOutside` when the range begins behind the end; one that ends behind
  ///   it is cut.
  @specialized(where Directory == LinuxDirectory)
  package func read(
    _ blob: BlobID, range: Range<UInt64>? = nil, progress: Progress = Progress(),
    _ body: (Span<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    let reader = try snapshot().reader()
    let content = try BlobContent(blob, reader)
    let wanted = range ?? 0..<content.size
    guard wanted.lowerBound <= content.size else { throw .rangeOutside(size: content.size) }
    if wanted != 0..<content.size, content.pieces.count > 1 {
      try content.forEachPiece(progress) { (_, _) throws(StoreError) in }
    }
    try content.forEachPiece(progress) { (offset, bytes) throws(StoreError) in
      let start = max(offset, wanted.lowerBound)
      let end = min(offset + UInt64(bytes.count), wanted.upperBound)
      guard start < end else { return }
      try body(bytes.extracting(Int(start - offset)..<Int(end - offset)))
    }
  }
}

/// The pieces of one blob, read in order and proven as a whole.
package struct BlobContent<Directory: DirectoryHandle> {
  package let blob: BlobID
  package let size: UInt64
  package let pieces: [Recipe.Piece]
  /// Whether the pieces come from a recipe, which proves nothing: a single chunk is its own proof.
  private let isClaim: Bool
  private let reader: ObjectReader<Directory>

  /// Finds the blob: one chunk, or the recipe of several.
  package init(_ blob: BlobID, _ reader: ObjectReader<Directory>) throws(StoreError) {
    self.blob = blob
    self.reader = reader
    if let recipe = try reader.recipe(of: blob) {
      size = recipe.size
      pieces = recipe.pieces
      isClaim = true
    } else {
      let key = ObjectKey(.chunk, blob.digest)
      guard let place = try reader.snapshot.view.find(key) else {
        throw reader.snapshot.view.damaged.first ?? .missing(.blob(blob))
      }
      size = place.plainCount
      pieces = [Recipe.Piece(id: ChunkID(blob.digest), count: Int(place.plainCount))]
      isClaim = false
    }
  }

  /// Calls `body` with each piece and its offset. Throws at the end when the whole does not hash to
  /// the id: whoever has passed bytes on by then must say so.
  package func forEachPiece(
    _ progress: Progress, _ body: (UInt64, Span<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    var whole = SHA256Hasher()
    var bytes: [UInt8] = []
    var offset: UInt64 = 0
    for piece in pieces {
      try progress.checkCancelled()
      try reader.read(ObjectKey(piece.id), into: &bytes)
      guard bytes.count == piece.count else {
        throw .corrupt(.blob(blob), .malformed("a chunk has another length"))
      }
      if isClaim { whole.update(bytes.span) }
      try body(offset, bytes.span)
      offset += UInt64(bytes.count)
    }
    guard isClaim else { return }
    let found = whole.finish()
    guard found == blob.digest else {
      throw .corrupt(.blob(blob), .digestMismatch(expected: blob.digest, found: found))
    }
  }
}
