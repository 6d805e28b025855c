import Foundation
import Testing

@Suite("add")
struct AddTests {
  @Test("says what is new, what changed and what did not")
  func states() throws {
    let bench = try Bench()
    try bench.write("data/a", random: 300_000)
    try bench.write("data/sub/b", "b")
    let first = try bench.succeed("add", "data")
    #expect(first.lines[0].hasPrefix("data  2 files  300 kB  new "))
    #expect(first.output.contains("300 kB new"))
    let second = try bench.succeed("add", "data")
    #expect(second.lines[0].contains("unchanged"))
    #expect(second.output.contains("0 B new"))
    try bench.write("data/sub/b", "c")
    let third = try bench.succeed("add", "data", "data/")
    #expect(third.lines[0].contains("changed"))
    #expect(third.lines.count == 2)
  }

  @Test("as JSON, with the pins of several paths")
  func json() throws {
    let bench = try Bench()
    try bench.write("data/a", "aa")
    try bench.write("model.bin", "bbb")
    let finished = try bench.succeed("add", "data", "model.bin", "--json")
    let pins = try finished.objects("pin")
    #expect(pins.map { $0["path"] as? String } == ["data", "model.bin"])
    #expect(pins.map { $0["kind"] as? String } == ["tree", "blob"])
    #expect(pins.map { $0["bytes"] as? Int } == [2, 3])
    #expect(pins.map { $0["state"] as? String } == ["new", "new"])
    let digest = "sha256:3e744b9dc39389baf0c5a0660589b8402f3dbb49b89b3e75f2c9355852a3c677"
    #expect(pins[1]["id"] as? String == digest)
    let summary = try #require(finished.objects("added").first)
    #expect(summary["newBytes"] as? Int == 5)
    #expect(summary["dryRun"] as? Bool == false)
    #expect(summary["writtenBytes"] as? Int ?? 0 > 5)
  }

  @Test("--dry-run counts and writes nothing")
  func dryRun() throws {
    let bench = try Bench()
    try bench.write("data/a", random: 2_000_000)
    let finished = try bench.succeed("add", "--dry-run", "data")
    #expect(finished.output.contains("2.0 MB are new"))
    #expect(finished.output.contains("free"))
    #expect(try bench.stored("packs").isEmpty)
    #expect(try bench.stored("raw").isEmpty)
    #expect(try bench.succeed("ls").output.isEmpty)
    try bench.succeed("add", "data")
    #expect(try bench.succeed("add", "--dry-run", "data").output.contains("0 B are new"))
  }

  @Test("paths are seen from where the user is")
  func fromBelow() throws {
    let bench = try Bench()
    try bench.write("data/sub/a", "a")
    try bench.write("models/m", "m")
    try bench.succeed("add", "sub", "./../models/../models", in: "data")
    #expect(try bench.succeed("ls").output.contains("data/sub"))
    try bench.succeed("add", bench.full("data/sub"))
    try bench.link("../door", to: bench.path)
    try bench.succeed("add", bench.outside("door") + "/models")
    #expect(try bench.succeed("cat", "sub:a", in: "data").output == "a")
    #expect(try bench.succeed("cat", "data/sub:a", in: "data").output == "a")
  }

  @Test(".reproignore of the directories above a PATH holds, and its own")
  func ignoring() throws {
    let bench = try Bench()
    try bench.write(".reproignore", "*.tmp\n/data/x/only-here\n")
    try bench.write("data/.reproignore", "skip/\n")
    for name in ["a", "b.tmp", "skip/c", "only-here", "d/only-here", ".reproignore"] {
      try bench.write("data/x/\(name)", "1")
    }
    try bench.write("data/x/.reproignore", "a\n")
    try bench.succeed("add", "data/x")
    #expect(
      try bench.succeed("ls", "-r", "data/x").lines == [".reproignore", "d/only-here"])
  }

  @Test("links inside stay links; a PATH that is a link is followed")
  func links() throws {
    let bench = try Bench()
    try bench.write("../elsewhere/a", "a")
    try bench.link("data", to: "../elsewhere")
    try bench.link("../elsewhere/l", to: "a")
    let finished = try bench.succeed("add", "data")
    #expect(finished.errors.contains("\(bench.outside("elsewhere"))"))
    #expect(try bench.succeed("ls", "-rl", "data").output.contains("l -> a"))
    #expect(try bench.succeed("cat", "data:a").output == "a")
  }

  @Test("links that leave are counted, kept or followed")
  func leavingLinks() throws {
    let bench = try Bench()
    try bench.write("../elsewhere/a", "a")
    try bench.write("data/f", "f")
    try bench.link("data/one", to: "../../elsewhere/a")
    try bench.link("data/two", to: bench.outside("elsewhere"))
    let refused = try bench.run("add", "data")
    #expect(refused.status == 5)
    #expect(refused.errors.contains("2 symbolic links lead out of data (data/one, …)"))
    #expect(refused.errors.contains("--follow"))
    try bench.succeed("add", "data", "--keep-links")
    #expect(try bench.succeed("ls", "-l", "data").output.contains("one -> ../../elsewhere/a"))
    try bench.succeed("add", "data", "--follow")
    #expect(try bench.succeed("ls", "-r", "data").lines == ["f", "one", "two/a"])
    #expect(try bench.succeed("cat", "data:two/a").output == "a")
    let both = try bench.run("add", "data", "--follow", "--keep-links")
    #expect(both.status == 2)
  }

  @Test("a file that git-annex has replaced by a link is stored as what it is")
  func annexed() throws {
    let bench = try Bench()
    try bench.write(".git/annex/objects/x/model", "weights")
    try bench.link("model", to: ".git/annex/objects/x/model")
    try bench.makeDirectory("data")
    try bench.link("data/part", to: "../.git/annex/objects/x/model")
    try bench.succeed("add", "model")
    try bench.succeed("add", "--follow", "data")
    #expect(try bench.succeed("cat", "model").output == "weights")
    #expect(try bench.succeed("cat", "data:part").output == "weights")
  }

  @Test("--follow does not lead into the store")
  func followIntoStore() throws {
    let bench = try Bench()
    for (name, target) in [("one", "../.reprostore/store/roots"), ("two", "../.reprostore")] {
      try bench.makeDirectory(name)
      try bench.link("\(name)/link", to: target)
      let finished = try bench.run("add", "--follow", name)
      #expect(finished.status == 2 || finished.status == 5)
      #expect(finished.errors.contains("store"))
    }
    #expect(try bench.stored("packs").isEmpty)
  }

  @Test("what cannot be stored is passed over with a warning, or refused")
  func oddKinds() throws {
    let bench = try Bench()
    try bench.write("data/f", "f")
    try #require(tool("mkfifo", bench.full("data/pipe")) != nil)
    let finished = try bench.succeed("add", "data")
    #expect(finished.errors.contains("warning: data/pipe is a named pipe"))
    let objects = try bench.succeed("add", "data", "--json").objects("skipped")
    #expect(objects.map { $0["path"] as? String } == ["data/pipe"])
    let strict = try bench.run("add", "data", "--strict")
    #expect(strict.status == 2)
    #expect(strict.errors.contains("data/pipe"))
  }

  @Test("--quiet says nothing but warnings")
  func quiet() throws {
    let bench = try Bench()
    try bench.write("data/f", "f")
    try #require(tool("mkfifo", bench.full("data/pipe")) != nil)
    let finished = try bench.succeed("add", "-q", "data")
    #expect(finished.output.isEmpty)
    #expect(finished.errors.hasPrefix("warning:"))
  }

  @Test("the commit that is checked out is recorded")
  func gitCommit() throws {
    let bench = try Bench()
    try bench.write("data/f", "f")
    let git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", bench.path]
    func run(_ words: String...) throws -> String {
      let finished = try Command(git + words, in: "/").finish()
      try #require(finished.status == 0, "\(finished.errors)")
      return finished.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    func recorded(in directory: String? = nil) throws -> String? {
      try bench.succeed("add", "data")
      return try bench.succeed("ls", "--json").objects("pin").first?["gitCommit"] as? String
    }
    _ = try run("init", "-q")
    #expect(try recorded() == nil)
    _ = try run("commit", "-q", "--allow-empty", "-m", "one")
    #expect(try recorded() == run("rev-parse", "HEAD"))
    _ = try run("pack-refs", "--all")
    #expect(try recorded() == run("rev-parse", "HEAD"))
    _ = try run("checkout", "-q", "--detach")
    #expect(try recorded() == run("rev-parse", "HEAD"))
    // A linked working copy has its own HEAD and shares the branches.
    _ = try run("worktree", "add", "-q", "-b", "side", bench.outside("side"))
    let side = bench.outside("side")
    _ = try Command(
      [
        "git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m",
        "2",
      ],
      in: side
    ).finish()
    let commit = try #require(tool("git", "-C", side, "rev-parse", "HEAD"))
    try #require(Program.run(["init"], in: side).status == 0)
    try Data("x".utf8).write(to: URL(fileURLWithPath: side + "/x"))
    try #require(Program.run(["add", "x"], in: side).status == 0)
    let pins = try Program.run(["ls", "--json"], in: side).objects("pin")
    #expect(pins.first?["gitCommit"] as? String == commit.trimmingCharacters(in: .newlines))
  }

  @Test("names of any bytes are stored and listed in one escape")
  func oddNames() throws {
    let bench = try Bench()
    try bench.write("data/line\nbreak \"q\" \\", "1")
    try bench.write("data/ü", "2")
    try #require(
      tool("sh", "-c", "printf 3 > \"$(printf 'data/\\377')\"", in: bench.path) != nil)
    try bench.succeed("add", "data")
    let listed = try bench.succeed("ls", "--json", "data").objects()
    #expect(
      listed.map { $0["path"] as? String } == ["line\\x0abreak \"q\" \\\\", "ü", "\\xff"])
    #expect(try bench.succeed("cat", "data:\\xff").output == "3")
    try bench.succeed("restore", "data", "--to", "out")
    #expect(bench.isSame("data", "out"))
  }

  @Test("names that only their bytes tell apart are stored, with a warning")
  func twins() throws {
    let bench = try Bench()
    // By printf(1), as FileManager may choose a form of its own.
    let make =
      "mkdir -p data && for n in 1 2 3 4 5 6 7; do "
      + "printf 1 > \"$(printf 'data/%s-\\303\\251' $n)\"; "
      + "printf 22 > \"$(printf 'data/%s-e\\314\\201' $n)\"; done"
    try #require(tool("sh", "-c", make, in: bench.path) != nil)
    let dry = try bench.succeed("add", "data", "--dry-run", "--quiet")
    #expect(dry.errors.contains("data/1-e\u{301} and data/1-\u{e9} are the same text"))
    let lines = dry.errors.split(separator: "\n")
    #expect(lines.count == 6, "\(dry.errors)")
    #expect(lines.last?.hasSuffix("2 more pairs of names like that") == true)
    let finished = try bench.succeed("add", "data", "--json")
    let objects = try finished.objects("twins")
    #expect(objects.count == 7)
    let first = objects.first.map { [$0["path"], $0["other"]] } ?? []
    #expect(
      first.map { Array(($0 as? String ?? "").utf8) }
        == ["data/1-e\u{301}", "data/1-\u{e9}"].map { Array($0.utf8) })
    #expect(try finished.objects("pin").first?["bytes"] as? Int == 21)
    try bench.succeed("restore", "data", "--to", "out")
    #expect(bench.isSame("data", "out"))
    try bench.write("plain/a", "a")
    #expect(try bench.succeed("add", "plain").errors.isEmpty)
  }
}
