import ArtifactStore
import StorePrimitives
import Testing

@Suite("log")
struct LogTests {
  private func started(in directory: String = ".") throws -> Bench {
    let bench = try Bench(initialised: false)
    try bench.git("init", "-q")
    try bench.makeDirectory(directory)
    try bench.succeed("init", in: directory)
    return bench
  }

  /// Pins `data` with these files and commits the lock.
  private func step(
    _ bench: Bench, _ message: String, _ files: [String: String]
  ) throws -> String {
    for name in (try? bench.files("data")) ?? [] {
      tool("rm", bench.full("data/\(name)"))
    }
    for (name, text) in files { try bench.write("data/\(name)", text) }
    try bench.pin("data")
    return try bench.commitLock(message)
  }

  @Test("every version with its commit and what changed, newest first")
  func versions() throws {
    let bench = try started()
    let first = try step(bench, "Start", ["a": "1", "b": "1", "sub/c": "1"])
    try bench.writeLock([])
    try bench.commitLock("Empty")
    _ = try step(bench, "Back", ["a": "1", "b": "1", "sub/c": "1"])
    let second = try step(bench, "Change", ["a": "2", "sub/c": "1", "d": "1", "e": "1"])
    let versions = try bench.succeed("log", "data", "--json").objects("version")
    #expect(versions.map { $0["commit"] as? String } == [second, first])
    #expect(versions.map { $0["subject"] as? String } == ["Change", "Start"])
    #expect(versions[0]["added"] as? Int == 2)
    #expect(versions[0]["removed"] as? Int == 1)
    #expect(versions[0]["changed"] as? Int == 1)
    #expect(versions[1]["added"] as? Int == nil)
    #expect(versions.map { $0["files"] as? Int } == [4, 3])
    #expect(versions.map { $0["bytes"] as? Int } == [4, 3])
    #expect(versions[0]["who"] as? String == "Ada")
    let lines = try bench.succeed("log", "data").lines
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("\(second.prefix(7))  20"))
    #expect(lines[0].hasSuffix("  4 files  4 B  +2 -1 ~1  Ada  Change"))
    #expect(lines[1].hasSuffix("  3 files  3 B  first     Ada  Start"))
    let newest = try bench.succeed("log", "data", "-n", "1").lines
    #expect(newest.count == 1)
    #expect(newest[0].hasSuffix("+2 -1 ~1  Ada  Change"))
    #expect(try bench.run("log", "data", "-n", "0").status == 2)
  }

  @Test("of a file and of a directory inside a pin, only what changed it")
  func inside() throws {
    let bench = try started()
    let first = try step(bench, "one", ["a": "1", "s/c": "1"])
    let second = try step(bench, "two", ["a": "22", "s/c": "1"])
    let third = try step(bench, "three", ["a": "22", "s/c": "3", "s/d": "4"])
    func commits(_ path: String) throws -> [String?] {
      try bench.succeed("log", path, "--json").objects("version").map { $0["commit"] as? String }
    }
    #expect(try commits("data") == [third, second, first])
    #expect(try commits("data/a") == [second, first])
    #expect(try commits("data/s") == [third, first])
    #expect(try commits("data/s/") == [third, first])
    #expect(try commits("data/s/d") == [third])
    let file = try bench.succeed("log", "data/a", "--json").objects("version")
    #expect(file.map { $0["bytes"] as? Int } == [2, 1])
    let digest = try #require(tool("sha256sum", bench.full("data/a"))).prefix(64)
    #expect(file[0]["id"] as? String == "sha256:\(digest)")
    #expect(try bench.succeed("log", "a", in: "data").lines.count == 2)
    let unknown = try bench.run("log", "data/nothing")
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("no version of data/nothing is known"))
  }

  @Test("branches count, also those that are merged, and a version is the oldest commit's")
  func branches() throws {
    let bench = try started()
    let first = try step(bench, "one", ["a": "1"])
    try bench.git("checkout", "-q", "-b", "side")
    let side = try step(bench, "side", ["a": "2"])
    try bench.git("checkout", "-q", "--detach", "main")
    try bench.write("data/a", "1")
    try bench.write("other", "x")
    let main = try bench.pin("data")
    try bench.writeLock(main + (try bench.pin("other")))
    try bench.commitLock("another pin")
    let versions = try bench.succeed("log", "data", "--json").objects("version")
    #expect(versions.map { $0["commit"] as? String } == [side, first])
  }

  @Test("versions that only the store knows, and those that it lacks")
  func stores() throws {
    let bench = try started()
    let first = try step(bench, "one", ["a": "1"])
    let lock = try bench.bytes("reprostore.lock")
    try bench.write("data/a", "22")
    try bench.succeed("add", "data")
    try bench.write("reprostore.lock", lock)
    let known = try bench.succeed("log", "data", "--json").objects("version")
    #expect(known.map { $0["commit"] as? String } == [nil, first])
    #expect(known[0]["workspace"] as? String == bench.path)
    #expect((known[0]["who"] as? String)?.hasPrefix("tester@") == true)
    #expect(known[0]["changed"] as? Int == 1)
    let pin = LockedPin(
      path: try RelativePath("data"), target: .tree(TreeID(Digest(words: 1, 2, 3, 4))), files: 9,
      bytes: 99)
    try bench.writeLock([pin])
    try bench.commitLock("missing")
    let lines = try bench.succeed("log", "data").lines
    #expect(lines.count == 3)
    let missing = try #require(lines.first { $0.contains("missing") })
    #expect(missing.contains("9 files  99 B  not here"))
    let stored = try #require(lines.first { $0.hasPrefix("- ") })
    #expect(stored.hasSuffix("(added in \(bench.path))"))
  }

  @Test("a lock that cannot be read is passed over with a note, and text of others made harmless")
  func hostile() throws {
    let bench = try started()
    let first = try step(bench, "red \u{1b}[31m", ["a": "1"])
    try bench.write("reprostore.lock", "nonsense\n")
    let bad = try bench.commitLock("bad")
    try bench.git("rm", "-q", "reprostore.lock")
    try bench.git("commit", "-q", "-m", "away")
    let finished = try bench.succeed("log", "data")
    #expect(finished.lines.count == 1)
    #expect(finished.lines[0].hasPrefix("\(first.prefix(7)) "))
    #expect(finished.lines[0].hasSuffix("red \\u{1b}[31m"))
    #expect(finished.errors.contains("the reprostore.lock of 1 commit cannot be read"))
    #expect(finished.errors.contains(bad.prefix(7)))
  }

  @Test("without git what the store knows")
  func withoutRepository() throws {
    let bench = try Bench()
    for text in ["1", "22"] {
      try bench.write("data/a", text)
      try bench.succeed("add", "data")
    }
    let versions = try bench.succeed("log", "data", "--json").objects("version")
    #expect(!versions.isEmpty)
    #expect(versions[0]["bytes"] as? Int == 2)
    #expect(versions.allSatisfy { $0["commit"] as? String == nil })
  }

  @Test("in a workspace in a subdirectory with an odd name")
  func subdirectory() throws {
    let bench = try started(in: "-w @:")
    try bench.write("-w @:/data/a", "1")
    try bench.pin("data", in: "-w @:")
    let commit = try bench.commitLock("one", in: "-w @:")
    let versions = try bench.succeed("log", "data", "--json", in: "-w @:").objects("version")
    #expect(versions.map { $0["commit"] as? String } == [commit])
  }
}
