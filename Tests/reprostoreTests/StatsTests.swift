import Testing

@Suite("stats --by pin")
struct StatsTests {
  @Test("shows each pin with what only it needs")
  func table() throws {
    let bench = try Bench()
    try bench.write("one/common", random: 50_000, seed: 1)
    try bench.write("one/own", random: 2000, seed: 2)
    try bench.write("two/common", random: 50_000, seed: 1)
    try bench.succeed("add", "one", "two")
    let lines = try bench.succeed("stats", "--by", "pin").lines
    #expect(
      lines.first?.split(separator: " ").joined(separator: ",")
        == "pin,versions,newest,unique,shared,freed")
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("one         1   52 kB  2.0 kB   50 kB  2."), "\(lines[1])")
    #expect(lines[2].hasPrefix("two         1   50 kB     0 B   50 kB  "), "\(lines[2])")
    let objects = try bench.succeed("stats", "--by", "pin", "--json").objects("pinUsage")
    #expect(objects.map { $0["path"] as? String } == ["one", "two"])
    #expect(objects.map { $0["workspace"] as? String } == [bench.path, bench.path])
    #expect(objects.map { $0["versions"] as? Int } == [1, 1])
    #expect(objects.map { $0["bytes"] as? Int } == [52_000, 50_000])
    #expect(objects.map { $0["uniqueBytes"] as? Int } == [2000, 0])
    #expect(objects.map { $0["sharedBytes"] as? Int } == [50_000, 50_000])
    #expect(objects.allSatisfy { ($0["freedBytes"] as? Int ?? 0) > 0 })
  }

  @Test("names the workspaces of a shared store")
  func workspaces() throws {
    let bench = try Bench("--store", "../common")
    let other = try Bench("--store", bench.outside("common"))
    for one in [bench, other] {
      try one.write("data/f", "f")
      try one.succeed("add", "data")
    }
    let lines = try bench.succeed("stats", "--by", "pin").lines
    #expect(lines.first?.hasSuffix("workspace") == true)
    #expect(
      Set(lines.dropFirst().compactMap { $0.split(separator: " ").last.map(String.init) })
        == [bench.path, other.path])
  }

  @Test("says that there is nothing, and what it takes")
  func nothing() throws {
    let bench = try Bench()
    let finished = try bench.succeed("stats", "--by", "pin")
    #expect(finished.output.isEmpty && finished.errors.contains("reprostore add"))
    let wrong = try bench.run("stats", "--by", "tag")
    #expect(wrong.status == 2 && wrong.errors.contains("'pin'"), "\(wrong.errors)")
  }

  @Test("a damaged tree ends with 3")
  func damaged() throws {
    let bench = try Bench()
    try bench.write("data/f", random: 1000)
    try bench.succeed("add", "data")
    for file in try bench.stored("packs") {
      var bytes = try bench.bytes(file)
      for index in 64..<bytes.count - 64 { bytes[index] ^= 0xff }
      tool("chmod", "600", bench.full(file))
      try bench.write(file, bytes)
    }
    #expect(try bench.run("stats", "--by", "pin").status == 3)
  }
}
