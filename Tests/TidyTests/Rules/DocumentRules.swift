extension Rules {
  private static let documentedModules: Set = ["StorePrimitives", "StoreIO", "ArtifactStore"]

  /// A function or type that other modules see, declared at the top level, says what it is (`///`).
  static func documentation(_ file: SourceFile) -> [Fault] {
    guard let module = file.module, documentedModules.contains(module) else { return [] }
    let kinds: Set = ["func", "struct", "class", "enum", "protocol", "actor"]
    var depth = 0
    var isVisible = false
    var faults: [Fault] = []
    for (index, token) in file.tokens.enumerated() {
      if token.isFirstOfLine { isVisible = false }
      switch token.text {
      case "{": depth += 1
      case "}": depth -= 1
      case "public", "package", "open": isVisible = true
      case "import": isVisible = false
      case let kind where depth == 0 && isVisible && kinds.contains(kind):
        isVisible = false
        guard !hasDocumentation(file.lines, above: token.line) else { continue }
        faults.append(file.fault(token.line, "\(file.tokens.text(at: index + 1)) has no '///'"))
      default: break
      }
    }
    return faults
  }

  /// Whether a `///` stands above `line` (from 1), with nothing but attributes between.
  private static func hasDocumentation(_ lines: [Substring], above line: Int) -> Bool {
    for text in lines[..<(line - 1)].reversed() {
      let text = text.drop { $0 == " " }
      if text.hasPrefix("///") { return true }
      guard text.hasPrefix("@") else { return false }
    }
    return false
  }

  /// A link of a Markdown file to a file or folder of the repository leads somewhere.
  static func links(_ file: SourceFile, in repository: Repository) -> [Fault] {
    guard file.isMarkdown else { return [] }
    return MarkdownText.links(of: file.lines).compactMap { link in
      guard let target = link.pathInRepository(from: file.path) else { return nil }
      guard !repository.contains(target) else { return nil }
      return file.fault(link.line, "the link to \(link.target) leads nowhere")
    }
  }
}
