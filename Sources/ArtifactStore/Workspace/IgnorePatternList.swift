import StorePrimitives

/// The patterns of one ignore file, compiled.
///
/// Most patterns are a name (`build`), an ending (`*.tmp`) or a beginning (`tmp*`): those are told
/// apart when the file is read and compared as plain bytes. All of them lie in flat arrays, so
/// that looking through the list follows no references.
struct IgnorePatternList: Sendable {
  private enum Shape: UInt8 {
    /// `literals` is the whole text, its end, or its beginning.
    case whole, ending, beginning
    /// `tokens` are to be matched.
    case glob
  }

  private struct Pattern: Sendable {
    /// Where the literal lies in `literals`, or the tokens in `tokens`.
    let start: Int
    let count: Int
    /// No shorter text can match.
    let minimumLength: Int
    /// What every match ends with, when that is known.
    let lastByte: UInt8?
    let shape: Shape
    let isNegated: Bool
    let directoriesOnly: Bool
    /// Without a slash in it: compared with the last component alone.
    let matchesName: Bool
  }

  private var patterns: [Pattern] = []
  private var literals: [UInt8] = []
  private var tokens: [GlobToken] = []
  private var sets: [ByteSet] = []

  /// Whether no pattern of the file can ever match.
  var isEmpty: Bool { patterns.isEmpty }

  /// Reads the lines of an ignore file. Time and memory are linear in `bytes`.
  init(parsing bytes: [UInt8]) {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let text = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard line.first != UInt8(ascii: "#") else { continue }
      add(line: IgnorePatternList.trimmed(line))
    }
  }

  /// True when `path` is ignored, false when it is included again, nil when no pattern matches.
  /// `path` is relative to the directory of the file.
  func verdict(on path: Span<UInt8>, isDirectory: Bool) -> Bool? {
    guard let end = path.indices.last else { return nil }
    let start = IgnorePatternList.startOfName(path)
    let patterns = patterns.span
    var index = patterns.count
    while index > 0 {
      index -= 1
      let pattern = patterns[index]
      // These rule out nearly all patterns without a look at their bytes.
      let length = pattern.matchesName ? path.count - start : path.count
      guard length >= pattern.minimumLength, isDirectory || !pattern.directoriesOnly,
        pattern.lastByte == nil || pattern.lastByte == path[end]
      else { continue }
      if matches(pattern, path.extracting(last: length)) { return !pattern.isNegated }
    }
    return nil
  }

  /// For a text that is long enough.
  private func matches(_ pattern: Pattern, _ text: Span<UInt8>) -> Bool {
    let range = pattern.start..<pattern.start + pattern.count
    switch pattern.shape {
    case .whole:
      return GlobMatcher.equal(text, literals.span.extracting(range))
    case .ending:
      return GlobMatcher.equal(
        text.extracting(last: pattern.count), literals.span.extracting(range))
    case .beginning:
      return GlobMatcher.equal(
        text.extracting(first: pattern.count), literals.span.extracting(range))
    case .glob:
      return GlobMatcher.matches(tokens.span.extracting(range), sets: sets.span, text)
    }
  }

  private static func startOfName(_ path: Span<UInt8>) -> Int {
    var start = path.count
    while start > 0, path[start - 1] != RelativePath.slash { start -= 1 }
    return start
  }
}

// MARK: Reading a line

extension IgnorePatternList {
  /// The line without its carriage return, what follows a NUL (git reads C strings), and spaces at
  /// the end that no backslash protects. A tab at the end stays.
  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    if let end = text.firstIndex(of: 0) { text = text[..<end] }
    var kept = text.startIndex
    var index = text.startIndex
    while index < text.endIndex {
      let isEscape = text[index] == UInt8(ascii: "\\")
      let isSpace = text[index] == UInt8(ascii: " ")
      index += isEscape ? 2 : 1
      if !isSpace { kept = min(index, text.endIndex) }
    }
    return text[..<kept]
  }

  /// Adds the pattern of a line, unless it can never match.
  private mutating func add(line: ArraySlice<UInt8>) {
    var text = line
    let isNegated = text.first == UInt8(ascii: "!")
    if isNegated { text.removeFirst() }
    let directoriesOnly = text.last == RelativePath.slash
    if directoriesOnly { text.removeLast() }
    let matchesName = !text.contains(RelativePath.slash)
    if text.first == RelativePath.slash { text.removeFirst() }
    guard !text.isEmpty else { return }

    var compiler = GlobCompiler(matchesPath: !matchesName, firstSet: sets.count)
    guard compiler.compile(Array(text)) else { return }
    sets += compiler.sets
    let glob = compiler.tokens
    let shape = IgnorePatternList.shape(of: glob, matchesName: matchesName)
    let bytes = glob.compactMap(\.literal)
    patterns.append(
      Pattern(
        start: shape == .glob ? tokens.count : literals.count,
        count: shape == .glob ? glob.count : bytes.count,
        minimumLength: glob.count { $0.takesOneByte }, lastByte: glob.last?.literal,
        shape: shape, isNegated: isNegated, directoriesOnly: directoriesOnly,
        matchesName: matchesName))
    if shape == .glob { tokens += glob } else { literals += bytes }
  }

  /// A lone `*` is an empty ending. With slashes in play a star is not just any bytes.
  private static func shape(of glob: [GlobToken], matchesName: Bool) -> Shape {
    let others = glob.count { $0.literal == nil }
    if others == 0 { return .whole }
    guard others == 1, matchesName else { return .glob }
    if glob.first == .star { return .ending }
    if glob.last == .star { return .beginning }
    return .glob
  }
}
