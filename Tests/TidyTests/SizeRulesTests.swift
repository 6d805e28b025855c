import Testing

@Suite("Rules about sizes")
struct SizeRulesTests {
  @Test("400 lines are too many, 399 are not", arguments: [399, 400])
  func fileLength(lines: Int) {
    let text = String(repeating: "let a = 1\n", count: lines)
    #expect(Rules.fileLength(SourceFile("Sources/A/a.swift", text)).count == (lines == 400 ? 1 : 0))
    #expect(Rules.fileLength(SourceFile("docs/a.md", text)).isEmpty)
  }

  @Test(
    "101 columns are too many in code and prose",
    arguments: ["Sources/A/a.swift", "examples/a.py", "a.sh", "docs/a.md"])
  func lineLength(path: String) {
    let fits = String(repeating: "é", count: 100)
    #expect(Rules.lineLength(SourceFile(path, "a\n\(fits)\n")).isEmpty)
    let faults = Rules.lineLength(SourceFile(path, "a\n\(fits)x\n"))
    #expect(faults.map(\.description) == ["\(path):2: 101 columns, more than 100"])
  }

  @Test("A script is known by its first line, other files are as wide as they like")
  func scripts() {
    let long = String(repeating: "x", count: 101)
    #expect(Rules.lineLength(SourceFile("scripts/a", "#!/bin/bash\n\(long)\n")).map(\.line) == [2])
    #expect(Rules.lineLength(SourceFile("data.csv", "\(long)\n")).isEmpty)
  }

  @Test("Tables, links and examples of Markdown may be wider")
  func wideMarkdown() {
    let long = String(repeating: "x", count: 101)
    let text = """
      | \(long) |
      [\(long)](a.md)
      https://\(long)
      ```
      \(long)
      ```
      \(long)
      """
    #expect(Rules.lineLength(SourceFile("a.md", text)).map(\.line) == [7])
  }

  @Test("One byte more than 1 MiB is too much")
  func fileSize() {
    let limit = Rules.fileByteLimit
    #expect(Rules.fileSize(SourceFile(path: "a.bin", byteCount: limit, text: nil)).isEmpty)
    #expect(Rules.fileSize(SourceFile(path: "a.bin", byteCount: limit + 1, text: nil)).count == 1)
  }
}
