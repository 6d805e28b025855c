import StorePrimitives
import Testing

@testable import ArtifactStore

/// What `IgnoreRules` adds to the patterns: levels, the walk, and bounded time. The patterns
/// themselves are compared with the real git in `IgnoreRulesGitTests`.
struct IgnoreRulesTests {
  private func ignores(_ rules: IgnoreRules, _ path: String, directory: Bool = false) throws -> Bool
  {
    rules.ignores(try RelativePath(path), isDirectory: directory)
  }

  private func rules(_ text: String) -> IgnoreRules { IgnoreRules(parsing: Array(text.utf8)) }

  @Test func noRulesIgnoreNothing() throws {
    #expect(IgnoreRules.none.isEmpty)
    #expect(try !ignores(.none, "a"))
    for text in ["", "\n\n", "# only a comment\r\n", "   \n", "/\n//\n!\n", "[a\nb\\\n"] {
      #expect(rules(text).isEmpty, "\(text)")
      #expect(
        IgnoreRules.none.descending(into: try RelativePath("a"), file: Array(text.utf8)).isEmpty)
    }
    #expect(!rules("a").isEmpty)
  }

  @Test func lastMatchDecides() throws {
    let rules = rules("*.pt\n!best.pt\n/out/best.pt\n")
    #expect(try ignores(rules, "last.pt"))
    #expect(try ignores(rules, "deep/below/last.pt"))
    #expect(try !ignores(rules, "best.pt"))
    #expect(try !ignores(rules, "deep/best.pt"))
    #expect(try ignores(rules, "out/best.pt"))
  }

  @Test func fileInSubdirectoryGoesFirst() throws {
    let top = rules("*.log\n!keep.log\n")
    let inside = top.descending(
      into: try RelativePath("a/b"), file: Array("!x.log\nkeep.log\n".utf8))
    #expect(try ignores(inside, "a/b/y.log"))
    #expect(try !ignores(inside, "a/b/x.log"))
    #expect(try ignores(inside, "a/b/keep.log"))
    #expect(try ignores(inside, "a/b/deep/keep.log"))
    #expect(try !ignores(top, "a/b/keep.log"))
  }

  @Test func rulesStayInTheirSubtree() throws {
    let inside = IgnoreRules.none.descending(into: try RelativePath("a"), file: Array("*\n".utf8))
    #expect(try ignores(inside, "a/x"))
    for other in ["a", "b", "ab", "ab/x", "b/a/x"] { #expect(try !ignores(inside, other)) }
  }

  @Test func anchoredPatternsAreRelativeToTheirFile() throws {
    let inside = IgnoreRules.none.descending(
      into: try RelativePath("a"), file: Array("/x\ny/z\n".utf8))
    #expect(try ignores(inside, "a/x"))
    #expect(try ignores(inside, "a/y/z"))
    #expect(try !ignores(inside, "a/b/x"))
    #expect(try !ignores(inside, "a/b/y/z"))
  }

  @Test func directoryPatternsSpareFilesAndLinks() throws {
    let rules = rules("build/\n")
    #expect(try ignores(rules, "a/build", directory: true))
    #expect(try !ignores(rules, "a/build"))
  }

  @Test func directoriesWithoutFileInherit() throws {
    let top = rules("*.tmp")
    let inside = top.descending(into: try RelativePath("a"), file: nil)
    #expect(try ignores(inside, "a/x.tmp"))
  }

  @Test func namesAreBytesAndCaseCounts() throws {
    let rules = IgnoreRules(parsing: [0xff, 0x2a, 0x0a] + Array("ABC\n?\n".utf8))
    #expect(rules.ignores(try RelativePath([0xff, 0x80, 0xfe]), isDirectory: false))
    #expect(!rules.ignores(try RelativePath([0xfe, 0xff]), isDirectory: false))
    #expect(try ignores(rules, "ABC"))
    #expect(try !ignores(rules, "abc"))
    // One byte, not one character.
    #expect(try ignores(rules, "e"))
    #expect(try !ignores(rules, "é"))
  }

  /// Each takes exponential or cubic time where a matcher tries every way.
  @Test(.timeLimit(.minutes(2))) func hostilePatternsStayFast() throws {
    let long = String(repeating: "a", count: 255)
    let deep = String(repeating: "a/", count: 2000) + "a"
    let wide = Array(repeating: String(repeating: "a", count: 100), count: 40)
      .joined(separator: "/")
    let patterns = [
      String(repeating: "*a", count: 60) + "*b[a]",
      "/" + String(repeating: "*a", count: 60) + "*b[a]",
      String(repeating: "a*", count: 120) + "[b][a]",
      String(repeating: "**/", count: 600) + "b[a]",
      String(repeating: "**/a/", count: 600) + "b[a]",
      String(repeating: "**/*a*a*a/", count: 30) + "*b[a]",
      String(repeating: "**/**", count: 30) + "/*b[a]",
    ]
    let rules = rules(patterns.joined(separator: "\n"))
    for path in [long, deep, wide] { #expect(try !ignores(rules, path)) }
  }

  /// Many rules, sets and bracket openings: quadratic reading would take minutes.
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      "a\n", "[a]\n", "[[:", "[[:x]\n", "\\", "*x", "**/", "!", " ", "[!-~]", "\r", "\0",
    ])
  func largestFilesAreReadInLinearTime(unit: String) throws {
    let size = Limits.ignoreFileBytes / 16
    let text = String(repeating: unit, count: size / unit.utf8.count) + "x]"
    let rules = IgnoreRules(parsing: Array(text.utf8))
    #expect(try !ignores(rules, "b/c"))
  }
}
