/// A SHA-256 value: 32 bytes, kept as four big-endian words so that `<` is byte order.
///
/// Reference: FIPS 180-4. The text form is 64 lowercase hexadecimal digits, as `sha256sum` prints.
public struct Digest: Hashable, Comparable, Sendable {
  /// 32 zeros: stands for none in fields of fixed width.
  package static let zero = Digest(words: 0, 0, 0, 0)

  /// The bytes of a digest.
  public static let byteCount = 32

  @usableFromInline package let word0: UInt64
  @usableFromInline package let word1: UInt64
  @usableFromInline package let word2: UInt64
  @usableFromInline package let word3: UInt64

  @inlinable
  package init(words word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  /// Reads the first 32 bytes of `bytes`; traps when there are fewer (the caller has checked).
  public init(_ bytes: Span<UInt8>) {
    precondition(bytes.count >= Digest.byteCount, "a digest has 32 bytes")
    word0 = Digest.word(bytes, at: 0)
    word1 = Digest.word(bytes, at: 8)
    word2 = Digest.word(bytes, at: 16)
    word3 = Digest.word(bytes, at: 24)
  }

  private static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in offset..<offset + 8 { word = word << 8 | UInt64(bytes[index]) }
    return word
  }

  @inlinable
  public static func < (left: Digest, right: Digest) -> Bool {
    if left.word0 != right.word0 { return left.word0 < right.word0 }
    if left.word1 != right.word1 { return left.word1 < right.word1 }
    if left.word2 != right.word2 { return left.word2 < right.word2 }
    return left.word3 < right.word3
  }

  /// Feeds one word: a digest is already uniform (measured: half the time of hashing all 32 bytes).
  @inlinable
  public func hash(into hasher: inout Hasher) { hasher.combine(word0) }

  /// The first 8 bytes as a big-endian number: the fence key of an index page.
  package var prefix: UInt64 { word0 }

  /// The big-endian word at byte `8 * index` of the digest, `index` 0 to 3.
  package func word(_ index: Int) -> UInt64 {
    switch index {
    case 0: word0
    case 1: word1
    case 2: word2
    default: word3
    }
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(Digest.byteCount)
    for word in [word0, word1, word2, word3] {
      for shift in stride(from: 56, through: 0, by: -8) {
        result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return result
  }
}
