/// A word or a single sign of Swift code.
struct Token: Hashable, Sendable {
  let text: String
  /// From 1.
  let line: Int
  /// The offset of its first byte in the source.
  let offset: Int
  let isFirstOfLine: Bool

  /// The offset after its last byte.
  var end: Int { offset + text.utf8.count }
}

/// Cuts Swift source into words and signs; comments and strings are left out (`SwiftMask`).
enum SwiftTokens {
  static func tokens(of text: String) -> [Token] {
    let code = SwiftMask.mask(text)
    var tokens: [Token] = []
    var line = 1
    var isFirstOfLine = true
    var index = 0
    while index < code.count {
      let start = index
      index += 1
      switch code[start] {
      case UInt8(ascii: "\n"):
        line += 1
        isFirstOfLine = true
        continue
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): continue
      case let byte where isWord(byte):
        while index < code.count, isWord(code[index]) { index += 1 }
      default: break
      }
      let word = String(decoding: code[start..<index], as: UTF8.self)
      tokens.append(Token(text: word, line: line, offset: start, isFirstOfLine: isFirstOfLine))
      isFirstOfLine = false
    }
    return tokens
  }

  /// Whether `byte` belongs to a name, a keyword or a number. Bytes of other scalars do.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xff:
      true
    default: false
    }
  }
}

extension Collection<Token> where Index == Int {
  /// The text of the token at `index`; empty outside.
  func text(at index: Int) -> String { indices.contains(index) ? self[index].text : "" }
}
