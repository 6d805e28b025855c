import StorePrimitives

/// How a blob was cut; the raw values are part of the format of a recipe.
///
/// Cuts decide how well blobs share chunks, never whether they are right: a reader needs none of
/// this, and a store may hold blobs of every chunker.
package enum ChunkerID: UInt16, Hashable, Sendable {
  /// A single chunk.
  case whole = 0
  /// `GearChunker` with `ChunkerParameters.standard`.
  case gear64v1 = 1
  /// `CutPlan`: at the starts of tensors or archive members, then every 1 MiB.
  case tensors1 = 2
}

/// The two ways to cut a blob behind one interface.
package enum Cutter: Sendable {
  case content(GearChunker)
  case planned(CutPlan)

  /// Cuts by content with the parameters of `ChunkerID.gear64v1`.
  package static let standard = Cutter.content(GearChunker(.standard))

  /// What a recipe says of these cuts.
  package var chunkerID: ChunkerID {
    switch self {
    case .content: .gear64v1
    case .planned: .tensors1
    }
  }

  /// The length of the chunk that begins with `bytes`, at byte `offset` of the blob; at most
  /// `Limits.chunkBytes`.
  ///
  /// Nil when `bytes` is empty or the chunk may reach past it and `isLast` is false. `offset` must
  /// be 0 or the end of the chunk before. With `Limits.chunkBytes` bytes, or all that is left, the
  /// answer is never nil.
  package func cut(_ bytes: Span<UInt8>, at offset: UInt64, isLast: Bool) -> Int? {
    let available = min(bytes.count, Limits.chunkBytes)
    switch self {
    case .content(let chunker):
      let length = chunker.cut(
        bytes.extracting(first: available), isLast: isLast && available == bytes.count)
      return length ?? (available == Limits.chunkBytes ? available : nil)
    case .planned(let plan):
      let length = plan.pieceBytes(at: offset)
      guard length > available else { return length }
      return isLast && available > 0 ? available : nil
    }
  }
}
