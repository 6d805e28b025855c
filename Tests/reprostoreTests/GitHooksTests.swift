import ArtifactStore
import Foundation
import StorePrimitives
import Testing

@testable import reprostore

@Suite("init --git-hooks")
struct GitHooksTests {
  private func started(in directory: String = ".") throws -> Bench {
    let bench = try Bench(initialised: false)
    try bench.git("init", "-q")
    try bench.makeDirectory(directory)
    return bench
  }

  private func lock(_ bench: Bench, _ digit: UInt64, in directory: String = ".") throws {
    let pin = LockedPin(
      path: try RelativePath("data"), target: .tree(TreeID(Digest(words: digit, 2, 3, 4))),
      files: 1, bytes: 1)
    try bench.writeLock([pin], in: directory)
  }

  /// Puts a program in PATH that notes how it was called, in the place of the one that the hook
  /// names, which is not there any more.
  private func fake(_ bench: Bench, status: Int) throws -> [String: String] {
    let hook = bench.full(".git/hooks/post-checkout")
    let text = String(decoding: try bench.bytes(hook), as: UTF8.self)
    #expect(text.contains("program='\(Program.path)'"))
    try bench.write(hook, text.replacingOccurrences(of: Program.path, with: "/nowhere/at/all"))
    let notes = bench.outside("notes")
    try bench.write(
      "../bin/reprostore", "#!/bin/sh\necho \"$PWD $*\" >> \(notes)\nexit \(status)\n")
    tool("chmod", "755", bench.outside("bin/reprostore"), hook)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return ["PATH": bench.outside("bin") + ":" + path]
  }

  private func notes(_ bench: Bench) throws -> [String] {
    guard bench.exists("../notes") else { return [] }
    return String(decoding: try bench.bytes("../notes"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  @Test("installs a hook, a driver and attributes, and nothing that git would commit")
  func installs() throws {
    let bench = try started()
    let first = try bench.succeed("init", "--git-hooks", "--json").objects("gitHooks")
    #expect(first.first?["state"] as? String == "installed")
    let names = ["post-checkout", "post-merge", "post-rewrite"]
    #expect(first.first?["hooks"] as? [String] == names.map { bench.full(".git/hooks/\($0)") })
    #expect(try bench.git("config", "merge.reprostore.name") == "merge reprostore.lock pin by pin")
    let driver = try bench.git("config", "merge.reprostore.driver")
    #expect(driver.hasPrefix("program='\(Program.path)'; "))
    #expect(driver.hasSuffix("\"$program\" merge-lock %O %A %B %P"))
    #expect(
      try bench.git("check-attr", "merge", "a/b/reprostore.lock").hasSuffix("merge: reprostore"))
    let attributes = try bench.bytes(".git/info/attributes")
    #expect(try bench.git("status", "--porcelain") == "?? .reprostore/")
    let hook = try bench.bytes(".git/hooks/post-checkout")
    let again = try bench.succeed("init", "--git-hooks", "--json").objects("gitHooks")
    #expect(again.first?["state"] as? String == "already")
    #expect(try bench.bytes(".git/info/attributes") == attributes)
    #expect(try bench.bytes(".git/hooks/post-checkout") == hook)
  }

  @Test("without the flag nothing of git is touched; without a repository it is an error")
  func onlyWhenAsked() throws {
    let bench = try started()
    try bench.succeed("init")
    #expect(!bench.exists(".git/hooks/post-checkout"))
    #expect(try bench.tryGit(["config", "merge.reprostore.driver"]).status == 1)
    let plain = try Bench(initialised: false)
    let finished = try plain.run("init", "--git-hooks")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("is in no git repository"))
    #expect(!plain.exists(".reprostore"))
  }

  @Test("a hook of somebody else stays as it is, and the line to add is shown")
  func foreign() throws {
    let bench = try started()
    try bench.write(".git/hooks/post-checkout", "#!/bin/sh\necho mine\n")
    let finished = try bench.run("init", "--git-hooks")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("is not of this program; nothing was changed"))
    #expect(finished.errors.contains("reprostore checkout --clean --quiet || true"))
    #expect(try bench.bytes(".git/hooks/post-checkout") == Array("#!/bin/sh\necho mine\n".utf8))
    #expect(!bench.exists(".reprostore"))
    #expect(try bench.tryGit(["config", "merge.reprostore.driver"]).status == 1)
  }

  @Test("attributes of the user stay, and a hook of an older program is replaced")
  func replaces() throws {
    let bench = try started()
    try bench.write(".git/info/attributes", "*.x binary")
    try bench.succeed("init", "--git-hooks")
    let attributes = String(decoding: try bench.bytes(".git/info/attributes"), as: UTF8.self)
    #expect(attributes == "*.x binary\nreprostore.lock merge=reprostore\n")
    let hook = try bench.bytes(".git/hooks/post-checkout")
    try bench.write(
      ".git/hooks/post-checkout", "#!/bin/sh\n# Made by reprostore init --git-hooks\nold\n")
    try bench.succeed("init", "--git-hooks")
    #expect(try bench.bytes(".git/hooks/post-checkout") == hook)
    #expect(try bench.names(".git/hooks").filter { $0.contains("reprostore") }.isEmpty)
  }

  @Test("the hook runs where the lock of the two commits differs, and only there")
  func runs() throws {
    let bench = try started(in: "w x")
    try bench.succeed("init", "--git-hooks", in: "w x")
    let environment = try fake(bench, status: 0)
    try bench.write("other", "1")
    try lock(bench, 1, in: "w x")
    try bench.commit("one")
    try bench.git("branch", "same")
    try bench.git("checkout", "-q", "-b", "side")
    try lock(bench, 2, in: "w x")
    try bench.commit("two")
    func checkout(_ words: String...) throws -> Finished {
      try bench.tryGit(["checkout", "-q"] + words, environment: environment)
    }
    #expect(try checkout("main").status == 0)
    #expect(try notes(bench) == ["\(bench.full("w x")) checkout --clean --quiet"])
    #expect(try checkout("same").status == 0)
    #expect(try checkout("--", "other").status == 0)
    #expect(try notes(bench).count == 1)
    #expect(try checkout("--detach", "side").status == 0)
    #expect(try notes(bench).count == 2)
  }

  @Test("a failure of the program does not fail git, and says what to do")
  func failure() throws {
    let bench = try started()
    try bench.succeed("init", "--git-hooks")
    let environment = try fake(bench, status: 3)
    try lock(bench, 1)
    try bench.commit("one")
    try bench.git("checkout", "-q", "-b", "side")
    try lock(bench, 2)
    try bench.commit("two")
    let finished = try bench.tryGit(["checkout", "-q", "main"], environment: environment)
    #expect(finished.status == 0)
    #expect(finished.errors.contains("the data in \(bench.path) may not be that of this commit"))
    #expect(finished.errors.contains("try: reprostore checkout"))
    // A linked working copy shares the hook; all of its lock is new to it.
    let added = try bench.tryGit(
      ["worktree", "add", "-q", "../linked", "side"], environment: environment)
    #expect(added.status == 0)
    #expect(try notes(bench).last == "\(bench.outside("linked")) checkout --clean --quiet")
  }

  @Test("in a linked working copy, and with a hooks folder of the user's choice")
  func places() throws {
    let bench = try started()
    try bench.write("x", "x")
    try bench.commit("one")
    try bench.git("worktree", "add", "-q", "../linked")
    let linked = bench.outside("linked")
    let first = try Program.run(["init", "--git-hooks"], in: linked)
    #expect(first.status == 0, "\(first.errors)")
    #expect(bench.exists(".git/hooks/post-checkout"))
    try bench.git("config", "core.hooksPath", "my hooks")
    try bench.succeed("init", "--git-hooks")
    #expect(bench.exists("my hooks/post-checkout"))
    let mode = try FileManager.default.attributesOfItem(
      atPath: bench.full("my hooks/post-checkout"))[.posixPermissions]
    #expect((mode as? Int).map { $0 & 0o111 } != 0)
  }

  @Test("git runs the driver from any path, and takes what it made of the lock")
  func driver() throws {
    let bench = try started()
    let program = bench.outside("it's 100% \"$HOME\" `x`/reprostore")
    try bench.write(
      program, "#!/bin/sh\nshift\ncp \"$3\" \"$2\"\necho \"$4\" > \(bench.outside("notes"))\n")
    try #require(tool("chmod", "755", program) != nil)
    try bench.git("config", "merge.reprostore.driver", GitHookTexts.driver(program))
    try bench.write(".git/info/attributes", GitHookTexts.attributes + "\n")
    try lock(bench, 1)
    try bench.commit("base")
    try bench.git("checkout", "-q", "-b", "side")
    try lock(bench, 2)
    try bench.commit("theirs")
    let theirs = try bench.bytes("reprostore.lock")
    try bench.git("checkout", "-q", "main")
    try lock(bench, 3)
    try bench.commit("ours")
    try bench.git("merge", "-q", "--no-edit", "side")
    #expect(try bench.bytes("reprostore.lock") == theirs)
    #expect(try notes(bench) == ["reprostore.lock"])
    // The hook is a script for every such path.
    for event in GitHookEvent.allCases {
      try bench.write("hook", GitHookTexts.hook(program, after: event))
      #expect(tool("sh", "-n", bench.full("hook")) != nil)
    }
  }
}
