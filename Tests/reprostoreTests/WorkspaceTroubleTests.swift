import Foundation
import Testing

/// What goes wrong in daily life with a workspace in git, and whether the way out that a message
/// names leads out.
@Suite("Trouble with a workspace")
struct WorkspaceTroubleTests {
  /// A repository with `data` pinned in its only commit.
  private func committed(initialising arguments: [String] = []) throws -> Bench {
    let bench = try Bench(initialised: false)
    try bench.git("init", "-q")
    let started = try Program.run(["init"] + arguments, in: bench.path)
    try #require(started.status == 0, "\(started.errors)")
    try bench.write("data/a", "1")
    try bench.write("data/sub/b", "2")
    try bench.succeed("add", "data")
    try bench.commit("one")
    return bench
  }

  @Test("a clean clone: from no store to the store of the original, with the commands it names")
  func cleanClone() throws {
    let bench = try committed()
    let store = bench.full(".reprostore/store")
    try bench.git("clone", "-q", ".", "../clone")
    for command in ["status", "checkout", "diff", "ls", "fsck"] {
      let finished = try bench.run(command, in: "../clone")
      #expect(finished.status == 2, "\(command)")
      #expect(finished.errors.contains("reprostore.lock pins 1 path"), "\(command)")
      #expect(finished.errors.contains("try: reprostore init --store DIR"), "\(command)")
    }
    let made = try bench.succeed("init", in: "../clone")
    #expect(made.output.contains("reprostore init --store DIR"))
    #expect(made.errors.contains("the new store has nothing"))
    #expect(try bench.succeed("status", in: "../clone").output.contains("missing"))
    let missing = try bench.run("checkout", in: "../clone")
    #expect(missing.status == 3)
    #expect(missing.errors.contains("try: reprostore init --store DIR"))
    let joined = try bench.succeed("init", "--store", store, in: "../clone")
    #expect(joined.lines.last == "next       reprostore checkout")
    #expect(joined.errors.contains("rm -r \(bench.outside("clone"))/.reprostore/store"))
    try bench.succeed("checkout", in: "../clone")
    #expect(bench.isSame("data", "../clone/data"))
    try bench.succeed("status", "--exit-code", in: "../clone")
    #expect(try bench.git("status", "--porcelain", in: "../clone") == "")
  }

  @Test("a store that was joined by mistake and never used is left, one that is used is not")
  func otherStore() throws {
    let bench = try committed()
    let store = bench.full(".reprostore/store")
    try bench.git("clone", "-q", ".", "../clone")
    try bench.succeed("init", "--store", "../mistyped", in: "../clone")
    try bench.succeed("init", "--store", store, in: "../clone")
    try bench.succeed("checkout", in: "../clone")
    let refused = try bench.run("init", "--store", "../mistyped", in: "../clone")
    #expect(refused.status == 2)
    #expect(refused.errors.contains("this workspace uses the store \(store), which holds data"))
    try bench.succeed("status", "--exit-code", in: "../clone")
    #expect(try bench.names("../clone/.reprostore").allSatisfy { !$0.hasSuffix(".tmp") })
  }

  @Test("a linked working copy joins the store of the main one, even after a plain init")
  func linkedWorktree() throws {
    let bench = try committed()
    try bench.git("worktree", "add", "-q", "../linked", "-b", "side")
    let store = bench.full(".reprostore/store")
    let first = try bench.run("checkout", in: "../linked")
    #expect(first.status == 2 && first.errors.contains("try: reprostore init --store \(store)"))
    let made = try bench.succeed("init", in: "../linked")
    #expect(made.output.contains("reprostore init --store \(store)"))
    try bench.succeed("init", "--store", store, in: "../linked")
    try bench.succeed("checkout", in: "../linked")
    #expect(bench.isSame("data", "../linked/data"))
    try bench.write("../linked/data/a", "changed")
    try bench.succeed("add", "data", in: "../linked")
    try bench.git("commit", "-q", "-a", "-m", "side", in: "../linked")
    try bench.git("merge", "-q", "side")
    try bench.succeed("checkout")
    #expect(bench.isSame("data", "../linked/data"))
  }

  @Test("what a message says to type works from a directory below the workspace")
  func below() throws {
    let bench = try Bench(initialised: false)
    try bench.git("init", "-q")
    try bench.makeDirectory("project/code/deep")
    try bench.succeed("init", in: "project")
    try bench.write("project/data/a", "1")
    try bench.write("project/it's/x", "x")
    let place = "project/code/deep"
    let added = try bench.succeed("add", "../../data", "../../it's", in: place)
    let next = try #require(added.lines.last)
    #expect(next == "next: git add ../../reprostore.lock ../../.gitignore")
    #expect(tool("sh", "-c", String(next.dropFirst(6)), in: bench.full(place)) != nil)
    try bench.git("commit", "-q", "-m", "one")
    // Paths of the workspace, as the lock and messages name them.
    for words in [["status"], ["checkout"], ["evict"], ["checkout"], ["untrack"]] {
      let finished = try Program.run(words + ["data"], in: bench.full(place))
      #expect(finished.status == 0, "\(words): \(finished.errors)")
    }
    try bench.write("project/kept/x", "x")
    try bench.git("add", "project/kept")
    let tracked = try bench.run("add", "../../kept", in: place)
    #expect(tracked.errors.contains("git rm -r --cached ../../kept"))
    #expect(tracked.errors.contains("reprostore add ../../kept"))
  }

  @Test("names that begin with dots are seen from the current directory")
  func dots() throws {
    let bench = try committed()
    try bench.makeDirectory("code")
    for name in ["../data", "../data@HEAD", "pin:../data", "./../data"] {
      #expect(try bench.succeed("ls", name, in: "code").lines == ["a", "sub/"], "\(name)")
    }
    #expect(try bench.succeed("cat", "../data@HEAD:sub/b", in: "code").output == "2")
    #expect(try bench.succeed("log", "../data", in: "code").lines.count == 1)
    #expect(try bench.succeed("diff", "../data@HEAD", in: "code").output == "no difference\n")
    #expect(try bench.succeed("ls", "./data").lines == ["a", "sub/"])
    #expect(try bench.run("ls", "../data").status == 2)
    #expect(try bench.run("ls", "./data", in: "code").status == 2)
  }

  @Test("names that are no UTF-8 are typed as they are")
  func rawNames() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    let script = """
      set -e
      pin=$(printf 'pin\\377') part=$(printf 'data/x\\376')
      mkdir "$pin" data; echo 1 > "$pin/y"; echo 1 > "$part"
      "$0" add "$pin" data
      echo 22 > "$pin/y"; echo 22 > "$part"
      "$0" status "$part" --exit-code && exit 1
      "$0" add "$part"
      "$0" checkout "$pin" --force
      "$0" evict "$pin"
      "$0" checkout "$pin"
      "$0" ls "$pin"; "$0" cat "$part"; "$0" log "$pin"
      "$0" status --exit-code
      git status --porcelain
      """
    let finished = try Command(["sh", "-c", script, Program.path], in: bench.path).finish()
    #expect(finished.status == 0, "\(finished.errors)\(finished.output)")
    #expect(finished.lines.contains("22"))
    #expect(!finished.output.contains("\u{fffd}"))
    #expect(finished.lines.filter { $0.hasPrefix("?? ") }.count == 3, "\(finished.output)")
  }

  @Test("a path of the lock can be added from below, where nothing else goes by it")
  func addedFromBelow() throws {
    let bench = try committed()
    try bench.makeDirectory("code")
    try bench.write("data/a", "changed")
    let pin = try bench.succeed("add", "data", "--json", in: "code").objects("pin")
    #expect(pin.first?["path"] as? String == "data")
    #expect(pin.first?["state"] as? String == "changed")
    // What is there goes before.
    try bench.write("code/data/x", "x")
    let own = try bench.succeed("add", "data", "--json", in: "code").objects("pin")
    #expect(own.first?["path"] as? String == "code/data")
  }

  @Test(
    "a part of a pin that is nowhere was mistyped",
    arguments: ["status", "checkout", "evict", "diff"])
  func mistyped(command: String) throws {
    let bench = try committed()
    let finished = try bench.run(command, "data/typo")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("there is no data/typo"))
    #expect(finished.errors.contains("try: reprostore ls -r pin:data"))
    // What was deleted or evicted is in the version.
    try FileManager.default.removeItem(atPath: bench.full("data/a"))
    try bench.succeed(command, "data/a")
  }

  @Test("what was gone before, or cannot come back, was not evicted")
  func notEvicted() throws {
    let bench = try committed()
    try FileManager.default.removeItem(atPath: bench.full("data"))
    try bench.succeed("evict", "data")
    #expect(try bench.succeed("status").lines.first?.hasPrefix("data  absent") == true)
    let absent = try bench.run("add", "data")
    #expect(absent.errors.contains("try: reprostore checkout data"))
    try bench.succeed("checkout")
    try bench.git("clone", "-q", ".", "../clone")
    try bench.succeed("init", in: "../clone")
    #expect(try bench.run("evict", "data", in: "../clone").status == 3)
    #expect(!bench.exists("../clone/.reprostore/evicted"))
    try bench.succeed("evict", "data")
    try bench.succeed("evict", "data")
    #expect(try bench.succeed("status").lines.first?.hasPrefix("data  evicted") == true)
  }

  @Test("a pin that is a link to another disk: evicted, its place is still there")
  func evictedThroughLink() throws {
    let bench = try Bench()
    try bench.write("../disk/data/a", "1")
    try bench.link("data", to: "../disk/data")
    try bench.succeed("add", "data")
    try bench.succeed("evict", "data")
    #expect(try bench.names("../disk/data") == [])
    #expect(try bench.succeed("status").output.contains("evicted"))
    try bench.succeed("checkout")
    #expect(try bench.bytes("../disk/data/a") == Array("1".utf8))
    try bench.succeed("status", "--exit-code")
  }

  @Test("a directory in the place of the lock or of .gitignore is said before anything is stored")
  func directoriesInTheWay() throws {
    for name in ["reprostore.lock", ".gitignore"] {
      let bench = try Bench()
      try bench.git("init", "-q")
      try bench.write("data/a", "1")
      try bench.makeDirectory(name)
      let finished = try bench.run("add", "data")
      #expect(finished.status == 5)
      #expect(finished.errors.contains("\(name) is a directory"))
      #expect(finished.errors.contains("try: move it away"))
      #expect(try bench.stored("packs").isEmpty)
      try FileManager.default.removeItem(atPath: bench.full(name))
      try bench.succeed("add", "data")
    }
  }

  @Test("a .gitignore that is a link is refused before anything is stored, and stays")
  func linkedIgnoreFile() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write("data/a", "1")
    try bench.write("../elsewhere", "theirs\n")
    try bench.link(".gitignore", to: "../elsewhere")
    #expect(try bench.run("add", "data").status == 5)
    #expect(try bench.stored("packs").isEmpty)
    #expect(try bench.bytes("../elsewhere") == Array("theirs\n".utf8))
  }

  @Test("a link to nothing, a pipe and an empty name are called what they are")
  func oddArguments() throws {
    let bench = try Bench()
    try bench.link("dangling", to: "nowhere")
    #expect(tool("mkfifo", bench.full("pipe")) != nil)
    let link = try bench.run("add", "dangling")
    #expect(link.errors.contains("dangling is a symbolic link to something that is not there"))
    let pipe = try bench.run("add", "pipe")
    #expect(pipe.errors.contains("try: leave it out"))
    #expect(try bench.run("add", "").errors.contains("'' is no path"))
  }

  @Test("a file where a pinned directory was goes by its own path")
  func fileForDirectory() throws {
    let bench = try committed()
    try FileManager.default.removeItem(atPath: bench.full("data"))
    try bench.write("data", "a file")
    let lines = try bench.succeed("status", "--names").lines
    #expect(lines.contains("  A data"))
    #expect(lines.contains("  D data/a"))
  }

  @Test("a version that was added in steps and then committed goes by the commit")
  func committedAfterwards() throws {
    let bench = try committed()
    try bench.write("data/sub/c", "3")
    try bench.succeed("add", "data/sub")
    try bench.write("data/a", "changed")
    try bench.succeed("add", "data")
    let commit = try bench.commit("two")
    let versions = try bench.succeed("log", "data/sub", "--json").objects("version")
    #expect(versions.count == 2)
    #expect(versions.first?["commit"] as? String == commit)
  }

  @Test("both sides of a merge pinned something new: the lock is settled, and .gitignore is named")
  func bothPinNew() throws {
    let bench = try committed()
    try bench.git("branch", "side")
    for (branch, name) in [("side", "theirs"), ("main", "ours")] {
      try bench.git("checkout", "-q", branch)
      try bench.write("\(name)/x", name)
      try bench.succeed("add", name)
      try bench.commit(name)
    }
    #expect(try bench.tryGit(["merge", "-q", "side"]).status == 1)
    let resolved = try bench.succeed("resolve")
    #expect(resolved.output.contains("nothing is in conflict any more"))
    #expect(resolved.errors.contains(".gitignore is in conflict as well"))
    #expect(resolved.errors.contains("then: git add .gitignore"))
    try bench.write(".gitignore", "/data\n/ours\n/theirs\n")
    try bench.git("add", ".gitignore", "reprostore.lock")
    try bench.git("commit", "-q", "-m", "both")
    try bench.succeed("status", "--exit-code")
    #expect(try bench.git("status", "--porcelain") == "")
  }

  @Test("with the hook and the driver a rebase merges the lock, and a clone has neither")
  func hooksInRebaseAndClone() throws {
    let bench = try committed(initialising: ["--git-hooks"])
    try bench.git("checkout", "-q", "-b", "side")
    try bench.write("data/side", "s")
    try bench.succeed("add", "data")
    try bench.git("commit", "-q", "-a", "-m", "side")
    try bench.git("checkout", "-q", "main")
    #expect(!bench.exists("data/side"))
    try bench.write("data/main", "m")
    try bench.succeed("add", "data")
    try bench.git("commit", "-q", "-a", "-m", "main")
    try bench.git("checkout", "-q", "side")
    #expect(bench.exists("data/side") && !bench.exists("data/main"))
    try bench.git("rebase", "-q", "main")
    #expect(try bench.names("data") == ["a", "main", "side", "sub"])
    try bench.succeed("status", "--exit-code")
    #expect(try bench.git("status", "--porcelain") == "")
    // A merge that git makes by itself, and one that is only a step forward.
    try bench.git("checkout", "-q", "-b", "other", "main")
    try bench.write("data/other", "o")
    try bench.succeed("add", "data")
    try bench.git("commit", "-q", "-a", "-m", "other")
    try bench.git("merge", "-q", "--no-edit", "side")
    #expect(try bench.names("data") == ["a", "main", "other", "side", "sub"])
    try bench.git("checkout", "-q", "side")
    try bench.git("merge", "-q", "other")
    try bench.succeed("status", "--exit-code")
    try bench.git("reset", "-q", "--hard", "ORIG_HEAD")
    try bench.succeed("checkout", "--clean")
    try bench.git("clone", "-q", ".", "../clone")
    #expect(!bench.exists("../clone/.git/hooks/post-checkout"))
    try bench.succeed(
      "init", "--store", bench.full(".reprostore/store"), "--git-hooks", in: "../clone")
    try bench.succeed("checkout", in: "../clone")
    try bench.git("checkout", "-q", "HEAD~1", in: "../clone")
    #expect(try bench.names("../clone/data") == ["a", "main", "sub"])
    try bench.succeed("status", "--exit-code", in: "../clone")
  }

  @Test("the lock and .gitignore of a group stay writable for the group")
  func modes() throws {
    let bench = try committed()
    tool("chmod", "660", bench.full("reprostore.lock"), bench.full(".gitignore"))
    try bench.write("more/x", "x")
    try bench.succeed("add", "more")
    for name in ["reprostore.lock", ".gitignore"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: bench.full(name))
      #expect(attributes[.posixPermissions] as? Int == 0o660, "\(name)")
    }
  }

  @Test("two hundred pins: each its own line, and a change touches one")
  func manyPins() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    let names = (0..<200).map { "p\($0)" }
    for name in names { try bench.write("\(name)/x", name) }
    let added = try Program.run(["add"] + names, in: bench.path)
    try #require(added.status == 0, "\(added.errors)")
    try bench.commit("all")
    #expect(try bench.succeed("status", "--json").objects("status").count == 200)
    try bench.succeed("status", "--exit-code")
    try bench.write("p77/x", "changed")
    try bench.succeed("add", "p77")
    #expect(try bench.git("diff", "--numstat") == "1\t1\treprostore.lock")
    try bench.git("checkout", "-q", "reprostore.lock")
    let back = try bench.succeed("checkout", "--json").objects("checkedOut")
    #expect(
      back.filter { $0["replaced"] as? Int == 1 }.compactMap { $0["path"] as? String } == ["p77"])
    #expect(try bench.bytes("p77/x") == Array("p77".utf8))
  }
}
