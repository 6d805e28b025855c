/// A link of a Markdown text.
struct MarkdownLink: Hashable {
  let target: String
  /// From 1.
  let line: Int

  /// The path that the link leads to, seen from the file at `path`; nil when it leads to the web or
  /// to a place in the same file. A link that leaves the repository keeps its `..`.
  func pathInRepository(from path: String) -> String? {
    let target = self.target.prefix { $0 != "#" && $0 != "?" }
    guard !target.isEmpty, !target.contains(":") else { return nil }
    var components = target.hasPrefix("/") ? [] : path.split(separator: "/").dropLast()
    for component in target.split(separator: "/") where component != "." {
      if component == "..", let last = components.last, last != ".." {
        components.removeLast()
      } else {
        components.append(component)
      }
    }
    return components.joined(separator: "/")
  }
}

/// The parts of Markdown that the rules ask for. See the CommonMark specification, 4.5 and 6.3.
enum MarkdownText {
  /// The indices of the lines that are prose: no fenced example, no table, no line with a link.
  static func proseLines(of lines: [Substring]) -> [Int] {
    unfencedLines(of: lines).filter { index in
      let line = lines[index].drop { $0 == " " }
      return !line.hasPrefix("|") && !line.contains("](") && !line.contains("://")
    }
  }

  /// The links `[text](target)` and `[label]: target`, outside of examples and code.
  static func links(of lines: [Substring]) -> [MarkdownLink] {
    unfencedLines(of: lines).flatMap { index in
      let line = withoutCode(lines[index])
      return (inlineTargets(of: line) + [referenceTarget(of: line)].compactMap { $0 })
        .map { MarkdownLink(target: $0, line: index + 1) }
    }
  }

  private static func unfencedLines(of lines: [Substring]) -> [Int] {
    var fence: String?
    return lines.indices.filter { index in
      let line = lines[index].drop { $0 == " " }
      if let open = fence {
        if line.hasPrefix(open) { fence = nil }
        return false
      }
      fence = ["```", "~~~"].first { line.hasPrefix($0) }
      return fence == nil
    }
  }

  /// `line` without what stands between backticks.
  private static func withoutCode(_ line: Substring) -> Substring {
    let parts = line.split(separator: "`", omittingEmptySubsequences: false)
    return Substring(parts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined())
  }

  private static func inlineTargets(of line: Substring) -> [String] {
    var targets: [String] = []
    var rest = line
    while let opening = rest.firstRange(of: "](") {
      rest = rest[opening.upperBound...]
      targets.append(target(rest.prefix { $0 != ")" }))
    }
    return targets
  }

  private static func referenceTarget(of line: Substring) -> String? {
    guard line.hasPrefix("["), let end = line.firstRange(of: "]: ") else { return nil }
    return target(line[end.upperBound...])
  }

  /// The target without its title and without `<>`.
  private static func target(_ text: Substring) -> String {
    let text = text.drop { $0 == " " }
    guard text.hasPrefix("<") else { return String(text.prefix { $0 != " " }) }
    return String(text.dropFirst().prefix { $0 != ">" })
  }
}
