import Foundation
import Testing

@Suite("restore")
struct RestoreTests {
  private func filled() throws -> Bench {
    let bench = try Bench()
    try bench.write("data/a", "a")
    try bench.write("data/big", random: 6_000_000)
    try bench.write("data/middle", random: 400_000, seed: 2)
    try bench.write("data/sub/deep/run.sh", "#!")
    tool("chmod", "755", bench.full("data/sub/deep/run.sh"))
    try bench.link("data/link", to: "sub/deep")
    try bench.makeDirectory("data/void/void")
    try bench.succeed("add", "data")
    return bench
  }

  @Test("gives back what was added", arguments: ["1", "4"])
  func roundTrip(threads: String) throws {
    let bench = try filled()
    let finished = try bench.succeed("restore", "data", "--to", "out", "-j", threads)
    #expect(bench.isSame("data", "out"))
    #expect(finished.output.contains("restored 6 files, 6.4 MB, to \(bench.path)/out in "))
    #expect(FileManager.default.isExecutableFile(atPath: bench.full("out/sub/deep/run.sh")))
    #expect(try bench.names().filter { $0.hasPrefix(".reprostore-") }.isEmpty)
  }

  @Test("a part, a single file, an old version")
  func parts() throws {
    let bench = try filled()
    try bench.succeed("tag", "v1", "data")
    try bench.write("data/a", "changed")
    try bench.write("model.bin", "m")
    try bench.succeed("add", "data", "model.bin")
    try bench.succeed("restore", "data:sub", "--to", "part")
    #expect(bench.isSame("data/sub", "part"))
    try bench.succeed("restore", "v1:a", "--to", "one")
    #expect(try bench.names("one") == ["a"])
    #expect(try bench.bytes("one/a") == Array("a".utf8))
    try bench.succeed("restore", "model.bin", "--to", "file")
    #expect(try bench.names("file") == ["model.bin"])
    let id = try #require(bench.succeed("ls", "-r", "data", "--json").objects()[0]["id"] as? String)
    try bench.succeed("restore", id, "--to", "byid")
    #expect(try bench.names("byid") == [String(id.dropFirst(7))])
  }

  @Test("into an empty directory, by any way to name it")
  func emptyDirectory() throws {
    let bench = try filled()
    for (directory, name) in [("one", "."), ("two", "../two/"), ("three", "../one/../three")] {
      try bench.makeDirectory(directory)
      try FileManager.default.createDirectory(
        atPath: bench.full("one"), withIntermediateDirectories: true)
      let finished = try bench.succeed("restore", "data", "--to", name, in: directory)
      #expect(finished.output.contains(" to \(bench.path)/\(directory) in "))
      #expect(bench.isSame("data", directory), "\(name)")
    }
    let object = try #require(
      bench.succeed("restore", "data:void", "--to", "four", "--json").objects("restored").first)
    #expect(object["path"] as? String == bench.full("four"))
    #expect(object["files"] as? Int == 1)
  }

  @Test("never over other things")
  func occupied() throws {
    let bench = try filled()
    try bench.write("out/precious", "p")
    let finished = try bench.run("restore", "data", "--to", "out")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("\(bench.path)/out is not empty (it holds precious)"))
    #expect(finished.errors.contains("try:"))
    #expect(try bench.names("out") == ["precious"])
    try bench.write("file", "f")
    #expect(try bench.run("restore", "data", "--to", "file").status == 5)
    #expect(try bench.bytes("file") == Array("f".utf8))
    #expect(try bench.run("restore", "data", "--to", "/").status == 5)
  }

  @Test("never through a link that is in the way")
  func plantedLink() throws {
    let bench = try filled()
    try bench.makeDirectory("victim")
    try bench.link("out", to: "victim")
    let finished = try bench.run("restore", "data", "--to", "out")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("\(bench.path)/out"))
    #expect(try bench.names("victim").isEmpty)
  }

  @Test("a parent that is not there")
  func noParent() throws {
    let bench = try filled()
    let finished = try bench.run("restore", "data", "--to", "x/y/out")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("mkdir -p \(bench.path)/x/y"))
    #expect(!bench.exists("x"))
    #expect(try bench.run("restore", "data").status == 2)
    #expect(try bench.run("restore", "data", "--to", "").status == 2)
    #expect(try bench.run("restore", "data:nowhere", "--to", "out").status == 2)
    #expect(!bench.exists("out"))
  }
}
