import StoreIO
import StorePrimitives
import Synchronization

/// Up to 4 KiB of a file, shared by every image that holds them; zeros at the end are left out.
final class Block: Sendable {
  let bytes: [UInt8]
  /// Equal for equal bytes; 0 for zeros.
  let fingerprint: UInt64

  init(_ bytes: [UInt8]) {
    var end = bytes.count
    while end > 0, bytes[end - 1] == 0 { end -= 1 }
    self.bytes = end == bytes.count ? bytes : Array(bytes[..<end])
    // Faster than the standard library's hash: the processor has instructions for it.
    fingerprint = end == 0 ? 0 : SHA256.digest(of: self.bytes).word(0)
  }
}

/// The part of one write that falls into one block: what a disk may have kept or lost alone.
struct Piece: Sendable {
  /// Which block of the file.
  let block: UInt64
  /// Where in the block the bytes begin.
  let start: Int
  let bytes: [UInt8]
  private let merges: MergeCache

  init(block: UInt64, start: Int, bytes: [UInt8]) {
    self.block = block
    self.start = start
    self.bytes = bytes
    merges = MergeCache()
  }

  /// The offset in the file of the first byte.
  var offset: UInt64 { block * UInt64(FileContent.blockBytes) + UInt64(start) }
  /// The offset in the file behind the last byte.
  var end: UInt64 { offset + UInt64(bytes.count) }

  /// What the block holds after these bytes were written over `old`.
  func written(over old: Block?) -> Block {
    let covers = start == 0 && bytes.count >= old?.bytes.count ?? 0
    let below = covers ? nil : old
    return merges.merge(over: below) { Block(below == nil && start == 0 ? bytes : merged(below)) }
  }

  private func merged(_ old: Block?) -> [UInt8] {
    var merged = old?.bytes ?? []
    merged.resize(to: max(merged.count, start + bytes.count))
    var span = merged.mutableSpan
    var target = span._mutatingExtracting(start..<start + bytes.count)
    target.copy(from: bytes.span)
    return merged
  }

  /// The bytes below the offset `limit` of the file; nil when there are none.
  func cut(at limit: UInt64) -> Piece? {
    guard limit > offset else { return nil }
    guard limit < end else { return self }
    return Piece(block: block, start: start, bytes: Array(bytes.prefix(Int(limit - offset))))
  }
}

/// Remembers what a piece gave over the few blocks that it met: thousands of images ask again.
private final class MergeCache: Sendable {
  private struct Merge {
    /// Held, so that no other block can have its identity.
    let old: Block?
    let merged: Block
  }

  private static let limit = 16
  private let merges = Mutex<[Merge]>([])

  func merge(over old: Block?, _ make: () -> Block) -> Block {
    merges.withLock { merges in
      if let known = merges.first(where: { $0.old === old }) { return known.merged }
      let merged = make()
      if merges.count < MergeCache.limit { merges.append(Merge(old: old, merged: merged)) }
      return merged
    }
  }
}

/// The bytes of a simulated file: a size and the blocks that were written.
///
/// A copy shares its blocks with the original; a write replaces the blocks it meets and no others.
struct FileContent: Sendable {
  /// The unit in which a crash keeps or loses data: a page and an ext4 block.
  static let blockBytes = 4096
  /// Ext4's limit with 4 KiB blocks, in bytes; a larger offset is `EFBIG`.
  static let sizeLimit: UInt64 = 1 << 44 - 4096

  private(set) var size: UInt64 = 0
  private(set) var blocks: [UInt64: Block] = [:]
  /// Equal for equal bytes. O(1): kept up by every change.
  private var sum: UInt64 = 0

  var fingerprint: UInt64 { SeededRandom.mix(size, sum) }

  /// The pieces of a write of `bytes` at `offset`, in order.
  static func pieces(of bytes: [UInt8], at offset: UInt64) -> [Piece] {
    var pieces: [Piece] = []
    var index = 0
    while index < bytes.count {
      let position = offset + UInt64(index)
      let start = Int(position % UInt64(blockBytes))
      let end = min(bytes.count, index + blockBytes - start)
      let block = position / UInt64(blockBytes)
      pieces.append(Piece(block: block, start: start, bytes: Array(bytes[index..<end])))
      index = end
    }
    return pieces
  }

  mutating func write(_ piece: Piece) {
    put(piece.written(over: blocks[piece.block]), at: piece.block)
    extend(to: piece.end)
  }

  /// Makes the file at least `size` bytes long; what is new reads as zeros.
  mutating func extend(to size: UInt64) { self.size = max(self.size, size) }

  /// Makes the file exactly `size` bytes long.
  mutating func truncate(to size: UInt64) {
    let kept = size / UInt64(FileContent.blockBytes)
    if size < self.size {
      for index in blocks.keys where index > kept { put(nil, at: index) }
      if let last = blocks[kept] {
        let rest = Int(size % UInt64(FileContent.blockBytes))
        put(rest == 0 ? nil : Block(Array(last.bytes.prefix(rest))), at: kept)
      }
    }
    self.size = size
  }

  private mutating func put(_ block: Block?, at index: UInt64) {
    sum &-= FileContent.share(of: blocks[index], at: index)
    sum &+= FileContent.share(of: block, at: index)
    blocks[index] = block
  }

  private static func share(of block: Block?, at index: UInt64) -> UInt64 {
    guard let block, block.fingerprint != 0 else { return 0 }
    return SeededRandom.mix(index, block.fingerprint)
  }

  /// Fills `buffer` from `offset` on until it is full or the file ends; returns the bytes read.
  func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) -> Int {
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(buffer.count), size - offset))
    var filled = 0
    while filled < count {
      let position = offset + UInt64(filled)
      let start = Int(position % UInt64(FileContent.blockBytes))
      let end = min(count, filled + FileContent.blockBytes - start)
      let block = blocks[position / UInt64(FileContent.blockBytes)]?.bytes ?? []
      let known = max(filled, min(end, filled + block.count - start))
      if known > filled {
        var target = buffer._mutatingExtracting(filled..<known)
        target.copy(from: block.span.extracting(start..<start + known - filled))
      }
      var rest = buffer._mutatingExtracting(known..<end)
      rest.update(repeating: 0)
      filled = end
    }
    return count
  }

  /// All bytes. Only for files that are known to be small.
  var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(Int(size))
    for (index, block) in blocks.sorted(by: { $0.key < $1.key }) {
      let start = Int(index) * FileContent.blockBytes
      result += [UInt8](repeating: 0, count: start - result.count)
      result += block.bytes
    }
    return result + [UInt8](repeating: 0, count: Int(size) - result.count)
  }
}
