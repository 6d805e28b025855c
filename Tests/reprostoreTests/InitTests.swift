import Foundation
import Testing

@Suite("init")
struct InitTests {
  @Test("makes a workspace and says what comes next")
  func makesAWorkspace() throws {
    let bench = try Bench(initialised: false)
    let finished = try bench.succeed("init")
    #expect(finished.output.contains("\(bench.path)/.reprostore/store"))
    #expect(finished.output.contains("reprostore add"))
    #expect(
      try bench.names(".reprostore") == [".gitignore", "config.yaml", "store"])
    let attributes = try FileManager.default.attributesOfItem(
      atPath: bench.full(".reprostore/store"))
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    #expect(try bench.succeed("ls").errors.contains("reprostore add"))
  }

  @Test("keeps the store and the local configuration out of git")
  func ignoresForGit() throws {
    let bench = try Bench("--store", "../store")
    try #require(tool("git", "init", "-q", bench.path) != nil)
    try bench.write(".reprostore/rescued/a", "a")
    try bench.write(".reprostore/store/x", "x")
    let listed = try #require(
      tool("git", "ls-files", "--others", "--exclude-standard", in: bench.path))
    #expect(
      listed.split(separator: "\n").sorted()
        == [".reprostore/.gitignore", ".reprostore/config.yaml"])
  }

  @Test("a second time changes nothing")
  func twice() throws {
    let bench = try Bench()
    try bench.write("data/a", "a")
    try bench.succeed("add", "data")
    let finished = try bench.succeed("init")
    #expect(finished.output.contains("already"))
    #expect(try bench.succeed("cat", "data:a").output == "a")
    let object = try #require(bench.succeed("init", "--json").objects().first)
    #expect(object["state"] as? String == "already")
  }

  @Test("a directory of its own shared by two workspaces")
  func sharedStore() throws {
    let bench = try Bench("--store", "../common")
    try bench.write("data/a", "a")
    try bench.succeed("add", "data")
    #expect(!bench.exists(".reprostore/store"))
    let other = try Bench(initialised: false)
    let store = bench.outside("common")
    let object = try #require(
      other.succeed("init", "--store", store, "--json").objects().first)
    #expect(object["state"] as? String == "joined")
    #expect(object["store"] as? String == store)
    #expect(try other.succeed("ls").errors.contains("1 pin of another workspace"))
    #expect(try other.succeed("ls", "--all").output.contains(bench.path))
    #expect(try other.succeed("cat", "data:a").output == "a")
  }

  @Test("an empty directory for the store keeps its mode")
  func preparedStore() throws {
    let bench = try Bench(initialised: false)
    try bench.makeDirectory("../store")
    tool("chmod", "770", bench.outside("store"))
    try bench.succeed("init", "--store", "../store")
    let attributes = try FileManager.default.attributesOfItem(
      atPath: bench.outside("store"))
    #expect(attributes[.posixPermissions] as? Int == 0o770)
  }

  @Test("a directory with other things is no place for a store")
  func foreignDirectory() throws {
    let bench = try Bench(initialised: false)
    try bench.write("../store/precious", "p")
    let finished = try bench.run("init", "--store", "../store")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("precious"))
    #expect(try bench.names("../store") == ["precious"])
    #expect(try bench.run("ls").status == 2)
  }

  @Test("a clone that has the configuration and no store gets one")
  func clone() throws {
    let bench = try Bench(initialised: false)
    try bench.write(".reprostore/config.yaml", "# nothing\n")
    let before = try bench.run("ls")
    #expect(before.status == 2)
    #expect(before.errors.contains("there is no store at \(bench.path)/.reprostore/store"))
    #expect(before.errors.contains("reprostore init"))
    try bench.succeed("init")
    try bench.succeed("ls")
    #expect(try bench.bytes(".reprostore/config.yaml") == Array("# nothing\n".utf8))
  }

  @Test("an interrupted run is completed by the next")
  func completes() throws {
    let bench = try Bench(initialised: false)
    try bench.makeDirectory(".reprostore/store/roots")
    try bench.makeDirectory(".reprostore/store/packs/00")
    try bench.succeed("init")
    try bench.succeed("fsck")
  }

  @Test("never inside .reprostore")
  func insideFolder() throws {
    let bench = try Bench()
    let finished = try bench.run("init", in: ".reprostore/store")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("\(bench.path)/.reprostore/store"))
    #expect(!bench.exists(".reprostore/store/.reprostore"))
  }

  @Test("does not lead a workspace with a store to another store")
  func otherStore() throws {
    let bench = try Bench()
    try bench.write("data", "d")
    try bench.succeed("add", "data")
    let finished = try bench.run("init", "--store", "../other")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("config.local.yaml"))
    #expect(!bench.exists("../other"))
    let remote = try Bench("--store", "../mine")
    try FileManager.default.moveItem(
      atPath: remote.outside("mine"), toPath: remote.outside("away"))
    let missing = try remote.run("init")
    #expect(missing.status == 2)
    #expect(missing.errors.contains("\(remote.outside("mine"))"))
    #expect(!remote.exists("../mine"))
  }

  @Test("a workspace in a workspace is one of its own")
  func nested() throws {
    let bench = try Bench()
    try bench.makeDirectory("inner")
    let finished = try bench.succeed("init", in: "inner")
    #expect(finished.errors.contains(bench.path))
    #expect(bench.exists("inner/.reprostore/config.yaml"))
  }

  @Test("a store path with quotes, blanks and colons comes back")
  func oddStorePath() throws {
    let bench = try Bench(initialised: false)
    let name = "it's: a \"#store\" \\ *x &y"
    try bench.succeed("init", "--store", "../\(name)")
    try bench.write("a", "a")
    try bench.succeed("add", "a")
    #expect(bench.exists("../\(name)/format"))
  }
}
