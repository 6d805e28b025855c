/// Blanks out what is no code in Swift source: comments, the text of strings, extended regular
/// expressions and names in backticks become spaces. Lines and offsets stay as they are, and so
/// does the code inside of string interpolations.
///
/// Not a whole lexer: a bare `/regex/` is taken for code, so a quote in one blanks the rest of its
/// line at most. See "Lexical Structure" in The Swift Programming Language.
struct SwiftMask {
  private let bytes: [UInt8]
  private var masked: [UInt8]
  private var index = 0

  /// The bytes of `text` without what is no code, as many as before.
  static func mask(_ text: String) -> [UInt8] {
    var mask = SwiftMask(text)
    mask.scanCode(untilParenthesis: false)
    return mask.masked
  }

  private init(_ text: String) {
    bytes = Array(text.utf8)
    masked = bytes
  }

  /// Leaves code as it is, up to the end or to the parenthesis that closes an interpolation.
  private mutating func scanCode(untilParenthesis: Bool) {
    var depth = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "/") where follows("//"): blankLine()
      case UInt8(ascii: "/") where follows("/*"): blankComment()
      case UInt8(ascii: "`"): blankName()
      case UInt8(ascii: "\""): blankString(pounds: 0)
      case UInt8(ascii: "#"): scanPounds()
      case UInt8(ascii: "(") where untilParenthesis:
        depth += 1
        index += 1
      case UInt8(ascii: ")") where untilParenthesis:
        guard depth > 0 else { return }
        depth -= 1
        index += 1
      default: index += 1
      }
    }
  }

  /// A raw string, an extended regular expression, or the sign before a macro.
  private mutating func scanPounds() {
    var end = index
    while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
    let pounds = end - index
    guard end < bytes.count else {
      index = end
      return
    }
    switch bytes[end] {
    case UInt8(ascii: "\""):
      blank(pounds)
      blankString(pounds: pounds)
    case UInt8(ascii: "/"):
      blank(pounds + 1)
      blankExpression(pounds: pounds)
    default: index = end
    }
  }

  /// A string of one or many lines, from its first quote; the code inside `\( )` stays.
  private mutating func blankString(pounds: Int) {
    let quotes = follows("\"\"\"") ? 3 : 1
    let tail = String(repeating: "#", count: pounds)
    let closing = String(repeating: "\"", count: quotes) + tail
    blank(quotes)
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\\"), follows("\\" + tail + "(") {
        blank(pounds + 2)
        scanCode(untilParenthesis: true)
        blank(1)
      } else if bytes[index] == UInt8(ascii: "\\"), follows("\\" + tail) {
        blank(pounds + 2)
      } else if bytes[index] == UInt8(ascii: "\""), follows(closing) {
        return blank(closing.utf8.count)
      } else if bytes[index] == UInt8(ascii: "\n"), quotes == 1 {
        return
      } else {
        blank(1)
      }
    }
  }

  private mutating func blankExpression(pounds: Int) {
    let closing = "/" + String(repeating: "#", count: pounds)
    while index < bytes.count, !follows(closing) { blank(1) }
    blank(closing.utf8.count)
  }

  private mutating func blankName() {
    blank(1)
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
      let isEnd = bytes[index] == UInt8(ascii: "`")
      blank(1)
      if isEnd { return }
    }
  }

  private mutating func blankLine() {
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { blank(1) }
  }

  /// A comment in `/* */`, which may hold others.
  private mutating func blankComment() {
    var depth = 0
    repeat {
      if follows("/*") {
        depth += 1
        blank(2)
      } else if follows("*/") {
        depth -= 1
        blank(2)
      } else {
        blank(1)
      }
    } while depth > 0 && index < bytes.count
  }

  private mutating func blank(_ count: Int) {
    for _ in 0..<count where index < bytes.count {
      if bytes[index] != UInt8(ascii: "\n") { masked[index] = UInt8(ascii: " ") }
      index += 1
    }
  }

  private func follows(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }
}
