/// The style rules of the repository. Each looks at one file and names every breach.
enum Rules {
  static let fileLineLimit = 400
  static let functionLineLimit = 60
  static let columnLimit = 100
  /// Bytes.
  static let fileByteLimit = 1 << 20

  /// A Swift file has fewer than 400 lines: it holds one idea.
  static func fileLength(_ file: SourceFile) -> [Fault] {
    guard file.isSwift, file.lines.count >= fileLineLimit else { return [] }
    return [file.fault(0, "\(file.lines.count) lines, \(fileLineLimit) or more")]
  }

  /// A function has fewer than 60 lines with its signature.
  static func functionLength(_ file: SourceFile) -> [Fault] {
    FunctionLengths.functions(in: file.tokens)
      .filter { $0.lineCount >= functionLineLimit }
      .map {
        file.fault(
          $0.firstLine, "\($0.name) has \($0.lineCount) lines, \(functionLineLimit) or more")
      }
  }

  /// A line has at most 100 columns: in Swift, in scripts, and in the prose of Markdown, where
  /// tables, links and examples may be wider.
  static func lineLength(_ file: SourceFile) -> [Fault] {
    let prose = file.isMarkdown ? Set(MarkdownText.proseLines(of: file.lines)) : []
    guard file.isSwift || file.isScript || file.isMarkdown else { return [] }
    return file.lines.indices.compactMap { index in
      let line = file.lines[index]
      // Counting characters is slow, and there are no more of them than bytes.
      guard line.utf8.count > columnLimit, line.count > columnLimit else { return nil }
      guard !file.isMarkdown || prose.contains(index) else { return nil }
      return file.fault(index + 1, "\(line.count) columns, more than \(columnLimit)")
    }
  }

  /// No file has more than 1 MiB: git keeps every version for ever.
  static func fileSize(_ file: SourceFile) -> [Fault] {
    guard file.byteCount > fileByteLimit else { return [] }
    return [file.fault(0, "\(file.byteCount) bytes, more than \(fileByteLimit)")]
  }
}
