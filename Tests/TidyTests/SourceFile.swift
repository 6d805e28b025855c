/// A breach of a rule at a place of the repository.
struct Fault: Hashable, CustomStringConvertible {
  let path: String
  /// From 1; 0 when the whole file is meant.
  let line: Int
  let message: String

  var description: String { line == 0 ? "\(path): \(message)" : "\(path):\(line): \(message)" }
}

/// A file of the repository as the rules see it.
struct SourceFile: Sendable {
  /// Relative to the root of the repository, with `/` between components.
  let path: String
  let byteCount: Int
  /// Nothing for a file that is no text.
  let lines: [Substring]
  /// The words and signs of Swift source without comments and strings; empty for other files.
  let tokens: [Token]

  /// `text` is nil for a file that is no text or too large to be one.
  init(path: String, byteCount: Int, text: String?) {
    self.path = path
    self.byteCount = byteCount
    var lines = text?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    // The newline at the end of a file ends its last line, it does not begin another one.
    if lines.last?.isEmpty == true { lines.removeLast() }
    self.lines = lines
    tokens = path.hasSuffix(".swift") ? SwiftTokens.tokens(of: text ?? "") : []
  }

  /// A sample for the tests of the rules.
  init(_ path: String, _ text: String) {
    self.init(path: path, byteCount: text.utf8.count, text: text)
  }

  var isSwift: Bool { path.hasSuffix(".swift") }

  var isMarkdown: Bool { path.hasSuffix(".md") }

  /// Whether the file is a program for an interpreter, by its name or its first line.
  var isScript: Bool {
    path.hasSuffix(".py") || path.hasSuffix(".sh") || lines.first?.hasPrefix("#!") == true
  }

  /// The module whose folder the file is in; nil outside `Sources`.
  var module: String? {
    let components = path.split(separator: "/")
    guard components.count > 2, components[0] == "Sources" else { return nil }
    return String(components[1])
  }

  func fault(_ line: Int, _ message: String) -> Fault {
    Fault(path: path, line: line, message: message)
  }
}
