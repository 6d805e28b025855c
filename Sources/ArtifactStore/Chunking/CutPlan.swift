import StorePrimitives

/// Where to cut a blob whose format tells where its parts begin: a tensor that moved within the
/// file is then cut as before, and no byte has to be scanned.
///
/// Each region is cut into pieces of 1 MiB from its start. A piece below 64 KiB takes in the
/// regions below 64 KiB that follow, up to 256 KiB in all, so that scalars and biases cost no chunk
/// each. The first region holds the file's header and takes in nothing: a header that grows must
/// not move the groups behind it.
package struct CutPlan: Hashable, Sendable {
  /// The longest piece, in bytes: a tensor is a run of few large chunks (0.01 % of index).
  package static let pieceBytes = UInt64(Limits.chunkBytes)
  /// A region below this many bytes is not worth a chunk of its own.
  package static let smallBytes: UInt64 = 64 << 10
  /// The bytes that small regions together make up at most.
  package static let groupBytes: UInt64 = 256 << 10

  /// The starts of the regions that are left after small ones are merged: ascending, the first
  /// is 0.
  package let boundaries: [UInt64]

  /// Plans the cuts of a file of `size` bytes with regions that begin at `regionStarts`: 0 first,
  /// none before the one before it. Empty regions are fine. Nil when the starts are not like that,
  /// reach past the end, or the file is larger than a store takes. Linear in the regions.
  package init?(regionStarts: [UInt64], size: UInt64) {
    guard regionStarts.first == 0, let last = regionStarts.last, last <= size,
      size <= Limits.fileBytes,
      zip(regionStarts, regionStarts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return nil }
    var merged = RegionMerger()
    for (start, end) in zip(regionStarts, regionStarts.dropFirst() + [size]) where start < end {
      merged.append(start: start, bytes: end - start)
    }
    boundaries = merged.boundaries
  }

  /// The length in bytes of the piece that begins at `offset`, which is 0 or the end of a piece.
  /// Behind the last boundary pieces go on without an end. Logarithmic in the regions.
  package func pieceBytes(at offset: UInt64) -> Int {
    var low = 1
    var high = boundaries.count
    while low < high {
      let middle = low + (high - low) / 2
      if boundaries[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    let intoRegion = offset - boundaries[low - 1]
    let toPieceEnd = CutPlan.pieceBytes - intoRegion % CutPlan.pieceBytes
    guard low < boundaries.count else { return Int(toPieceEnd) }
    return Int(min(toPieceEnd, boundaries[low] - offset))
  }
}

/// Leaves out the starts of small regions that the piece before them takes in.
private struct RegionMerger {
  private(set) var boundaries: [UInt64] = [0]
  /// The bytes of the last piece while it may still take in small regions, else 0.
  private var openBytes: UInt64 = 0

  /// Adds the region after the last one; `bytes` is not 0.
  mutating func append(start: UInt64, bytes: UInt64) {
    guard start > 0 else { return }
    let isSmall = bytes < CutPlan.smallBytes
    if isSmall, openBytes > 0, openBytes + bytes <= CutPlan.groupBytes {
      openBytes += bytes
      return
    }
    boundaries.append(start)
    let tail = bytes % CutPlan.pieceBytes
    openBytes = tail < CutPlan.smallBytes ? tail : 0
  }
}
