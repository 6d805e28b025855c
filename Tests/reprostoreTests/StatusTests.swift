import Foundation
import Testing

@Suite("status")
struct StatusTests {
  /// Counts of a pin: modified, added, deleted, unchanged.
  private func counts(_ bench: Bench, _ path: String = "data") throws -> [Int] {
    let finished = try bench.succeed("status", path, "--json")
    let status = try #require(finished.objects("status").first)
    return ["modified", "added", "deleted", "unchanged"].compactMap { status[$0] as? Int }
  }

  @Test("counts what differs and lists it on demand")
  func differences() throws {
    let bench = try Bench()
    for name in ["keep", "same-size", "grown", "gone", "mode"] {
      try bench.write("data/\(name)", name)
    }
    try bench.link("data/link", to: "keep")
    try bench.makeDirectory("data/empty")
    try bench.succeed("add", "data")
    #expect(try bench.run("status", "--exit-code").status == 0)
    #expect(try bench.succeed("status").lines == ["data  clean  7 files, 26 B"])

    try bench.write("data/same-size", "SAME-size")
    try bench.write("data/grown", "grown up")
    try FileManager.default.removeItem(atPath: bench.full("data/gone"))
    try FileManager.default.removeItem(atPath: bench.full("data/link"))
    try bench.link("data/link", to: "grown")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: bench.full("data/mode"))
    try bench.write("data/new/deep", "n")
    #expect(try counts(bench) == [4, 1, 1, 2])
    let finished = try bench.run("status", "--names", "--exit-code")
    #expect(finished.status == 1)
    #expect(
      finished.lines.dropFirst() == [
        "  D data/gone", "  M data/grown", "  M data/link", "  M data/mode", "  A data/new/deep",
        "  M data/same-size",
      ])
  }

  @Test("a part of a pin, a directory of pins, a single file")
  func selection() throws {
    let bench = try Bench()
    try bench.write("sets/one/train/a", "a")
    try bench.write("sets/one/b", "b")
    try bench.write("sets/two/c", "c")
    try bench.write("model.bin", "m")
    try bench.succeed("add", "sets/one", "sets/two", "model.bin")
    try bench.write("sets/one/b", "changed")
    #expect(try counts(bench, "sets/one/train") == [0, 0, 0, 1])
    #expect(try counts(bench, "sets/one/b") == [1, 0, 0, 0])
    #expect(try bench.succeed("status", "sets", "--json").objects("status").count == 2)
    #expect(try bench.succeed("status", ".", "--json").objects("status").count == 3)
    #expect(try bench.succeed("status", "two/c", "../model.bin", in: "sets").lines.count == 2)
    let finished = try bench.run("status", "nowhere")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("nowhere is not pinned"))
  }

  @Test("ignored files and what was left by a killed command do not count")
  func ignored() throws {
    let bench = try Bench()
    try bench.write("data/a", "a")
    try bench.write("data/.reproignore", "*.tmp\n")
    try bench.succeed("add", "data")
    try bench.write("data/x.tmp", "x")
    try bench.write("data/.reprostore-partial-01234567/0", "left")
    #expect(try counts(bench) == [0, 0, 0, 2])
  }

  @Test("links that were followed when they were added are followed")
  func followedLinks() throws {
    let bench = try Bench()
    try bench.write("../outside/deep/x", "x")
    try bench.write("data/a", "a")
    try bench.link("data/out", to: bench.outside("outside"))
    try bench.succeed("add", "data", "--follow")
    #expect(try counts(bench) == [0, 0, 0, 2])
    try bench.write("../outside/deep/x", "y")
    #expect(try bench.succeed("status", "--names").lines.last == "  M data/out/deep/x")
  }

  @Test("a version that the store lacks, and one of which nothing is there")
  func notHere() throws {
    let bench = try Bench()
    try bench.write("data/a", "a")
    try bench.write("other/b", "b")
    try bench.succeed("add", "data", "other")
    try FileManager.default.removeItem(atPath: bench.full("other"))
    var lock = String(decoding: try bench.bytes("reprostore.lock"), as: UTF8.self)
    let id = try #require(lock.firstMatch(of: /sha256:[0-9a-f]+/)).output
    lock = lock.replacingOccurrences(of: id, with: "sha256:" + String(repeating: "0", count: 64))
    try bench.write("reprostore.lock", lock)
    let finished = try bench.run("status", "--json", "--exit-code")
    #expect(finished.status == 1)
    let states = try finished.objects("status").compactMap { $0["state"] as? String }
    #expect(states == ["missing", "absent"])
    let checkout = try bench.run("checkout", "data")
    #expect(checkout.status == 3)
    #expect(checkout.errors.contains("the version of data that is pinned is not in this store"))
    #expect(checkout.errors.contains("reprostore init --store DIR"))
  }

  @Test("says what there is when nothing is pinned")
  func nothing() throws {
    let bench = try Bench()
    let finished = try bench.succeed("status")
    #expect(finished.output.isEmpty)
    #expect(finished.errors.contains("reprostore add DIR"))
  }
}

/// These need a disk: nothing in memory is trusted.
@Suite("The stat cache")
struct StatCacheUseTests {
  private struct Place {
    let bench: Bench
    let environment: [String: String]

    init() throws {
      bench = try Bench(onDisk: true)
      try bench.makeDirectory("../cache")
      environment = ["XDG_CACHE_HOME": bench.outside("cache")]
    }

    func run(_ arguments: String...) throws -> Finished {
      try Program.run(arguments, in: bench.path, environment: environment)
    }

    /// How often a command opens the file `name`; nil without `strace`.
    func opens(_ name: String, _ arguments: [String]) throws -> Int? {
      let trace = bench.outside("trace")
      let words =
        ["strace", "-f", "-qq", "-o", trace, "-e", "trace=openat,openat2", Program.path] + arguments
      let finished = try Command(words, in: bench.path, environment: environment).finish()
      guard finished.status == 0 else { return nil }
      let text = try String(contentsOfFile: trace, encoding: .utf8)
      return text.split(separator: "\n").count { $0.contains("\"\(name)\"") }
    }

    var caches: [String] {
      get throws {
        try bench.files("../cache").filter { $0.contains("/stat-") }.map { "../cache/\($0)" }
      }
    }

    /// Makes the files old enough to be trusted: times of the inode cannot be set, so the clock of
    /// the cache's rule is met by waiting for it once.
    func age() throws { try #require(tool("sleep", "2.2") != nil) }
  }

  @Test("a file whose status is known is not read again; one that changed is")
  func hits() throws {
    let place = try Place()
    try place.bench.write("data/a", random: 300_000)
    try place.bench.write("data/b", "b")
    try place.age()
    #expect(try place.run("add", "data").status == 0)
    #expect(try place.caches.count == 1)
    guard let opens = try place.opens("a", ["status"]) else {
      return skipped("no strace to see what is read")
    }
    #expect(opens == 0)
    // The trace would show it: without what is known the file is opened.
    for cache in try place.caches {
      try FileManager.default.removeItem(atPath: place.bench.full(cache))
    }
    #expect(try place.opens("a", ["status"]) ?? 0 > 0)
    #expect(try place.run("status", "--exit-code").status == 0)
    // The same size, and the time of modification set back: the change time tells.
    let attributes = try FileManager.default.attributesOfItem(
      atPath: place.bench.full("data/b"))
    try place.bench.write("data/b", "c")
    try FileManager.default.setAttributes(
      [.modificationDate: attributes[.modificationDate] as Any],
      ofItemAtPath: place.bench.full("data/b"))
    #expect(try place.run("status", "--names").lines.last == "  M data/b")
  }

  @Test("a part of a pin is known by what is known of the pin")
  func parts() throws {
    let place = try Place()
    try place.bench.write("data/sub/x", random: 300_000)
    try place.bench.write("data/sub/y", "y")
    try place.bench.write("data/z", "z")
    try place.age()
    #expect(try place.run("add", "data").status == 0)
    for words in [["status", "data/sub"], ["status", "data/sub/x"], ["add", "data/sub"]] {
      guard let opens = try place.opens("sub/x", words), let others = try place.opens("x", words)
      else { return skipped("no strace to see what is read") }
      #expect(opens + others == 0, "\(words)")
    }
    #expect(try place.caches.count == 1)
    let cache = try #require(try place.caches.first)
    let known = try place.bench.bytes(cache)
    try FileManager.default.removeItem(atPath: place.bench.full(cache))
    let read = try place.opens("sub/x", ["status", "data/sub"]) ?? 0
    #expect(try read + (place.opens("x", ["status", "data/sub"]) ?? 0) > 0)
    try place.bench.write(cache, known)
    try place.bench.write("data/sub/y", "Y")
    #expect(try place.run("status", "data/sub", "--names").lines.last == "  M data/sub/y")
    #expect(try place.run("add", "data/sub/y").status == 0)
    #expect(try place.run("status", "--exit-code").status == 0)
  }

  @Test("what is stored through a memory map after the file was remembered is seen")
  func memoryMaps() throws {
    let place = try Place()
    try place.bench.write("data/map", "0123456789")
    // The page is written to before it is remembered, so that its times are old when it is written
    // to again: only a page that was cleaned in between shows that.
    let script = """
      import mmap, subprocess, sys
      def run(*words):
          return subprocess.run([sys.argv[1], *words], capture_output=True).returncode
      with open("data/map", "r+b") as file:
          view = mmap.mmap(file.fileno(), 0)
          view[0:1] = b"a"
          subprocess.run(["sleep", "2.2"], check=True)
          print(run("add", "data"), run("status", "--exit-code"))
          view[1:2] = b"b"
          print(run("status", "--exit-code"))
      """
    try place.bench.write("map.py", script)
    let finished = try Command(
      ["python3", "map.py", Program.path], in: place.bench.path, environment: place.environment
    ).finish()
    #expect(finished.lines == ["0 0", "1"], "\(finished.errors)")
    #expect(try place.caches.count == 1)
  }

  @Test("deleted, cut short, of another store: it costs time and nothing else")
  func damage() throws {
    let place = try Place()
    try place.bench.write("data/a", "a")
    try place.bench.write("data/b", "b")
    try place.age()
    _ = try place.run("add", "data")
    let cache = try #require(try place.caches.first)
    let good = try place.bench.bytes(cache)
    try place.bench.write("data/b", "B")
    for bytes in [[], Array(good.dropLast()), good.map { ~$0 }, Array(good.prefix(20))] {
      try place.bench.write(cache, bytes)
      #expect(try place.run("status", "--names").lines.last == "  M data/b")
    }
    try FileManager.default.removeItem(atPath: place.bench.full(cache))
    #expect(try place.run("status", "--names").lines.last == "  M data/b")
    try FileManager.default.removeItem(atPath: place.bench.outside("cache"))
    #expect(try place.run("status", "--names").lines.last == "  M data/b")
  }

  @Test("what was copied to another place is looked at anew")
  func otherWorkspace() throws {
    let place = try Place()
    try place.bench.write("data/a", "a")
    try place.age()
    _ = try place.run("add", "data")
    try #require(tool("cp", "-a", place.bench.path, place.bench.outside("copy")) != nil)
    let finished = try Program.run(
      ["status", "--exit-code"], in: place.bench.outside("copy"), environment: place.environment)
    #expect(finished.status == 0)
  }
}
