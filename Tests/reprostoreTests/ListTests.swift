import Testing

@Suite("ls, tag and stats")
struct ListTests {
  private func filled() throws -> Bench {
    let bench = try Bench()
    try bench.write("data/a", random: 2000)
    try bench.write("data/sub/b", random: 1_500_000, seed: 2)
    try bench.write("data/sub/deep/c", "c")
    try bench.write("data/run.sh", "#!")
    tool("chmod", "755", bench.full("data/run.sh"))
    try bench.makeDirectory("data/void")
    try bench.link("data/link", to: "sub/b")
    try bench.write("model", "mm")
    try bench.succeed("add", "data", "model")
    return bench
  }

  @Test("pins and tags")
  func refs() throws {
    let bench = try filled()
    try bench.succeed("tag", "v1", "data")
    let lines = try bench.succeed("ls").lines
    #expect(lines[0] == "pins")
    #expect(lines[1].hasPrefix("  data   6 files  1.5 MB  "))
    #expect(lines[2].hasPrefix("  model   1 file     2 B  "))
    #expect(lines[3] == "tags")
    #expect(lines[4].hasPrefix("  v1  6 files  1.5 MB  "))
    let objects = try bench.succeed("ls", "--json").objects()
    #expect(objects.map { $0["type"] as? String } == ["pin", "pin", "tag"])
    #expect(objects[2]["name"] as? String == "v1")
    #expect(objects[0]["workspace"] as? String == bench.path)
    #expect((objects[0]["who"] as? String)?.hasPrefix("tester@") == true)
    let created = try #require(objects[0]["created"] as? String)
    #expect(created.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
  }

  @Test("one directory, with what is below it summed up")
  func oneLevel() throws {
    let bench = try filled()
    #expect(
      try bench.succeed("ls", "data").lines == ["a", "link", "run.sh", "sub/", "void/"])
    #expect(try bench.succeed("ls", "data:sub").lines == ["b", "deep/"])
    #expect(try bench.succeed("ls", "data:sub/").lines == ["b", "deep/"])
    #expect(try bench.succeed("ls", "data:void").lines.isEmpty)
    #expect(try bench.succeed("ls", "data:a").lines == ["a"])
    #expect(try bench.succeed("ls", "model").lines == ["model"])
    let long = try bench.succeed("ls", "-l", "data").lines
    #expect(long[0].contains("file  2.0 kB"))
    #expect(long[1].hasSuffix("link -> sub/b"))
    #expect(long[2].hasPrefix("exec"))
    #expect(long[3].hasPrefix("dir   1.5 MB  2 files"))
    #expect(long[4].hasPrefix("dir      0 B  0 files"))
  }

  @Test("every file, with kinds, sizes and ids for scripts")
  func recursive() throws {
    let bench = try filled()
    #expect(
      try bench.succeed("ls", "-r", "data").lines
        == ["a", "link", "run.sh", "sub/b", "sub/deep/c", "void/"])
    #expect(try bench.succeed("ls", "-r", "data:sub").lines == ["sub/b", "sub/deep/c"])
    let objects = try bench.succeed("ls", "-r", "data", "--json").objects()
    let kinds = ["file", "link", "file", "file", "file", "directory"]
    #expect(objects.map { $0["type"] as? String } == kinds)
    #expect(objects[1]["target"] as? String == "sub/b")
    #expect(objects[2]["executable"] as? Bool == true)
    #expect(objects[3]["bytes"] as? Int == 1_500_000)
    let digest = try #require(tool("sha256sum", bench.full("data/a"))).prefix(64)
    #expect(objects[0]["id"] as? String == "sha256:\(digest)")
    let summed = try bench.succeed("ls", "data", "--json").objects("directory")
    #expect(summed.map { $0["path"] as? String } == ["sub", "void"])
    #expect(summed.map { $0["bytes"] as? Int } == [1_500_001, 0])
  }

  @Test("a version goes by its path, a tag, its id or the beginning of that")
  func names() throws {
    let bench = try filled()
    let pin = try #require(bench.succeed("ls", "--json").objects("pin").first)
    let id = try #require(pin["id"] as? String)
    try bench.succeed("tag", "v1", "data")
    for name in ["data", "pin:data", "v1", "tag:v1", id, String(id.dropFirst(7).prefix(12))] {
      #expect(try bench.succeed("cat", "\(name):sub/deep/c").output == "c")
    }
    let unknown = try bench.run("ls", "nothing")
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("nothing stored goes by the name nothing"))
    #expect(unknown.errors.contains("reprostore ls"))
    let inside = try bench.run("ls", "data:nowhere")
    #expect(inside.status == 2)
    #expect(inside.errors.contains("there is no nowhere in data"))
    #expect(inside.errors.contains("reprostore ls -r data"))
  }

  @Test("a tag keeps what it stands for until it is moved or removed")
  func tags() throws {
    let bench = try filled()
    #expect(try bench.succeed("tag").errors.contains("no tags yet"))
    let set = try bench.succeed("tag", "v1", "data", "--json").objects("tagged")
    try bench.write("data/a", "changed")
    try bench.succeed("add", "data")
    let taken = try bench.run("tag", "v1", "data")
    #expect(taken.status == 5)
    #expect(taken.errors.contains("--force"))
    let tagged = try bench.succeed("tag", "--json").objects("tag")
    #expect(tagged.map { $0["id"] as? String } == [set[0]["id"] as? String])
    try bench.succeed("tag", "v1", "data", "--force")
    #expect(try bench.succeed("cat", "v1:a").output == "changed")
    let removed = try bench.succeed("tag", "--delete", "v1")
    #expect(removed.output.contains("sha256:"))
    #expect(try bench.run("ls", "v1").status == 2)
    let again = try bench.run("tag", "--delete", "v1")
    #expect(again.status == 2)
    #expect(again.errors.contains("there is no tag v1"))
  }

  @Test("names that no tag can have")
  func badTags() throws {
    let bench = try Bench()
    try bench.write("f", "f")
    try bench.succeed("add", "f")
    for name in ["a b", "-x", "a:b", "../x", "", "a//b", "é"] {
      let finished = try bench.run("tag", "--", name, "f")
      #expect(finished.status == 2, "\(name)")
      #expect(finished.errors.contains("cannot be the name of a tag"))
    }
  }

  @Test("a tag stands for a whole version, and needs one")
  func tagUsage() throws {
    let bench = try filled()
    #expect(try bench.run("tag", "v1", "data:sub").status == 2)
    #expect(try bench.run("tag", "v1").status == 2)
    #expect(try bench.run("tag", "--delete").status == 2)
    #expect(try bench.run("tag", "--delete", "v1", "data").status == 2)
  }

  @Test("how much there is and how much is saved")
  func stats() throws {
    let bench = try Bench()
    try bench.write("data/a", random: 100_000)
    try bench.write("data/b", random: 100_000)
    try bench.write("data/zeros", [UInt8](repeating: 0, count: 100_000))
    try bench.succeed("add", "data")
    try bench.succeed("tag", "v1", "data")
    let stats = try #require(bench.succeed("stats", "--json").objects("stats").first)
    #expect(stats["pins"] as? Int == 1)
    #expect(stats["tags"] as? Int == 1)
    #expect(stats["files"] as? Int == 3)
    #expect(stats["bytes"] as? Int == 300_000)
    #expect(stats["savedByChunks"] as? Int ?? 0 >= 100_000)
    #expect(stats["savedByCompression"] as? Int ?? 0 > 90_000)
    #expect(stats["storedBytes"] as? Int ?? 0 < 190_000)
    let text = try bench.succeed("stats").output
    #expect(text.contains("versions  3 files, 300 kB"))
    #expect(text.contains("\(bench.path)/.reprostore/store"))
  }
}
