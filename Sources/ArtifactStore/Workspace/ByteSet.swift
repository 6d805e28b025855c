/// A set of byte values: what the bracket expression of a pattern accepts.
struct ByteSet: Hashable, Sendable {
  private var word0: UInt64 = 0
  private var word1: UInt64 = 0
  private var word2: UInt64 = 0
  private var word3: UInt64 = 0

  init() {}

  init(_ ranges: [ClosedRange<UInt8>]) {
    for range in ranges { insert(range) }
  }

  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: word0
      case 1: word1
      case 2: word2
      default: word3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }

  mutating func insert(_ byte: UInt8) { insert(byte...byte) }

  mutating func insert(_ range: ClosedRange<UInt8>) {
    word0 |= ByteSet.mask(range, from: 0)
    word1 |= ByteSet.mask(range, from: 64)
    word2 |= ByteSet.mask(range, from: 128)
    word3 |= ByteSet.mask(range, from: 192)
  }

  mutating func remove(_ byte: UInt8) {
    var rest = ByteSet([byte...byte])
    rest.invert()
    word0 &= rest.word0
    word1 &= rest.word1
    word2 &= rest.word2
    word3 &= rest.word3
  }

  mutating func formUnion(_ other: ByteSet) {
    word0 |= other.word0
    word1 |= other.word1
    word2 |= other.word2
    word3 |= other.word3
  }

  mutating func invert() {
    word0 = ~word0
    word1 = ~word1
    word2 = ~word2
    word3 = ~word3
  }

  /// The bits of `range` in the word whose lowest bit stands for `first`.
  private static func mask(_ range: ClosedRange<UInt8>, from first: Int) -> UInt64 {
    let low = max(Int(range.lowerBound) - first, 0)
    let high = min(Int(range.upperBound) - first, 63)
    guard low <= high else { return 0 }
    return UInt64.max << UInt64(low) & UInt64.max >> UInt64(63 - high)
  }
}

// MARK: Bracket expressions

extension ByteSet {
  /// Reads the bracket expression at `index` and moves `index` behind it; nil when it is never
  /// closed or names an unknown class. Linear time in the bytes read.
  ///
  /// Source: POSIX, "RE Bracket Expression", with git's ways: `!` and `^` negate, a backslash
  /// quotes, a `]` at the start stands for itself, and so does a `[:` without its `:]`.
  init?(_ pattern: [UInt8], _ index: inout Int) {
    var reader = BracketReader(pattern: pattern, index: index + 1)
    guard reader.read() else { return nil }
    index = reader.index
    self = reader.set
  }
}

private struct BracketReader {
  let pattern: [UInt8]
  var index: Int
  var set = ByteSet()
  /// The byte that a `-` would make the start of a range.
  private var previous: UInt8?
  /// The first `]` at or behind the place of the last search.
  private var close = 0

  init(pattern: [UInt8], index: Int) {
    self.pattern = pattern
    self.index = index
  }

  private var byte: UInt8? { index < pattern.count ? pattern[index] : nil }
  private var nextByte: UInt8? { index + 1 < pattern.count ? pattern[index + 1] : nil }

  /// False when the expression is malformed.
  mutating func read() -> Bool {
    let isNegated = byte == UInt8(ascii: "!") || byte == UInt8(ascii: "^")
    if isNegated { index += 1 }
    let start = index
    while let byte, byte != UInt8(ascii: "]") || index == start {
      guard readItem(byte) else { return false }
    }
    guard byte != nil else { return false }
    index += 1
    if isNegated { set.invert() }
    return true
  }

  private mutating func readItem(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\\"):
      index += 1
      guard let quoted = self.byte else { return false }
      insert(quoted)
    case UInt8(ascii: "-"):
      guard let lower = previous, nextByte != UInt8(ascii: "]") else {
        insert(byte)
        return true
      }
      return readRange(from: lower)
    case UInt8(ascii: "["):
      guard nextByte == UInt8(ascii: ":") else {
        insert(byte)
        return true
      }
      return readClass()
    default:
      insert(byte)
    }
    return true
  }

  private mutating func insert(_ byte: UInt8) {
    set.insert(byte)
    previous = byte
    index += 1
  }

  private mutating func readRange(from lower: UInt8) -> Bool {
    index += 1
    if byte == UInt8(ascii: "\\") { index += 1 }
    guard let upper = byte else { return false }
    if lower <= upper { set.insert(lower...upper) }
    previous = nil
    index += 1
    return true
  }

  private mutating func readClass() -> Bool {
    let start = index + 2
    if close < start {
      guard let found = pattern[start...].firstIndex(of: UInt8(ascii: "]")) else { return false }
      close = found
    }
    guard close > start, pattern[close - 1] == UInt8(ascii: ":") else {
      insert(UInt8(ascii: "["))
      return true
    }
    let name = String(decoding: pattern[start..<close - 1].prefix(8), as: UTF8.self)
    guard let members = BracketReader.classes[name] else { return false }
    set.formUnion(members)
    previous = nil
    index = close + 1
    return true
  }

  /// The classes as git has them in any locale: ASCII only, and without the vertical tab and the
  /// form feed among the spaces.
  private static let classes: [String: ByteSet] = [
    "alnum": ByteSet([digits, uppers, lowers]),
    "alpha": ByteSet([uppers, lowers]),
    "blank": ByteSet([0x09...0x09, 0x20...0x20]),
    "cntrl": ByteSet([0x00...0x1f, 0x7f...0x7f]),
    "digit": ByteSet([digits]),
    "graph": ByteSet([0x21...0x7e]),
    "lower": ByteSet([lowers]),
    "print": ByteSet([0x20...0x7e]),
    "punct": ByteSet([0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e]),
    "space": ByteSet([0x09...0x0a, 0x0d...0x0d, 0x20...0x20]),
    "upper": ByteSet([uppers]),
    "xdigit": ByteSet([digits, 0x41...0x46, 0x61...0x66]),
  ]
  private static let digits: ClosedRange<UInt8> = 0x30...0x39
  private static let uppers: ClosedRange<UInt8> = 0x41...0x5a
  private static let lowers: ClosedRange<UInt8> = 0x61...0x7a
}
