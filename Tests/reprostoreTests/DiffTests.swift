import ArtifactStore
import StorePrimitives
import Testing

@testable import reprostore

@Suite("diff")
struct DiffTests {
  /// A version that is tagged, and another one in the workspace and the lock.
  private func twoVersions() throws -> Bench {
    let bench = try Bench()
    try bench.write("data/same", "same")
    try bench.write("data/changed", "1")
    try bench.write("data/gone", random: 2000)
    try bench.write("data/old name", "moved")
    try bench.write("data/run", "#!")
    try bench.succeed("add", "data")
    try bench.succeed("tag", "v1", "data")
    try bench.write("data/changed", "123")
    try bench.makeDirectory("data/void")
    try bench.link("data/link", to: "same")
    tool("rm", bench.full("data/gone"))
    tool("mv", bench.full("data/old name"), bench.full("data/name"))
    tool("chmod", "755", bench.full("data/run"))
    return bench
  }

  private static let lines = [
    "M changed  1 B -> 3 B", "D gone  2.0 kB", "A link  link to same", "R old name -> name",
    "M run  now executable", "A void/",
    "2 files added (0 B), 1 file removed (2.0 kB), 2 files changed (3 B -> 5 B), "
      + "1 file renamed (5 B)",
  ]

  /// The lines with `data/` before the paths, as they are said of the workspace.
  private static var workspaceLines: [String] {
    lines.dropLast().map { line in
      let path = line.dropFirst(2).replacing(" -> name", with: " -> data/name")
      return "\(line.prefix(2))data/\(path)"
    } + [lines[lines.count - 1]]
  }

  @Test("a version against the workspace")
  func workspace() throws {
    let bench = try twoVersions()
    #expect(try bench.succeed("diff").lines == Self.workspaceLines)
    #expect(try bench.succeed("diff", "data").lines == Self.workspaceLines)
    #expect(try bench.succeed("diff", "v1").lines == Self.workspaceLines)
    #expect(try bench.succeed("diff", ".").lines == Self.workspaceLines)
    #expect(
      try bench.succeed("diff", "data/run").lines
        == ["M data/run  now executable", "1 file changed (2 B -> 2 B)"])
    #expect(try bench.succeed("diff", "v1:run").lines.first == "M data/run  now executable")
    #expect(try bench.run("diff", "--exit-code").status == 1)
    try bench.succeed("add", "data")
    #expect(try bench.succeed("diff", "--exit-code").lines == ["no difference"])
    #expect(try bench.succeed("diff", "v1").lines == Self.workspaceLines)
    let id = try #require(bench.succeed("ls", "--json").objects("pin").first?["id"] as? String)
    #expect(try bench.run("diff", id).status == 2)
  }

  @Test("two versions")
  func versions() throws {
    let bench = try twoVersions()
    try bench.succeed("add", "data")
    #expect(try bench.succeed("diff", "v1", "data").lines == Self.lines)
    #expect(try bench.succeed("diff", "v1", "data", "--stat").lines == [Self.lines.last])
    #expect(try bench.succeed("diff", "v1", "v1", "--exit-code").lines == ["no difference"])
    #expect(try bench.run("diff", "v1", "data", "--exit-code").status == 1)
    let back = try bench.succeed("diff", "data", "v1").lines
    #expect(back.contains("M run  no longer executable"))
    #expect(back.contains("R name -> old name"))
    #expect(
      try bench.succeed("diff", "v1:changed", "data:changed").lines
        == ["M changed  1 B -> 3 B", "1 file changed (1 B -> 3 B)"])
    #expect(try bench.run("diff", "v1:changed", "data").status == 2)
    #expect(try bench.run("diff", "v1:nothing", "data:nothing").status == 2)
    #expect(try bench.run("diff", "v1", "unheard-of").status == 2)
  }

  @Test("objects for scripts")
  func objects() throws {
    let bench = try twoVersions()
    let finished = try bench.succeed("diff", "--json")
    let changes = try finished.objects("change")
    #expect(
      changes.map { $0["change"] as? String }
        == ["changed", "removed", "added", "renamed", "changed", "added"])
    #expect(changes.allSatisfy { $0["pin"] as? String == "data" })
    #expect(changes[3]["from"] as? String == "data/old name")
    #expect((changes[0]["new"] as? [String: any Sendable])?["bytes"] as? Int == 3)
    #expect((changes[2]["new"] as? [String: any Sendable])?["target"] as? String == "same")
    let total = try #require(try finished.objects("diff").first)
    #expect(total["renamed"] as? Int == 1)
    #expect(total["removedBytes"] as? Int == 2000)
    #expect(try bench.succeed("diff", "--json", "--stat").objects("change").isEmpty)
  }

  @Test("several pins are told apart, and single files are pins too")
  func severalPins() throws {
    let bench = try Bench()
    try bench.write("model", "1")
    try bench.write("data/a", "1")
    try bench.write("other/a", "1")
    try bench.succeed("add", "model", "data", "other")
    try bench.succeed("tag", "m1", "model")
    try bench.write("model", "22")
    try bench.write("data/a", "22")
    #expect(
      try bench.succeed("diff").lines == [
        "data", "M data/a  1 B -> 2 B", "model", "M model  1 B -> 2 B",
        "2 files changed (2 B -> 4 B)",
      ])
    try bench.succeed("add", "model")
    #expect(try bench.succeed("diff", "m1", "model").lines.first == "M model  1 B -> 2 B")
    #expect(
      try bench.succeed("diff", "m1", "other").lines
        == ["R model -> a", "1 file renamed (1 B)"])
    tool("rm", bench.full("model"))
    try bench.write("model/inner", "333")
    #expect(
      try bench.succeed("diff", "model").lines
        == ["D model  2 B", "A model/inner  3 B", "1 file added (3 B), 1 file removed (2 B)"])
  }

  @Test("what was evicted, or is not in the store, is no quiet difference")
  func absent() throws {
    let bench = try Bench()
    try bench.write("data/a", "1")
    try bench.write("data/b", "1")
    try bench.succeed("add", "data")
    try bench.succeed("evict", "data/a")
    #expect(try bench.succeed("diff").lines == ["no difference"])
    tool("mv", bench.full(".reprostore/store"), bench.outside("store"))
    try bench.succeed("init")
    let said = try bench.run("diff")
    #expect(said.status == 3)
    #expect(said.errors.contains("not in this store"))
  }

  @Test("no renames are looked for among too many changes", arguments: [0, 1])
  func manyChanges(more: Int) throws {
    var options = OutputOptions()
    (options.json, options.quiet) = (false, true)
    let rendering = DiffRendering(console: Console(options), showsFiles: false)
    var listing = DiffListing(rendering: rendering, pin: nil)
    let file = TreeEntry.Content.file(BlobID(.zero), size: 2, executable: false)
    let count = DiffListing.pairedChanges + more
    for index in 0..<count {
      let path = RelativePath(trusted: "\(index)")
      let isNew = index >= count / 2
      try listing.take(TreeChange(path: path, old: isNew ? nil : file, new: isNew ? file : nil))
    }
    try listing.finish()
    let half = UInt64(DiffListing.pairedChanges / 2)
    #expect(rendering.totals.renamed.count == (more == 0 ? half : 0))
    #expect(rendering.totals.removed.count == (more == 0 ? 0 : half))
    #expect(rendering.totals.added.count == (more == 0 ? 0 : half + 1))
  }
}
