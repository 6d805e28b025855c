import Foundation
import Testing

@Suite("Rules about documents and the files they see")
struct DocumentRulesTests {
  @Test("A link that leads nowhere is found")
  func links() {
    let text = """
      [a](other.md) and [b](missing.md#part "title")
      [c](../README.md) [d](/docs) [e](../../outside.md) [f](#here) [g](https://example.org/x)
      `[h](missing.md)`
      ```
      [i](missing.md)
      ```
      [j]: <missing too.md>
      ![k](./other.md?raw=1)
      """
    let file = SourceFile("docs/page.md", text)
    let repository = Repository(
      files: [file, SourceFile("docs/other.md", ""), SourceFile("README.md", "")])
    let faults = Rules.links(file, in: repository)
    #expect(
      faults.map(\.description) == [
        "docs/page.md:1: the link to missing.md#part leads nowhere",
        "docs/page.md:2: the link to ../../outside.md leads nowhere",
        "docs/page.md:7: the link to missing too.md leads nowhere",
      ])
  }

  @Test("A walk finds all files but what is built")
  func walk() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "tidy-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let kept = ["Package.swift", "Sources/A/B/c.swift", "docs/.hidden", "scripts/dist"]
    let built = [".build/debug/x", "dist/a.tar.gz", ".git/HEAD", "examples/__pycache__/a.pyc"]
    for path in kept + built {
      let place = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: place)
    }
    try FileManager.default.createSymbolicLink(
      at: root.appending(path: "docs/up"), withDestinationURL: root)
    let expected = (kept + ["docs/up"]).sorted()
    #expect(Repository.walkedPaths(below: root) == expected)
    // There is no working copy, or one of somebody else's that does not hold these files.
    #expect(Repository.paths(below: root) == expected)
  }

  @Test("git and a walk agree on what the repository holds")
  func agreement() throws {
    guard let tracked = Repository.trackedPaths(below: Repository.root) else { return }
    let walked = Set(Repository.walkedPaths(below: Repository.root))
    let missed = Repository.paths(below: Repository.root).filter { !walked.contains($0) }
    #expect(!tracked.isEmpty)
    #expect(missed.isEmpty)
  }
}
