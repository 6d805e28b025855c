import StorePrimitives

/// One step of a compiled pattern.
enum GlobToken: Hashable, Sendable {
  /// This byte.
  case byte(UInt8)
  /// `?`: one byte that is no slash.
  case anyByte
  /// `[...]`: one byte of the set with this index.
  case set(UInt32)
  /// `*`: any bytes but slashes.
  case star
  /// `**/`: nothing, or any bytes up to and with a slash.
  case directories
  /// `**` at the end, or before an escaped slash: any bytes.
  case anything

  /// The byte, when the token is one.
  var literal: UInt8? {
    guard case .byte(let byte) = self else { return nil }
    return byte
  }

  /// Whether the token takes exactly one byte of the text.
  var takesOneByte: Bool {
    switch self {
    case .byte, .anyByte, .set: true
    case .star, .directories, .anything: false
    }
  }
}

/// Turns the text of a pattern into tokens, as git's `wildmatch` reads it.
///
/// Two things that the manual does not say, and git does: a bracket that is never closed and a
/// backslash at the end match nothing; and `**` is special not only at the start of a component but
/// also when it is the first wildcard of its pattern (`foo**/bar` matches `foobar`), since git
/// compares the plain text in front of it first and then looks at the rest as a pattern of its own.
struct GlobCompiler {
  private(set) var tokens: [GlobToken] = []
  /// The sets that the tokens name, from index `firstSet` on.
  private(set) var sets: [ByteSet] = []
  private let firstSet: Int
  /// Whether the pattern is compared with a whole path: then wildcards stop at a slash.
  private let matchesPath: Bool

  init(matchesPath: Bool, firstSet: Int) {
    self.matchesPath = matchesPath
    self.firstSet = firstSet
  }

  /// False when no text matches `pattern`, which has no slash at its start. Linear time.
  mutating func compile(_ pattern: [UInt8]) -> Bool {
    var index = 0
    var sawSpecial = false
    while index < pattern.count {
      switch pattern[index] {
      case UInt8(ascii: "\\"):
        guard index + 1 < pattern.count else { return false }
        tokens.append(.byte(pattern[index + 1]))
        index += 2
        sawSpecial = true
      case UInt8(ascii: "?"):
        tokens.append(.anyByte)
        index += 1
        sawSpecial = true
      case UInt8(ascii: "*"):
        appendStars(pattern, &index, isFirstSpecial: !sawSpecial)
        sawSpecial = true
      case UInt8(ascii: "["):
        guard var set = ByteSet(pattern, &index) else { return false }
        if matchesPath { set.remove(RelativePath.slash) }
        tokens.append(.set(UInt32(firstSet + sets.count)))
        sets.append(set)
        sawSpecial = true
      default:
        tokens.append(.byte(pattern[index]))
        index += 1
      }
    }
    return true
  }

  private mutating func appendStars(
    _ pattern: [UInt8], _ index: inout Int, isFirstSpecial: Bool
  ) {
    let start = index
    while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
    let rest = pattern[index...].prefix(2)
    guard matchesPath, index - start > 1,
      isFirstSpecial || start == 0 || pattern[start - 1] == RelativePath.slash
    else { return tokens.append(.star) }
    if rest.first == RelativePath.slash {
      tokens.append(.directories)
      index += 1
    } else if rest.isEmpty || rest.elementsEqual([UInt8(ascii: "\\"), RelativePath.slash]) {
      tokens.append(.anything)
    } else {
      tokens.append(.star)
    }
  }
}

/// Matches tokens against bytes without recursion.
enum GlobMatcher {
  /// Where to go on when what follows a wildcard did not match: with the wildcard one step longer.
  private struct Restart {
    var token = -1
    var position = 0

    /// Gives a `*` one byte more; false when there is none, or it is a slash.
    mutating func extendStar(_ text: Span<UInt8>) -> Bool {
      guard token >= 0, position < text.count, text[position] != RelativePath.slash else {
        return false
      }
      position += 1
      return true
    }

    /// Gives `anything` one byte more, and `directories` one directory more.
    mutating func extendDeep(_ kind: GlobToken, _ text: Span<UInt8>) -> Bool {
      if kind == .directories {
        while position < text.count, text[position] != RelativePath.slash { position += 1 }
      }
      guard position < text.count else { return false }
      position += 1
      return true
    }
  }

  /// Whether `tokens` match the whole of `text`. At most the product of both lengths in time.
  ///
  /// It is enough to remember the last `*` and the last `**`: whatever an earlier one could still
  /// take, the later one, reached as early in the text as can be, could take as well. A `*` that
  /// meets a slash gives way to the `**` before it.
  static func matches(
    _ tokens: Span<GlobToken>, sets: Span<ByteSet>, _ text: Span<UInt8>
  ) -> Bool {
    var token = 0
    var position = 0
    var star = Restart()
    var deep = Restart()
    while true {
      if token == tokens.count, position == text.count { return true }
      if token < tokens.count {
        switch tokens[token] {
        case .star:
          star = Restart(token: token, position: position)
          token += 1
          continue
        case .directories, .anything:
          deep = Restart(token: token, position: position)
          star = Restart()
          token += 1
          continue
        case let single where position < text.count && accepts(single, text[position], sets):
          token += 1
          position += 1
          continue
        default: break
        }
      }
      if star.extendStar(text) {
        (token, position) = (star.token + 1, star.position)
      } else if deep.token >= 0, deep.extendDeep(tokens[deep.token], text) {
        (token, position) = (deep.token + 1, deep.position)
      } else {
        return false
      }
    }
  }

  private static func accepts(_ token: GlobToken, _ byte: UInt8, _ sets: Span<ByteSet>) -> Bool {
    switch token {
    case .byte(let expected): byte == expected
    case .anyByte: byte != RelativePath.slash
    case .set(let index): sets[Int(index)].contains(byte)
    case .star, .directories, .anything: false
    }
  }

  /// Whether both hold the same bytes.
  static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left[index] != right[index] { return false }
    return true
  }
}
