import Foundation
import Testing

/// Workspaces on file systems that are full, read-only, or share blocks.
@Suite("Workspaces on other file systems")
struct WorkspaceMountTests {
  /// A workspace in `place` with two versions of `data`, each `count` small files, the first one
  /// checked out, with the store at `store`.
  private func twoVersions(
    _ bench: Bench, in place: String, store: String, count: Int
  ) throws {
    try bench.git("init", "-q", in: place)
    try bench.succeed("init", "--store", store, in: place)
    for (number, version) in ["one", "two"].enumerated() {
      for index in 0..<count { try bench.write("\(place)/data/\(version)-\(index)", "\(index)") }
      try bench.write("\(place)/data/same", "\(number)")
      try bench.succeed("add", "data", in: place)
      try bench.commit(version, in: place)
      try FileManager.default.removeItem(atPath: bench.full("\(place)/data"))
    }
    try bench.git("checkout", "-q", "HEAD~1", in: place)
    try bench.succeed("checkout", in: place)
  }

  @Test("read-only: whatever only looks works, whatever writes says so")
  func readOnly() throws {
    let bench = try Bench(initialised: false)
    try bench.makeDirectory("work")
    try twoVersions(bench, in: "work", store: bench.outside("store"), count: 3)
    try bench.write("work/data/new", "new")
    guard let bound = Mount(["--bind", bench.full("work")], at: bench.outside("bound")) else {
      return skipped("nothing can be mounted here (root is needed)")
    }
    try #require(tool("mount", "-o", "remount,bind,ro", bound.path) != nil)
    for words in [
      ["status", "--names"], ["diff"], ["diff", "data@main", "data"], ["ls", "-r", "data"],
      ["log", "data"], ["cat", "data:same"], ["stats"], ["fsck"],
    ] {
      let finished = try Program.run(words, in: bound.path)
      #expect(finished.status == 0, "\(words): \(finished.errors)")
    }
    for words in [
      ["add", "data"], ["checkout"], ["evict", "data"], ["untrack", "data"], ["resolve"],
    ] {
      let finished = try Program.run(words, in: bound.path)
      #expect(finished.status == 2, "\(words): \(finished.errors)")
      #expect(finished.errors.contains("mounted read-only"), "\(words): \(finished.errors)")
      #expect(finished.errors.contains(bound.path), "\(words): \(finished.errors)")
    }
    #expect(try bench.bytes("work/data/new") == Array("new".utf8))
  }

  @Test("another disk inside a pin: refused before the first change, and never evicted")
  func diskInside() throws {
    let bench = try Bench()
    try bench.git("init", "-q")
    for version in ["one", "two"] {
      try bench.write("data/a", version)
      try bench.write("data/inner/b", version)
      try bench.succeed("add", "data")
      try bench.commit(version)
    }
    try bench.makeDirectory("data/inner")
    try bench.git("checkout", "-q", "HEAD~1")
    guard let mount = Mount(["-t", "tmpfs", "none"], at: bench.full("data/inner")) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    try bench.write("data/inner/b", "two")
    let refused = try bench.run("checkout")
    #expect(refused.status == 5)
    #expect(refused.errors.contains("data/inner is a directory on another disk"))
    #expect(try bench.bytes("data/a") == Array("two".utf8))
    try bench.git("checkout", "-q", "-")
    let kept = try bench.succeed("evict", "data", "--json").objects("kept")
    #expect(kept.compactMap { $0["path"] as? String } == ["inner/b"])
    #expect(try bench.bytes("data/inner/b") == Array("two".utf8))
    #expect(!bench.exists("data/a"))
    _ = mount
  }

  @Test("a store that is read-only: its data come back all the same")
  func readOnlyStore() throws {
    let bench = try Bench(initialised: false)
    guard let mount = Mount.memory(bench, kilobytes: 16 << 10) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    try bench.makeDirectory("work")
    try twoVersions(bench, in: "work", store: mount.path + "/store", count: 3)
    try #require(tool("mount", "-o", "remount,ro", mount.path) != nil)
    try bench.git("checkout", "-q", "main", in: "work")
    try bench.succeed("checkout", "--clean", in: "work")
    try bench.succeed("status", "--exit-code", in: "work")
    try bench.succeed("evict", "data", in: "work")
    try bench.succeed("checkout", in: "work")
    try bench.succeed("status", "--exit-code", in: "work")
    try bench.write("work/data/new", "new")
    #expect(try bench.run("add", "data", in: "work").errors.contains("mounted read-only"))
  }

  @Test("a disk that fills up during a checkout: no file is half, and with room it is completed")
  func fullDisk() throws {
    let bench = try Bench(initialised: false)
    guard let mount = Mount.memory(bench, kilobytes: 8 << 10) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    let count = 400
    try twoVersions(bench, in: mount.path, store: bench.outside("store"), count: count)
    try bench.git("checkout", "-q", "main", in: mount.path)
    // A file of some bytes takes a page: more than the check of the room can know.
    let free = try #require(
      FileManager.default.attributesOfFileSystem(forPath: mount.path)[.systemFreeSize] as? Int)
    let room = 100 * 4096
    try bench.write(mount.path + "/filler", [UInt8](repeating: 0, count: free - room))
    let finished = try bench.run("checkout", in: mount.path)
    #expect(finished.status == 2, "\(finished.errors)")
    #expect(finished.errors.contains("the disk is full"))
    #expect(finished.errors.contains("try: make room there"))
    for name in try bench.names(mount.path + "/data") where name != "same" {
      let text = String(decoding: try bench.bytes(mount.path + "/data/\(name)"), as: UTF8.self)
      #expect(name == "one-\(text)" || name == "two-\(text)")
    }
    let left = try bench.names(mount.path)
    #expect(
      left == [".git", ".gitignore", ".reprostore", "data", "filler", "reprostore.lock"], "\(left)")
    try FileManager.default.removeItem(atPath: mount.path + "/filler")
    try bench.succeed("checkout", "--clean", in: mount.path)
    try bench.succeed("status", "--exit-code", in: mount.path)
    #expect(try bench.names(mount.path + "/data").count == count + 1)
  }

  @Test("XFS: files share the blocks of the store, and eviction frees only what is theirs alone")
  func reflinks() throws {
    let bench = try Bench(initialised: false, onDisk: true)
    let image = bench.outside("image")
    guard tool("truncate", "-s", "400M", image) != nil,
      tool("mkfs.xfs", "-q", "-m", "reflink=1", image) != nil,
      let mount = Mount(["-o", "loop", image], at: bench.outside("mount"))
    else { return skipped("no XFS can be made and mounted here (root, xfsprogs)") }
    try bench.succeed("init", in: mount.path)
    let size = 20_000_000
    for index in 0..<3 {
      try bench.write("\(mount.path)/data/\(index)", random: size, seed: UInt64(index))
    }
    try bench.write("\(mount.path)/data/small", "small")
    try bench.succeed("add", "data", "--link", "reflink", in: mount.path)
    let free = try freeBytes(mount)
    let evicted = try bench.succeed("evict", "data", "--json", in: mount.path).objects("evicted")
    #expect(evicted.first?["bytes"] as? Int == 3 * size + 5)
    let freed = try #require(evicted.first?["freedBytes"] as? Int)
    #expect(freed < size, "the store needs the blocks: \(freed)")
    #expect(try freeBytes(mount) - free < size)
    let back = try bench.succeed("checkout", "--link", "reflink", "--json", in: mount.path)
    #expect(try back.objects("checkedOut").first?["clonedFiles"] as? Int == 3)
    #expect(try freeBytes(mount) > free - size)
    try bench.succeed("status", "--exit-code", in: mount.path)
    // What is written into a clone stays out of the store.
    let file = try #require(FileHandle(forWritingAtPath: "\(mount.path)/data/1"))
    try file.write(contentsOf: Data("changed".utf8))
    try file.close()
    try bench.succeed("fsck", "--full", in: mount.path)
    #expect(try bench.run("checkout", in: mount.path).status == 5)
    try bench.succeed("checkout", "--force", in: mount.path)
    try bench.succeed("status", "--exit-code", in: mount.path)
    // Copies are the file's alone.
    try bench.succeed("evict", "data", in: mount.path)
    try bench.succeed("checkout", "--link", "copy", in: mount.path)
    let own = try bench.succeed("evict", "data", "--json", in: mount.path).objects("evicted")
    #expect(try #require(own.first?["freedBytes"] as? Int) >= 3 * size)
  }

  private func freeBytes(_ mount: Mount) throws -> Int {
    tool("sync", "-f", mount.path)
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: mount.path)
    return try #require(attributes[.systemFreeSize] as? Int)
  }
}
