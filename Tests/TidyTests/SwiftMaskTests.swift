import Testing

/// What counts as code. The samples name the code that must stay `keep` and all else `hide`.
@Suite("Code is told from comments and strings")
struct SwiftMaskTests {
  private func words(_ text: String) -> [String] {
    SwiftTokens.tokens(of: text).map(\.text).filter { $0 == "keep" || $0 == "hide" }
  }

  @Test(
    "Comments, strings and names in backticks are no code",
    arguments: [
      "keep // hide",
      "keep /* hide /* hide */ hide */ keep",
      #"keep("hide", keep)"#,
      #"keep("hide \" hide", keep)"#,
      #"keep("hide \\", keep)"#,
      #"keep("\(keep) hide \(keep(keep, "hide")) hide", keep)"#,
      "keep(#\"hide \" \\(hide) \\#(keep) hide\"#, keep)",
      "keep(\"\"\"\n hide \" hide \\(keep) \"\" hide\n \"\"\", keep)",
      "keep(##\"\"\"\n hide \"\"\" hide \"\"\"# \\##(keep)\n \"\"\"##, keep)",
      "keep(\"\", \"\", keep)",
      "#if keep\n#expect(keep == \"hide\")\n#endif\nkeep",
      "keep = #/hide \" hide/#; keep",
      "func `hide hide`() { keep }",
      "keep(\"hide that never ends\nkeep",
      "keep /* hide that never ends",
      "keep #",
    ])
  func code(_ text: String) {
    let words = words(text)
    #expect(!words.contains("hide"), "\(text)")
    // Exactly the marked words: hiding too much would blind the rules.
    #expect(words.count == text.ranges(of: "keep").count, "\(text)")
  }

  @Test("Lines and offsets stay as they are")
  func places() throws {
    let text = "let a = \"é\n\" /* \n */ b\n  c!"
    #expect(SwiftMask.mask(text).count == text.utf8.count)
    let tokens = SwiftTokens.tokens(of: "x \"é\" /* \n */ b\n  c!")
    #expect(tokens.map(\.text) == ["x", "b", "c", "!"])
    #expect(tokens.map(\.line) == [1, 2, 3, 3])
    #expect(tokens.map(\.isFirstOfLine) == [true, true, true, false])
    #expect(tokens[2].end == tokens[3].offset)
    #expect(tokens[0].end != tokens[1].offset)
  }
}
