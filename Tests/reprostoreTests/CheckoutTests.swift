import ArtifactStoreTesting
import Foundation
import Testing

@Suite("checkout")
struct CheckoutTests {
  /// A workspace with two versions of `data` in git: `one` and `two`, the second in the workspace.
  private func twoVersions(onDisk: Bool = false) throws -> Bench {
    let bench = try Bench(onDisk: onDisk)
    try bench.git("init", "-q")
    try bench.write("data/same", "same")
    try bench.write("data/sub/changed", "old")
    try bench.write("data/only-one", "1")
    try bench.write("data/was-file", "file")
    try bench.write("data/was-directory/x", "x")
    try bench.link("data/link", to: "same")
    try bench.makeDirectory("data/empty")
    try bench.succeed("add", "data")
    try bench.commit("one")
    try bench.git("tag", "one")
    try FileManager.default.copyItem(atPath: bench.full("data"), toPath: bench.outside("one"))

    try bench.write("data/sub/changed", "new and longer")
    for name in ["only-one", "was-file", "was-directory", "link", "empty"] {
      try FileManager.default.removeItem(atPath: bench.full("data/\(name)"))
    }
    try bench.write("data/was-file/y", "y")
    try bench.write("data/was-directory", "now a file")
    try bench.link("data/link", to: "sub")
    try bench.write("data/only-two/z", "2")
    try bench.succeed("add", "data")
    try bench.commit("two")
    try bench.git("tag", "two")
    try FileManager.default.copyItem(atPath: bench.full("data"), toPath: bench.outside("two"))
    return bench
  }

  @Test("goes back and forth between versions, byte for byte")
  func backAndForth() throws {
    let bench = try twoVersions()
    for version in ["one", "two", "one"] {
      try bench.git("checkout", "-q", version)
      try bench.succeed("checkout", "--clean")
      #expect(bench.isSame("data", bench.outside(version)), "\(version)")
      #expect(try bench.run("status", "--exit-code").status == 0)
      #expect(try bench.names().filter { $0.contains("partial") }.isEmpty)
    }
  }

  @Test("leaves what the version does not have, and lists it")
  func extras() throws {
    let bench = try twoVersions()
    try bench.write("data/note.txt", "mine")
    try bench.git("checkout", "-q", "one")
    let finished = try bench.succeed("checkout")
    #expect(finished.lines.contains("  2 files are not part of this version, and left:"))
    #expect(finished.lines.contains("    data/note.txt"))
    #expect(finished.lines.contains("    data/only-two/z"))
    let cleaned = try bench.succeed("checkout", "--clean", "--json")
    #expect(try cleaned.objects("extra").compactMap { $0["path"] as? String } == ["note.txt"])
    #expect(!bench.exists("data/only-two"))
    #expect(try bench.bytes("data/note.txt") == Array("mine".utf8))
  }

  @Test("touches only what differs")
  func touchesOnlyWhatDiffers() throws {
    let bench = try twoVersions()
    let before = try bench.inode("data/same")
    let changed = try bench.inode("data/sub/changed")
    try bench.git("checkout", "-q", "one")
    try bench.succeed("checkout")
    #expect(try bench.inode("data/same") == before)
    #expect(try bench.inode("data/sub/changed") != changed)
    #expect(try bench.succeed("checkout").lines.first?.hasPrefix("data: as it should be") == true)
  }

  @Test("a part of a pin")
  func part() throws {
    let bench = try twoVersions()
    try bench.git("checkout", "-q", "one")
    try bench.succeed("checkout", "data/sub")
    #expect(try bench.bytes("data/sub/changed") == Array("old".utf8))
    #expect(!bench.exists("data/only-one"))
    try bench.succeed("checkout", "data/only-one")
    #expect(try bench.bytes("data/only-one") == Array("1".utf8))
    #expect(try bench.bytes("data/was-directory") == Array("now a file".utf8))
  }

  @Test("refuses before the first change to lose what the store does not hold")
  func refuses() throws {
    let bench = try twoVersions()
    try bench.write("data/sub/changed", "precious")
    try bench.git("checkout", "-q", "one")
    let finished = try bench.run("checkout", "--json")
    #expect(finished.status == 5)
    #expect(try finished.objects("error").first?["code"] as? String == "wouldLose")
    #expect(finished.errors.contains("data/sub/changed"))
    #expect(try bench.bytes("data/sub/changed") == Array("precious".utf8))
    #expect(!bench.exists("data/only-one"))
    try bench.succeed("checkout", "--force")
    #expect(try bench.bytes("data/sub/changed") == Array("old".utf8))
  }

  @Test(
    "refuses to lose a file in the way of a directory, and files in the way of a file",
    arguments: ["was-file/y", "was-directory", "only-one/new"])
  func refusesWhatIsInTheWay(path: String) throws {
    let bench = try twoVersions()
    try bench.write("data/\(path)", "precious")
    try bench.git("checkout", "-q", "one")
    #expect(try bench.run("checkout").status == 5)
    #expect(try bench.bytes("data/\(path)") == Array("precious".utf8))
    #expect(try bench.bytes("data/sub/changed") == Array("new and longer".utf8))
    try bench.succeed("checkout", "--force", "--clean")
    #expect(bench.isSame("data", bench.outside("one")))
  }

  @Test("ignored files in the way are named, and nothing is changed")
  func ignoredInTheWay() throws {
    let bench = try twoVersions()
    try bench.write(".reproignore", "only-one\nkeep.tmp\n")
    try bench.write("data/only-one", "ignored")
    try bench.write("data/was-file/keep.tmp", "ignored")
    try bench.git("checkout", "-q", "one")
    for name in ["only-one", "was-file/keep.tmp"] {
      let finished = try bench.run("checkout", "data/\(name.split(separator: "/")[0])")
      #expect(finished.status == 5)
      #expect(finished.errors.contains("\(name.split(separator: "/").last ?? "")"))
      #expect(try bench.bytes("data/\(name)") == Array("ignored".utf8))
    }
  }

  @Test("a link that was planted where a directory belongs is never written through")
  func plantedLink() throws {
    let bench = try twoVersions()
    try bench.makeDirectory("../elsewhere")
    try bench.write("../elsewhere/changed", "not yours")
    try bench.git("checkout", "-q", "one")
    try FileManager.default.removeItem(atPath: bench.full("data/sub"))
    try bench.link("data/sub", to: bench.outside("elsewhere"))
    #expect(try bench.run("checkout").status == 5)
    #expect(try bench.bytes("../elsewhere/changed") == Array("not yours".utf8))
    try bench.succeed("checkout", "--force", "--clean")
    #expect(bench.isSame("data", bench.outside("one")))
    #expect(try bench.bytes("../elsewhere/changed") == Array("not yours".utf8))
  }

  @Test("data that are a link to another place stay there")
  func linkedDirectory() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write("../scratch/x/a", "old")
    try bench.link("data", to: bench.outside("scratch/x"))
    try bench.succeed("add", "data")
    try bench.commit("one")
    try bench.write("data/a", "new")
    try bench.write("data/b", "b")
    try bench.succeed("add", "data")
    try bench.commit("two")
    try bench.git("checkout", "-q", "HEAD~1")
    try bench.succeed("checkout", "--clean")
    #expect(try bench.names("../scratch/x") == ["a"])
    #expect(try bench.bytes("../scratch/x/a") == Array("old".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: bench.full("data")) != "")
    #expect(try bench.run("status", "--exit-code").status == 0)
  }

  @Test("a file behind a link that was followed is neither replaced nor evicted")
  func followedFile() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    try bench.write("../elsewhere/same.txt", "old")
    try bench.write("data/own", "own")
    try bench.link("data/same.txt", to: bench.outside("elsewhere/same.txt"))
    try bench.succeed("add", "data", "--follow")
    try bench.commit("one")
    try bench.write("../elsewhere/same.txt", "new")
    try bench.succeed("add", "data", "--follow")
    try bench.commit("two")
    let kept = try bench.succeed("evict", "data", "--json").objects("kept")
    #expect(kept.compactMap { $0["path"] as? String } == ["same.txt"])
    try bench.succeed("checkout")
    try bench.git("checkout", "-q", "HEAD~1")
    #expect(try bench.run("checkout").status == 5)
    #expect(try bench.bytes("../elsewhere/same.txt") == Array("new".utf8))
    #expect(!bench.exists(".reprostore/rescued"))
  }

  @Test("a link that came with the repository leads nowhere")
  func committedLink() throws {
    let bench = try twoVersions()
    try bench.makeDirectory("../home")
    try FileManager.default.removeItem(atPath: bench.full("data"))
    try bench.link("data", to: bench.outside("home"))
    try bench.git("add", "-f", "data")
    try bench.git("commit", "-q", "-m", "a trap")
    let finished = try bench.run("checkout")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("committed to git"))
    #expect(try bench.names("../home").isEmpty)
  }

  @Test("a directory where a file is pinned, and a file where a directory is")
  func otherKinds() throws {
    let bench = try Bench()
    try bench.write("file", "content")
    try bench.write("dir/a", "a")
    try bench.succeed("add", "file", "dir")
    try FileManager.default.removeItem(atPath: bench.full("file"))
    try FileManager.default.removeItem(atPath: bench.full("dir"))
    try bench.write("file/inner", "content")
    try bench.write("dir", "a")
    #expect(try bench.run("status", "--exit-code").status == 1)
    try bench.succeed("checkout")
    #expect(try bench.bytes("file") == Array("content".utf8))
    #expect(try bench.bytes("dir/a") == Array("a".utf8))
    try FileManager.default.removeItem(atPath: bench.full("dir"))
    try bench.write("dir", "precious")
    #expect(try bench.run("checkout").status == 5)
    #expect(try bench.bytes("dir") == Array("precious".utf8))
  }

  @Test("no room is noticed before anything is changed")
  func noRoom() throws {
    let bench = try twoVersions()
    var lock = String(decoding: try bench.bytes("reprostore.lock"), as: UTF8.self)
    let blob = try #require(
      bench.succeed("ls", "-r", "-l", "data", "--json").objects("file").first?["id"] as? String)
    lock += "\nfile \(blob) 1 200000000000000 huge.bin\n"
    try bench.write("reprostore.lock", lock)
    try FileManager.default.removeItem(atPath: bench.full("data/same"))
    let finished = try bench.run("checkout", "--json")
    #expect(try finished.objects("error").first?["code"] as? String == "notEnoughSpace")
    #expect(!bench.exists("data/same"))
  }

  @Test("stores through a shared memory map between add and checkout are not lost")
  func memoryMap() throws {
    for onDisk in [true, false] {
      let bench = try twoVersions(onDisk: onDisk)
      // The map that numpy.memmap makes; its stores need not change any time of the file.
      let script = """
        import mmap, sys, subprocess
        with open("data/sub/changed", "r+b") as file:
            view = mmap.mmap(file.fileno(), 0)
            view[0:3] = b"NEW"
            subprocess.run([sys.argv[1], "add", "data"], check=True, capture_output=True)
            who = ["-c", "user.name=a", "-c", "user.email=a@b"]
            subprocess.run(["git", *who, "commit", "-qam", "x"], check=True)
            view[0:3] = b"VAL"
            subprocess.run(["git", "checkout", "-q", "one"], check=True)
            print(subprocess.run([sys.argv[1], "checkout"], capture_output=True).returncode)
        """
      try bench.write("map.py", script)
      let environment = ["XDG_CACHE_HOME": bench.outside("cache")]
      try bench.makeDirectory("../cache")
      let finished = try Command(
        ["python3", "map.py", Program.path], in: bench.path, environment: environment
      ).finish()
      #expect(finished.lines.last == "5", "\(finished.errors)")
      #expect(try bench.bytes("data/sub/changed") == Array("VAL and longer".utf8))
    }
  }

  @Test("hard links share the file of the store, read-only; small files are copied")
  func hardlinks() throws {
    let bench = try Bench(onDisk: true)
    try bench.write("data/big", random: 5_000_000)
    try bench.write("data/small", "small")
    try bench.succeed("add", "data")
    try FileManager.default.removeItem(atPath: bench.full("data"))
    let finished = try bench.succeed("checkout", "--link", "hardlink", "--json")
    #expect(try finished.objects("checkedOut").first?["linkedFiles"] as? Int == 1)
    let stored = try #require(bench.stored("raw").first)
    #expect(try bench.inode("data/big") == bench.inode(stored))
    let mode = try FileManager.default.attributesOfItem(atPath: bench.full("data/big"))
    #expect(mode[.posixPermissions] as? Int == 0o444)
    #expect(try bench.run("status", "--exit-code").status == 0)
    // Another version takes the link away and leaves the store alone.
    try bench.succeed("checkout", "--force")
    #expect(try bench.run("fsck", "--full").status == 0)
  }

  @Test("add --link hardlink frees the room of large files")
  func addWithHardlinks() throws {
    let bench = try Bench(onDisk: true)
    try bench.write("data/big", random: 5_000_000)
    try bench.write("data/small", "small")
    let finished = try bench.succeed("add", "data", "--link", "hardlink", "--json")
    let added = try #require(finished.objects("added").first)
    #expect(added["linkedFiles"] as? Int == 1)
    #expect(added["freedBytes"] as? Int ?? 0 >= 5_000_000)
    #expect(try bench.inode("data/big") == bench.inode(try #require(bench.stored("raw").first)))
    #expect(try bench.run("status", "--exit-code").status == 0)
    #expect(try bench.succeed("add", "data", "--link", "hardlink").output.contains("unchanged"))
  }

  @Test("copy never links")
  func copies() throws {
    let bench = try Bench(onDisk: true)
    try bench.write("data/big", random: 5_000_000)
    try bench.succeed("add", "data")
    try FileManager.default.removeItem(atPath: bench.full("data"))
    let report = try bench.succeed("checkout", "--link", "copy", "--json").objects("checkedOut")
    #expect(report.first?["clonedFiles"] as? Int == 0)
    #expect(report.first?["linkedFiles"] as? Int == 0)
    #expect(try bench.inode("data/big") != bench.inode(try #require(bench.stored("raw").first)))
    #expect(try bench.run("checkout", "--link", "symlink").status == 2)
  }
}

@Suite("evict")
struct EvictTests {
  @Test("removes what the store holds, keeps the rest, and checkout brings it back")
  func evicts() throws {
    let bench = try Bench(onDisk: true)
    try bench.write("data/a", random: 300_000)
    try bench.write("data/sub/b", random: 100_000, seed: 2)
    try bench.write("data/changed", "old")
    try bench.succeed("add", "data")
    try FileManager.default.copyItem(atPath: bench.full("data"), toPath: bench.outside("kept"))
    try bench.write("data/changed", "new")
    try bench.write("data/mine", "mine")
    let finished = try bench.succeed("evict", "data", "--json")
    let report = try #require(finished.objects("evicted").first)
    #expect(report["files"] as? Int == 2)
    #expect(report["bytes"] as? Int == 400_000)
    #expect(report["freedBytes"] as? Int ?? 0 >= 400_000)
    #expect(
      try finished.objects("kept").compactMap { $0["path"] as? String } == ["changed", "mine"])
    #expect(try bench.files("data") == ["changed", "mine"])
    let status = try #require(bench.succeed("status", "--json").objects("status").first)
    #expect(status["evicted"] as? Int == 2)
    #expect(status["deleted"] as? Int == 0)

    try bench.succeed("checkout", "--force", "--clean")
    #expect(bench.isSame("data", bench.outside("kept")))
    #expect(try bench.run("status", "--exit-code").status == 0)
    #expect(!bench.exists(".reprostore/evicted"))
  }

  @Test("a whole pin goes with its directory; what was evicted cannot be forgotten by add")
  func wholeAndAdd() throws {
    let bench = try Bench()
    try bench.write("data/train/a", "a")
    try bench.write("data/test/b", "b")
    try bench.write("model", "m")
    try bench.succeed("add", "data", "model")
    try bench.succeed("evict", "model", "data/train")
    #expect(!bench.exists("model") && !bench.exists("data/train") && bench.exists("data/test/b"))
    let states = try bench.succeed("status", "--json").objects("status")
    #expect(states.compactMap { $0["state"] as? String } == ["evicted", "evicted"])
    let refused = try bench.run("add", "data", "--json")
    #expect(refused.status == 5)
    #expect(try refused.objects("error").first?["code"] as? String == "evicted")
    try bench.write("data/test/c", "c")
    try bench.succeed("add", "data/test")
    try bench.succeed("checkout")
    #expect(try bench.files("data") == ["test/b", "test/c", "train/a"])
    #expect(try bench.bytes("model") == Array("m".utf8))
    try bench.succeed("add", "data")
  }

  @Test("a file that is linked to the store frees nothing, and the report says so")
  func linkedFiles() throws {
    let bench = try Bench(onDisk: true)
    try bench.write("big", random: 5_000_000)
    try bench.succeed("add", "big", "--link", "hardlink")
    let report = try bench.succeed("evict", "big", "--json").objects("evicted").first
    #expect(report?["bytes"] as? Int == 5_000_000)
    #expect(report?["freedBytes"] as? Int == 0)
  }
}

extension Bench {
  /// The number of the inode of a file.
  func inode(_ name: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: full(name))
    return try #require(attributes[.systemFileNumber] as? Int)
  }
}
