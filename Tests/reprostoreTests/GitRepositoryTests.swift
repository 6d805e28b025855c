import ArtifactStore
import StorePrimitives
import Testing

@testable import reprostore

@Suite("Asking git")
struct GitRepositoryTests {
  private func pin(_ path: String, _ digit: Character) throws -> LockedPin {
    let digest = try #require(Digest(hex: String(repeating: digit, count: 64)[...]))
    return LockedPin(
      path: try RelativePath(path), target: .tree(TreeID(digest)), files: 1, bytes: 2)
  }

  /// A repository without commits, around a workspace in `directory`.
  private func started(in directory: String = ".") throws -> (Bench, GitRepository) {
    let bench = try Bench(initialised: false)
    try bench.git("init", "-q")
    try bench.makeDirectory(directory)
    let place = directory == "." ? bench.path : bench.full(directory)
    return (bench, try #require(GitRepository.find(around: Array(place.utf8))))
  }

  private func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let message as UserMessage {
      return message.code
    } catch {
      return "\(error)"
    }
  }

  @Test("a repository is found from below, and none where there is none")
  func found() throws {
    let (bench, repository) = try started(in: "a/b")
    #expect(repository.top == Array(bench.path.utf8))
    #expect(repository.workspace == Array(bench.full("a/b").utf8))
    #expect(!repository.isLinked)
    #expect(GitRepository.find(around: Array(bench.outside("x").utf8)) == nil)
  }

  @Test("a linked working copy knows the main one, a submodule has none")
  func linked() throws {
    let (bench, _) = try started()
    try bench.write("a/file", "a")
    try bench.commit("one")
    try bench.git("worktree", "add", "-q", "../side")
    let side = try #require(
      GitRepository.find(around: Array((bench.outside("side") + "/a").utf8)))
    #expect(side.top == Array(bench.outside("side").utf8))
    #expect(side.mainTop == Array(bench.path.utf8))
    #expect(side.mainWorkspace == Array(bench.full("a").utf8))
    try bench.git("submodule", "--quiet", "add", bench.path, "inner")
    let inner = try #require(GitRepository.find(around: Array(bench.full("inner").utf8)))
    #expect(inner.top == Array(bench.full("inner").utf8))
    #expect(!inner.isLinked)
  }

  @Test("tracked files go by their names, whatever these look like")
  func tracked() throws {
    let (bench, repository) = try started(in: "w")
    for name in [":(top)x", "*", "-x", "d/e"] { try bench.write("w/\(name)", "x") }
    try bench.write("x", "x")
    try bench.commit("one")
    func isTracked(_ path: String) throws -> Bool {
      try repository.isTracked(try RelativePath(path))
    }
    for name in [":(top)x", "*", "-x", "d/e", "d"] { #expect(try isTracked(name), "\(name)") }
    for name in ["x", "-*", "?", "e", ":", ":(glob)*"] {
      #expect(try !isTracked(name), "\(name)")
    }
    #expect(try !repository.isTracked(try RelativePath([0x64, 0xff])))
  }

  @Test("the lock at a revision, with the workspace in a subdirectory with an odd name")
  func revisions() throws {
    let (bench, repository) = try started(in: "a: @b\nc")
    try bench.write("other", "x")
    try bench.commit("no lock")
    try bench.writeLock([try pin("data", "1")], in: "a: @b\nc")
    let first = try bench.commit("one")
    try bench.git("tag", "-a", "-m", "t", "v1")
    try bench.git("checkout", "-q", "-b", "side/branch")
    try bench.writeLock([try pin("data", "2")], in: "a: @b\nc")
    let second = try bench.commit("two")
    try bench.git("checkout", "-q", "--detach", first)
    for revision in ["HEAD", "v1", "main", first, String(first.prefix(8)), "\(second)^"] {
      let lock = try repository.lock(at: revision)
      #expect(lock.pins == [try pin("data", "1")], "\(revision)")
    }
    for revision in ["side/branch", second, "@{-1}", "side/branch^{/two}", "side/branch@{0}"] {
      #expect(try repository.lock(at: revision).pins == [try pin("data", "2")], "\(revision)")
    }
    #expect(code { _ = try repository.lock(at: "v1~1") } == "noLockAtRevision")
  }

  @Test(
    "what git knows no commit by is an error",
    arguments: [
      "", "-", "-x", "--all", "--end-of-options", "-h", "nothing", "HEAD..HEAD", "^HEAD",
      "HEAD HEAD",
      "HEAD:reprostore.lock", "HEAD\nHEAD", "HEAD\u{0}", "HEAD@{9999}", "HEAD^{tree}", "*", "@{-9}",
      "0000000000000000000000000000000000000000",
    ])
  func unknownRevisions(revision: String) throws {
    let (bench, repository) = try started()
    try bench.writeLock([try pin("data", "1")])
    try bench.commit("one")
    #expect(code { _ = try repository.lock(at: revision) } == "unknownRevision")
  }

  @Test("a lock of an old commit that is none is an error that names it")
  func badLocks() throws {
    let (bench, repository) = try started()
    try bench.write("reprostore.lock", "nonsense\n")
    try bench.commit("one")
    do {
      _ = try repository.lock(at: "main")
      Issue.record("a bad lock was read")
    } catch StoreError.badLock(let path, let line, _) {
      #expect(path == "main:reprostore.lock")
      #expect(line == 1)
    }
    try bench.git("rm", "-q", "reprostore.lock")
    try bench.write("reprostore.lock/file", "a directory")
    try bench.commit("two")
    #expect(code { _ = try repository.lock(at: "HEAD") } == "noLockAtRevision")
  }

  @Test("the sides of a lock in conflict, and none of one that is not")
  func stages() throws {
    let (bench, repository) = try started(in: "w")
    try bench.writeLock([try pin("data", "1")], in: "w")
    try bench.commit("base")
    #expect(try repository.stages() == nil)
    try bench.git("checkout", "-q", "-b", "side")
    try bench.writeLock([try pin("data", "2")], in: "w")
    try bench.commit("theirs")
    try bench.git("checkout", "-q", "main")
    try bench.writeLock([try pin("data", "3")], in: "w")
    try bench.commit("ours")
    #expect(try bench.tryGit(["merge", "-q", "side"]).status == 1)
    let stages = try #require(try repository.stages())
    let sides = try [stages.base, stages.ours, stages.theirs].map { (bytes) throws in
      try LockFormat.parse(try #require(bytes), path: "x").pins
    }
    #expect(sides == [[try pin("data", "1")], [try pin("data", "3")], [try pin("data", "2")]])
    try bench.git("merge", "--abort")
    try bench.git("checkout", "-q", "side")
    try bench.git("rm", "-q", "w/reprostore.lock")
    try bench.commit("taken away")
    try bench.git("checkout", "-q", "main")
    #expect(try bench.tryGit(["merge", "-q", "side"]).status == 1)
    #expect(try #require(try repository.stages()).theirs == nil)
  }

  @Test("every commit that changed the lock on any ref, newest first, and no other")
  func history() throws {
    let (bench, repository) = try started(in: "w")
    #expect(try repository.lockHistory().isEmpty)
    func step(_ digit: Character, _ message: String) throws -> String {
      try bench.writeLock([try pin("data", digit)], in: "w")
      return try bench.commit(message)
    }
    let first = try step("1", "one \u{1b}[31m: \u{e9}")
    try bench.write("w/other", "x")
    try bench.commit("nothing of ours")
    try bench.git("checkout", "-q", "-b", "side")
    let lost = try step("2", "lost in a merge")
    try bench.git("checkout", "-q", "main")
    let third = try step("3", "three")
    try bench.git("merge", "-q", "-s", "ours", "-m", "merged", "side")
    try bench.git("branch", "-q", "-D", "side")
    try bench.git("rm", "-q", "w/reprostore.lock")
    let removal = try bench.commit("away")
    try bench.git("checkout", "-q", "--detach")
    let detached = try step("1", "again")
    let history = try repository.lockHistory()
    #expect(Set(history.map(\.id)) == [first, lost, third, removal, detached])
    #expect(history.first?.id == detached)
    #expect(history.last?.id == first)
    #expect(history.last?.subject == "one \u{1b}[31m: \u{e9}")
    #expect(history.last?.author == "Ada")
    #expect(history.first { $0.id == removal }?.lock == nil)
    var contents: [Character] = []
    try repository.forEachLock(of: history) { object, bytes in
      let lock = try LockFormat.parse(Array(bytes), path: object.id)
      contents += lock.pins.compactMap { $0.target.digest?.hex.first }
    }
    // The lock of two commits is one.
    #expect(contents.sorted() == ["1", "2", "3"])
  }

  @Test("the repository runs nothing of its own")
  func runsNothing() throws {
    let (bench, repository) = try started()
    try bench.writeLock([try pin("data", "1")])
    try bench.write(".gitattributes", "* diff=x filter=x\n")
    try bench.commit("one")
    let trap = "touch \(bench.outside("ran")); true"
    for key in [
      "core.fsmonitor", "core.pager", "pager.log", "diff.x.textconv", "diff.external",
      "filter.x.clean", "filter.x.smudge", "gpg.program", "core.sshCommand", "core.editor",
      "alias.log", "alias.cat-file",
    ] {
      try bench.git("config", key, key.hasPrefix("alias") ? "!\(trap)" : trap)
    }
    try bench.git("config", "log.showSignature", "true")
    try bench.git("config", "core.hooksPath", bench.path)
    try bench.write("post-index-change", "#!/bin/sh\n\(trap)\n")
    tool("chmod", "755", bench.full("post-index-change"))
    _ = try repository.lock(at: "main")
    _ = try repository.stages()
    _ = try repository.isTracked(Lock.fileName)
    #expect(try repository.lockHistory().count == 1)
    #expect(!bench.exists("../ran"))
  }

  @Test("what a partial clone lacks is not fetched")
  func fetchesNothing() throws {
    let (bench, repository) = try started()
    try bench.writeLock([try pin("data", "1")])
    try bench.commit("one")
    let blob = try bench.git("rev-parse", "HEAD:reprostore.lock")
    for (key, value) in [
      ("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"),
      ("remote.origin.promisor", "true"), ("protocol.ext.allow", "always"),
      ("remote.origin.url", "ext::sh -c touch% \(bench.outside("ran"))"),
    ] {
      try bench.git("config", key, value)
    }
    let object = ".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"
    try #require(tool("rm", "-f", bench.full(object)) != nil)
    #expect(throws: (any Error).self) { try repository.lock(at: "main") }
    #expect(!bench.exists("../ran"))
    // It is git's lack that shows, not one of the test: git itself would fetch.
    _ = try bench.tryGit(["cat-file", "-p", blob])
    #expect(bench.exists("../ran"))
  }
}
