/// Names that no tree may have: `.git`, `.reprostore`, and what some file system takes for them.
///
/// A tree that holds `.git/hooks/...` would run code in whoever restores it, and one that holds
/// `.reprostore` would replace the configuration. Forbidden is what any of these would open as one
/// of the two:
///
/// - file systems that fold case (APFS, HFS+, NTFS, FAT, and ext4, F2FS and ZFS where it is
///   switched on), by upper case, lower case or folding, so `ſ` (U+017F) for `s`, `ı` and `İ` for
///   `i`, and the ligatures `ﬅ` and `ﬆ` for `st`;
/// - those that skip code points without a shape: HFS+ sixteen of them, ext4 with case folding all
///   that Unicode calls default-ignorable;
/// - Windows, which drops dots and spaces at the end, knows files by a short name such as `GIT~1`,
///   and takes what follows a `:` for a stream and a `\` for a separator.
///
/// Sources: the rules that git has kept for `.git` since CVE-2014-9390 and CVE-2019-1352; Unicode
/// CaseFolding.txt and `Default_Ignorable_Code_Point`. All of them are applied at once, which
/// forbids a little more than any one file system would confuse.
package enum ForbiddenNames {
  /// Whether `name`, one component of a path, is such a name. A few nanoseconds for most names; for
  /// those that begin like a forbidden one, linear time. Allocates nothing.
  package static func isForbidden(_ name: Span<UInt8>) -> Bool {
    guard name.count > 1 else { return false }
    // ASCII letters in lower case; other bytes may change, but to none that is compared here.
    switch (name[0] | 0x20, name[1] | 0x20) {
    case (UInt8(ascii: "."), UInt8(ascii: "g")), (UInt8(ascii: "."), UInt8(ascii: "r")),
      (UInt8(ascii: "g"), UInt8(ascii: "i")), (UInt8(ascii: "r"), UInt8(ascii: "e")),
      (0x80..., _), (_, 0x80...):
      return isLookAlike(name)
    default:
      return false
    }
  }

  /// The same for a component of a `RelativePath`.
  package static func isForbidden(component: ArraySlice<UInt8>) -> Bool {
    isForbidden(component.span)
  }

  /// The same for other bytes, which are copied.
  package static func isForbidden(component: some Collection<UInt8>) -> Bool {
    isForbidden(Array(component).span)
  }

  private static func isLookAlike(_ bytes: Span<UInt8>) -> Bool {
    var name = FoldedName()
    switch name.next(bytes) {
    case UInt8(ascii: "."):
      switch name.next(bytes) {
      case UInt8(ascii: "g"): return name.continues("it", bytes) && name.ends(bytes)
      case UInt8(ascii: "r"): return name.continues("eprostore", bytes) && name.ends(bytes)
      default: return false
      }
    case UInt8(ascii: "g"): return name.continues("it~", bytes) && name.endsShort(bytes)
    case UInt8(ascii: "r"): return name.continues("epros~", bytes) && name.endsShort(bytes)
    default: return false
    }
  }
}

/// Reads the bytes of a name as the most forgiving file system compares them: ASCII in lower case.
private struct FoldedName {
  private var offset = 0
  /// The second letter of a ligature.
  private var pending: UInt8?
  /// Stands for everything that folds to no ASCII character, invalid UTF-8 too.
  private static let other: UInt8 = 0xff

  /// The next character that counts; nil at the end.
  mutating func next(_ bytes: Span<UInt8>) -> UInt8? {
    if let letter = pending {
      pending = nil
      return letter
    }
    while offset < bytes.count {
      let byte = bytes[offset]
      guard byte >= 0x80 else {
        offset += 1
        return UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
      }
      guard let scalar = nextScalar(bytes) else { return FoldedName.other }
      if !scalar.properties.isDefaultIgnorableCodePoint { return folded(scalar) }
    }
    return nil
  }

  /// The scalar of several bytes at `offset`, which moves behind it; nil when it is malformed.
  private mutating func nextScalar(_ bytes: Span<UInt8>) -> Unicode.Scalar? {
    let count = (~bytes[offset]).leadingZeroBitCount
    guard (2...4).contains(count), count <= bytes.count - offset else { return nil }
    var value = UInt32(bytes[offset] & 0x7f >> UInt8(count))
    for index in offset + 1..<offset + count {
      guard bytes[index] & 0xc0 == 0x80 else { return nil }
      value = value << 6 | UInt32(bytes[index] & 0x3f)
    }
    // Only the shortest form is UTF-8.
    guard let scalar = Unicode.Scalar(value), UTF8.width(scalar) == count else { return nil }
    offset += count
    return scalar
  }

  private mutating func folded(_ scalar: Unicode.Scalar) -> UInt8 {
    switch scalar {
    case "\u{17f}": return UInt8(ascii: "s")
    case "\u{130}", "\u{131}": return UInt8(ascii: "i")
    case "\u{fb05}", "\u{fb06}":
      pending = UInt8(ascii: "t")
      return UInt8(ascii: "s")
    default: return FoldedName.other
    }
  }

  mutating func continues(_ text: String, _ bytes: Span<UInt8>) -> Bool {
    for letter in text.utf8 {
      guard next(bytes) == letter else { return false }
    }
    return true
  }

  /// Whether nothing follows but what Windows drops.
  mutating func ends(_ bytes: Span<UInt8>) -> Bool {
    while let character = next(bytes) {
      switch character {
      case UInt8(ascii: "."), UInt8(ascii: " "): continue
      case UInt8(ascii: ":"), UInt8(ascii: "\\"): return true
      default: return false
      }
    }
    return true
  }

  /// The number of a short name and its end. NTFS counts to four before it takes to hashes.
  mutating func endsShort(_ bytes: Span<UInt8>) -> Bool {
    guard let digit = next(bytes), UInt8(ascii: "1") <= digit, digit <= UInt8(ascii: "4") else {
      return false
    }
    return ends(bytes)
  }
}
