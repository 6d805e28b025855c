import StoreIO
package import StorePrimitives

/// Decides which codec pays for a piece of a file, and packs it. One per thread.
package struct Compressor: ~Copyable {
  /// Packed bytes must be at most this share of the plain ones, in percent, to be worth unpacking.
  private static let worthwhilePercent = 90
  /// A large file goes into packs instead of a raw object when it packs to this share: a fifth
  /// less.
  package static let largeFilePercent = 80
  /// The bytes that tell whether a piece packs well: zstd needs 8 us for them.
  private static let sampleBytes = 4096
  /// Level 1: 400-500 MB/s a core here; level 3 saves 3-6 % more at half the speed.
  private static let level = 1
  /// After this many samples in a row that did not pack, only each eighth piece is tried.
  private static let patience = 16

  private var zstd = ZstdCodec()
  private var output: [UInt8] = []
  private var packedCount = 0
  private var failures = 0
  private var skipped = 0

  package init() {}

  /// Hands out the packed form of the last piece for which `pack` did not answer `none`.
  package mutating func takePacked(
    _ body: (Span<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    var packed: [UInt8] = []
    swap(&packed, &output)
    defer { swap(&packed, &output) }
    try body(packed.span.extracting(0..<packedCount))
  }

  /// Packs `bytes` when that pays, and says with which codec.
  package mutating func pack(_ bytes: Span<UInt8>) -> Codec {
    guard bytes.count >= 64, isWorthTrying() else { return .none }
    if bytes.count > 2 * Self.sampleBytes {
      let middle = bytes.count / 2
      let sample = bytes.extracting(middle..<middle + Self.sampleBytes)
      guard pays(sample, percent: Self.worthwhilePercent) else { return failed() }
    }
    guard pays(bytes, percent: Self.worthwhilePercent) else { return failed() }
    failures = 0
    return .zstd
  }

  private mutating func isWorthTrying() -> Bool {
    guard failures >= Self.patience else { return true }
    skipped += 1
    return skipped % 8 == 0
  }

  private mutating func failed() -> Codec {
    failures += 1
    return .none
  }

  /// Whether `bytes` pack to at most `percent` of their length.
  package mutating func pays(_ bytes: Span<UInt8>, percent: Int) -> Bool {
    packedCount = zstd.compress(bytes, into: &output, level: Self.level)
    return packedCount * 100 <= bytes.count * percent
  }
}

/// Files that are packed already, told by their first bytes: trying a codec on them is lost time.
package enum PackedMedia {
  private static let signatures: [[UInt8]] = [
    [0xff, 0xd8, 0xff],  // JPEG
    [0x89, 0x50, 0x4e, 0x47],  // PNG
    [0x47, 0x49, 0x46, 0x38],  // GIF
    [0x1f, 0x8b],  // gzip
    [0x28, 0xb5, 0x2f, 0xfd],  // Zstandard
    [0xfd, 0x37, 0x7a, 0x58, 0x5a],  // xz
    [0x42, 0x5a, 0x68],  // bzip2
    [0x37, 0x7a, 0xbc, 0xaf],  // 7-Zip
    [0x4f, 0x67, 0x67, 0x53],  // Ogg
    [0x66, 0x4c, 0x61, 0x43],  // FLAC
    [0x49, 0x44, 0x33],  // MP3 with a tag
    [0x1a, 0x45, 0xdf, 0xa3],  // Matroska, WebM
  ]

  /// Whether `bytes`, the start of a file, begin as a packed format does.
  package static func matches(_ bytes: Span<UInt8>) -> Bool {
    if signatures.contains(where: { begins(bytes, with: $0, at: 0) }) { return true }
    // MP4 and its kin: `ftyp` after a length; WebP: `RIFF`, a length, `WEBP`.
    return begins(bytes, with: Array("ftyp".utf8), at: 4)
      || begins(bytes, with: Array("WEBP".utf8), at: 8)
  }

  private static func begins(_ bytes: Span<UInt8>, with prefix: [UInt8], at offset: Int) -> Bool {
    guard bytes.count >= offset + prefix.count else { return false }
    for (index, byte) in prefix.enumerated() where bytes[offset + index] != byte { return false }
    return true
  }
}
