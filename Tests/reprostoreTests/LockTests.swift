import Foundation
import Testing

@Suite("reprostore.lock, as add and untrack keep it")
struct LockTests {
  @Test("add writes the lock and keeps the data out of git")
  func addWritesTheLock() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write("data/a", "a")
    try bench.write("models/best model.bin", "bb")
    let added = try bench.succeed("add", "data", "models/best model.bin")
    #expect(added.output.contains("next: git add reprostore.lock .gitignore"))
    let ids = try bench.succeed("add", "data", "models/best model.bin", "--json").objects("pin")
      .compactMap { $0["id"] as? String }
    let expected = """
      reprostore.lock 1

      tree \(ids[0]) 1 1 data

      file \(ids[1]) 1 2 models/best model.bin

      """
    #expect(String(decoding: try bench.bytes("reprostore.lock"), as: UTF8.self) == expected)
    try bench.commit("pins")
    let tracked = try bench.git("ls-files").split(separator: "\n").map(String.init)
    #expect(
      tracked == [
        ".gitignore", ".reprostore/.gitignore", ".reprostore/config.yaml", "reprostore.lock",
      ])
    #expect(try bench.git("status", "--short").isEmpty)
  }

  @Test("without git there is a lock and no .gitignore")
  func withoutGit() throws {
    let bench = try Bench()
    try bench.write("data/a", "a")
    try bench.succeed("add", "data")
    #expect(bench.exists("reprostore.lock"))
    #expect(!bench.exists(".gitignore"))
  }

  @Test("names that a pattern of git must escape are ignored, and only they")
  func oddNames() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    let names = ["a*b", "q?", "[x]", "#h", "!n", "sp ", "back\\slash", "line\nend", "-dash"]
    for name in names { try bench.write("\(name)/f", name) }
    try bench.write("aXb/f", "not this one")
    for name in names { try bench.succeed("add", "./\(name)") }
    let others = try bench.git("ls-files", "-z", "--others", "--exclude-standard")
      .split(separator: "\0").map(String.init)
    #expect(others.filter { $0.hasSuffix("/f") } == ["aXb/f"])
    let status = try bench.succeed("status", "--json").objects("status")
    #expect(status.count == names.count)
    #expect(status.allSatisfy { $0["state"] as? String == "clean" })
  }

  @Test("a rule that is there already needs no second one")
  func coveredByRules() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write(".gitignore", "*.bin\ndata/")
    try bench.write("data/a", "a")
    try bench.write("m.bin", "m")
    try bench.write("other/x", "x")
    try bench.succeed("add", "data", "m.bin", "other")
    #expect(try bench.bytes(".gitignore") == Array("*.bin\ndata/\n/other\n".utf8))
  }

  @Test("eight adds at once leave eight pins and eight ignore lines")
  func manyAtOnce() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    let names = (1...8).map { "data\($0)" }
    for name in names { try bench.write("\(name)/f", name) }
    let commands = try names.map { try Command([Program.path, "add", $0], in: bench.path) }
    for command in commands { #expect(try command.finish().status == 0) }
    let status = try bench.succeed("status", "--json").objects("status")
    #expect(status.compactMap { $0["path"] as? String } == names)
    #expect(status.allSatisfy { $0["state"] as? String == "clean" })
    let ignored = String(decoding: try bench.bytes(".gitignore"), as: UTF8.self)
    #expect(ignored.split(separator: "\n").sorted() == names.map { "/\($0)" })
  }

  @Test("parts that are added at once are all in the new version of the pin")
  func partsAtOnce() throws {
    let bench = try Bench()
    try bench.write("data/first", "first")
    try bench.succeed("add", "data")
    let names = (1...8).map { "data/part\($0)" }
    for name in names { try bench.write("\(name)/f", name) }
    let commands = try names.map { try Command([Program.path, "add", $0], in: bench.path) }
    for command in commands { #expect(try command.finish().status == 0) }
    let status = try bench.succeed("status", "--json").objects("status")
    #expect(status.compactMap { $0["unchanged"] as? Int } == [9])
    #expect(status.first?["state"] as? String == "clean")
  }

  @Test("a path inside a pin makes a new version of that pin")
  func parts() throws {
    let bench = try Bench()
    try bench.write("data/train/a", "a")
    try bench.write("data/labels.csv", "1")
    try bench.succeed("add", "data")
    try bench.write("data/new.jpg", "jpg")
    try bench.write("data/train/b", "b")
    try bench.write("data/labels.csv", "2")
    let added = try bench.succeed("add", "data/new.jpg", "data/train", "--json").objects("pin")
    #expect(added.compactMap { $0["path"] as? String } == ["data"])
    #expect(added.first?["files"] as? Int == 4)
    #expect(added.first?["state"] as? String == "changed")
    let status = try bench.succeed("status", "--names")
    #expect(status.lines.dropFirst() == ["  M data/labels.csv"])
    // The same version as if all of it had been added.
    try bench.write("data/labels.csv", "1")
    let whole = try bench.succeed("add", "data", "--json").objects("pin").first?["id"] as? String
    #expect(whole == added.first?["id"] as? String)
  }

  @Test("a rename costs a tree and no byte of a file")
  func renames() throws {
    let bench = try Bench()
    try bench.write("data/a", random: 300_000)
    try bench.succeed("add", "data")
    try FileManager.default.moveItem(atPath: bench.full("data/a"), toPath: bench.full("data/b"))
    let added = try bench.succeed("add", "data", "--json").objects("added").first
    #expect(added?["newBytes"] as? Int == 0)
    #expect(added?["writtenBytes"] as? Int ?? .max < 2000)
  }

  @Test("a directory in the place of a file of the pin, a file in that of a directory")
  func partsOfAnotherKind() throws {
    let bench = try Bench()
    try bench.write("data/x", "file")
    try bench.write("data/y/z", "directory")
    try bench.succeed("add", "data")
    try FileManager.default.removeItem(atPath: bench.full("data/x"))
    try FileManager.default.removeItem(atPath: bench.full("data/y"))
    try bench.write("data/x/deep/file", "1")
    try bench.write("data/y", "2")
    try bench.succeed("add", "data/x/deep", "data/y")
    #expect(try bench.succeed("status", "--exit-code").status == 0)
    #expect(try bench.succeed("ls", "-r", "data").lines == ["x/deep/file", "y"])
  }

  @Test("a pin in a pin is refused")
  func nested() throws {
    let bench = try Bench()
    try bench.write("data/sub/a", "a")
    try bench.succeed("add", "data/sub")
    let finished = try bench.run("add", "data", "--json")
    #expect(finished.status == 2)
    #expect(try finished.objects("error").first?["code"] as? String == "nestedPin")
    #expect(finished.errors.contains("reprostore untrack data/sub, then: reprostore add data"))
  }

  @Test("what git tracks is not pinned as well; the error has the command that helps")
  func trackedByGit() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write("data/a", "a")
    try bench.commit("data in git")
    let finished = try bench.run("add", "data")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("git rm -r --cached data"))
    #expect(!bench.exists("reprostore.lock"))
    try bench.git("rm", "-r", "-q", "--cached", "data")
    try bench.succeed("add", "data")
    #expect(try bench.git("status", "--short", "--untracked-files=all").contains("D  data/a"))
  }

  @Test("untrack takes the line out of both files and leaves the data")
  func untrack() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write(".gitignore", "*.log\n")
    try bench.write("data/a", "a")
    try bench.write("more/b", "b")
    try bench.succeed("add", "data", "more")
    let finished = try bench.succeed("untrack", "data")
    #expect(finished.lines.first?.hasPrefix("data is not pinned any more") == true)
    #expect(try bench.bytes(".gitignore") == Array("*.log\n/more\n".utf8))
    #expect(try bench.bytes("data/a") == Array("a".utf8))
    let lock = String(decoding: try bench.bytes("reprostore.lock"), as: UTF8.self)
    #expect(!lock.contains(" data\n") && lock.contains(" more\n"))
    #expect(try bench.run("untrack", "data").status == 2)
    #expect(try bench.run("untrack", "more/b").status == 2)
  }
}

@Suite("Lock files that cannot be used")
struct BadLockTests {
  private static let id = "sha256:" + String(repeating: "ab", count: 32)

  private static let conflict = """
    reprostore.lock 1

    <<<<<<< HEAD
    tree \(id) 1 1 data
    =======
    tree \(id) 2 2 data
    >>>>>>> other

    """

  /// The text, the line that is named, and what is said.
  private static let cases: [(String, Int, String)] = [
    (conflict, 3, "reprostore resolve"),
    ("reprostore.lock 7\n", 1, "version 7"),
    ("{}\n", 1, "reprostore.lock 1"),
    ("reprostore.lock 1\n\ntree nonsense 1 1 data\n", 3, "nonsense is no id"),
    ("reprostore.lock 1\n\ntree \(id) 1 data\n", 3, "kind, id, files, bytes and path"),
    ("reprostore.lock 1\n\ntree \(id) x 1 data\n", 3, "decimal"),
    ("reprostore.lock 1\n\nbush \(id) 1 1 data\n", 3, "bush"),
    ("reprostore.lock 1\n\ntree \(id) 1 1 ../data\n", 3, "no path"),
    ("reprostore.lock 1\n\ntree \(id) 1 1 .git/hooks\n", 3, "cannot be pinned"),
    ("reprostore.lock 1\n\ntree \(id) 1 1 a\n\ntree \(id) 1 1 a\n", 5, "earlier line"),
    ("reprostore.lock 1\n\ntree \(id) 1 1 a\n\ntree \(id) 1 1 a/b\n", 5, "a/b lies in a"),
  ]

  @Test("each error names the line", arguments: cases.indices)
  func named(index: Int) throws {
    let (text, line, words) = Self.cases[index]
    let bench = try Bench()
    try bench.write("reprostore.lock", text)
    try bench.write("data/a", "a")
    for command in [["status"], ["checkout"], ["add", "data"], ["evict", "data"]] {
      let finished = try Program.run(command, in: bench.path)
      #expect(finished.status == 2, "\(command)")
      #expect(finished.errors.contains("reprostore.lock:\(line)"), "\(command): \(finished.errors)")
      #expect(finished.errors.contains(words), "\(command): \(finished.errors)")
    }
    #expect(try bench.bytes("reprostore.lock") == Array(text.utf8))
  }

  @Test("line ends of Windows are read")
  func windows() throws {
    let bench = try Bench()
    try bench.write("data/a", "a")
    try bench.succeed("add", "data")
    let text = String(decoding: try bench.bytes("reprostore.lock"), as: UTF8.self)
    try bench.write("reprostore.lock", text.replacingOccurrences(of: "\n", with: "\r\n"))
    #expect(try bench.succeed("status", "--exit-code").status == 0)
  }
}
