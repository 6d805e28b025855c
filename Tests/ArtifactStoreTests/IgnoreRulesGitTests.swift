import StorePrimitives
import Testing

@testable import ArtifactStore

/// `IgnoreRules` against the real git: every verdict must be the same.
@Suite(.enabled(if: GitIgnoreOracle.isInstalled))
struct IgnoreRulesGitTests {
  @Test func everyShortPattern() throws {
    let patterns = words(over: Array("a*[]\\!-/".utf8), upTo: 4)
    try compare(
      patterns, directories: ["a", "a/a", "b"],
      paths: [
        "a", "a/a", "b", "a/a/a", "a/b", "b/a", "aa", "ab", "aab", "-", "!a", "!", "[", "]", "*",
        "\\", "\\a", "a]", "-a", "[a]", "a-",
      ])
  }

  @Test func everyPatternOfStarsAndSlashes() throws {
    let patterns =
      words(over: Array("a*/".utf8), upTo: 7)
      + words(over: Array("a*/\\".utf8), upTo: 5).filter { $0.contains(UInt8(ascii: "\\")) }
    try compare(
      patterns, directories: ["a", "a/a", "a/b", "b", "b/a", "aa", "aa/b"],
      paths: [
        "a", "a/a", "a/b", "b", "b/a", "aa", "aa/b", "a/a/a", "a/b/a", "a/b/ab", "b/a/b", "ba",
        "aa/b/aa", "aa/a", "aba",
      ])
  }

  @Test func everyBracketExpression() throws {
    let inner = words(over: Array("ac]^-\\:[".utf8), upTo: 4)
    let patterns = inner.map { Array("x[".utf8) + $0 + Array("]".utf8) }
    let letters = "abcd]^-\\:[".map { "x\($0)" }
    try compare(patterns, directories: [], paths: letters + ["x", "xa]", "x:]", "x-]", "x[]"])
  }

  @Test func everyClassOnEveryByte() throws {
    let classes = [
      "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
      "upper", "xdigit", "word", "",
    ]
    let patterns = classes.flatMap {
      ["x[[:\($0):]]", "x[^[:\($0):]a-c]", "x[[:\($0):]-z]/y", "x[[:digit:][:\($0):]]"]
    }
    let bytes = (1...255).filter { $0 != 0x2f }.map { Array("x".utf8) + [UInt8($0)] }
    let nested = (1...255).filter { $0 != 0x2f }.map {
      Array("x".utf8) + [UInt8($0)] + [0x2f, 0x79]
    }
    try compare(patterns.map { Array($0.utf8) }, directories: [], paths: bytes + nested)
  }

  /// What is around a pattern on its line: spaces, tabs, carriage returns, NUL, byte order marks.
  @Test func everyShortLine() throws {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let lines =
      words(over: Array("a \\\t\r\n\0#!".utf8), upTo: 3)
      + words(over: Array("a \\\r\n".utf8), upTo: 4)
    let marked = words(over: Array("a#\n".utf8), upTo: 3).map { mark + $0 + mark + [0x61] }
    let names = [
      "a", " a", "a ", "a  ", "\ta", "a\t", "\ra", "a\r", "a a", "#a", "a#", "#", "!a", "\\", " ",
      "\t", "\\a", "\u{feff}a", "a\u{feff}a", "aa", "a\r\r",
    ]
    try compare(lines + marked, directories: [], paths: names.map { Array($0.utf8) })
  }

  /// Rule files at several levels, negations, and directories that are ignored as a whole.
  @Test(arguments: [UInt64](1...8)) func nestedRules(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    var tree = IgnoreCase()
    let keepTop = Array("!/k*\n".utf8)
    tree.files[""] = IgnoreGenerator.file(lines: 3, from: &generator) + keepTop
    for index in 0..<60 { IgnoreGenerator.addSubtree("k\(index)", to: &tree, from: &generator) }
    try expectSameVerdicts(tree, "seed \(seed)")
  }

  /// Long patterns with many wildcards, against deep paths.
  @Test(arguments: [UInt64](1...2)) func longPatterns(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    let pieces = ["a", "a", "b", "/", "/", "/", "*", "*", "/**/", "/**/", "?", "[ab]", "/a*b/"]
    let names = ["a", "b", "ab", "aab"]
    var tree = IgnoreCase()
    for index in 0..<500 {
      let length = Int.random(in: 3...9, using: &generator)
      let pattern = (0..<length).compactMap { _ in pieces.randomElement(using: &generator) }
      tree.files["k\(index)"] = Array(pattern.joined().utf8)
      tree.directories.insert("k\(index)")
      for _ in 0..<30 {
        let depth = Int.random(in: 1...8, using: &generator)
        let path = (0..<depth).compactMap { _ in names.randomElement(using: &generator) }
        tree.paths.append(Array("k\(index)/\(path.joined(separator: "/"))".utf8))
      }
    }
    try expectSameVerdicts(tree, "seed \(seed)")
  }

  /// Every example of gitignore(5), and the patterns its text names.
  @Test func examplesOfTheManual() throws {
    var tree = IgnoreCase()
    let files = [
      "k0": "hello.*\n", "k1": "/hello.*\n", "k2": "foo/\n", "k3": "doc/frotz/\n",
      "k4": "frotz/\n", "k5": "doc/frotz\n", "k6": "/doc/frotz\n", "k7": "foo/*\n",
      "k8": "**/foo\n", "k9": "**/foo/bar\n", "k10": "abc/**\n", "k11": "a/**/b\n",
      "k12": "\\!important!.txt\n", "k13": "\\#a\n#b\n", "k14": "/*\n!/foo\n/foo/*\n!/foo/bar\n",
      "k15": "*.[oa]\n!foo.o\n*.html\n!foo.html\n", "k16": "vmlinux*\n",
      "k17": "Documentation/*.html\n", "k18": "*\n!*/\n!*.txt\n", "k19": "/bar/**/*.o\n",
      "k20": "foo/**\n!foo/bar/\n", "k21": "foo\n!foo/bar\n",
    ]
    let directories = [
      "a", "a/foo", "a/foo/bar", "doc", "doc/frotz", "a/doc", "a/doc/frotz", "foo", "foo/bar",
      "abc", "abc/x", "abc/x/y", "a/x", "a/x/y", "frotz", "a/frotz", "bar", "bar/x",
      "Documentation", "Documentation/ppc", "tools/perf/Documentation",
    ]
    let names = [
      "hello.txt", "hello.c", "a/hello.java", "foo/test.json", "foo/bar/hello.c", "foo/bar/x/y.c",
      "abc/x/y/z", "a/b", "a/x/b", "a/x/y/b", "a/x/y/c", "!important!.txt", "important!.txt", "#a",
      "#b", "b", "foo.o", "foo.a", "a/foo.o", "vmlinux", "vmlinux.bin", "a/vmlinux.o",
      "Documentation/git.html", "Documentation/ppc/ppc.html", "foo/bar.txt",
      "tools/perf/Documentation/perf.html", "bar/x.o", "bar/x/y.o", "arch/foo/kernel/vmlinux.lds.S",
    ]
    for (place, text) in files {
      tree.files[place] = Array(text.utf8)
      tree.directories.formUnion([place] + directories.map { "\(place)/\($0)" })
      tree.paths += (directories + names).map { Array("\(place)/\($0)".utf8) }
    }
    try expectSameVerdicts(tree, "manual")
  }
}

// MARK: Comparing

/// All words of 1 to `length` bytes over `alphabet`.
private func words(over alphabet: [UInt8], upTo length: Int) -> [[UInt8]] {
  var all: [[UInt8]] = []
  var last: [[UInt8]] = [[]]
  for _ in 0..<length {
    last = last.flatMap { word in alphabet.map { word + [$0] } }
    all += last
  }
  return all
}

private func compare(_ patterns: [[UInt8]], directories: [String], paths: [String]) throws {
  try compare(patterns, directories: directories, paths: paths.map { Array($0.utf8) })
}

/// Each pattern is the whole ignore file of a directory of its own, with the same tree in each.
private func compare(_ files: [[UInt8]], directories: [String], paths: [[UInt8]]) throws {
  var tree = IgnoreCase()
  for (index, file) in files.enumerated() {
    tree.files["k\(index)"] = file
    tree.directories.formUnion(["k\(index)"] + directories.map { "k\(index)/\($0)" })
    tree.paths += paths.map { Array("k\(index)/".utf8) + $0 }
  }
  try expectSameVerdicts(tree, "exhaustive")
}

private func expectSameVerdicts(_ tree: IgnoreCase, _ label: String) throws {
  let expected = try GitIgnoreOracle.verdicts(tree)
  var walk = IgnoreWalk(tree)
  var differences: [String] = []
  for (path, ignored) in zip(tree.paths, expected) where try walk.ignores(path) != ignored {
    let top = String(decoding: path.prefix { $0 != 0x2f }, as: UTF8.self)
    let rules = tree.files.filter { $0.key.isEmpty || $0.key.hasPrefix(top) }
      .mapValues { PathText.escape($0) }
    differences.append("git: \(ignored) for \(PathText.escape(path)) with \(rules)")
  }
  #expect(differences.isEmpty, "\(label): \(differences.count) differ: \(differences.prefix(12))")
  // Else nothing was compared.
  #expect(expected.contains(true) && expected.contains(false))
}

/// Asks `IgnoreRules` the way a walker does, from the root downwards.
private struct IgnoreWalk {
  private let tree: IgnoreCase
  /// The rules inside each directory seen; nil when it is ignored.
  private var rules: [[UInt8]: IgnoreRules?] = [:]

  init(_ tree: IgnoreCase) {
    self.tree = tree
    rules[[]] = .some(IgnoreRules.none.descending(into: nil, file: tree.files[""]))
  }

  mutating func ignores(_ path: [UInt8]) throws -> Bool {
    guard let inside = try rules(inside: parent(path)) else { return true }
    return inside.ignores(try RelativePath(path), isDirectory: tree.isDirectory(path))
  }

  private func parent(_ path: [UInt8]) -> [UInt8] {
    Array(path[..<(path.lastIndex(of: 0x2f) ?? 0)])
  }

  private mutating func rules(inside directory: [UInt8]) throws -> IgnoreRules? {
    if let known = rules[directory] { return known }
    let path = try RelativePath(directory)
    var inside = try rules(inside: parent(directory))
    if let above = inside {
      let file = tree.files[path.description]
      let ignored = above.ignores(path, isDirectory: true)
      inside = ignored ? nil : above.descending(into: path, file: file)
    }
    rules[directory] = .some(inside)
    return inside
  }
}

// MARK: Random trees

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

private enum IgnoreGenerator {
  private static let names = ["a", "b", "ab", "a.o", "b.o", "build", ".a", "a b", "é"]
  private static let pieces = [
    "a", "b", "o", ".", "*", "*", "**", "/", "/", "**/", "/**", "?", "[ab]", "[!a]", "[a-b", "\\",
    "build", "*.o", "é", " ", "[[:alpha:]]", "a*b",
  ]

  static func file(lines: Int, from generator: inout SplitMix) -> [UInt8] {
    var text = ""
    for _ in 0..<Int.random(in: 1...lines, using: &generator) {
      if Int.random(in: 0..<4, using: &generator) == 0 { text += "!" }
      if Int.random(in: 0..<4, using: &generator) == 0 { text += "/" }
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        text += pieces.randomElement(using: &generator) ?? "a"
      }
      if Int.random(in: 0..<4, using: &generator) == 0 { text += "/" }
      text += Bool.random(using: &generator) ? "\n" : "\r\n"
    }
    return Array(text.utf8)
  }

  /// Adds the directory `place` with four levels below it.
  static func addSubtree(_ place: String, to tree: inout IgnoreCase, from generator: inout SplitMix)
  {
    fill(place, depth: 0, &tree, &generator)
  }

  private static func fill(
    _ directory: String, depth: Int, _ tree: inout IgnoreCase, _ generator: inout SplitMix
  ) {
    tree.directories.insert(directory)
    tree.paths.append(Array(directory.utf8))
    if depth == 0 || Int.random(in: 0..<3, using: &generator) == 0 {
      tree.files[directory] = file(lines: 4, from: &generator)
    }
    for name in names {
      let path = "\(directory)/\(name)"
      if depth < 3, Int.random(in: 0..<4, using: &generator) == 0 {
        fill(path, depth: depth + 1, &tree, &generator)
      } else {
        tree.paths.append(Array(path.utf8))
      }
    }
  }
}
