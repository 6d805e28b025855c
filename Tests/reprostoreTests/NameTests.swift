import ArtifactStore
import StorePrimitives
import Testing

@Suite("Naming a version")
struct NameTests {
  /// A repository with a workspace in `directory` of it.
  private func started(in directory: String = ".") throws -> Bench {
    let bench = try Bench(initialised: false)
    try bench.git("init", "-q")
    try bench.makeDirectory(directory)
    try bench.succeed("init", in: directory)
    return bench
  }

  @Test("the lock goes before the newest version that was added")
  func lockFirst() throws {
    let bench = try Bench()
    try bench.write("data/f", "one")
    let pins = try bench.pin("data")
    try bench.write("data/f", "two")
    try bench.succeed("add", "data")
    try bench.writeLock(pins)
    for name in ["data:f", "pin:data:f", "data/f", "pin:data/f"] {
      #expect(try bench.succeed("cat", name).output == "one", "\(name)")
    }
    #expect(try bench.succeed("ls", "-l", "data").output.contains("3 B"))
    try bench.succeed("restore", "data", "--to", "out")
    #expect(try bench.bytes("out/f") == Array("one".utf8))
    try bench.succeed("tag", "v1", "data")
    #expect(try bench.succeed("cat", "v1:f").output == "one")
  }

  @Test("a path inside a pin, from anywhere in the workspace")
  func inside() throws {
    let bench = try Bench()
    try bench.write("data/train/a.jpg", "a")
    try bench.write("data/train/b c", "b")
    try bench.pin("data")
    #expect(try bench.succeed("cat", "data/train/a.jpg").output == "a")
    #expect(try bench.succeed("cat", "data/train:a.jpg").output == "a")
    #expect(try bench.succeed("ls", "data/train").lines == ["a.jpg", "b c"])
    #expect(try bench.succeed("ls", "data/train/").lines == ["a.jpg", "b c"])
    #expect(try bench.succeed("cat", "a.jpg", in: "data/train").output == "a")
    #expect(try bench.succeed("cat", "data/train/a.jpg", in: "data/train").output == "a")
    let missing = try bench.run("cat", "data/train/x")
    #expect(missing.status == 2)
    #expect(missing.errors.contains("there is no train/x in data"))
    #expect(missing.errors.contains("try: reprostore ls -r data"))
    #expect(try bench.run("cat", "data/train").errors.contains("is a directory"))
    #expect(try bench.run("tag", "v1", "data/train").errors.contains("a whole version"))
  }

  @Test("a pin of old does not hide what is in a pin of today")
  func shadowed() throws {
    let bench = try Bench()
    try bench.write("data/train/a", "old")
    try bench.write("data/gone/b", "gone")
    try bench.succeed("add", "data/train", "data/gone")
    try bench.write("data/train/a", "new")
    tool("rm", "-r", bench.full("data/gone"))
    if bench.exists("reprostore.lock") { tool("rm", bench.full("reprostore.lock")) }
    try bench.pin("data")
    #expect(try bench.succeed("cat", "data/train:a").output == "new")
    #expect(try bench.succeed("cat", "pin:data/train:a").output == "new")
    #expect(try bench.succeed("cat", "data/gone:b").output == "gone")
    #expect(try bench.succeed("cat", "pin:data/gone:b").output == "gone")
  }

  @Test("tags and ids go by their names while the lock is in conflict, paths do not")
  func conflict() throws {
    let bench = try Bench()
    try bench.write("data/f", "1")
    try bench.pin("data")
    try bench.succeed("tag", "v1", "data")
    let id = try #require(bench.succeed("ls", "--json").objects("pin").first?["id"] as? String)
    try bench.write("reprostore.lock", "reprostore.lock 1\n\n<<<<<<< ours\n")
    #expect(try bench.succeed("cat", "tag:v1:f").output == "1")
    #expect(try bench.succeed("cat", "\(id):f").output == "1")
    let finished = try bench.run("cat", "data:f")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("try: reprostore resolve"))
  }

  @Test("a word that is a path inside a pin and a tag is ambiguous")
  func ambiguous() throws {
    let bench = try Bench()
    try bench.write("data/v1", "inside")
    try bench.write("file", "tagged")
    try bench.pin("data", "file")
    try bench.succeed("tag", "data/v1", "file")
    let both = try bench.run("cat", "data/v1")
    #expect(both.status == 2)
    #expect(both.errors.contains("data/v1 may mean 2 things here"))
    #expect(both.errors.contains("one of pin:data/v1, tag:data/v1"))
    #expect(try bench.succeed("cat", "pin:data/v1").output == "inside")
    #expect(try bench.succeed("cat", "tag:data/v1").output == "tagged")
    // A pin itself goes before all.
    try bench.succeed("tag", "data", "file")
    #expect(try bench.succeed("ls", "data").lines == ["v1"])
    let id = try #require(bench.succeed("ls", "--json").objects("pin").first?["id"] as? String)
    let digits = String(id.dropFirst(7).prefix(12))
    try bench.write("other/\(digits)", "x")
    try bench.writeLock(try bench.pin("data", "file", "other"))
    let short = try bench.run("ls", digits, in: "other")
    #expect(short.errors.contains("one of pin:\(digits), \(id)"))
  }

  @Test("what a revision pinned, with a workspace in a subdirectory and odd names")
  func revisions() throws {
    let bench = try started(in: "w: @x")
    let names = ["a@b", "a", "c:d", "e f"]
    for name in names { try bench.write("w: @x/\(name)/in", "1 \(name)") }
    try bench.pin("a@b", "a", "c:d", "e f", in: "w: @x")
    try bench.commitLock("one", in: "w: @x")
    try bench.git("tag", "b")
    try bench.git("branch", "side/one")
    for name in names { try bench.write("w: @x/\(name)/in", "2 \(name)") }
    try bench.pin("a@b", "a", "c:d", "e f", in: "w: @x")
    try bench.commitLock("two", in: "w: @x")
    try bench.git("checkout", "-q", "--detach")
    func cat(_ name: String) throws -> String {
      try bench.succeed("cat", name, in: "w: @x").output
    }
    for name in names {
      #expect(try cat("\(name):in") == "2 \(name)")
      #expect(try cat("\(name)@HEAD:in") == "2 \(name)")
      #expect(try cat("\(name)@side/one:in") == "1 \(name)")
      #expect(try cat("pin:\(name)@HEAD~1:in") == "1 \(name)")
      #expect(try cat("\(name)/in@main~1") == "1 \(name)")
      #expect(try cat("\(name)/in@HEAD@{1}") == "2 \(name)")
    }
    // An exact path goes before a revision, and the longest path before the others.
    #expect(try cat("a@b:in") == "2 a@b")
    #expect(try cat("a@refs/tags/b:in") == "1 a")
    #expect(try cat("a@b@b:in") == "1 a@b")
    #expect(try bench.succeed("ls", "a@b@b", in: "w: @x").lines == ["in"])
    try bench.succeed("restore", "a@HEAD~1", "--to", "out", in: "w: @x")
    #expect(try bench.bytes("w: @x/out/in") == Array("1 a".utf8))
  }

  @Test("names of bytes that are no text, at a revision")
  func bytes() throws {
    let bench = try started()
    try bench.write("plain/f", "1")
    let plain = try #require(try bench.pin("plain").first)
    let path = try RelativePath([0x64, 0xff])
    try bench.writeLock([
      LockedPin(path: path, target: plain.target, files: plain.files, bytes: plain.bytes)
    ])
    try bench.commitLock("one")
    #expect(try bench.succeed("cat", "d\\xff:f").output == "1")
    #expect(try bench.succeed("cat", "d\\xff/f@main").output == "1")
    #expect(try bench.succeed("ls").output.contains("d\\xff"))
  }

  @Test("revisions that are none, and what they do not pin, are errors that say so")
  func badRevisions() throws {
    let bench = try started()
    try bench.commit("no lock")
    try bench.write("data/f", "1")
    try bench.pin("data")
    try bench.commitLock("one")
    let cases = [
      ("data@nothing", "git knows no commit nothing"), ("data@-x", "git knows no commit -x"),
      ("data@--all", "git knows no commit --all"), ("data@HEAD~1", "has no reprostore.lock"),
      ("other@HEAD", "pins nothing at other"), ("data/x@HEAD", "pins nothing at data/x"),
    ]
    for (name, words) in cases {
      let finished = try bench.run("ls", name)
      #expect(finished.status == 2, "\(name)")
      #expect(finished.errors.contains(words), "\(finished.errors)")
      #expect(finished.errors.contains("try: "))
    }
    // Without a repository a name with @ is a name like any other.
    let plain = try Bench()
    #expect(try plain.run("ls", "data@x").errors.contains("nothing stored goes by the name data@x"))
  }

  @Test("a version that the store lacks is an error that names who pinned it")
  func notHere() throws {
    let bench = try started()
    let digest = Digest(words: 1, 2, 3, 4)
    let pin = LockedPin(
      path: try RelativePath("data"), target: .tree(TreeID(digest)), files: 7, bytes: 8_000)
    try bench.writeLock([pin])
    let commit = try bench.commit("Use new data")
    for name in ["data", "data:x", "data/x", "pin:data", "data@HEAD"] {
      let finished = try bench.run("ls", name)
      #expect(finished.status == 3, "\(name)")
      #expect(finished.errors.contains("is not in this store (tree node sha256:\(digest.hex))"))
      #expect(finished.errors.contains("; Ada pinned it on 20"))
      #expect(finished.errors.contains("in the commit \(commit.prefix(7)) (Use new data)"))
    }
    // An older version may be here all the same.
    let old = try bench.run("ls", "data/x@HEAD~1")
    #expect(old.status == 2)
    #expect(old.errors.contains("git knows no commit HEAD~1"))
    try bench.git("branch", "lacking")
    try bench.write("data/x", "here")
    try bench.pin("data")
    try bench.commitLock("Use what is here")
    try bench.git("checkout", "-q", "lacking")
    #expect(try bench.succeed("cat", "data/x@main").output == "here")
    let listed = try bench.succeed("ls").lines
    #expect(listed[1].hasPrefix("  data  7 files  8.0 kB  \(digest.hex.prefix(12))  not here"))
    let object = try #require(try bench.succeed("ls", "--json").objects("pin").first)
    #expect(object["here"] as? Bool == false)
    #expect(object["files"] as? Int == 7)
  }

  @Test("without git a name with a revision is an error that says what to install")
  func noGit() throws {
    let bench = try started()
    try bench.makeDirectory("empty")
    let finished = try bench.run("ls", "data@HEAD", environment: ["PATH": bench.full("empty")])
    #expect(finished.status == 2)
    #expect(finished.errors.contains("git is not installed"))
    #expect(finished.errors.contains("try: install git"))
  }

  @Test("a hook's variables lead git nowhere else")
  func hookVariables() throws {
    let bench = try started()
    try bench.write("data/f", "1")
    try bench.pin("data")
    try bench.commitLock("one")
    let finished = try bench.run(
      "cat", "data@HEAD:f",
      environment: ["GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/x"])
    #expect(finished.output == "1")
  }

  @Test("ls lists the lock, and all pins of the store when asked to")
  func listing() throws {
    let bench = try Bench()
    try bench.write("data/f", "1")
    try bench.write("old", "1")
    try bench.succeed("add", "old")
    try bench.pin("data")
    #expect(
      try bench.succeed("ls", "--json").objects("pin").map { $0["path"] as? String } == ["data"])
    let all = try bench.succeed("ls", "--all", "--json").objects("pin")
    #expect(all.map { $0["path"] as? String } == ["data", "old"])
    try bench.writeLock([])
    #expect(try bench.succeed("ls").errors.contains("nothing is pinned"))
  }

  @Test("a linked working copy without a store is told of the main one's")
  func linkedWorkingCopy() throws {
    let bench = try started()
    try bench.commit("one")
    try bench.git("worktree", "add", "-q", "../side")
    let finished = try Program.run(["ls"], in: bench.outside("side"))
    #expect(finished.status == 2)
    let store = bench.full(".reprostore/store")
    #expect(finished.errors.contains("try: reprostore init --store \(store)\n"))
    let words = ["init", "--store", store]
    #expect(try Program.run(words, in: bench.outside("side")).status == 0)
    #expect(try Program.run(["ls"], in: bench.outside("side")).status == 0)
  }
}
