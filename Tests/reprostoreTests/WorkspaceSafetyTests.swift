import ArtifactStoreTesting
import Foundation
import Testing

/// Traps that lie in a workspace, and how the commands pass them.
@Suite("traps in a workspace")
struct WorkspaceSafetyTests {
  @Test("a part of a pin that is a link is never followed for writing")
  func linksInside() throws {
    let bench = try Bench()
    try bench.write("data/same", "same")
    try bench.write("data/sub/x", "x")
    try bench.link("data/link", to: "same")
    try bench.succeed("add", "data")
    let before = try bench.files("data")
    #expect(try bench.run("checkout", "data/link").status == 5)
    #expect(try bench.files("data") == before)
    #expect(try bench.bytes("data/same") == Array("same".utf8))

    try FileManager.default.removeItem(atPath: bench.full("data/sub"))
    try bench.makeDirectory("../elsewhere")
    try bench.write("../elsewhere/x", "x")
    try bench.link("data/sub", to: bench.outside("elsewhere"))
    for arguments in [
      ["checkout", "data/sub/x"], ["checkout", "data/sub"], ["evict", "data/sub"],
    ] {
      let finished = try Program.run(arguments, in: bench.path)
      #expect(finished.status == 5, "\(arguments)")
      #expect(finished.errors.contains("data/sub"), "\(finished.errors)")
    }
    #expect(try bench.bytes("../elsewhere/x") == Array("x".utf8))
  }

  @Test("a .gitignore that is too long is not cut")
  func longIgnoreFile() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    let line = String(repeating: "x", count: 99) + "\n"
    let text = String(repeating: line, count: 12_000)
    try bench.write(".gitignore", text)
    try bench.write("data/a", "a")
    let finished = try bench.run("add", "data", "--json")
    #expect(finished.status == 2)
    #expect(try finished.objects("error").first?["code"] as? String == "ignoreFileTooLarge")
    #expect(try bench.bytes(".gitignore") == Array(text.utf8))
  }

  @Test("a list of evicted paths that cannot be read is not passed over")
  func damagedEvicted() throws {
    let bench = try Bench()
    try bench.write("data/sub/a", "a")
    try bench.write("data/b", "b")
    try bench.succeed("add", "data")
    try bench.succeed("evict", "data/sub")
    try bench.write(".reprostore/evicted", "/data/../sub\n")
    for arguments in [["add", "data"], ["status"]] {
      let finished = try Program.run(arguments + ["--json"], in: bench.path)
      #expect(finished.status == 3, "\(arguments)")
      #expect(try finished.objects("error").first?["code"] as? String == "evictedDamaged")
    }
    try FileManager.default.removeItem(atPath: bench.full(".reprostore/evicted"))
    try bench.succeed("checkout")
    #expect(try bench.bytes("data/sub/a") == Array("a".utf8))
  }

  @Test("what lies in the way in a part is named by its whole path")
  func namesInParts() throws {
    let bench = try Bench()
    try bench.write("data/sub/keep.tmp", "pinned")
    try bench.succeed("add", "data")
    try bench.write(".reproignore", "keep.tmp\n")
    try bench.write("data/sub/keep.tmp", "mine")
    let finished = try bench.run("checkout", "data/sub")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("data/sub/keep.tmp"), "\(finished.errors)")
    #expect(try bench.bytes("data/sub/keep.tmp") == Array("mine".utf8))
  }
}
