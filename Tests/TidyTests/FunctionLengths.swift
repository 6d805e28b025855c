/// A function, initialiser, deinitialiser or subscript with a body.
struct FunctionExtent: Hashable {
  let name: String
  /// The line of its keyword, from 1.
  let firstLine: Int
  /// The line of the brace that ends its body.
  let lastLine: Int

  /// The lines with the signature.
  var lineCount: Int { lastLine - firstLine + 1 }
}

/// Finds the functions of Swift code and where they end, by counting braces.
enum FunctionLengths {
  private static let keywords: Set = ["func", "init", "deinit", "subscript"]

  /// Words that begin the next member, so that a requirement of a protocol ends before them.
  private static let memberStarts: Set = [
    "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class", "enum", "actor",
    "protocol", "extension", "associatedtype", "typealias", "static", "mutating", "nonmutating",
    "public", "package", "internal", "private", "fileprivate", "override", "import", "@",
  ]

  static func functions(in tokens: [Token]) -> [FunctionExtent] {
    tokens.indices.compactMap { index in
      guard isDeclaration(tokens, at: index), let opening = bodyStart(tokens, after: index),
        let closing = closingBrace(tokens, of: opening)
      else { return nil }
      let keyword = tokens[index]
      return FunctionExtent(
        name: keyword.text == "func" ? tokens.text(at: index + 1) : keyword.text,
        firstLine: keyword.line, lastLine: tokens[closing].line)
    }
  }

  /// Whether the token declares a function: `self.init(` and `.init(` call one.
  private static func isDeclaration(_ tokens: [Token], at index: Int) -> Bool {
    guard keywords.contains(tokens[index].text), tokens.text(at: index - 1) != "." else {
      return false
    }
    let next = tokens.text(at: index + 1)
    return switch tokens[index].text {
    case "init": ["(", "?", "!", "<"].contains(next)
    case "deinit": next == "{"
    case "subscript": ["(", "<"].contains(next)
    default: true
    }
  }

  /// The brace that begins the body; nil when there is none, as in a protocol.
  private static func bodyStart(_ tokens: [Token], after keyword: Int) -> Int? {
    var depth = 0
    for index in tokens.indices[(keyword + 1)...] {
      let token = tokens[index]
      switch token.text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return index
      case "}" where depth == 0: return nil
      case let text where depth == 0 && token.isFirstOfLine && memberStarts.contains(text):
        return nil
      default: break
      }
    }
    return nil
  }

  private static func closingBrace(_ tokens: [Token], of opening: Int) -> Int? {
    var depth = 0
    for index in tokens.indices[opening...] {
      switch tokens[index].text {
      case "{": depth += 1
      case "}":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }
}
