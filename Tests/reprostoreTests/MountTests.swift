import Foundation
import Testing

/// A file system of its own below a bench, unmounted when the value goes. Root only.
final class Mount {
  let path: String

  /// Nil where it cannot be mounted.
  init?(_ arguments: [String], at path: String) {
    self.path = path
    guard isRoot, tool("mkdir", "-p", path) != nil,
      let finished = try? Command(["mount"] + arguments + [path], in: "/").finish(),
      finished.status == 0
    else { return nil }
  }

  deinit { tool("umount", "-l", path) }

  static func memory(_ bench: Bench, kilobytes: Int) -> Mount? {
    Mount(["-t", "tmpfs", "-o", "size=\(kilobytes)k", "none"], at: bench.outside("mount"))
  }

  /// A file system on which `a` and `A` are one name.
  static func folding(_ bench: Bench) -> Mount? {
    let place = bench.outside("mount")
    let image = bench.outside("image")
    if tool("truncate", "-s", "32M", image) != nil,
      tool("mkfs.ext4", "-q", "-O", "casefold", image) != nil,
      let mount = Mount(["-o", "loop", image], at: place)
    {
      return tool("chattr", "+F", place + "/.") != nil || mount.makesFoldingDirectory ? mount : nil
    }
    // Linux 6.13 and later.
    guard let mount = Mount(["-t", "tmpfs", "-o", "casefold", "none"], at: place) else {
      return nil
    }
    return mount.makesFoldingDirectory ? mount : nil
  }

  /// `place/folding`, which does not tell upper from lower case.
  private var makesFoldingDirectory: Bool {
    tool("mkdir", path + "/folding") != nil && tool("chattr", "+F", path + "/folding") != nil
  }
}

@Suite("File systems")
struct MountTests {
  @Test("too little room is said before anything is written")
  func noRoom() throws {
    let bench = try Bench(initialised: false)
    guard let mount = Mount.memory(bench, kilobytes: 32 << 10) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    try bench.succeed("init", "--store", mount.path + "/store")
    try bench.write("data/large", random: 40_000_000)
    let finished = try bench.run("add", "data")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("\(mount.path)/store has"))
    #expect(finished.errors.contains("40 MB are needed; nothing was written"))
    #expect(finished.errors.contains("--store DIR"))
    #expect(try bench.files(mount.path + "/store/packs").isEmpty)
    // What is there already needs no room, so a second copy of it fits.
    try bench.write("data/large", random: 20_000_000)
    try bench.succeed("add", "data")
    try bench.write("copy/large", random: 20_000_000)
    try bench.succeed("add", "copy")
    withExtendedLifetime(mount) {}
  }

  @Test("a disk that is full in the middle: 2, and with room the same command works")
  func fullDisk() throws {
    let bench = try Bench(initialised: false)
    guard let mount = Mount.memory(bench, kilobytes: 8 << 10) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    try bench.succeed("init", "--store", mount.path + "/store")
    try bench.write("kept", random: 1000)
    try bench.succeed("add", "kept")
    // Small files need more room for what is kept about them than for themselves.
    for index in 0..<12_000 { try bench.write("data/\(index)", "\(index)") }
    let free = try #require(
      FileManager.default.attributesOfFileSystem(forPath: mount.path)[.systemFreeSize] as? Int)
    try bench.write(mount.path + "/filler", [UInt8](repeating: 0, count: free - 1_400_000))
    let finished = try bench.run("add", "data")
    #expect(finished.status == 2, "\(finished.errors)\(finished.output)")
    #expect(finished.errors.contains("the disk is full"))
    #expect(finished.errors.contains(mount.path))
    #expect(finished.errors.contains("try: make room there"))
    try FileManager.default.removeItem(atPath: mount.path + "/filler")
    try bench.succeed("fsck", "--full")
    #expect(try bench.succeed("cat", "kept").outputBytes == bench.bytes("kept"))
    try bench.succeed("add", "data")
    try bench.succeed("fsck", "--full")
  }

  @Test("a restore that does not fit is refused first, one that does is done")
  func restoreWithoutRoom() throws {
    let bench = try Bench()
    guard let mount = Mount.memory(bench, kilobytes: 4 << 10) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    try bench.write("large", random: 6_000_000)
    try bench.write("small", random: 100_000)
    try bench.succeed("add", "large", "small")
    let finished = try bench.run("restore", "large", "--to", mount.path + "/out")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("6.0 MB are needed"))
    #expect(try bench.names(mount.path).isEmpty)
    try bench.succeed("restore", "small", "--to", mount.path + "/out")
    #expect(try bench.bytes(mount.path + "/out/small") == bench.bytes("small"))
  }

  @Test("a read-only place is said in words")
  func readOnly() throws {
    let bench = try Bench(initialised: false)
    guard let mount = Mount.memory(bench, kilobytes: 8 << 10) else {
      return skipped("no tmpfs can be mounted here (root is needed)")
    }
    try bench.succeed("init", "--store", mount.path + "/store")
    try bench.write("f", "f")
    try bench.succeed("add", "f")
    try #require(tool("mount", "-o", "remount,ro", mount.path) != nil)
    try bench.write("g", "g")
    let finished = try bench.run("add", "g")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("read-only"))
    #expect(finished.errors.contains(mount.path))
    #expect(try bench.succeed("cat", "f").output == "f")
    try bench.succeed("fsck", "--full")
  }

  @Test("names that are one on the file system are never written over each other")
  func foldedNames() throws {
    let bench = try Bench()
    guard let mount = Mount.folding(bench) else {
      return skipped("no file system that folds case can be mounted here (root, CONFIG_UNICODE)")
    }
    try bench.write("data/sub/Name", "1")
    try bench.write("data/sub/name", "2")
    try bench.succeed("add", "data")
    let finished = try bench.run("restore", "data", "--to", mount.path + "/folding/out")
    #expect(finished.status == 5)
    #expect(finished.errors.lowercased().contains("sub/name"))
    #expect(finished.errors.contains("try:"))
    #expect(try bench.names(mount.path + "/folding").isEmpty)
  }
}
