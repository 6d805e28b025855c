import ArtifactStore
import StorePrimitives
import Testing

@Suite("resolve, after real merges of git")
struct ResolveTests {
  private let base = ["a": "a", "b": "b", "c": "c"]

  @Test("files that each side changed come together", arguments: ["merge", "diff3", "zdiff3"])
  func samePin(style: String) throws {
    let bench = try MergeBench()
    try bench.git("config", "merge.conflictStyle", style)
    let ours = ["a": "mine", "b": "b", "c": "c", "new": "n"]
    try bench.diverge(
      [bench.pin("data", base)], [bench.pin("data", ours)],
      [bench.pin("data", ["a": "a", "b": "other"])])
    #expect(try !bench.merge())
    #expect(try bench.lockText.contains("<<<<<<<"))
    let said = try bench.succeed("resolve")
    #expect(said.output.contains("merged"))
    #expect(said.output.contains("git add reprostore.lock"))
    #expect(try bench.files("data") == ["a": "mine", "b": "other", "new": "n"])
    let again = try bench.succeed("resolve")
    #expect(again.output == "reprostore.lock is in no conflict\n")
    try bench.commit()
    #expect(try bench.succeed("fsck", "--full").status == 0)
  }

  @Test("neighbouring pins are merged by git alone")
  func neighbours() throws {
    let bench = try MergeBench()
    let (first, second) = (try bench.pin("data1", base), try bench.pin("data2", base))
    let (newFirst, newSecond) = (try bench.pin("data1", ["x": "x"]), try bench.pin("data2", [:]))
    try bench.diverge([first, second], [newFirst, second], [first, newSecond])
    #expect(try bench.merge())
    #expect(try bench.lock().pins == [newFirst, newSecond])
    #expect(try bench.succeed("resolve").output.contains("no conflict"))
  }

  @Test("pins that both sides added beside each other are both kept")
  func addedNeighbours() throws {
    let bench = try MergeBench()
    let pins = try ["data1", "data2", "data3"].map { try bench.pin($0, base) }
    try bench.diverge([pins[0]], [pins[0], pins[1]], [pins[0], pins[2]])
    #expect(try !bench.merge())
    try bench.succeed("resolve")
    #expect(try bench.lock().pins == pins)
  }

  @Test("removed against changed is for the user to say")
  func removed() throws {
    let bench = try MergeBench()
    let changed = try bench.pin("data", ["a": "new"])
    try bench.diverge([try bench.pin("data", base)], [], [changed])
    #expect(try !bench.merge())
    let left = try bench.run(["resolve", "--json"])
    #expect(left.status == 1)
    let conflict = try #require(try left.objects("conflict").first)
    #expect(conflict["kind"] as? String == "removed")
    #expect(conflict["path"] as? String == "data")
    #expect((conflict["theirs"] as? [String: any Sendable])?["files"] as? Int == 1)
    try bench.succeed("resolve", "data", "--theirs")
    #expect(try bench.lock().pins == [changed])
  }

  @Test("a pin in a pin of the other side", arguments: [false, true])
  func nested(hasDriver: Bool) throws {
    let bench = try MergeBench(hasDriver: hasDriver)
    let (whole, changed) = (try bench.pin("data", base), try bench.pin("data", ["a": "new"]))
    let elsewhere = try MergeBench()
    let parts = try ["data/one", "data/two"].map { try elsewhere.pin($0, ["x": "x"]) }
    try bench.diverge([whole], [changed], parts)
    #expect(try !bench.merge())
    let left = try bench.run(["resolve", "--json"])
    #expect(left.status == 1)
    let conflict = try #require(try left.objects("conflict").first)
    #expect(conflict["kind"] as? String == "nested")
    #expect((conflict["theirs"] as? [String: any Sendable])?["files"] as? Int == 2)
    #expect(try bench.run(["status"]).errors.contains("reprostore resolve"))
    #expect(try bench.run(["resolve", "data/one", "--theirs"]).status == 2)
    try bench.succeed("resolve", "data", "--theirs")
    #expect(try bench.lock().pins == parts)
  }

  @Test("one path after the other, and what is settled is kept")
  func onePath() throws {
    let bench = try MergeBench()
    let ours = ["a": "1", "b": "1", "c": "c", "d": "d"]
    try bench.diverge(
      [bench.pin("data", base)], [bench.pin("data", ours)],
      [bench.pin("data", ["a": "2", "b": "2"])])
    #expect(try !bench.merge())
    let left = try bench.run(["resolve"])
    #expect(left.status == 1)
    #expect(left.output.contains("data/a: both sides changed it"))
    #expect(left.output.contains("2 conflicts:"))
    let text = try bench.lockText
    #expect(try bench.run(["resolve"]).status == 1)
    #expect(try bench.lockText == text)
    #expect(try bench.run(["resolve", "data/c", "--ours"]).status == 2)
    let next = try bench.run(["resolve", "data/a", "--theirs", "--json"])
    #expect(next.status == 1)
    #expect(
      try next.objects("conflict").map { $0["settled"] as? String } == ["theirs", nil])
    #expect(try bench.run(["resolve", "--json"]).objects("conflict").count == 1)
    let last = try bench.run(["resolve", "data", "--ours"])
    #expect(last.status == 0, "\(last.errors)")
    #expect(try bench.files("data") == ["a": "2", "b": "1", "d": "d"])
  }

  @Test("a rebase and a stash are merges too")
  func rebaseAndStash() throws {
    let bench = try MergeBench()
    let ours = try bench.pin("data", ["a": "1", "b": "b", "c": "c"])
    let theirs = try bench.pin("data", ["a": "a", "b": "2", "c": "c"])
    try bench.diverge([bench.pin("data", base)], [ours], [theirs])
    #expect(try bench.tryGit(["rebase", "-q", "other"]) == nil)
    try bench.succeed("resolve")
    #expect(try bench.files("data") == ["a": "1", "b": "2", "c": "c"])
    try bench.git("add", "reprostore.lock")
    try bench.git("-c", "core.editor=true", "rebase", "--continue")
    try bench.writeLock([try bench.pin("data", ["a": "1", "b": "2", "c": "stashed"])])
    try bench.git("stash", "-q")
    try bench.writeLock([try bench.pin("data", ["a": "more", "b": "2", "c": "c"])])
    try bench.commit()
    #expect(try bench.tryGit(["stash", "pop", "-q"]) == nil)
    try bench.succeed("resolve")
    #expect(try bench.files("data") == ["a": "more", "b": "2", "c": "stashed"])
  }

  @Test("where git leaves no blocks, the sides come from git")
  func withoutBlocks() throws {
    let bench = try MergeBench()
    try bench.bench.write(".gitattributes", "*.lock -merge\n")
    let ours = ["a": "1", "b": "b", "c": "c"]
    try bench.diverge(
      [bench.pin("data", base)], [bench.pin("data", ours)],
      [bench.pin("data", ["a": "a", "b": "2", "c": "c"])])
    #expect(try !bench.merge())
    #expect(try !bench.lockText.contains("<<<<<<<"))
    try bench.succeed("resolve")
    #expect(try bench.files("data") == ["a": "1", "b": "2", "c": "c"])
  }

  @Test("after a crossed merge, whose bases are in conflict, nothing is guessed")
  func crossed() throws {
    let bench = try MergeBench()
    let pins = try ["0", "1", "2"].map { try bench.pin("data", ["a": $0, "b": "b"]) }
    try bench.diverge([pins[0]], [pins[1]], [pins[2]])
    try bench.git("tag", "first")
    #expect(try !bench.merge())
    try bench.succeed("resolve", "--ours")
    try bench.commit()
    try bench.git("checkout", "-q", "other")
    #expect(try bench.tryGit(["merge", "-q", "first"]) == nil)
    try bench.succeed("resolve", "--ours")
    try bench.commit()
    try bench.git("checkout", "-q", "main")
    #expect(try !bench.merge())
    let left = try bench.run(["resolve", "--json"])
    #expect(left.status == 1)
    let conflict = try #require(try left.objects("conflict").first)
    #expect(conflict["kind"] as? String == "unknownBase")
    #expect(conflict["path"] as? String == "data/a")
    try bench.succeed("resolve", "data/a", "--theirs")
    #expect(try bench.files("data") == ["a": "2", "b": "b"])
  }

  @Test("a file that is half edited is left alone, and its line is named")
  func halfEdited() throws {
    let bench = try MergeBench()
    try bench.diverge(
      [bench.pin("data", base)], [bench.pin("data", ["a": "1"])],
      [bench.pin("data", ["a": "2"])])
    #expect(try !bench.merge())
    let text = try bench.lockText.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("=======") }.joined(separator: "\n")
    try bench.bench.write("reprostore.lock", text)
    let said = try bench.run(["resolve"])
    #expect(said.status == 2)
    #expect(said.errors.contains("reprostore.lock:"))
    #expect(try bench.lockText == text)
  }

  @Test("without git and without a base nothing is taken for granted")
  func withoutGit() throws {
    let bench = try Bench()
    try bench.write("data/a", "1")
    let first = try #require(try bench.succeed("add", "data", "--json").objects("pin").first)
    try bench.write("data/a", "2")
    try bench.write("data/b", "2")
    let second = try #require(try bench.succeed("add", "data", "--json").objects("pin").first)
    let ids = try [first, second].map { try #require($0["id"] as? String) }
    func lock(_ base: String) -> String {
      "reprostore.lock 1\n\n<<<<<<< x\ntree \(ids[0]) 1 1 data\n\(base)=======\n"
        + "tree \(ids[1]) 2 2 data\n>>>>>>> y\n"
    }
    try bench.write("reprostore.lock", lock(""))
    let left = try bench.run("resolve", "--json")
    #expect(left.status == 1)
    let kinds = try left.objects("conflict").map { $0["kind"] as? String }
    #expect(kinds == ["unknownBase", "unknownBase"])
    try bench.write("reprostore.lock", lock("||||||| z\ntree \(ids[0]) 1 1 data\n"))
    try bench.succeed("resolve")
    let text = String(decoding: try bench.bytes("reprostore.lock"), as: UTF8.self)
    #expect(text == "reprostore.lock 1\n\ntree \(ids[1]) 2 2 data\n")
  }

  @Test("wrong usage is said")
  func usage() throws {
    let bench = try MergeBench()
    #expect(try bench.run(["resolve", "--ours", "--theirs"]).status == 2)
    #expect(try bench.run(["resolve", "data"]).status == 2)
    #expect(try bench.succeed("resolve").output == "reprostore.lock is in no conflict\n")
    #expect(
      try bench.succeed("resolve", "--json").objects("resolved").first?["settled"] as? Bool == true)
  }

  @Test("help has examples, and does not tell of the driver", arguments: ["diff", "resolve"])
  func help(command: String) throws {
    let finished = try Program.run([command, "--help"], in: "/")
    #expect(finished.status == 0)
    #expect(finished.output.contains("  reprostore \(command)\n"))
    let overview = try Program.run(["--help"], in: "/").output
    #expect(overview.contains("  \(command) "))
    #expect(!overview.contains("merge-lock"))
  }

  // MARK: The merge driver

  @Test("git merges by itself where it is told how", arguments: ["", "sub/project"])
  func driver(directory: String) throws {
    let bench = try MergeBench(in: directory, hasDriver: true)
    let ours = ["a": "1", "b": "b", "c": "c"]
    try bench.diverge(
      [bench.pin("data", base)], [bench.pin("data", ours)],
      [bench.pin("data", ["a": "a", "b": "2", "c": "c"])])
    #expect(try bench.merge())
    #expect(try bench.files("data") == ["a": "1", "b": "2", "c": "c"])
  }

  @Test("what the driver leaves open is resolved later", arguments: ["", "sub"])
  func driverConflict(directory: String) throws {
    let bench = try MergeBench(in: directory, hasDriver: true)
    let ours = ["a": "1", "b": "1", "c": "c"]
    try bench.diverge(
      [bench.pin("data", base)], [bench.pin("data", ours)],
      [bench.pin("data", ["a": "2", "b": "b"])])
    #expect(try !bench.merge())
    #expect(try bench.lockText.contains("||||||| base"))
    try bench.succeed("resolve", "--theirs")
    #expect(try bench.files("data") == ["a": "2", "b": "1"])
  }

  @Test("without a store, or without the trees, the driver leaves blocks of pins")
  func driverWithoutStore() throws {
    let bench = try MergeBench(hasDriver: true)
    let ours = try bench.pin("data", ["a": "1", "b": "b", "c": "c"])
    let theirs = try bench.pin("data", ["a": "a", "b": "1", "c": "c"])
    let other = try bench.pin("data2", base)
    try bench.diverge([bench.pin("data", base)], [ours], [theirs, other])
    tool("mv", bench.bench.full(".reprostore/store"), bench.bench.outside("store"))
    #expect(try !bench.merge())
    let blocks = try LockConflicts.parse(Array(bench.lockText.utf8), path: "lock")
    #expect(blocks.settled.pins == [other])
    #expect(blocks.blocks.map(\.ours) == [[ours]])
    #expect(blocks.blocks.map(\.theirs) == [[theirs]])
    // A store that has nothing of it.
    try bench.succeed("init")
    let missing = try bench.run(["resolve"])
    #expect(missing.status == 3)
    #expect(missing.errors.contains("not in this store"))
    tool("rm", "-rf", bench.bench.full(".reprostore/store"))
    tool("mv", bench.bench.outside("store"), bench.bench.full(".reprostore/store"))
    try bench.succeed("resolve")
    #expect(try bench.files("data") == ["a": "1", "b": "1", "c": "c"])
  }
}
